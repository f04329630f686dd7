"""A shop to measure in: products, customers, tills with counted drawers, a token, and the floor's function.

`python -m bench.fill PRODUCTS TILLS`; its last line is what clients need, as JSON.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ENOUGH = 10**12


def fill(*, products: int, tills: int) -> dict[str, Any]:
    """Migrates and fills the database that the environment names; answers what clients need, as JSON values."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    first = _products(products, now)
    found = {
        "products": products, "first_product": first, "tills": _tills(tills, now), "customers": _customers(now),
        "token": _token(now),
    }  # fmt: skip
    if connection.vendor == "postgresql":
        from bench.floors import FUNCTION

        with connection.cursor() as cursor:
            cursor.execute(FUNCTION.replace("%", "%%"), [])
            cursor.execute("VACUUM ANALYZE")
    connection.close()
    return found


def _products(count: int, now: datetime) -> int:
    from counterfoil.catalog import actions, stock
    from counterfoil.catalog.models import Product, StockMovement

    classes = [actions.class_for_rate(rate_bp=rate, day=now.date()) for rate in (500, 1800, 0)]
    Product.objects.bulk_create(
        Product(code=f"P{n:05}", name=f"Product {n}", unit_price_paise=2000 + n % 50 * 100, tax_class=classes[n % 3],
                stock_milli=ENOUGH, hsn="0401")
        for n in range(count)
    )  # fmt: skip
    rows = list(Product.objects.order_by("id").values_list("id", flat=True))
    StockMovement.objects.bulk_create(StockMovement(**stock.by_hand(i, ENOUGH, "opening", "", now)) for i in rows)
    return rows[0]


def _tills(count: int, now: datetime) -> list[tuple[int, str]]:
    from counterfoil.till import actions, queries

    for n in range(1, count):
        actions.add_till(code=f"T{n}", name="", now=now)
    plenty = dict.fromkeys(queries.enabled_values(), 100000000)
    for till in queries.tills():
        actions.count_drawer(till=till, notes=plenty, now=now)
    return [(till.pk, till.code) for till in queries.tills().order_by("id")]


def _customers(now: datetime) -> list[tuple[int, str]]:
    from counterfoil.customers.actions import add_customer

    added = [add_customer(values={"name": "Asha Rao", "email": f"asha{n}@example.com"}, now=now) for n in range(8)]
    return [(customer.pk, customer.email) for customer in added]


def _token(now: datetime) -> str:
    from counterfoil.people.actions import create_token

    return create_token(name="bench", now=now)


if __name__ == "__main__":
    print(json.dumps(fill(products=int(sys.argv[1]), tills=int(sys.argv[2]))))
