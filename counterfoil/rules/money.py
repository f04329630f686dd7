"""Money as integers: reading what people type, the one rounding, and writing amounts for people and for programs.

Amounts are whole minor units (paise), quantities thousandths (milli), tax rates basis points (bp, 1800 is 18 %).
Every rounding of the product is `round_half_away` or `round_payable`; nothing else may round. No float anywhere.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from babel.core import UnknownLocaleError
from babel.numbers import format_currency, get_currency_precision
from num2words import num2words

from counterfoil.rules.errors import Invalid

PayableMode = Literal["down", "nearest", "none"]

AMOUNT_AT_MOST_PAISE = 10**10  # ten crore rupees
QUANTITY_AT_MOST_MILLI = 999_999_999
RATE_AT_MOST_BP = 10_000
PERCENT_100_BP = 10_000
CRORE = 10**7
MINUS = "\N{MINUS SIGN}"

_DIGITS = re.compile(r"[0-9]{1,9}")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,2}(,[0-9]{2})*,[0-9]{3})(\.[0-9]+)?")
_LONGEST_NUMBER = 40


@dataclass(frozen=True, slots=True)
class Discount:
    """Either an amount or a per cent, never both and never below zero; no discount is the empty one."""

    amount_paise: int = 0
    rate_bp: int = 0

    def __post_init__(self) -> None:
        if self.amount_paise < 0 or not 0 <= self.rate_bp <= PERCENT_100_BP:
            raise ValueError(f"A discount of {self.amount_paise} paise, {self.rate_bp} bp cannot be given")
        if self.amount_paise and self.rate_bp:
            raise ValueError("A discount is an amount or a per cent, not both")


NO_DISCOUNT = Discount()


def round_half_away(numerator: int, denominator: int) -> int:
    """The one rounding to a whole unit: the nearest, and a half goes away from zero. `denominator` is above zero."""
    if numerator < 0:
        return -((denominator - 2 * numerator) // (2 * denominator))
    return (2 * numerator + denominator) // (2 * denominator)


def round_payable(net_paise: int, *, mode: PayableMode, unit_paise: int) -> int:
    """What is to be paid: `net_paise` in whole units, cut off towards zero ("down") or to the nearest one."""
    if mode == "none":
        return net_paise
    if unit_paise <= 0:
        raise ValueError(f"A payable unit of {unit_paise} paise cannot be paid")
    if mode == "nearest":
        return round_half_away(net_paise, unit_paise) * unit_paise
    if mode == "down":
        magnitude = abs(net_paise) // unit_paise * unit_paise
        return magnitude if net_paise >= 0 else -magnitude
    raise ValueError(f"No payable rounding is called {mode!r}")


def _to_decimal(value: object, *, field: str) -> Decimal:
    """A finite number of sane length, or Invalid. A float counts as the shortest decimal that it is written as."""
    if isinstance(value, bool) or value is None:
        raise Invalid("Give a number, such as 12.50.", field=field)
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, int):
        value = Decimal(value)
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _LONGEST_NUMBER:
            raise Invalid("Give a plain number, such as 12.50.", field=field)
        return value
    if not isinstance(value, str):
        raise Invalid("Give a number, such as 12.50.", field=field)
    text = value.strip()
    if len(text) > _LONGEST_NUMBER or not (_PLAIN.fullmatch(text) or _GROUPED.fullmatch(text)):
        raise Invalid("Give a plain number, such as 12.50.", field=field)
    return Decimal(text.replace(",", ""))


def _to_units(value: object, *, field: str, decimals: int) -> int:
    """The number in units of 10**-decimals, refused when that would lose anything."""
    if type(value) is str and _DIGITS.fullmatch(value):  # "2": most quantities of a bill
        return int(value) * int(10**decimals)
    sign, digits, exponent = _to_decimal(value, field=field).as_tuple()
    assert isinstance(exponent, int)
    units = int("".join(map(str, digits)))
    shift = exponent + decimals
    if shift >= 0:
        units *= int(10**shift)
    else:
        units, lost = divmod(units, int(10**-shift))
        if lost:
            allowed = f"at most {decimals} decimals" if decimals else "a whole number"
            raise Invalid(f"Give {allowed}.", field=field)
    return -units if sign else units


def _parse(value: object, *, field: str, decimals: int, at_least: int, at_most: int) -> int:
    units = _to_units(value, field=field, decimals=decimals)
    if units < at_least:
        raise Invalid(f"Give at least {format_amount(at_least, decimals=decimals)}.", field=field)
    if units > at_most:
        raise Invalid(f"Give at most {format_amount(at_most, decimals=decimals)}.", field=field)
    return units


def parse_amount(
    value: str | int | Decimal,
    *,
    field: str = "amount",
    decimals: int = 2,
    at_least: int = 0,
    at_most: int = AMOUNT_AT_MOST_PAISE,
) -> int:
    """Minor units of an amount such as "1234.50", "1,23,456.50", 12 or Decimal("12.5")."""
    return _parse(value, field=field, decimals=decimals, at_least=at_least, at_most=at_most)


def parse_quantity(value: str | int | Decimal, *, field: str = "quantity") -> int:
    """Thousandths of a quantity above zero."""
    return _parse(value, field=field, decimals=3, at_least=1, at_most=QUANTITY_AT_MOST_MILLI)


def parse_rate(value: str | int | Decimal, *, field: str = "tax_rate") -> int:
    """Basis points of a rate in per cent: "18", "18.00", "18%" and 18 are all 1800."""
    return _parse(_without_percent(value), field=field, decimals=2, at_least=0, at_most=RATE_AT_MOST_BP)


def _without_percent(value: object) -> object:
    return value.strip().removesuffix("%") if isinstance(value, str) else value


def parse_discount(value: str | int | Decimal | None, *, field: str = "discount", decimals: int = 2) -> Discount:
    """An amount ("10.00") or a per cent ("5%"); empty or zero is no discount."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return NO_DISCOUNT
    if isinstance(value, str) and value.strip().endswith("%"):
        return Discount(rate_bp=parse_rate(value, field=field))
    return Discount(amount_paise=parse_amount(value, field=field, decimals=decimals))


