"""What a process keeps of the masters: never anything but what the database says at that moment."""

import os
from typing import Any

import pytest
from django.db import connection, transaction

from counterfoil import edition
from counterfoil.catalog import queries as catalog
from counterfoil.checkout import masters as kept
from counterfoil.checkout.masters import Masters, masters
from counterfoil.checkout.plan import ask
from counterfoil.checkout.sale import read_sale
from counterfoil.store import Statement, send
from tests.checkout.conftest import sell
from tests.shop import SmallShop

CHANGES = {
    "a setting": "UPDATE shop_shop SET waive_limit_paise = 50",
    "another identity": "INSERT INTO shop_identity (name, address, gstin, state, phone, email, upi_id, currency, "
    "tax_regime, tax_name) SELECT 'New', address, gstin, state, phone, email, upi_id, currency, tax_regime, tax_name "
    "FROM shop_identity WHERE id = 1",
    "a rate": "UPDATE catalog_taxrate SET rate_bp = 600 WHERE rate_bp = 500",
    "another rate": "INSERT INTO catalog_taxrate (tax_class_id, from_day, rate_bp) "
    "SELECT MIN(tax_class_id), '2027-01-01', 700 FROM catalog_taxrate",
    "a rate less": "DELETE FROM catalog_taxrate WHERE id = (SELECT MAX(id) FROM catalog_taxrate)",
    "a denomination": "UPDATE till_denomination SET enabled = NOT enabled WHERE value_paise = 20000",
    "another denomination": "INSERT INTO till_denomination (value_paise, is_coin, enabled) "
    "SELECT 12300, is_coin, enabled FROM till_denomination WHERE value_paise = 20000",
    "a denomination less": "DELETE FROM till_denomination WHERE value_paise = 20000",
}


def mark() -> str:
    (found,) = send(edition.ask())
    return str(found)


def now() -> Masters:
    return masters(mark())


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_changes_a_master_gives_it_another_edition(shop: SmallShop, change: str) -> None:
    before, seen = mark(), now()
    assert now() is seen  # read once
    assert mark() == before
    run(CHANGES[change])
    assert mark() != before
    assert (now() == seen) == (change == "another identity")  # which no setting points to yet


def test_the_next_sale_knows_a_rate_that_was_changed_past_the_program(shop: SmallShop) -> None:
    milk = {"product": "P001", "quantity": "1"}
    assert sell(milk).document["tax_total"] == "1.00"
    run(CHANGES["a rate"])
    assert sell(milk).document["tax_total"] == "1.20"


def test_the_edition_is_asked_after_what_refers_to_it() -> None:
    """A product of a new tax class that was committed in between would have a class without rates."""
    *_, last = ask(read_sale({"lines": [{"product": "P001", "quantity": "1"}]}))
    assert last == edition.ask()


def test_what_was_seen_of_a_change_that_was_rolled_back_is_not_kept(shop: SmallShop) -> None:
    before = now()
    for limit_paise in (70, 80):
        with transaction.atomic():
            run(f"UPDATE shop_shop SET waive_limit_paise = {limit_paise}")
            assert now().shop.waive_limit_paise == limit_paise
            transaction.set_rollback(True)
        assert now() == before


def test_what_changed_while_it_was_read_is_read_again(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of before the change, denominations of after it: good enough for the sale that met it, and no other."""
    ask_rates = catalog.ask_rates

    def changing() -> Statement:
        asked = ask_rates()

        def read(rows: Any) -> Any:
            run("UPDATE shop_shop SET waive_limit_paise = waive_limit_paise + 50")
            return asked.read(rows)

        return asked._replace(read=read)

    began = now().shop.waive_limit_paise
    run(CHANGES["a denomination"])
    monkeypatch.setattr(catalog, "ask_rates", changing)
    assert now().shop.waive_limit_paise == began
    monkeypatch.undo()
    assert now().shop.waive_limit_paise == began + 50


def test_without_a_mark_nothing_is_kept(shop: SmallShop) -> None:
    run("DELETE FROM shop_edition")
    assert mark() == ""
    assert now() is not now()
    run(CHANGES["a rate"])
    assert sell({"product": "P001", "quantity": "1"}).document["tax_total"] == "1.20"
    assert "" not in kept._kept


@pytest.mark.skipif(os.environ.get("COUNTERFOIL_TEST_DATABASE") != "postgres", reason="SQLite knows no TRUNCATE")
def test_emptying_a_table_at_once_is_a_change_too(shop: SmallShop) -> None:
    before = mark()
    run("TRUNCATE till_denomination CASCADE")
    assert mark() != before
    assert now().money.known == ()
