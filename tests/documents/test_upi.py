"""The UPI code: an amount where one is due, and no name that can change where the money goes."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from counterfoil import documents
from tests.documents import papers

pytestmark = pytest.mark.pure


def parts_of(document: dict[str, object]) -> list[tuple[str, str]]:
    uri = documents.upi_uri(document)
    assert uri is not None
    assert uri.startswith("upi://pay?")
    return parse_qsl(urlsplit(uri).query, strict_parsing=True)


def test_the_link_names_payee_amount_and_invoice() -> None:
    assert parts_of(papers.eight_lines()) == [
        ("pa", "shreeganesh@okbank"),
        ("pn", "Shree Ganesh General Store"),
        ("am", "1752.00"),
        ("tn", "A/26-27/000413"),
        ("cu", "INR"),
    ]


def test_it_asks_only_for_what_is_on_account() -> None:
    document = papers.many_lines(2)
    assert dict(parts_of(document))["am"] == document["payments"][1]["amount"]


def test_no_name_can_change_the_payee() -> None:
    document = papers.eight_lines()
    document["supplier"]["name"] = "Shop&pa=thief@bank&am=1#x" + "அ" * 10_000
    parts = parts_of(document)
    assert [value for key, value in parts if key == "pa"] == ["shreeganesh@okbank"]
    assert dict(parts)["pn"].startswith("Shop&pa=thief@bank&am=1#x")
    assert documents.upi_qr_svg(document)


def test_no_code_without_an_id_for_a_credit_note_or_for_nothing() -> None:
    assert documents.upi_qr_svg(papers.one_line()) is None
    assert documents.upi_qr_svg(papers.credit_note()) is None
    assert documents.upi_qr_svg(papers.eight_lines() | {"rounded_payable": "0.00"}) is None
    assert documents.upi_qr_svg(papers.eight_lines() | {"currency": "EUR"}) is None


def test_the_svg_suits_a_page_with_a_strict_policy() -> None:
    svg = documents.upi_qr_svg(papers.eight_lines())
    assert svg is not None
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert "script" not in svg
    assert documents.upi_qr_svg(papers.eight_lines()) == svg
