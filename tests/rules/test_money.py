"""Money: what is read, what is refused, the one rounding, and how amounts are written."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.rules.errors import Invalid, Refusal
from counterfoil.rules.money import (
    AMOUNT_AT_MOST_PAISE,
    NO_DISCOUNT,
    Discount,
    format_amount,
    format_grouped,
    format_money,
    format_quantity,
    format_rate,
    in_words,
    minor_digits,
    parse_amount,
    parse_discount,
    parse_quantity,
    parse_rate,
    round_half_away,
    round_payable,
)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(0, 7, 0), (1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2),
     (49, 100, 0), (-49, 100, 0), (5, 3, 2), (4, 3, 1), (6, 3, 2), (5, 1, 5), (-5, 1, -5)],
)  # fmt: skip
def test_a_half_goes_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_away(numerator, denominator) == rounded


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**9))
def test_rounding_is_to_the_nearest(numerator: int, denominator: int) -> None:
    rounded = round_half_away(numerator, denominator)
    off = Fraction(numerator, denominator) - rounded
    assert abs(off) <= Fraction(1, 2)
    assert round_half_away(-numerator, denominator) == -rounded
    if abs(off) == Fraction(1, 2):
        assert abs(rounded) * denominator > abs(numerator)


@pytest.mark.parametrize(
    ("net", "mode", "unit", "payable"),
    [
        (11199, "down", 100, 11100),
        (11100, "down", 100, 11100),
        (-11199, "down", 100, -11100),
        (99, "down", 100, 0),
        (0, "down", 100, 0),
        (11199, "none", 100, 11199),
        (11199, "none", 0, 11199),
        (11150, "nearest", 100, 11200),
        (11149, "nearest", 100, 11100),
        (-11150, "nearest", 100, -11200),
        (1013, "nearest", 5, 1015),
        (1012, "nearest", 5, 1010),
        (1013, "down", 5, 1010),
        (17, "down", 1, 17),
        (17, "nearest", 1, 17),
    ],
)
def test_payable_rounding(net: int, mode: Any, unit: int, payable: int) -> None:
    assert round_payable(net, mode=mode, unit_paise=unit) == payable


def test_a_policy_that_cannot_be_is_refused() -> None:
    for mode in ("down", "nearest"):
        with pytest.raises(ValueError, match=r"^A payable unit of 0 paise cannot be paid$"):
            round_payable(1, mode=mode, unit_paise=0)
    with pytest.raises(ValueError, match=r"^No payable rounding is called 'up'$"):
        round_payable(1, mode="up", unit_paise=1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "paise"),
    [
        ("0", 0),
        ("-0", 0),
        ("+5", 500),
        ("12", 1200),
        ("12.5", 1250),
        (" 12.50 ", 1250),
        ("12.500", 1250),
        ("0012.50", 1250),
        ("1,23,456.50", 12345650),
        ("123,456.50", 12345650),
        ("1,234", 123400),
        ("12,34,567", 123456700),
        ("1,234,567", 123456700),
        (7, 700),
        (Decimal("7.25"), 725),
        (Decimal("1E+2"), 10000),
        (Decimal("125E-2"), 125),
        (7.25, 725),
        (0.1, 10),
        (1e2, 10000),
        ("100000000", AMOUNT_AT_MOST_PAISE),
    ],
)
def test_an_amount_is_read_without_loss(written: Any, paise: int) -> None:
    assert parse_amount(written) == paise


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "abc", "1e3", "NaN", "Infinity", "-inf", "1.", ".5", "1.2.3", "₹5", "1_000", "١٢",
        "--1", "5 0", "0x10", "5-",
        "12,34", "1,2345", "1,,234", ",123", "1234,567", "1,23,45", "12,345,67", "1,234.5,6", "1" * 41,
        Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity"), Decimal("1E+100000"),
        Decimal("1E-100000"),
        Decimal("1E+41"), Decimal("1E-41"), float("nan"), float("inf"), 1e300,
    ],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(written: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_amount(written, field="unit_price")
    assert refusal.value.detail == "Give a plain number, such as 12.50."
    assert refusal.value.errors[0].field == "unit_price"


@pytest.mark.parametrize("written", [None, True, False, [], {}, object(), b"5"])
def test_what_is_no_number_at_all_is_refused(written: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_amount(written)
    assert refusal.value.detail == "Give a number, such as 12.50."
    assert refusal.value.errors[0].field == "amount"


@pytest.mark.parametrize(
    ("written", "options", "message"),
    [
        ("1.005", {}, "Give at most 2 decimals."),
        (Decimal("0.001"), {}, "Give at most 2 decimals."),
        (0.005, {}, "Give at most 2 decimals."),
        ("1.5", {"decimals": 0}, "Give a whole number."),
        ("-0.01", {}, "Give at least 0.00."),
        ("0", {"at_least": 1}, "Give at least 0.01."),
        ("100000000.01", {}, "Give at most 100000000.00."),
        ("6", {"at_most": 500}, "Give at most 5.00."),
        ("6", {"at_most": 5, "decimals": 0}, "Give at most 5."),
        (10**30, {}, "Give at most 100000000.00."),
    ],
)
def test_an_amount_out_of_bounds_is_refused_and_says_what_to_do(written: Any, options: Any, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_amount(written, field="payments[0].amount", **options)
    assert refusal.value.detail == message
    assert refusal.value.errors[0].field == "payments[0].amount"


def test_other_bounds_and_decimals() -> None:
    assert parse_amount("-5.00", at_least=-500) == -500
    assert parse_amount("5.00", at_most=500, at_least=500) == 500
    assert parse_amount("5.125", decimals=3) == 5125
    assert parse_amount("5", decimals=0) == 5
    assert parse_amount("12.500000") == 1250
    assert parse_amount("1" * 40, at_most=10**50) == int("1" * 40) * 100
    assert parse_amount(Decimal("1E+40"), at_most=10**50) == 10**42
    assert parse_amount(Decimal("0E-40")) == 0


@pytest.mark.parametrize(
    ("written", "milli"),
    [("1", 1000), ("1.250", 1250), (3, 3000), ("0.001", 1), ("999999.999", 999_999_999), (Decimal("2.5"), 2500)],
)
def test_a_quantity_has_three_decimals(written: Any, milli: int) -> None:
    assert parse_quantity(written) == milli


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("0", "Give at least 0.001."),
        ("-1", "Give at least 0.001."),
        ("1.2345", "Give at most 3 decimals."),
        ("1000000", "Give at most 999999.999."),
    ],
)
def test_a_quantity_that_cannot_be_sold_is_refused(written: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_quantity(written)
    assert (refusal.value.detail, refusal.value.errors[0].field) == (message, "quantity")
    with pytest.raises(Invalid) as refusal:
        parse_quantity(written, field="lines[0].quantity")
    assert refusal.value.errors[0].field == "lines[0].quantity"


@pytest.mark.parametrize(
    ("written", "bp"),
    [
        ("18", 1800),
        ("18.00", 1800),
        ("18%", 1800),
        (" 18 % ", 1800),
        (18, 1800),
        ("0.25", 25),
        (Decimal("2.5"), 250),
        (0, 0),
        ("100", 10_000),
    ],
)
def test_a_rate_is_read_in_per_cent(written: Any, bp: int) -> None:
    assert parse_rate(written) == bp


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("100.01", "Give at most 100.00."),
        ("-1", "Give at least 0.00."),
        ("0.125", "Give at most 2 decimals."),
        ("%", "Give a plain number, such as 12.50."),
        ("18%%", "Give a plain number, such as 12.50."),
        (None, "Give a number, such as 12.50."),
    ],
)
def test_a_rate_that_cannot_be_is_refused(written: Any, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_rate(written)
    assert (refusal.value.detail, refusal.value.errors[0].field) == (message, "tax_rate")
    with pytest.raises(Invalid) as refusal:
        parse_rate(written, field="rate")
    assert refusal.value.errors[0].field == "rate"


@pytest.mark.parametrize(
    ("written", "discount"),
    [
        (None, NO_DISCOUNT),
        ("", NO_DISCOUNT),
        ("  ", NO_DISCOUNT),
        (0, NO_DISCOUNT),
        ("0%", NO_DISCOUNT),
        ("5%", Discount(rate_bp=500)),
        (" 12.5 % ", Discount(rate_bp=1250)),
        ("100%", Discount(rate_bp=10_000)),
        ("10.00", Discount(amount_paise=1000)),
        (10, Discount(amount_paise=1000)),
        (Decimal("2.50"), Discount(amount_paise=250)),
    ],
)
def test_a_discount_is_an_amount_or_a_per_cent(written: Any, discount: Discount) -> None:
    assert parse_discount(written) == discount


@pytest.mark.parametrize("written", ["-5", "-5%", "101%", "x", "x%", "5.005", "100.01%", -1, True, "%"])
def test_a_discount_that_cannot_be_is_refused(written: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_discount(written)
    assert refusal.value.errors[0].field == "discount"
    with pytest.raises(Invalid) as refusal:
        parse_discount(written, field="lines[1].discount")
    assert refusal.value.errors[0].field == "lines[1].discount"


def test_a_discount_in_another_currency_has_its_decimals() -> None:
    assert parse_discount("5.125", decimals=3) == Discount(amount_paise=5125)
    with pytest.raises(Invalid):
        parse_discount("5.1", decimals=0)


def test_a_discount_refuses_to_be_wrong() -> None:
    for wrong in ({"amount_paise": -1}, {"rate_bp": -1}, {"rate_bp": 10_001}):
        with pytest.raises(ValueError, match=r"^A discount of -?\d+ paise, -?\d+ bp cannot be given$"):
            Discount(**wrong)
    with pytest.raises(ValueError, match=r"^A discount is an amount or a per cent, not both$"):
        Discount(1, 1)
    assert Discount(0, 10_000)
    assert Discount(1, 0)


@pytest.mark.parametrize(
    ("paise", "decimals", "text"),
    [
        (123450, 2, "1234.50"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 2, "0.00"),
        (7, 0, "7"),
        (-7, 0, "-7"),
        (1, 3, "0.001"),
    ],
)
def test_an_amount_for_programs(paise: int, decimals: int, text: str) -> None:
    assert format_amount(paise, decimals=decimals) == text
    assert decimals != 2 or format_amount(paise) == text


@given(st.integers(-(10**15), 10**15), st.integers(0, 4))
def test_what_is_written_is_read_back(paise: int, decimals: int) -> None:
    text = format_amount(paise, decimals=decimals)
    assert parse_amount(text, decimals=decimals, at_least=-(10**15), at_most=10**15) == paise
    grouped = format_grouped(abs(paise), decimals=decimals)
    assert parse_amount(grouped, decimals=decimals, at_most=10**15) == abs(paise)


def test_quantities_and_rates_for_programs() -> None:
    assert (format_quantity(1250), format_quantity(1), format_quantity(-500)) == ("1.250", "0.001", "-0.500")
    rates = {
        0: "0.00",
        25_000: "2.50",
        1_250: "0.125",
        180_000: "18.00",
        125: "0.0125",
        90_000: "9.00",
        1_000_000: "100.00",
    }
    assert {ppm: format_rate(ppm) for ppm in rates} == rates


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (99_999, "999.99"),
        (100_000, "1,000.00"),
        (1_234_567, "12,345.67"),
        (12_345_650, "1,23,456.50"),
        (123_456_789_012, "1,23,45,67,890.12"),
        (-12_345_650, "−1,23,456.50"),
    ],
)
def test_an_amount_for_people_is_grouped_as_in_india(paise: int, text: str) -> None:
    assert format_grouped(paise) == text


def test_a_grouped_amount_of_another_currency() -> None:
    assert (format_grouped(123456, decimals=0), format_grouped(1234567, decimals=3)) == ("1,23,456", "1,234.567")


def test_money_as_its_locale_writes_it() -> None:
    assert format_money(12_345_650) == "₹1,23,456.50"
    assert format_money(-12_345_650) == "−₹1,23,456.50"
    assert format_money(123_456, currency="JPY", locale="en_US") == "¥123,456"
    assert format_money(1_234_567, currency="KWD", locale="en_US").replace("\N{NO-BREAK SPACE}", "") == "KWD1,234.567"
    assert format_money(123_450, currency="EUR", locale="de_DE") == "1.234,50\N{NO-BREAK SPACE}€"


@pytest.mark.parametrize("locale", ["xx_YY", "not a locale", "e"])
def test_an_unknown_locale_is_refused(locale: str) -> None:
    with pytest.raises(Invalid) as refusal:
        format_money(1, locale=locale)
    assert refusal.value.detail == f"No locale is called {locale!r}."
    assert refusal.value.errors[0].field == "locale"


def test_decimals_of_currencies() -> None:
    assert [minor_digits(currency) for currency in ("INR", "JPY", "KWD")] == [2, 0, 3]


@pytest.mark.parametrize(
    ("paise", "words"),
    [
        (0, "Rupees zero only"),
        (100, "Rupees one only"),
        (50, "Rupees zero and fifty paise only"),
        (11_100, "Rupees one hundred and eleven only"),
        (12_345_650, "Rupees one lakh twenty-three thousand four hundred and fifty-six and fifty paise only"),
        (10**9, "Rupees one crore only"),
        (10**9 - 100, "Rupees ninety-nine lakh ninety-nine thousand nine hundred and ninety-nine only"),
        (10**9 + 100, "Rupees one crore and one only"),
        (10**9 + 10_000, "Rupees one crore and one hundred only"),
        (10**9 + 10_100, "Rupees one crore one hundred and one only"),
        (123_456_789_00, "Rupees twelve crore thirty-four lakh fifty-six thousand seven hundred and eighty-nine only"),
        (10**12, "Rupees one thousand crore only"),
        (10**16, "Rupees one crore crore only"),
        (-250, "Rupees minus two and fifty paise only"),
    ],
)
def test_an_amount_in_words_counts_in_lakh_and_crore(paise: int, words: str) -> None:
    assert in_words(paise) == words


def test_words_of_other_currencies() -> None:
    assert in_words(12_350, currency="USD") == "USD one hundred and twenty-three and 50/100 only"
    assert in_words(12_305, currency="USD") == "USD one hundred and twenty-three and 05/100 only"
    assert in_words(12_300, currency="USD") == "USD one hundred and twenty-three only"
    assert in_words(1_005, currency="KWD") == "KWD one and 005/1000 only"
    assert in_words(123, currency="JPY") == "JPY one hundred and twenty-three only"


@given(st.one_of(st.text(max_size=50), st.integers(), st.decimals(), st.floats(), st.none(), st.booleans()))
def test_nothing_that_can_be_sent_crashes_the_reading(value: Any) -> None:
    for parse in (parse_amount, parse_quantity, parse_rate, parse_discount):
        with suppress(Refusal):
            parse(value)
