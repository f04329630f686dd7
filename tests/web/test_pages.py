"""What holds for every page: few queries however many rows, no inline script or style, nothing kept by caches."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from counterfoil.catalog import actions as catalog
from tests.history.ledger import NOON, sell
from tests.shop import SmallShop
from tests.test_tidy import INLINE
from tests.web.conftest import As
from tests.web.test_access import PAGES

QUERIES_AT_MOST = 15
NO_PAGES = {"settings-letter"}  # a letter in its frame: tests/delivery/test_setup.py
HOSTILE = 'O\'Brien "50%_off" கவிதா 😀 <script>alert(1)</script>'


@pytest.fixture
def busy(shop: SmallShop) -> dict[str, str]:
    """Twelve sales with mails to somebody with a hard name, twenty products, twelve customers."""
    from counterfoil.customers import actions as customers

    added = customers.add_customer(values={"name": HOSTILE, "email": "bob@example.com"}, now=NOON)
    for n in range(12):
        customers.add_customer(values={"name": f"Customer {n}", "email": f"c{n}@example.com"}, now=NOON)
        product = catalog.add_product(
            values={
                "code": f"X{n}", "name": f"{HOSTILE} {n}", "unit_price_paise": 10_00,
                "tax_class_id": shop.milk.tax_class_id, "reorder_level_milli": 900_000,
            },
            stock_milli=500_000, now=NOON,
        )  # fmt: skip
        lines = [{"product": f"X{m}", "quantity": "1"} for m in range(n + 1)]
        number = sell(*lines, customer={"id": added.pk, "name": HOSTILE, "email": "bob@example.com"})
    return {"number": number, "product": str(product.pk), "customer": str(added.pk)}


def pages(busy: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, (path, method, _ability, status) in PAGES.items():
        if method == "get" and status == 200 and name not in NO_PAGES:
            yield name, path.format(**busy)


def test_no_page_asks_the_database_often(owner: Client, busy: dict[str, str]) -> None:
    often = {}
    for name, path in pages(busy):
        with CaptureQueriesContext(connection) as queries:
            answer = owner.get(path)
            b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        if len(queries) > QUERIES_AT_MOST:
            often[name] = len(queries)
    assert often == {}


def test_every_page_is_plain_and_kept_by_nobody(owner: Client, busy: dict[str, str]) -> None:
    wrong = []
    for name, path in pages(busy):
        answer = owner.get(path)
        policy = answer["Content-Security-Policy"]
        if "unsafe" in policy or "script-src 'self'" not in policy or answer["Cache-Control"] != "private, no-store":
            wrong.append((name, "headers"))
        if not answer["Content-Type"].startswith("text/html"):
            continue
        page = answer.content.decode()
        wrong += [(name, pattern) for pattern in INLINE if re.search(pattern, page)]
        if "<script>alert" in page:
            wrong.append((name, "a name became a script"))
        if len(re.findall("<h1", page)) != (name != "product-row"):
            wrong.append((name, "one heading"))
    assert wrong == []


WITH_NAMES = (
    "/invoices/", "/invoices/{number}/", "/products/", "/products/{product}/", "/customers/", "/customers/{customer}/",
)  # fmt: skip


def test_a_hard_name_is_shown_literally(owner: Client, busy: dict[str, str]) -> None:
    paths = [path.format(**busy) for path in WITH_NAMES]
    assert [path for path in paths if escape(HOSTILE) not in owner.get(path).content.decode()] == []


def test_a_hard_name_is_found_by_any_part(owner: Client, busy: dict[str, str]) -> None:
    missing = []
    for part in ("50%_off", "கவிதா", "😀", "<script>", "O'Brien \"50"):
        for where in ("/products/?search=", "/customers/?search=", "/find/?q=", "/invoices/?customer_name="):
            page = owner.get(where + quote(part)).content.decode()
            if f"<mark>{escape(part)}</mark>" not in page or "alert(1)</script>" in page:
                missing.append(where + part)
    assert missing == []


def test_there_is_a_page_for_what_is_not_there(owner: Client, as_: As) -> None:
    for path in ("/nothing/", "/invoices/A/26-27/999999/", "/products/999/", "/customers/999/", "/tills/ZZ/"):
        answer = owner.get(path)
        assert answer.status_code == 404, path
        assert b"Front page" in answer.content
    assert as_("").get("/nothing/").status_code == 404


def test_a_broken_page_says_so_in_plain_words(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from counterfoil.history import day

    def broken(**_: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(day, "day_summary", broken)
    owner.raise_request_exception = False
    answer = owner.get("/")
    assert answer.status_code == 500
    assert b"It is our mistake" in answer.content
    assert b"broken on purpose" not in answer.content


def test_the_theme_is_the_one_chosen(owner: Client) -> None:
    assert b"data-theme" not in owner.get("/products/").content.split(b"<head>")[0]
    owner.cookies["theme"] = "dark"
    assert b'<html lang="en-IN" data-theme="dark">' in owner.get("/products/").content
    owner.cookies["theme"] = 'x" onload="'
    assert b"onload" not in owner.get("/products/").content


def test_fonts_come_packed_and_are_kept(as_: As) -> None:
    answer = as_("").get("/fonts/Mukta-Bold.ttf", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert "immutable" in answer["Cache-Control"]
    plain = as_("").get("/fonts/Mukta-Bold.ttf")
    assert plain.content[:4] == b"\x00\x01\x00\x00"
    assert as_("").get("/fonts/secret-key").status_code == 404


def test_the_palette_and_the_bar_know_the_tax_summary(shop: SmallShop, as_: As) -> None:
    for role, there in (("owner", True), ("accountant", True), ("cashier", False)):
        assert ('href="/taxes/"' in as_(role).get("/find/?q=tax").content.decode()) is there
    page = as_("accountant").get("/taxes/").content.decode()
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == ["/"]  # it belongs to the day
