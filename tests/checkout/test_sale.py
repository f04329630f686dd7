"""A sale as a whole: what it writes, what it refuses, and that a refusal leaves nothing behind."""

from typing import Any

import pytest

from counterfoil.billing import queries as billing
from counterfoil.billing.models import Invoice, NumberSeries
from counterfoil.catalog.models import StockMovement
from counterfoil.checkout.actions import read_document
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.sale import read_sale
from counterfoil.customers.models import Customer
from counterfoil.delivery.models import Delivery
from counterfoil.rules.errors import KeyReused, OutOfStock, Refusal
from counterfoil.till import actions as till_actions
from counterfoil.till import queries as till
from tests.checkout.conftest import NOON, rows, sell
from tests.shop import SmallShop

MILK_TWICE = {"product": "P001", "quantity": "2"}


def test_two_milks_paid_with_two_five_hundreds(shop: SmallShop) -> None:
    sold = sell(
        MILK_TWICE,
        customer={"name": "Nila", "email": "Nila@Example.com"},
        payments=[{"method": "cash", "notes": {"500": 2}}],
    ).document
    assert sold["number"] == "A/26-27/000001"
    assert (sold["taxable_total"], sold["tax_total"], sold["net_total"]) == ("40.00", "2.00", "42.00")
    assert (sold["rounded_payable"], sold["paid"], sold["change_due"]) == ("42.00", "1000.00", "958.00")
    assert sold["change"] == {"500": 1, "200": 2, "50": 1, "5": 1, "2": 1, "1": 1}
    assert shop.stock_milli("P001") == 48_000
    assert Customer.objects.get(email_key="nila@example.com").name == "Nila"
    assert sold["email"]["state"] == "queued"
    assert Delivery.objects.get().address == "Nila@Example.com"


def test_what_is_answered_is_what_is_read_back(shop: SmallShop) -> None:
    sold = sell(
        {"product": "P002", "quantity": "1.250", "discount": "5%"},
        {"name": "Gift wrap", "unit_price": "15.00", "tax_rate": "18.00", "quantity": "1", "discount": "2.00"},
        customer={"name": "Asha Rao", "email": "ASHA@example.com"},
        discount="10.00",
        payments=[{"method": "upi", "amount": "40.00", "reference": "4281"}, {"method": "cash", "notes": {"100": 1}}],
    ).document
    read = read_document(number=sold["number"])
    queued = {"email": {**read["email"], "next_attempt_at": sold["email"]["next_attempt_at"]}}
    assert {**read, **queued} == sold


def test_the_chain_of_digests_holds_and_starts_from_nothing(shop: SmallShop) -> None:
    for _ in range(3):
        sell(MILK_TWICE)
    previous = ""
    for invoice in billing.in_order():
        assert billing.record_of(invoice).digest(previous=previous) == invoice.digest
        previous = invoice.digest
    assert NumberSeries.objects.get().head_digest == previous


def test_a_known_customer_keeps_the_masters_name_and_the_invoice_the_one_given(shop: SmallShop) -> None:
    sold = sell(MILK_TWICE, customer={"name": "A. Rao", "email": "asha@EXAMPLE.com"}).document
    assert sold["customer"]["id"] == shop.asha.pk
    assert sold["customer"]["name"] == "A. Rao"
    shop.asha.refresh_from_db()
    assert shop.asha.name == "Asha Rao"
    assert Customer.objects.count() == 2


def test_a_walk_in_is_asked_nothing(shop: SmallShop) -> None:
    sold = sell(MILK_TWICE).document
    assert sold["customer"] is None
    assert sold["email"]["state"] == "none"
    assert not Delivery.objects.exists()


def test_the_same_key_and_sale_is_the_same_invoice(shop: SmallShop) -> None:
    first = sell(MILK_TWICE, key="key-of-one-sale")
    before = rows()
    again = sell({"product": "P001", "quantity": 2}, key="key-of-one-sale")
    assert again.replayed
    assert not first.replayed
    assert again.document["number"] == first.document["number"]
    assert rows() == before
    with pytest.raises(KeyReused):
        sell({"product": "P001", "quantity": 3}, key="key-of-one-sale")
    assert rows() == before


