"""Roll-ups are the sums of the documents, however many of them are rolled up already."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from counterfoil.billing.models import Invoice, InvoiceLine, InvoiceTax
from counterfoil.catalog.models import Product
from counterfoil.cli.verify.rollups import check_rollups, check_search
from counterfoil.delivery import queries as delivery
from counterfoil.history import queries, rollups
from counterfoil.history import taxes as tax_summary
from counterfoil.history.models import Buyer, DayTakings
from counterfoil.search import fill_again
from tests.history.ledger import NOON, sell, take_back
from tests.shop import SmallShop

PEOPLE: list[dict[str, Any]] = [
    {}, {"name": "Asha Rao", "email": "asha@example.com"}, {"name": "asha_% 'Bob'"}, {"name": "கவிதா 😀"},
    {"name": "Émile Zola", "email": "Zola@example.com"}, {"name": "Asha"},
]  # fmt: skip
LINES: list[dict[str, Any]] = [
    {"product": "P001", "quantity": "2"}, {"product": "P002", "quantity": "1.250"},
    {"product": "P004", "quantity": "3"}, {"product": "P003", "quantity": "1", "discount": "5%"},
    {"name": "Gift wrap, 50% off", "unit_price": "15.00", "tax_rate": "18.00", "quantity": "1"},
]  # fmt: skip
HOW = ("card", "upi", "account")


def live_through(random: Random, sales: int) -> None:
    """Sales and returns over a year, some of which are rolled up on the way."""
    for n in range(sales):
        if n == sales // 2:  # from now on it is sold under another name
            Product.objects.filter(code="P002").update(name="Sona masuri")
        at = NOON - timedelta(days=random.choice((0, 0, 7, 14, 40, 240)), minutes=random.randrange(600))
        lines = random.sample(LINES, random.randrange(1, 4))
        number = sell(*lines, at=at, customer=random.choice(PEOPLE) or None)
        if random.random() < 0.2:
            take_back(number, at=at + timedelta(days=1))
        if random.random() < 0.15:
            rollups.catch_up(portion=random.randrange(1, 9))


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: Any) -> Iterator[SmallShop]:
    """One shop that was lived in, for all that only look at it."""
    from django.db import transaction

    from tests.shop import open_small_shop

    with django_db_blocker.unblock(), transaction.atomic():
        shop = open_small_shop()
        live_through(Random(7), 45)
        yield shop
        transaction.set_rollback(True)


def _naive(rows: list[Invoice], wanted: dict[str, Any]) -> list[str]:
    """The filters as one would say them."""
    mails = delivery.mail_states(row.pk for row in rows)
    tests = {
        "customer_name": lambda row, text: text.lower() in row.customer_name.lower(),
        "customer_email": lambda row, text: text.lower() in row.customer_email.lower(),
        "number": lambda row, text: text.lower() in row.number.lower(),
        "date_from": lambda row, day: row.day >= day,
        "date_to": lambda row, day: row.day <= day,
        "till": lambda row, code: row.till.code == code,
        "kind": lambda row, kind: row.kind == kind,
        "method": lambda row, method: any(p.method == method for p in row.payments.all()),
        "amount_paise": lambda row, paise: paise in (row.payable_paise, row.net_paise),
        "email_state": lambda row, state: mails.get(row.pk, {"state": "none"})["state"] == state,
        "product": lambda row, text: any(
            text.lower() in line.name.lower() or text.lower() in line.code.lower() for line in row.lines.all()
        ),
    }
    return [row.number for row in rows if all(tests[name](row, value) for name, value in wanted.items())]


def _some_filters(random: Random, rows: list[Invoice]) -> dict[str, Any]:
    one = random.choice(rows)
    day = one.day
    every = {
        "customer_name": random.choice(["asha", "_%", "ÉMI", "ಗ", "a", "விதா", one.customer_name]),
        "customer_email": random.choice(["example", "ZOLA@", "nobody"]),
        "number": random.choice(["A/", "1", "00003", "26-27/00", "/0001", "C26", "27/", one.number, one.number[-4:]]),
        "date_from": day - timedelta(days=random.randrange(3)),
        "date_to": day + timedelta(days=random.randrange(3)),
        "till": random.choice(["A", "A", "Z"]),
        "kind": random.choice(["invoice", "credit-note"]),
        "method": random.choice(["card", "upi"]),
        "amount_paise": random.choice([one.payable_paise, one.net_paise, 1]),
        "email_state": random.choice(["none", "queued", "sent"]),
        "product": random.choice(["milk", "P00", "50% o", "basmati", "sona", "gi", "nothing"]),
    }  # fmt: skip
    return {name: every[name] for name in random.sample(sorted(every), random.choice((1, 1, 2, 3)))}


# Where matches are few; where they are called many; and where they are known, but sooner met than looked up.
@pytest.mark.parametrize(("few", "walked"), [(4_000, False), (2, False), (4_000, True)])
def test_any_filters_find_what_a_plain_search_finds(lived: SmallShop, few: int, walked: bool, monkeypatch: Any) -> None:
    monkeypatch.setattr("counterfoil.history.narrowing.FEW", few)
    monkeypatch.setattr("counterfoil.history.narrowing.PAGE", few // 80)
    if walked:
        monkeypatch.setattr("counterfoil.history.queries.NAMED_ADDED_UP_AT_MOST", 0)
        monkeypatch.setattr("counterfoil.history.narrowing.LOOKED_UP_TIMES", 10**9)
    rows = list(Invoice.objects.select_related("till").prefetch_related("payments", "lines"))
    random, found_some, met = Random(few), 0, 0
    for _ in range(60):
        wanted = {k: v for k, v in _some_filters(random, rows).items() if v != ""}
        found = queries.find(**wanted)
        expected = _naive(rows, wanted)
        assert [row.number for row in found.invoices] == expected, wanted
        totals = queries.totals_of([row for row in rows if row.number in expected])
        assert queries.totals(found.invoices) == totals
        assert queries.quick_totals(found) in (totals, None), wanted
        page, told = queries.page_with_totals(found, limit=3)
        assert [row.number for row in page.items] == expected[:3]
        assert told in (totals, None), wanted
        assert told == totals or not found.soon, wanted
        assert len(expected) <= found.at_most
        found_some += bool(expected)
        met += ") IS TRUE" in str(found.invoices.query)
    assert found_some > 15
    assert met > 5 if walked else not met


def test_roll_ups_and_the_tail_are_the_sum_of_the_documents(lived: SmallShop) -> None:
    assert list(check_rollups()) == []
    assert 0 < rollups.ask_tail().count < Invoice.objects.count()
    expected: Counter[tuple[Any, ...]] = Counter()
    for tax in InvoiceTax.objects.select_related("invoice"):
        sign = 1 if tax.invoice.kind == "invoice" else -1
        month = tax.invoice.day.replace(day=1)
        expected[month, tax.name, tax.rate_ppm] += sign * tax.amount_paise
    rows = tax_summary.by_month(date_from=date(2025, 1, 1), date_to=date(2027, 1, 1))
    assert {(r.month, r.name, r.rate_ppm): r.amount_paise for r in rows} == dict(expected)
    whole = queries.quick_totals(queries.find())
    assert whole == queries.totals_of(list(Invoice.objects.all()))


def test_the_day_is_the_sum_of_its_documents(lived: SmallShop) -> None:
    from counterfoil.history import day

    sunday = NOON.date()
    seen = day.day_summary(day=sunday, now=NOON, time_zone="Asia/Kolkata")
    sold = list(Invoice.objects.filter(day=sunday, kind="invoice").prefetch_related("payments"))
    assert (seen.count, seen.sales_paise) == (len(sold), sum(row.payable_paise for row in sold))
    hours: Counter[int] = Counter()
    for row in sold:
        hours[row.issued_at.astimezone(ZoneInfo("Asia/Kolkata")).hour] += row.payable_paise
    assert {each.hour: each.paise for each in seen.hours if each.paise} == dict(hours)
    best: Counter[str] = Counter()
    for line in InvoiceLine.objects.filter(invoice__in=sold):
        best[line.name] += line.total_paise
    assert [each["paise"] for each in seen.best] == sorted(best.values(), reverse=True)[:6]
    tail = rollups.ask_tail()
    assert 0 < tail.count < sum(tail.last.values())
    for most in range(1, len(best)):  # whether it is the rolled up or the others that hardly miss being told
        told = [(each["name"], each["paise"]) for each in day._best(sunday, tail, most)]
        assert told == sorted(best.items(), key=lambda each: -each[1])[:most]


def test_a_reader_reads_again_when_the_marks_moved_meanwhile(lived: SmallShop) -> None:
    seen = []

    def read(tail: rollups.Tail) -> int:
        seen.append(tail.count)
        if len(seen) == 1:
            rollups.catch_up(portion=1)
        return int(rollups.rows(f"SELECT SUM(documents) FROM {rollups.TAKINGS.whole(tail)} x")[0][0])

    assert rollups.exact(read) == Invoice.objects.count()
    assert len(seen) == 2


@pytest.mark.django_db
def test_verify_names_a_sum_that_was_changed_and_what_begins_again_holds(shop: SmallShop) -> None:
    for _ in range(3):
        sell(customer={"name": "Asha"})
    assert rollups.catch_up() == 3
    DayTakings.objects.update(net_paise=1)
    Buyer.objects.update(name="Someone else")
    found = [breach.line() for breach in check_rollups()]
    assert any("history_daytakings" in line and "says 3" in line and "its documents make" in line for line in found)
    assert any("history_buyer" in line and "missing" in line for line in found)
    assert any("history_buyer" in line and "without any document" in line for line in found)
    rollups.begin_again()
    rollups.catch_up()
    assert list(check_rollups()) == []
    assert list(check_search()) == []


@pytest.mark.django_db
def test_verify_says_what_is_not_found_under_its_name(shop: SmallShop) -> None:
    key = "id" if connection.vendor == "postgresql" else "rowid"
    rollups.rows(f"DELETE FROM catalog_product_text WHERE {key} = %s", [shop.milk.pk])
    assert [breach.row for breach in check_search()] == [f"catalog_product row {shop.milk.pk}"]
    fill_again()
    assert list(check_search()) == []
