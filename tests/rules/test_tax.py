"""Heads, states, GSTIN and dated rates."""

from datetime import date

import pytest

from counterfoil.rules.errors import Invalid
from counterfoil.rules.tax import FORMER_STATES, SEEDED_RATES_BP, STATES, UTGST_STATES, check_gstin, heads, rate_on


@pytest.mark.parametrize(
    ("shop_state", "place_of_supply", "expected"),
    [
        ("29", "29", ("CGST", "SGST")),
        ("29", "27", ("IGST",)),
        ("29", "", ("CGST", "SGST")),
        ("", "", ("CGST", "SGST")),
        ("", "29", ("CGST", "SGST")),
        ("04", "", ("CGST", "UTGST")),
        ("04", "04", ("CGST", "UTGST")),
        ("04", "29", ("IGST",)),
        ("", "38", ("CGST", "UTGST")),
        ("07", "07", ("CGST", "SGST")),
        ("34", "34", ("CGST", "SGST")),
        ("01", "01", ("CGST", "SGST")),
        ("29", "96", ("IGST",)),
        ("97", "97", ("CGST", "UTGST")),
    ],
)
def test_the_heads_follow_shop_and_place_of_supply(
    shop_state: str, place_of_supply: str, expected: tuple[str, ...]
) -> None:
    assert heads(regime="gst-india", shop_state=shop_state, place_of_supply=place_of_supply) == expected


def test_a_simple_regime_has_one_head_by_the_name_that_the_shop_gives_it() -> None:
    assert heads(regime="simple") == ("Tax",)
    assert heads(regime="simple", tax_name="VAT", shop_state="29", place_of_supply="27") == ("VAT",)
    assert heads(regime="gst-india") == ("CGST", "SGST")


def test_either_state_alone_decides_between_sgst_and_utgst() -> None:
    assert heads(regime="gst-india", shop_state="04") == ("CGST", "UTGST")
    assert heads(regime="gst-india", place_of_supply="04") == ("CGST", "UTGST")


def test_the_states_of_gst() -> None:
    assert len(STATES) == 38
    assert list(STATES) == sorted(STATES)
    assert STATES["29"] == "Karnataka"
    assert STATES["36"] == "Telangana"
    assert STATES["97"] == "Other Territory"
    assert {"25", "28"} == set(FORMER_STATES)
    assert not set(FORMER_STATES) & set(STATES)
    assert {STATES.get(code, FORMER_STATES.get(code)) for code in UTGST_STATES} == {
        "Chandigarh", "Daman and Diu", "Dadra and Nagar Haveli and Daman and Diu", "Lakshadweep",
        "Andaman and Nicobar Islands", "Ladakh", "Other Territory",
    }  # fmt: skip


def test_the_seeded_rates_are_those_since_22_september_2025() -> None:
    assert list(SEEDED_RATES_BP) == [0, 25, 150, 300, 500, 1800, 4000]
    assert SEEDED_RATES_BP[1800] == "GST 18 %"
    assert SEEDED_RATES_BP[0] == "Nil"


@pytest.mark.parametrize(
    "text", ["27AAPFU0939F1ZV", "27aapfu0939f1zv", " 27 AAPFU0939F 1ZV ", "27-AAPFU0939F-1ZV",
     "38AAPFU0939F1ZS", "97AAPFU0939F1ZO", "25AAPFU0939F1ZZ", "99AAPFU0939F1ZK"]
)  # fmt: skip
def test_a_gstin_is_normalised(text: str) -> None:
    assert check_gstin(text) == text.replace(" ", "").replace("-", "").upper()


@pytest.mark.parametrize("text", ["", "  ", "-"])
def test_no_gstin_is_no_gstin(text: str) -> None:
    assert check_gstin(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("27AAPFU0939F1Z", "A GSTIN has 15 characters, this one has 14."),
        ("27AAPFU0939F1ZVX", "A GSTIN has 15 characters, this one has 16."),
        ("27AAPFU0939F1Z*", "A GSTIN has only the letters A to Z and digits."),
        ("27AAPFU0939F1ZÄ", "A GSTIN has only the letters A to Z and digits."),
        ("40AAPFU0939F1ZV", "A GSTIN starts with a state code; 40 is none."),
        ("00AAPFU0939F1ZV", "A GSTIN starts with a state code; 00 is none."),
        ("27AAPF10939F1ZV", "Characters 3 to 12 of a GSTIN are the PAN; AAPF10939F is none."),
        ("27AAPFU0939F0ZV", "Character 13 of a GSTIN counts registrations and is never 0."),
        ("27AAPFU0939F1ZO", "The check digit of this GSTIN does not match: look for a mistyped character."),
        ("27AAPFU0939F2ZV", "The check digit of this GSTIN does not match: look for a mistyped character."),
    ],
)
def test_a_wrong_gstin_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_gstin(text)
    assert (refusal.value.detail, refusal.value.errors[0].field) == (reason, "gstin")
    with pytest.raises(Invalid) as refusal:
        check_gstin(text, field="customer.gstin")
    assert refusal.value.errors[0].field == "customer.gstin"


def test_any_one_mistyped_character_is_found() -> None:
    good = "27AAPFU0939F1ZV"
    for position in range(15):
        for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            if character != good[position]:
                with pytest.raises(Invalid):
                    check_gstin(good[:position] + character + good[position + 1 :])


def test_a_rate_applies_from_its_first_day() -> None:
    dated = [(date(2025, 9, 22), 1800), (date(2017, 7, 1), 2800)]
    assert rate_on(date(2025, 9, 21), dated) == 2800
    assert rate_on(date(2025, 9, 22), dated) == 1800
    assert rate_on(date(2026, 11, 22), dated) == 1800
    assert rate_on(date(2017, 7, 1), dated) == 2800


def test_before_the_first_day_there_is_no_rate() -> None:
    with pytest.raises(Invalid) as refusal:
        rate_on(date(2017, 6, 30), [(date(2017, 7, 1), 2800)])
    assert refusal.value.detail == "No tax rate is in force on 2017-06-30."
    assert refusal.value.errors[0].field == "tax_rate"
    with pytest.raises(Invalid):
        rate_on(date(2026, 1, 1), [])