REFUSED: list[tuple[str, str, str, dict[str, Any]]] = [
    ("too little", "paid-too-little", "payments", {"payments": [{"method": "cash", "amount": "41.99"}]}),
    ("card too much", "paid-too-much", "payments", {"payments": [{"method": "card", "amount": "43"}]}),
    ("more than in stock", "out-of-stock", "lines[0].quantity", {"lines": [{"product": "P001", "quantity": "51"}]}),
    (
        "more than in stock as two lines",
        "out-of-stock",
        "lines[1].quantity",
        {"lines": [{"product": "P001", "quantity": "26"}, {"product": "P001", "quantity": "25"}]},
    ),
    ("unknown product", "product-not-found", "lines[0].product", {"lines": [{"product": "P999"}]}),
    ("disabled product", "product-disabled", "lines[0].product", {"lines": [{"product": "P006"}]}),
    ("quantity 0", "validation-error", "lines[0].quantity", {"lines": [{"product": "P001", "quantity": 0}]}),
    ("negative", "validation-error", "lines[0].quantity", {"lines": [{"product": "P001", "quantity": "-1"}]}),
    ("NaN", "validation-error", "lines[0].quantity", {"lines": [{"product": "P001", "quantity": "NaN"}]}),
    ("absurdly large", "validation-error", "lines[0].quantity", {"lines": [{"product": "P001", "quantity": "1e300"}]}),
    ("four decimals", "validation-error", "lines[0].quantity", {"lines": [{"product": "P001", "quantity": "1.0001"}]}),
    ("newline in the e-mail", "validation-error", "customer.email", {"customer": {"email": "a@b.example\nBcc: x"}}),
    ("not an e-mail", "validation-error", "customer.email", {"customer": {"email": "asha"}}),
    (
        "no such note",
        "denomination-unknown",
        "payments[0].notes.30",
        {"payments": [{"method": "cash", "notes": {"30": 2}}]},
    ),
    ("empty cart", "validation-error", "lines", {"lines": []}),
    ("no such till", "validation-error", "till", {"till": "ZZ"}),
    ("nul in a name", "validation-error", "customer.name", {"customer": {"name": "a\x00b"}}),
    ("half a letter", "validation-error", "customer.name", {"customer": {"name": "a\ud800b"}}),
    ("a misspelt field", "validation-error", "discounts", {"discounts": "5%"}),
    ("account of nobody", "validation-error", "customer", {"payments": [{"method": "account", "amount": "42"}]}),
    ("waiving more than allowed", "validation-error", "waive", {"waive": "1.00"}),
]


