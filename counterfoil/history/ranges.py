"""The ranges of days that people ask for, worked out from today. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Range:
    key: str
    first: date
    last: date


def ranges(today: date) -> list[Range]:
    """Weeks begin on Monday, the financial year in April."""
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    year = today.replace(year=today.year if today.month >= 4 else today.year - 1, month=4, day=1)
    yesterday = today - timedelta(days=1)
    return [
        Range("today", today, today),
        Range("yesterday", yesterday, yesterday),
        Range("this-week", today - timedelta(days=today.weekday()), today),
        Range("this-month", month, today),
        Range("last-month", before.replace(day=1), before),
        Range("financial-year", year, today),
    ]


def year_name(first: date) -> str:
    """26–27 of the year that begins on the day."""
    return f"{first.year % 100:02}–{(first.year + 1) % 100:02}"
