"""Numbers of documents."""

from datetime import date
from typing import Any

import pytest

from counterfoil.rules.errors import Invalid
from counterfoil.rules.numbering import TILL_CODE, document_number, financial_year


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 11, 22), "26-27"),
        (date(2026, 3, 31), "25-26"),
        (date(2026, 4, 1), "26-27"),
        (date(2026, 1, 1), "25-26"),
        (date(2026, 12, 31), "26-27"),
        (date(2099, 4, 1), "99-00"),
        (date(2100, 3, 31), "99-00"),
        (date(2009, 4, 1), "09-10"),
    ],
)
def test_a_financial_year_runs_from_april_to_march(day: date, year: str) -> None:
    assert financial_year(day) == year


def test_a_number_has_till_year_and_sequence() -> None:
    assert document_number(till="A", year="26-27", sequence=1) == "A/26-27/000001"
    assert document_number(till="A", year="26-27", sequence=1, kind="invoice") == "A/26-27/000001"
    assert document_number(till="A", year="26-27", sequence=1, kind="credit-note") == "A/C26-27/00001"
    assert document_number(till="A01", year="26-27", sequence=999_999) == "A01/26-27/999999"
    assert document_number(till="A01", year="26-27", sequence=99_999, kind="credit-note") == "A01/C26-27/99999"
    assert document_number(till="A", year="26-27", sequence=99_999_999) == "A/26-27/99999999"


@pytest.mark.parametrize(
    ("till", "kind", "sequence"), [("A01", "invoice", 10**6), ("A01", "credit-note", 10**5), ("A", "invoice", 10**8)]
)
def test_a_number_longer_than_sixteen_characters_is_refused(till: str, kind: Any, sequence: int) -> None:
    with pytest.raises(
        Invalid, match=r"is longer than 16 characters: this series is full, use another till\.$"
    ) as refusal:
        document_number(till=till, year="26-27", sequence=sequence, kind=kind)
    assert refusal.value.errors[0].field == "till"
    assert refusal.value.detail.startswith(f"{till}/")


@pytest.mark.parametrize(
    ("till", "year", "sequence", "field", "message"),
    [
        ("a", "26-27", 1, "till", "A till's code is one to three capital letters or digits."),
        ("", "26-27", 1, "till", "A till's code is one to three capital letters or digits."),
        ("ABCD", "26-27", 1, "till", "A till's code is one to three capital letters or digits."),
        ("A\n", "26-27", 1, "till", "A till's code is one to three capital letters or digits."),
        ("A", "2026", 1, "year", "A financial year is written as 26-27."),
        ("A", "26-27x", 1, "year", "A financial year is written as 26-27."),
        ("A", "26-27", 0, "sequence", "Documents are numbered from 1."),
        ("A", "26-27", -1, "sequence", "Documents are numbered from 1."),
    ],
)
def test_parts_that_cannot_be_are_refused(till: str, year: str, sequence: int, field: str, message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        document_number(till=till, year=year, sequence=sequence)
    assert (refusal.value.errors[0].field, refusal.value.detail) == (field, message)


def test_a_till_has_one_to_three_letters_or_digits() -> None:
    assert all(TILL_CODE.fullmatch(code) for code in ("A", "7", "A1", "ZZ9"))
    assert not any(TILL_CODE.fullmatch(code) for code in ("", "a", "AB-", "ABCD", "Ä"))
