"""Whatever a name is made of, it is found by any part of it and shown as it was written: pages, files, PDF and mail."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils.html import escape

from counterfoil import documents
from counterfoil.checkout.actions import read_document
from counterfoil.customers import actions as customers
from counterfoil.exchange.opening import open_table
from tests.api.caller import Caller
from tests.documents.reading import attached, text_of
from tests.history.ledger import NOON, sell
from tests.shop import SmallShop

# name: a part that nothing else in the shop has
NAMES = {
    "100% cotton": "0% c", "snake_case": "e_c", "O'Brien's \"best\"": "'s \"b", "back\\slash": "k\\s", "கவிதா": "விதா",
    "कविता देवी": "विता", "smile 😀": "e 😀", "<script>alert(1)</script>": "<script>", "Tom & Jerry": "m & J",
}  # fmt: skip


@pytest.fixture
def sold(shop: SmallShop) -> dict[str, str]:
    """name: the number of an invoice to somebody of this name, for a product of this name."""
    from counterfoil.catalog import actions as catalog

    numbers = {}
    for n, name in enumerate(NAMES):
        values = {"code": f"N{n}", "name": name, "unit_price_paise": 10_00, "tax_class_id": shop.milk.tax_class_id}
        catalog.add_product(values={**values, "category": name, "unit": "pc"}, stock_milli=9_000, now=NOON)
        buyer = customers.add_customer(values={"name": name, "email": f"n{n}@example.com", "address": name}, now=NOON)
        line = {"product": f"N{n}", "quantity": "1"}
        numbers[name] = sell(line, customer={"id": buyer.pk, "name": name, "email": f"n{n}@example.com"})
    return numbers


DAY = "/?day=2026-11-22"
SEARCHES = ("/products/?search={}", "/customers/?search={}", "/invoices/?customer_name={}", "/invoices/?product={}",
            "/find/?q={}", "/counter/find/?q={}", "/counter/buyers/?q={}")  # fmt: skip


def test_a_name_is_found_by_a_part_of_it_and_by_nothing_else(owner: Client, sold: dict[str, str]) -> None:
    wrong = []
    for name, part in NAMES.items():
        for where in SEARCHES:
            page = owner.get(where.format(quote(part))).content.decode()
            shown = re.sub("</?mark>", "", page)
            others = [other for other in NAMES if other != name and f">{escape(other)}<" in shown]
            # In the list of products categories are chosen from, whatever is searched for.
            if escape(name) not in shown or (others and "products" not in where) or "<script>alert" in page:
                wrong.append((name, where, others))
    assert wrong == []


def test_the_api_finds_and_answers_it(sold: dict[str, str], shop: SmallShop) -> None:
    api = Caller(shop.token)
    for name, part in NAMES.items():
        for where in ("/products?search=", "/customers?search="):
            assert [item["name"] for item in api.get(where + quote(part))["items"]] == [name], where
        found = api.get("/invoices?customer_name=" + quote(part))["items"]
        assert [item["number"] for item in found] == [sold[name]]


def places(number: str) -> Iterator[str]:
    yield from (f"/invoices/{number}/", f"/invoices/{number}/return/", DAY, "/products/", "/customers/", "/invoices/")


def test_every_page_shows_it_literally(owner: Client, sold: dict[str, str]) -> None:
    """No page has it as a tag, and those of the thing itself have every letter of it."""
    from counterfoil.catalog.models import Product
    from counterfoil.customers.models import Customer

    wrong = []
    for name, number in sold.items():
        product, buyer = Product.objects.get(name=name), Customer.objects.get(name=name)
        own = [f"/products/{product.pk}/", f"/customers/{buyer.pk}/", f"/customers/{buyer.pk}/edit/"]
        own += [f"/products/{product.pk}/movements/", f"/products/{product.pk}/prices/"]
        for path in [*own, *places(number)]:
            page = owner.get(path).content.decode()
            seen = escape(name) in page or path == DAY  # it lists the first six
            if not seen or "<script>alert" in page:
                wrong.append((name, path))
    assert wrong == []


def cells(owner: Client, path: str, tmp_path: Any) -> set[str]:
    file = tmp_path / "export"
    file.write_bytes(b"".join(owner.get(path).streaming_content))  # type: ignore[attr-defined]
    return {str(cell) for _row, row in open_table(file).rows for cell in row}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_carry_it_whole(owner: Client, sold: dict[str, str], form: str, tmp_path: Any) -> None:
    for kind in ("products", "customers", "invoices"):
        assert NAMES.keys() <= cells(owner, f"/{kind}/export/?format={form}", tmp_path), kind


def test_the_invoice_on_paper_and_in_the_mail_has_it(owner: Client, sold: dict[str, str]) -> None:
    for name, number in sold.items():
        for form in ("a4", "receipt"):
            made = owner.get(f"/invoices/{number}/pdf?format={form}").content
            if name.isascii():
                assert name in text_of(made), (name, form)
            if form == "a4":
                assert name in json.dumps(attached(made), ensure_ascii=False).replace('\\"', '"').replace("\\\\", "\\")
        letter = documents.letter(read_document(number=number))
        assert escape(name) in letter.html
        assert name in letter.text
