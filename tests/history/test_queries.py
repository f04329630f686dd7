"""Previous purchases: what is found, page after page, and what it adds up to."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from counterfoil.catalog.models import Product
from counterfoil.delivery.models import Delivery
from counterfoil.history import facts, narrowing, queries, rollups
from counterfoil.rules.errors import Invalid
from tests.history.ledger import NOON, sell, take_back
from tests.shop import SmallShop

HOSTILE = [
    "100% Kirana", "a_b c", "O'Brien \"Bob\"", "கவிதா", "राजेश शर्मा", "Meena 😀", "<script>alert(1)</script>",
    "back\\slash",
]  # fmt: skip


def found(**filters: Any) -> list[str]:
    return [each.customer_name for each in queries.page_of(queries.invoices(**filters), limit=50).items]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_found_by_any_part_of_it_and_by_nothing_else(shop: SmallShop, name: str) -> None:
    for each in HOSTILE:
        sell(customer={"name": each})
    assert found(customer_name=name) == [name]
    assert found(customer_name=name[1:]) == [name]


def test_a_per_cent_sign_is_a_per_cent_sign(shop: SmallShop) -> None:
    for name in ("Asha", "100% Kirana", "a_b"):
        sell(customer={"name": name})
    assert found(customer_name="%") == ["100% Kirana"]
    assert found(customer_name="_") == ["a_b"]
    assert found(customer_name="\0") == ["a_b", "100% Kirana", "Asha"]


@pytest.mark.parametrize("text", ["émile", "ÉMILE", "Émile", "ÉmI"])
def test_case_is_ignored_beyond_ascii(shop: SmallShop, text: str) -> None:
    sell(customer={"name": "Émile Zola"})
    assert found(customer_name=text) == ["Émile Zola"]


def test_a_minute_before_and_after_midnight_are_two_days_of_the_shop(shop: SmallShop) -> None:
    late = sell(at=datetime(2026, 11, 22, 18, 29, tzinfo=UTC))  # 23:59
    early = sell(at=datetime(2026, 11, 22, 18, 31, tzinfo=UTC))  # 00:01
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)
    assert [each.number for each in queries.invoices(date_from=sunday, date_to=sunday)] == [late]
    assert [each.number for each in queries.invoices(date_from=monday)] == [early]
    assert queries.totals(queries.invoices(date_to=sunday)).count == 1
    assert queries.totals(queries.invoices(date_from=sunday, date_to=monday)).count == 2


def test_every_filter_narrows(shop: SmallShop) -> None:
    plain = sell(customer={"name": "Asha", "email": "asha@example.com"})
    rice = sell({"product": "P002", "quantity": "2"}, payments=[{"method": "upi", "amount": "193.00"}])
    assert [each.number for each in queries.invoices(product="basmati")] == [rice]
    assert [each.number for each in queries.invoices(product="p001")] == [plain]
    assert [each.number for each in queries.invoices(method="upi")] == [rice]
    assert [each.number for each in queries.invoices(amount_paise=193_00)] == [rice]
    assert [each.number for each in queries.invoices(number=plain[-3:])] == [plain]
    assert [each.number for each in queries.invoices(customer_email="ASHA@")] == [plain]
    assert queries.invoices(till="a").count() == 2
    assert queries.invoices(till="Z").count() == 0
    assert queries.invoices(product="milk", method="upi").count() == 0


def test_mail_is_as_its_newest_delivery_stands(shop: SmallShop) -> None:
    number = sell(customer={"email": "asha@example.com"})
    without = sell()
    assert [each.number for each in queries.invoices(email_state="none")] == [without]
    assert [each.number for each in queries.invoices(email_state="queued")] == [number]
    first = Delivery.objects.get()
    Delivery.objects.filter(pk=first.pk).update(state="failed", next_attempt_at=None)
    Delivery.objects.create(
        invoice=first.invoice, address=first.address, round=1, state="sent", message_id="<2@x>", created_at=NOON
    )
    assert queries.invoices(email_state="failed").count() == 0
    assert [each.number for each in queries.invoices(email_state="sent")] == [number]
    with pytest.raises(Invalid):
        queries.invoices(email_state="lost")


def test_pages_hold_each_invoice_once_and_can_be_walked_back(shop: SmallShop) -> None:
    for n in range(11):
        sell(at=NOON + timedelta(minutes=n // 3))  # several in one moment
    all_of_them = [each.number for each in queries.invoices()]
    pages, cursor = [], ""
    while True:
        page = queries.page_of(queries.invoices(), limit=4, older_than=cursor)
        pages.append([each.number for each in page.items])
        if not page.older:
            break
        cursor = page.older
    assert [number for page in pages for number in page] == all_of_them
    assert page.newer
    back = queries.page_of(queries.invoices(), limit=4, newer_than=page.newer)
    assert [each.number for each in back.items] == pages[1]
    first = queries.page_of(queries.invoices(), limit=4, newer_than=back.newer)
    assert [each.number for each in first.items] == pages[0]
    assert first.newer == ""


def test_a_new_sale_does_not_shift_the_page(shop: SmallShop) -> None:
    for n in range(4):
        sell(at=NOON + timedelta(minutes=n))
    second = queries.page_of(queries.invoices(), limit=2).older
    before = [each.number for each in queries.page_of(queries.invoices(), limit=2, older_than=second).items]
    sell(at=NOON + timedelta(hours=1))
    assert [each.number for each in queries.page_of(queries.invoices(), limit=2, older_than=second).items] == before


@pytest.mark.parametrize("cursor", ["x", "20261122T063000000000", "20261122T063000000000.0", "20261399T000000000000.1"])
def test_a_foreign_cursor_is_refused(shop: SmallShop, cursor: str) -> None:
    with pytest.raises(Invalid):
        queries.page_of(queries.invoices(), limit=2, older_than=cursor)


def test_totals_count_credit_notes_against(shop: SmallShop) -> None:
    number = sell({"product": "P001", "quantity": "2"})
    sell({"product": "P001", "quantity": "1"})
    take_back(number)
    every, sold = queries.totals(queries.invoices()), queries.totals(queries.invoices(kind="invoice"))
    assert (sold.count, sold.taxable_paise, sold.tax_paise, sold.net_paise) == (2, 60_00, 3_00, 63_00)
    assert (every.count, every.taxable_paise, every.tax_paise, every.net_paise) == (3, 20_00, 1_00, 21_00)
    assert queries.totals_of(list(queries.invoices())) == every


def test_a_customer_has_a_total_a_last_visit_and_favourites(shop: SmallShop) -> None:
    for _ in range(2):
        sell({"product": "P001", "quantity": "2"}, {"product": "P003", "quantity": "1"}, customer={"id": shop.asha.pk})
    sell({"product": "P001", "quantity": "1"}, customer={"id": shop.asha.pk}, at=NOON + timedelta(days=1))
    sell(customer={"id": shop.thomas.pk})
    known = facts.customer_facts(customer_id=shop.asha.pk)
    assert known.totals.count == 3
    assert known.last_at == NOON + timedelta(days=1)
    assert [(each["code"], each["times"], each["quantity_milli"]) for each in known.most_bought] == [
        ("P001", 3, 5000), ("P003", 2, 2000),
    ]  # fmt: skip


def test_each_price_that_invoices_used_is_kept(shop: SmallShop) -> None:
    from counterfoil.catalog import actions as catalog

    sell()
    catalog.change_product(code="P001", changes={"unit_price_paise": 22_00}, now=NOON)
    sell(at=NOON + timedelta(days=2))
    prices = facts.prices_of(product_id=shop.milk.pk)
    assert [(each["unit_price_paise"], each["times"]) for each in prices] == [(22_00, 1), (20_00, 1)]
    assert prices[1]["last_day"] == date(2026, 11, 22)


def test_what_a_product_was_sold_as_is_found_and_not_what_it_is_called_since(shop: SmallShop) -> None:
    """Also while the sale under the new name is not rolled up yet, and the roll-ups know of the old one only."""
    before = sell({"product": "P002", "quantity": "1"})
    rollups.catch_up()
    Product.objects.filter(code="P002").update(name="Sona masuri")
    since = sell({"product": "P002", "quantity": "1"}, at=NOON + timedelta(hours=1))
    assert rollups.ask_tail().count == 1
    for _ in range(2):
        assert [each.number for each in queries.invoices(product="basmati")] == [before]
        assert [each.number for each in queries.invoices(product="sona")] == [since]
        assert [each.number for each in queries.invoices(product="P002")] == [since, before]
        rollups.catch_up()


def test_a_sale_under_a_new_name_while_one_looks_is_not_taken_for_one_under_the_old(
    shop: SmallShop, monkeypatch: Any
) -> None:
    before = sell({"product": "P002", "quantity": "1"})
    rollups.catch_up()
    look = narrowing.few

    def sold_meanwhile(sql: str, *params: Any, **more: Any) -> list[int] | None:
        monkeypatch.setattr(narrowing, "few", look)
        Product.objects.filter(code="P002").update(name="Sona masuri")
        sell({"product": "P002", "quantity": "1"}, at=NOON + timedelta(hours=1))
        return look(sql, *params, **more)

    monkeypatch.setattr(narrowing, "few", sold_meanwhile)
    assert [each.number for each in queries.invoices(product="basmati")] == [before]


def test_ids_are_met_on_a_walk_where_they_stand_close_and_not_beyond_a_gap() -> None:
    close = list(range(1, 50_000, 10))
    assert narrowing.met_soon(close)
    assert not narrowing.met_soon([*close, *range(1_000_000, 1_000_500, 10)])  # a festival, and a year later
    assert not narrowing.met_soon(list(range(1, 1_000_000, 1_000)))