def format_amount(paise: int, *, decimals: int = 2) -> str:
    """For programs: "1234.50", with a plain minus."""
    if decimals == 2 and paise >= 0:  # nearly always, and dozens of times for one document
        return f"{paise // 100}.{paise % 100:02}"
    sign = "-" if paise < 0 else ""
    whole, part = divmod(abs(paise), 10**decimals)
    return f"{sign}{whole}.{part:0{decimals}}" if decimals else f"{sign}{whole}"


def format_quantity(milli: int) -> str:
    return format_amount(milli, decimals=3)


@lru_cache(maxsize=1000)  # a shop has a handful, and writes one beside every line
def format_rate(rate_ppm: int) -> str:
    """Per cent of a rate in millionths, with two decimals and more where they are needed: "2.50", "0.125"."""
    text = format_amount(rate_ppm, decimals=4)
    whole, part = text.split(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def format_grouped(paise: int, *, decimals: int = 2) -> str:
    """For people, without the currency's sign: "1,23,456.50", and a real minus."""
    whole, dot, part = format_amount(abs(paise), decimals=decimals).partition(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return (MINUS if paise < 0 else "") + ",".join([*pairs, tail]) + dot + part


def minor_digits(currency: str) -> int:
    """How many decimals the currency has: 2 for INR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def format_money(paise: int, *, currency: str = "INR", locale: str = "en_IN") -> str:
    """For people, as their locale writes it: "₹1,23,456.50"."""
    amount = Decimal(paise).scaleb(-minor_digits(currency))
    try:
        text = format_currency(amount, currency, locale=locale)
    except (UnknownLocaleError, ValueError) as error:
        raise Invalid(f"No locale is called {locale!r}.", field="locale") from error
    return text.replace("-", MINUS)


@lru_cache(maxsize=10_000)
def _words(number: int) -> str:
    """Indian system, without commas; above a hundred crore it counts crores of crores."""
    if number < CRORE:
        return str(num2words(number, lang="en_IN")).replace(",", "")
    crores, rest = divmod(number, CRORE)
    joiner = "" if not rest else " and " if rest <= 100 else " "
    return f"{_words(crores)} crore{joiner}{_words(rest) if rest else ''}"


def in_words(paise: int, *, currency: str = "INR") -> str:
    """ "Rupees one lakh and fifty paise only"; currencies other than the rupee write their parts as a fraction."""
    digits = minor_digits(currency)
    whole, part = divmod(abs(paise), 10**digits)
    words = ("minus " if paise < 0 else "") + _words(whole)
    if currency == "INR":
        return f"Rupees {words} and {_words(part)} paise only" if part else f"Rupees {words} only"
    return f"{currency} {words} and {part:0{digits}}/{10**digits} only" if part else f"{currency} {words} only"
