"""How one value of an invoice is written for people: amounts, quantities, rates, dates, notes.

Strings in, strings out. No float, and no rounding: a figure is shown as it came.
"""

import unicodedata
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_decimal

from counterfoil.rules.money import MINUS, format_grouped, format_money, minor_digits

JOINERS = "\u200c\u200d"  # Indic scripts spell with these two invisible characters
SPACE = "\N{NO-BREAK SPACE}"


def number_of(value: Any) -> Decimal:
    """The value as an exact number; what is missing counts as nothing."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def one_line(text: Any) -> str:
    """The text on one line, with nothing in it that could end a header, hide, or turn the reading direction."""
    text = str(text)
    if text.isprintable():
        return text
    kept = (" " if _is_space(char) else char for char in text if _is_space(char) or not _is_hidden(char))
    return "".join(kept).strip()


def _is_space(char: str) -> bool:
    return char in "\t\n\v\f\r\x85" or unicodedata.category(char) in {"Zl", "Zp"}


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs"} and char not in JOINERS


def grouped(value: Any, locale: str = "en-IN", currency: str = "INR") -> str:
    """`1,23,456.00`: for tables, where the column says what it is."""
    decimals = minor_digits(currency)
    paise = int(number_of(value).scaleb(decimals))
    if locale.endswith("IN"):
        return format_grouped(paise, decimals=decimals)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    text = format_decimal(Decimal(paise).scaleb(-decimals), format=pattern, locale=locale.replace("-", "_"))
    return text.replace("-", MINUS)


def money(value: Any, currency: str = "INR", locale: str = "en-IN") -> str:
    """`₹1,23,456.00`."""
    paise = int(number_of(value).scaleb(minor_digits(currency)))
    return format_money(paise, currency=currency, locale=locale.replace("-", "_"))


def quantity(value: Any) -> str:
    """Whole pieces without decimals, weights with all three: `2`, `1.250`."""
    amount = number_of(value)
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:f}"


def rate(value: Any) -> str:
    """`18 %`, `2.5 %`."""
    amount = number_of(value).normalize()
    return f"{amount:f}{SPACE}%"


def moment(value: Any) -> datetime:
    """The time of issue, in the offset that the invoice carries (the shop's)."""
    return datetime.fromisoformat(str(value))


def date_and_time(value: Any) -> str:
    return format_datetime(moment(value), "d MMM y, HH:mm", locale="en")


def date(value: Any) -> str:
    return format_datetime(moment(value), "d MMM y", locale="en")


def notes(counts: dict[str, int] | None) -> list[tuple[Decimal, int]]:
    """`{"500": 3}` as pairs of value and count, from the highest down."""
    return sorted(((number_of(v), int(n)) for v, n in (counts or {}).items() if int(n)), reverse=True)


def notes_in_words(counts: dict[str, int] | None) -> str:
    """`3 × 500, 1 × 100`."""
    return ", ".join(f"{count}{SPACE}×{SPACE}{face(value)}" for value, count in notes(counts))


def face(value: Decimal) -> str:
    """What stands on the note: `500`, `0.50`."""
    return f"{value:.0f}" if value == value.to_integral_value() else f"{value:.2f}"
