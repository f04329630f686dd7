"""How fast lists and searches answer beside their best hand-written SQL, in a large shop.

`uv run --group test python -m bench.reads [--database postgres|sqlite] [--invoices N] [--products P] [--customers C]
[--days D] [--rounds N] [--shop URL] [--json FILE]`

A throw-away shop is filled with the demo's bulk writer, unless `--shop` names one that is there (it is only read, but
for its roll-ups). Each round asks, in turns and on the same connection:

- **floor**: the rows that the list shows, by the best hand-written SQL that knows the indexes
- **read**: the same rows by the product's own queries, as the pages ask them
- **page**: the whole page through all of Django with a signed-in owner: session, rows, totals, what stands around the
  list, and the template
- **api**: the same list as JSON through all of Django with a token, fifty whole invoices for instance

So a busy moment hits all four; what is told is each one's median, the read's and the page's 95th percentile, the read's
ratio to its floor, and the page's number of queries. Wanted: a read within 1.5 times its floor plus 8 ms; no read, page
or answer above 60 ms (a month's tax is read in 10, three years' in 20); no page with more than 15 queries.
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
WARM_UP = 3
WIDE = 9
AT_MOST_MS = 60
QUERIES_AT_MOST = 15


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
    results = [one.run(options.rounds) for one in reads(_owner(), _integrator())]
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


def _integrator() -> Any:
    """Somebody with a token, which goes with the throw-away shop; in a shop that is kept it is valid for a day."""
    from django.test import Client
    from django.utils import timezone

    from counterfoil.people import actions as people

    now = timezone.now()
    token = people.create_token(name="bench", now=now, expires_at=now + timedelta(days=1))
    return Client(headers={"Host": "localhost", "Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True)
class Read:
    name: str
    page: Callable[[], Any]
    read: Callable[[], Any]
    floor: Floor
    api: Callable[[], Any] | None = None
    at_most_ms: int = AT_MOST_MS

    def run(self, rounds: int) -> dict[str, Any]:
        from django.db import connection

        found: dict[str, Any] = {"name": self.name, "at_most_ms": self.at_most_ms, "queries": 0, "api_ms": []}
        turns = [("floor_ms", self._floor), ("read_ms", self.read), ("page_ms", self.page)]
        turns += [("api_ms", self.api)] if self.api else []
        found |= {name: [] for name, _ in turns}
        asked: list[str] = []
        with connection.execute_wrapper(lambda run, sql, *rest: asked.append(sql) or run(sql, *rest)):  # type: ignore[func-returns-value]
            self.page()
        for turn in range(rounds + WARM_UP):
            for name, do in turns:
                began = time.perf_counter()
                do()
                if turn >= WARM_UP:
                    found[name].append((time.perf_counter() - began) * 1000)
        return {**found, "queries": len(asked)}

    def _floor(self) -> None:
        from counterfoil.history.rollups import rows

        rows(*self.floor)


def reads(client: Any, integrator: Any) -> list[Read]:
    """Whole pages, as a browser asks for them that opens one; what changes in place while one types is a part of it."""
    from counterfoil.billing.models import Invoice
    from counterfoil.customers.models import Customer

    newest = Invoice.objects.order_by("-issued_at").first()
    assert newest is not None
    busy = Customer.objects.get(name="Asha Rao", email="asha.rao@example.com").pk
    return [*_history(client, integrator, newest), *_masters(client, integrator, busy), *_sums(client, newest.day)]


def _get(client: Any, path: str, **query: str) -> Callable[[], Any]:
    def ask() -> None:
        answer = client.get(path, query)
        assert answer.status_code == 200, (path, query, answer.status_code)

    return ask


LISTED = "SELECT * FROM billing_invoice WHERE kind = 'invoice' {} ORDER BY issued_at DESC, id DESC LIMIT 51"


def _history(client: Any, integrator: Any, newest: Any) -> list[Read]:
    from counterfoil.history import queries

    def one(name: str, floor: Floor, filters: dict[str, Any] | None = None, deep_in: str = "", **query: str) -> Read:
        def read() -> None:
            found = queries.find(**{"kind": "invoice", **(filters or query)})
            queries.page_with_totals(found, limit=50, older_than=deep_in)

        known = not {"amount", "method", "older"} & query.keys()  # the API has no such filter, and a cursor of its own
        api = _get(integrator, "/api/v1/invoices", **query) if known else None
        return Read(f"history, {name}", _get(client, "/invoices/", **query), read, floor, api)

    day: date = newest.day
    old = day - timedelta(days=60)
    since, deep = old - timedelta(days=6), day - timedelta(days=day.day)
    paid = (
        "AND till_id = (SELECT id FROM till_till WHERE code = 'B') AND EXISTS (SELECT 1 FROM billing_payment p "
        "WHERE p.invoice_id = billing_invoice.id AND p.method = 'card')"
    )
    mailed = (
        "AND EXISTS (SELECT 1 FROM delivery_delivery d WHERE d.invoice_id = billing_invoice.id AND d.state = 'failed')"
    )
    return [
        one("no filter", (LISTED.format(""), [])),
        one("a rare name", _by_name("%K. TALWAR%"), customer_name="K. Talwar"),
        one("a common name", (LISTED.format("AND UPPER(customer_name) LIKE %s"), ["%ASHA%"]), customer_name="asha"),
        one("nobody's name", _by_name("%ZZQX%"), customer_name="zzqx"),
        one("an e-mail", _by_name("%000777@%", "email"), customer_email="000777@"),
        one("a past week", (LISTED.format("AND issued_at >= %s AND issued_at < %s"), [since, old]),
            {"date_from": since, "date_to": old}, **{"from": f"{since}", "to": f"{old}"}),
        one("a number", ("SELECT * FROM billing_invoice WHERE sequence = %s AND series_id IN "
                         "(SELECT id FROM billing_numberseries) LIMIT 51", [newest.sequence]),
            number=newest.number[-6:]),
        one("a product", _by_good("%ROYAL GEL PENS%"), product="Royal gel pens"),
        one("an amount", ("SELECT * FROM billing_invoice WHERE payable_paise = %s ORDER BY issued_at DESC LIMIT 51",
                          [193_00]), {"amount_paise": 193_00}, amount="193"),
        one("till and method", (LISTED.format(paid), []), till="B", method="card"),
        one("mail failed", (LISTED.format(mailed), []), email_state="failed"),
        one("deep page", (LISTED.format("AND issued_at < %s"), [deep]), {"kind": "invoice"}, _cursor(deep),
            older=_cursor(deep)),
    ]  # fmt: skip


def _masters(client: Any, integrator: Any, busy: int) -> list[Read]:
    from django.utils import timezone

    from counterfoil.catalog import queries as catalog
    from counterfoil.customers import queries as customers
    from counterfoil.history import facts, rollups
    from counterfoil.history import queries as history

    day = timezone.localdate()
    of_product = ("id", "code", "name", "barcode", "unit_price_paise", "stock_milli", "enabled", "tax_class_id")
    of_customer = ("id", "name", "email", "phone", "enabled")

    def products(text: str) -> Callable[[], Any]:
        def read() -> None:
            found = catalog.found(search=text)
            list(found.order_by("code").values_list(*of_product, named=True)[:50])
            catalog.rates_on(day), catalog.counts(found)

        return read

    def people(text: str) -> Callable[[], Any]:
        found = customers.customers(search=text).order_by("name", "id").values_list(*of_customer, named=True)
        return lambda: facts.bought_by([row.id for row in found.all()[:50]])

    def bought() -> None:
        rollups.exact(
            lambda tail: (
                history.page_of_rows(history.invoices(customer_id=busy), limit=20),
                facts.customer_facts(customer_id=busy),
            )
        )

    def api(path: str, **query: str) -> Callable[[], Any]:
        return _get(integrator, f"/api/v1/{path}", **query)

    all_of_them = "SELECT * FROM catalog_product ORDER BY code LIMIT 50"
    theirs = "SELECT * FROM billing_invoice WHERE customer_id = %s ORDER BY issued_at DESC, id DESC LIMIT 21"
    part, two = _text("catalog_product", "ROYAL GEL", "code"), _text("catalog_product", "ZZ", "code")
    return [
        Read("products, all", _get(client, "/products/"), products(""), (all_of_them, []), api("products")),
        Read("products, a part", _get(client, "/products/", search="royal gel"), products("royal gel"), part,
             api("products", search="royal gel")),
        Read("products, two letters", _get(client, "/products/", search="zz"), products("zz"), two,
             api("products", search="zz")),
        Read("customers, all", _get(client, "/customers/"), people(""),
             ("SELECT * FROM customers_customer ORDER BY name, id LIMIT 50", []), api("customers")),
        Read("customers, a part", _get(client, "/customers/", search="talwar"), people("talwar"),
             _text("customers_customer", "TALWAR", "name, id"), api("customers", search="talwar")),
        Read("a customer's page", _get(client, f"/customers/{busy}/"), bought, (theirs, [busy])),
        Read("find anything", _get(client, "/find/", q="royal gel"), products("royal gel"), part),
    ]  # fmt: skip


def _sums(client: Any, day: date) -> list[Read]:
    from django.utils import timezone

    from counterfoil.history import day as days
    from counterfoil.history import taxes

    usual = (
        "SELECT day, quarter, SUM(payable_paise) FROM history_quartertakings WHERE day IN ({}) GROUP BY day, quarter "
        "UNION ALL SELECT * FROM (SELECT day, good_id, SUM(total_paise) AS paise FROM history_daygood WHERE day = %s "
        "GROUP BY day, good_id ORDER BY paise DESC LIMIT 6) best"
    )
    mondays = [f"{day - timedelta(weeks=n)}" for n in range(9)]
    month, three_years = (day.replace(day=1), day), (day - timedelta(days=1094), day)
    return [
        Read("the day", _get(client, "/", day=f"{day}"),
             lambda: days.day_summary(day=day, now=timezone.now(), time_zone="Asia/Kolkata"),
             (usual.format(", ".join(["%s"] * 9)), [*mondays, f"{day}"])),
        Read("tax of a month", _get(client, "/taxes/", **{"from": f"{month[0]}", "to": f"{day}"}),
             lambda: taxes.by_month(date_from=month[0], date_to=day), _tax(*month), at_most_ms=10),
        Read("tax of three years", _get(client, "/taxes/", **{"from": f"{three_years[0]}", "to": f"{day}"}),
             lambda: taxes.by_month(date_from=three_years[0], date_to=day), _tax(*three_years), at_most_ms=20),
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


def _by_name(part: str, column: str = "name") -> Floor:
    ids, params = _matching("history_buyer", part)
    pairs = f"(SELECT name, email FROM history_buyer WHERE id IN ({ids}) AND UPPER({column}) LIKE %s)"
    return LISTED.format(f"AND (customer_name, customer_email) IN {pairs}"), [*params, part]


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
    head = (
        f"{'':26}{'floor ms':>9}{'read ms':>9}{'p95':>8}{'ratio':>7}{'page ms':>9}{'p95':>8}{'api ms':>8}{'queries':>9}"
    )
    rows = [head]
    for found in results:
        floor, read, page = (statistics.median(found[f"{name}_ms"]) for name in ("floor", "read", "page"))
        api = statistics.median(found["api_ms"] or [0])
        figures = [floor, read, _p95(found["read_ms"]), read / floor, page, _p95(found["page_ms"])]
        row = f"{found['name']:26}" + "".join(f"{figure:{WIDE}.1f}" for figure in figures)
        row += f"{f'{api:.1f}' if api else '':>{WIDE}}{found['queries']:{WIDE}}"
        rows.append("  ".join([row, *missed(found, floor, read, max(page, api))]))
    return "\n".join(rows)


def missed(found: dict[str, Any], floor: float, read: float, answer: float) -> list[str]:
    wrong = {
        "read too slow": read > min(1.5 * floor + 8, found["at_most_ms"]),
        "answer too slow": answer > AT_MOST_MS,
        "too many queries": found["queries"] > QUERIES_AT_MOST,
    }
    return [said for said, so in wrong.items() if so]


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]


if __name__ == "__main__":
    main()