@pytest.mark.parametrize(("code", "field", "change"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_refusal_names_its_field_and_leaves_nothing_behind(
    shop: SmallShop, code: str, field: str, change: dict[str, Any]
) -> None:
    before, stock = rows(), shop.stock_milli("P001")
    sale = {"lines": [MILK_TWICE], "payments": [{"method": "cash", "notes": {"100": 1}}], **change}
    with pytest.raises(Refusal) as refused:
        sell(*sale.pop("lines"), **sale)
    assert refused.value.code == code
    assert field in [error.field for error in refused.value.errors]
    assert (rows(), shop.stock_milli("P001")) == (before, stock)
    assert not NumberSeries.objects.exists(), "a number was burnt"


def test_out_of_stock_says_how_many_are_left(shop: SmallShop) -> None:
    with pytest.raises(OutOfStock) as refused:
        sell({"product": "P005", "quantity": "4"})
    assert (refused.value.more["product"], refused.value.more["left"]) == ("P005", "3.000")


def test_a_refused_sale_burns_no_number(shop: SmallShop) -> None:
    sell(MILK_TWICE)
    with pytest.raises(OutOfStock):
        sell({"product": "P005", "quantity": "4"})
    assert sell(MILK_TWICE).document["number"] == "A/26-27/000002"


def test_each_till_and_year_counts_for_itself(shop: SmallShop) -> None:
    till_actions.add_till(code="B", name="", now=NOON)
    assert sell(MILK_TWICE, till="b").document["number"] == "B/26-27/000001"
    assert sell(MILK_TWICE).document["number"] == "A/26-27/000001"
    april = NOON.replace(year=2027, month=4, day=1)
    assert sell(MILK_TWICE, now=april).document["number"] == "A/27-28/000001"


def test_untracked_goods_sell_without_movements(shop: SmallShop) -> None:
    before = StockMovement.objects.count()
    sell({"product": "P004", "quantity": "3"})
    assert shop.stock_milli("P004") is None
    assert StockMovement.objects.count() == before


def test_change_comes_out_of_the_counted_drawer_and_what_was_handed_over(shop: SmallShop) -> None:
    till_actions.count_drawer(till=shop.till, notes={5000: 1, 2000: 3}, now=NOON)
    sold = sell(MILK_TWICE, payments=[{"method": "cash", "notes": {"100": 1, "2": 1}}]).document
    assert sold["change"] == {"20": 3}
    assert till.notes(shop.till) == {10000: 1, 5000: 1, 200: 1} == till.explained_notes(shop.till)


def test_no_exact_change_says_what_to_ask_for_and_saves_nothing(shop: SmallShop) -> None:
    till_actions.count_drawer(till=shop.till, notes={5000: 2}, now=NOON)
    before = rows()
    with pytest.raises(Refusal) as refused:
        sell(MILK_TWICE, payments=[{"method": "cash", "notes": {"50": 1, "20": 2}}])  # 48 to give back
    assert refused.value.code == "change-unavailable"
    assert refused.value.more["ask_for"] == {"amount": "2.00", "change": {"50": 1}}
    assert rows() == before


def test_cash_given_as_an_amount_moves_the_largest_notes_that_make_it(shop: SmallShop) -> None:
    till_actions.count_drawer(till=shop.till, notes={}, now=NOON)
    sell(MILK_TWICE, payments=[{"method": "cash", "amount": "42"}])
    assert till.notes(shop.till) == {2000: 2, 200: 1}


def test_a_quote_shows_the_sales_own_figures_and_saves_nothing(shop: SmallShop) -> None:
    sale = {
        "lines": [{"product": "P002", "quantity": "0.333"}, {"product": "P003", "discount": "3%"}],
        "discount": "7%",
        "payments": [{"method": "cash", "notes": {"500": 1}}],
    }
    before = rows()
    quote = price_sale(sale=read_sale(sale), now=NOON)
    assert rows() == before
    assert quote["problems"] == []
    sold = sell(*sale.pop("lines"), **sale).document  # type: ignore[arg-type]
    for figure in ("lines", "taxes", "net_total", "rounding", "rounded_payable", "paid", "change_due", "change"):
        assert quote[figure] == sold[figure]


def test_a_quote_lists_every_problem_at_once(shop: SmallShop) -> None:
    sale = {
        "lines": [{"product": "P999"}, {"product": "P006"}, {"product": "P005", "quantity": "9"}],
        "payments": [{"method": "cash", "amount": "1"}],
    }
    quote = price_sale(sale=read_sale(sale), now=NOON)
    codes = [problem["code"] for problem in quote["problems"]]
    assert codes == ["product-not-found", "product-disabled", "out-of-stock", "paid-too-little"]


def test_issued_means_issued_in_the_database_itself(shop: SmallShop) -> None:
    from django.db import DatabaseError, connection, transaction

    sell(MILK_TWICE)
    tables = (
        "billing_invoice",
        "billing_invoiceline",
        "billing_invoicetax",
        "billing_payment",
        "catalog_stockmovement",
        "shop_identity",
        "audit_entry",
    )
    for table in tables:
        for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    assert Invoice.objects.count() == 1


def test_change_does_without_what_the_drawer_turns_out_not_to_have(shop: SmallShop) -> None:
    till_actions.count_drawer(till=shop.till, notes={20000: 3, 10000: 9, 5000: 4, 2000: 9}, now=NOON)
    sale: dict[str, Any] = {"lines": [{"product": "P001", "quantity": "20"}], "without": ["200"]}
    sale["payments"] = [{"method": "cash", "notes": {"500": 1, "200": 1, "20": 1}}]
    assert price_sale(sale=read_sale(sale), now=NOON)["change"] == {"100": 3}
    outcome = sell(*sale["lines"], payments=sale["payments"], without=["200"])
    assert outcome.document["change"] == {"100": 3}
