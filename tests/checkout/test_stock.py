"""What a sale says when the goods are not there, or no longer there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from counterfoil.catalog import actions as catalog
from counterfoil.catalog import queries as catalog_queries
from counterfoil.catalog.models import Product
from counterfoil.checkout import actions as checkout
from counterfoil.rules.errors import OutOfStock, Refusal
from counterfoil.store import is_postgresql
from tests.checkout.conftest import NOON, sell
from tests.shop import SmallShop


def test_all_that_falls_short_is_named_in_the_order_of_the_lines(shop: SmallShop) -> None:
    """Not in the order in which a database happens to answer."""
    lines: list[dict[str, Any]] = [{"product": code, "quantity": "99"} for code in ("P005", "P001", "P004", "P005")]
    for wanted in (lines, lines[1:], lines[::-1]):
        with pytest.raises(OutOfStock) as refused:
            sell(*wanted)
        short = [line["product"] for line in wanted if line["product"] != "P004"]  # whose stock nobody tracks
        assert refused.value.more["product"] == short[0]
        assert list(refused.value.more["products"]) == list(dict.fromkeys(short))
        assert refused.value.more["requested"] == ("198.000" if short[0] == "P005" and len(short) == 3 else "99.000")
        fields = [f"lines[{n}].quantity" for n, line in enumerate(wanted) if line["product"] != "P004"]
        assert [error.field for error in refused.value.errors] == fields


def test_a_product_renamed_or_deleted_during_a_sale_is_refused_by_the_name_it_was_asked_for(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:

    def meanwhile(code: str, change: Callable[[], Any]) -> Refusal:
        """Undone with the sale that is refused: it is part of its transaction here."""
        monkeypatch.setattr(checkout, "crash_point", lambda name: name == "sale-read" and change())
        with pytest.raises(Refusal) as refused:
            sell({"product": "P001"}, {"product": code, "quantity": "3"})
        return refused.value

    moved = meanwhile("P005", lambda: Product.objects.filter(code="P005").update(code="COLA", stock_milli=1000))
    assert (moved.code, moved.more["products"]) == ("out-of-stock", {"P005": "1.000"})
    gone = meanwhile("P004", lambda: catalog.remove_product(code="P004", now=NOON))
    assert (gone.code, gone.more["product"]) == ("product-not-found", "P004")
    assert [error.field for error in gone.errors] == ["lines[1].product"]


def test_a_sale_makes_low_what_it_leaves_too_little_of(shop: SmallShop) -> None:
    everything = catalog_queries.counts(catalog_queries.found())
    assert everything == {"": 6, "enabled": 5, "low": 0, "disabled": 1}
    Product.objects.filter(code="P003").update(reorder_level_milli=10_000)
    Product.objects.filter(code="P006").update(reorder_level_milli=900_000)  # disabled: nobody reorders it
    sell({"product": "P003", "quantity": "2"})  # ten are left: enough
    assert catalog_queries.counts(catalog_queries.found()) == everything
    sell({"product": "P003", "quantity": "1"})
    for found in (catalog_queries.found(), catalog_queries.found(search="P00")):
        assert catalog_queries.counts(found) == {**everything, "low": 1}
    assert [product.code for product in catalog_queries.found(show="low")] == ["P003"]
    catalog.move_stock(code="P003", quantity_milli=1_000, reason="received", note="", now=NOON)
    assert catalog_queries.counts(catalog_queries.found()) == everything
    assert not catalog_queries.found(show="low")


@pytest.mark.parametrize("show", ["low", "disabled"])
def test_the_few_are_found_by_their_own_index(shop: SmallShop, show: str) -> None:
    """SQLite takes it only where the condition is written as the index has it; PostgreSQL once there are many."""
    if is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = on")
    assert f"product_{show}" in catalog_queries.found(show=show).explain()
