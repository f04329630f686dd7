"""How fast lists and searches answer beside their best hand-written SQL, in a large shop.

`uv run --group test python -m bench.reads [--database postgres|sqlite] [--invoices N] [--products P] [--customers C]
[--days D] [--rounds N] [--shop URL] [--json FILE]`

A throw-away shop is filled with the demo's bulk writer, unless `--shop` names one that is there (it is only read, but
for its roll-ups). Each round asks the page, through Django's whole stack with a signed-in owner, and then the floor:
the rows that the page shows by the best SQL that knows the indexes, on the same connection. So a busy moment hits both;
what is told is the median and the 95th percentile of each, their ratio, and the page's number of queries. A page also
renders its template and asks for what stands around its list; the floor does not.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.servers import postgres, temporary_folder

Floor = tuple[str, list[Any]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--invoices", type=int, default=20_000)
    parser.add_argument("--products", type=int, default=5_000)
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--shop", default="", help="the URL of a database that is filled already")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        url = options.shop or f"sqlite:///{folder / 'shop.sqlite3'}"
        if options.database == "postgres" and not options.shop:
            url = stack.enter_context(postgres(folder, durable=True))
        os.environ |= {"DATABASE_URL": url, "COUNTERFOIL_DATA_DIR": str(folder / "data"), "CELERY_BROKER_URL": ""}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "counterfoil.config.settings", "RATE_LIMIT": "0", "EMAIL_HOST": ""}
        results = measure(options)
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


def measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    if not options.shop:
        from counterfoil.cli.demo.load import load_demo

        load_demo(
            invoices=options.invoices, products=options.products, customers=options.customers, days=options.days,
            seed=1, now=timezone.now(), out=sys.stderr,
        )  # fmt: skip
    from counterfoil.history import rollups

    rollups.catch_up()
    if connection.vendor == "postgresql":
        rollups.rows("ANALYZE")
    results = [one.run(options.rounds) for one in reads(_owner())]
    connection.close()
    return results


def _owner() -> Any:
    """A signed-in owner; the account goes with the throw-away shop, and in a shop that is kept it is left as it was."""
    from django.test import Client

    from counterfoil.people.models import User

    user = User.objects.filter(role="owner").first() or User.objects.create(username="bench", role="owner")
    client = Client(headers={"Host": "localhost"})
    client.force_login(user)
    return client


@dataclass(frozen=True, slots=True)
class Read:
    name: str
    page: Callable[[], Any]
    floor: Floor

    def run(self, rounds: int) -> dict[str, Any]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        pages, floors, own = [], [], []
        with CaptureQueriesContext(connection) as asked:
            self.page()
        for turn in range(rounds + 3):
            for into, do in ((pages, self.page), (floors, self._floor)):
                began = time.perf_counter()
                do()
                if turn >= 3:
                    into.append((time.perf_counter() - began) * 1000)
            own.append(0)
        return {"name": self.name, "page_ms": pages, "floor_ms": floors, "queries": len(asked)}

    def _floor(self) -> None:
        from counterfoil.history.rollups import rows

        rows(*self.floor)


def reads(client: Any) -> list[Read]:
    """The pages as the browser asks for them: what changes in place, and the day as a whole."""
    from counterfoil.billing.models import Invoice
    from counterfoil.customers.models import Customer
    from counterfoil.history import taxes

    def get(path: str, **query: str) -> Callable[[], Any]:
        def ask() -> None:
            answer = client.get(path, query, headers={"HX-Request": "true"} if query else {})
            assert answer.status_code == 200, (path, query, answer.status_code)

        return ask

    newest = Invoice.objects.order_by("-issued_at").first()
    assert newest is not None
    day: date = newest.day
    old = day - timedelta(days=60)
    busy = Customer.objects.get(name="Asha Rao", email="asha.rao@example.com").pk
    listed = "SELECT * FROM billing_invoice WHERE kind = 'invoice' {} ORDER BY issued_at DESC, id DESC LIMIT 51"
    month = old.replace(day=1)
    number = newest.number
    return [
        Read("history, no filter", get("/invoices/", kind=""), (listed.format(""), [])),
        Read("history, a rare name", get("/invoices/", customer_name="K. Talwar"), _by_name("%K. TALWAR%", listed)),
        Read("history, a common name", get("/invoices/", customer_name="asha"), _walk("%ASHA%", listed)),
        Read("history, nobody's name", get("/invoices/", customer_name="zzqx"), _by_name("%ZZQX%", listed)),
        Read("history, an e-mail", get("/invoices/", customer_email="000777@"), _by_name("%000777@%", listed, "email")),
        Read("history, a past week", get("/invoices/", **{"from": f"{old - timedelta(days=6)}", "to": f"{old}"}),
             (listed.format("AND issued_at >= %s AND issued_at < %s"), [old - timedelta(days=6), old])),
        Read("history, a number", get("/invoices/", number=number[-6:]),
             ("SELECT * FROM billing_invoice WHERE sequence = %s ORDER BY series_id LIMIT 51", [newest.sequence])),
        Read("history, a product", get("/invoices/", product="Royal gel pens"), _by_good("%ROYAL GEL PENS%")),
        Read("history, a payable", get("/invoices/", amount="193"),
             ("SELECT * FROM billing_invoice WHERE payable_paise = %s ORDER BY issued_at DESC LIMIT 51", [193_00])),
        Read("history, till and method", get("/invoices/", till="B", method="card"),
             (listed.format("AND till_id = (SELECT id FROM till_till WHERE code = 'B') AND EXISTS (SELECT 1 FROM "
                            "billing_payment p WHERE p.invoice_id = billing_invoice.id AND p.method = 'card')"), [])),
        Read("history, mail failed", get("/invoices/", email_state="failed"),
             (listed.format("AND EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.invoice_id = billing_invoice.id "
                            "AND d.state = 'failed')"), [])),
        Read("history, deep page", get("/invoices/", older=_cursor(day - timedelta(days=day.day))),
             (listed.format("AND issued_at < %s"), [day - timedelta(days=day.day)])),
        Read("products, all", get("/products/", sort="code"), ("SELECT * FROM catalog_product ORDER BY code LIMIT 50", [])),
        Read("products, a part", get("/products/", search="royal gel"), _text("catalog_product", "ROYAL GEL", "code")),
        Read("products, two letters", get("/products/", search="zz"), _text("catalog_product", "ZZ", "code")),
        Read("customers, a part", get("/customers/", search="talwar"), _text("customers_customer", "TALWAR", "name, id")),
        Read("a customer's page", get(f"/customers/{busy}/"),
             ("SELECT * FROM billing_invoice WHERE customer_id = %s ORDER BY issued_at DESC, id DESC LIMIT 21", [busy])),
        Read("find anything", get("/find/", q="royal gel"), _text("catalog_product", "ROYAL GEL", "code")),
        Read("the day", get("/"), ("SELECT day, SUM(payable_paise) FROM history_quartertakings WHERE day >= %s GROUP BY day",
                                   [f"{day - timedelta(days=56)}"])),
        Read("tax of a month", lambda: taxes.by_month(date_from=month, date_to=old), _tax(month, old)),
        Read("tax of three years", lambda: taxes.by_month(date_from=day - timedelta(days=1094), date_to=day),
             _tax(day - timedelta(days=1094), day)),
    ]  # fmt: skip


# ---- Floors ----------------------------------------------------------------------------------------------------------


def _sqlite() -> bool:
    from django.db import connection

    return connection.vendor == "sqlite"


def _matching(table: str, part: str) -> Floor:
    if _sqlite():
        plain = part.strip("%")
        if len(plain) < 3:
            return f"SELECT rowid FROM {table}_text WHERE text LIKE %s", [f"%{plain}%"]
        return f"SELECT rowid FROM {table}_text WHERE {table}_text MATCH %s", [f'"{plain}"']
    return f"SELECT id FROM {table}_text WHERE text LIKE %s", [f"%{part.strip('%')}%"]


def _text(table: str, part: str, order: str) -> Floor:
    ids, params = _matching(table, part)
    return f"SELECT * FROM {table} WHERE id IN ({ids}) ORDER BY {order} LIMIT 50", params


def _by_name(part: str, listed: str, column: str = "name") -> Floor:
    ids, params = _matching("history_buyer", part)
    pairs = f"(SELECT name, email FROM history_buyer WHERE id IN ({ids}) AND UPPER({column}) LIKE %s)"
    return listed.format(f"AND (customer_name, customer_email) IN {pairs}"), [*params, part]


def _walk(part: str, listed: str) -> Floor:
    return listed.format("AND UPPER(customer_name) LIKE %s"), [part]


def _by_good(part: str) -> Floor:
    ids, params = _matching("history_good", part)
    return (
        "SELECT * FROM billing_invoice WHERE id IN (SELECT l.invoice_id FROM billing_invoiceline l WHERE l.product_id "
        f"IN (SELECT product_id FROM history_good WHERE id IN ({ids}))) ORDER BY issued_at DESC, id DESC LIMIT 51"
    ), params


def _tax(first: date, last: date) -> Floor:
    return (
        "SELECT month, name, rate_ppm, kind, SUM(documents), SUM(taxable_paise), SUM(amount_paise) "
        "FROM history_monthtax WHERE month >= %s AND month <= %s GROUP BY month, name, rate_ppm, kind"
    ), [f"{first}", f"{last}"]


def _cursor(day: date) -> str:
    return f"{day:%Y%m%d}T000000000000.1"


# ---- What was found --------------------------------------------------------------------------------------------------


def table(results: list[dict[str, Any]]) -> str:
    rows = [
        f"{'':28}{'page ms':>9}{'p95':>8}{'floor ms':>10}{'p95':>8}{'ratio':>8}{'queries':>9}   1.5 x floor + 8, 60"
    ]
    for found in results:
        page, floor = statistics.median(found["page_ms"]), statistics.median(found["floor_ms"])
        kept = page <= 1.5 * floor + 8 and page <= 60
        rows.append(
            f"{found['name']:28}{page:9.1f}{_p95(found['page_ms']):8.1f}{floor:10.1f}{_p95(found['floor_ms']):8.1f}"
            f"{page / floor:8.1f}{found['queries']:9}   {'met' if kept else 'NOT MET'}"
        )
    return "\n".join(rows)


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]


if __name__ == "__main__":
    main()
