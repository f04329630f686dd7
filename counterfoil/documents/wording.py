"""How one value of an invoice is written for people: amounts, quantities, rates, dates, notes.

Strings in, strings out. No float, and no rounding: a figure is shown as it came.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel.dates import format_datetime
from babel.numbers import get_currency_symbol

MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"


def number_of(value: Any) -> Decimal:
    """The value as an exact number; what is missing counts as nothing."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def grouped(value: Any, locale: str = "en-IN") -> str:
    """`1,23,456.00`: for tables, where the column says what it is."""
    amount = number_of(value)
    whole, _, fraction = f"{abs(amount):f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    step = 2 if locale.endswith("IN") else 3
    parts = [head[max(i - step, 0) : i] for i in range(len(head), 0, -step)][::-1]
    text = ",".join([*parts, tail]) + (f".{fraction}" if fraction else "")
    return MINUS + text if amount < 0 else text


def money(value: Any, currency: str = "INR", locale: str = "en-IN") -> str:
    """`₹1,23,456.00`."""
    text = grouped(value, locale)
    symbol = get_currency_symbol(currency, locale="en_IN")
    symbol += "" if len(symbol) == 1 else SPACE
    return f"{MINUS}{symbol}{text[1:]}" if text.startswith(MINUS) else symbol + text


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


def notes(counts: dict[str, int] | None) -> list[dict[str, str]]:
    """`{"500": 3}` as rows of value, count and what they come to, from the highest down."""
    ordered = sorted(((number_of(v), int(n)) for v, n in (counts or {}).items() if int(n)), reverse=True)
    return [{"value": f"{v.normalize():f}", "count": str(n), "comes_to": f"{v * n:.2f}"} for v, n in ordered]


def notes_in_words(counts: dict[str, int] | None) -> str:
    """`3 × 500, 1 × 100`."""
    return ", ".join(f"{row['count']}{SPACE}×{SPACE}{row['value']}" for row in notes(counts))
