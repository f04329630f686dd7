"""One day of the shop beside the usual one: the same weekday's average. Reads only."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery, Sum

from counterfoil.billing.models import DocumentKind, Invoice
from counterfoil.catalog import queries as catalog
from counterfoil.catalog.models import Product
from counterfoil.history import rollups
from counterfoil.history.queries import around
from counterfoil.history.rollups import METHODS, TAKINGS, Tail
from counterfoil.rules.money import round_half_away
from counterfoil.store import moment
from counterfoil.till.models import Session, Till

WEEKS = 8  # what is usual is the mean of that many same weekdays, as far as there was any sale on them
PACE_DAYS = 30
QUARTER_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Hour:
    hour: int
    paise: int
    usual_paise: int


@dataclass(frozen=True, slots=True)
class Day:
    """`usual_*`: of the same weekday, up to the same time of day while the day runs; None where there is none."""

    day: date
    until: datetime | None
    sales_paise: int
    count: int
    returned_paise: int
    returned_count: int
    usual_sales_paise: int | None
    usual_count: int | None
    hours: list[Hour]
    methods: list[dict[str, Any]]
    best: list[dict[str, Any]]

    @property
    def average_paise(self) -> int:
        return round_half_away(self.sales_paise, self.count) if self.count else 0

    @property
    def usual_average_paise(self) -> int | None:
        return (
            round_half_away(self.usual_sales_paise, self.usual_count)
            if self.usual_sales_paise and self.usual_count
            else None
        )

    @property
    def more_bp(self) -> int | None:
        """By how much the sales are above the usual, in basis points."""
        if not self.usual_sales_paise:
            return None
        return round_half_away((self.sales_paise - self.usual_sales_paise) * 10_000, self.usual_sales_paise)


def day_summary(*, day: date, now: datetime, time_zone: str) -> Day:
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    until = local if local.date() == day else None
    return rollups.exact(lambda tail: _summary(day, until, zone, tail))


def _summary(day: date, until: datetime | None, zone: ZoneInfo, tail: Tail) -> Day:
    sold, back, methods = _takings(day, tail)
    quarters = _quarters([day, *_earlier(day)], until, tail)
    usual = _usual({each: quarters[each] for each in _earlier(day) if each in quarters}, until, zone)
    return Day(
        day=day,
        until=until,
        sales_paise=sold.payable_paise,
        count=sold.count,
        returned_paise=back.payable_paise,
        returned_count=back.count,
        usual_sales_paise=usual.sales_paise,
        usual_count=usual.count,
        hours=_hours(_by_hour(quarters.get(day, {}), zone), usual.by_hour, days=usual.days),
        methods=methods,
        best=_best(day, tail),
    )


@dataclass(frozen=True, slots=True)
class _Takings:
    count: int = 0
    payable_paise: int = 0
    change_paise: int = 0


def _takings(day: date, tail: Tail) -> tuple[_Takings, _Takings, list[dict[str, Any]]]:
    """Sold, taken back, and what was kept of sales by each method: cash is without its change."""
    found = rollups.rows(
        "SELECT kind, '', SUM(documents), SUM(payable_paise), SUM(change_paise) "
        f"FROM {TAKINGS.whole(tail)} x WHERE day = %s GROUP BY kind "
        f"UNION ALL SELECT 'invoice', method, SUM(documents), SUM(amount_paise), 0 FROM {METHODS.whole(tail)} y "
        "WHERE day = %s AND kind = 'invoice' GROUP BY method",
        [rollups.on(day), rollups.on(day)],
    )
    by_kind = {kind: _Takings(*map(int, figures)) for kind, method, *figures in found if not method}
    sold = by_kind.get(DocumentKind.INVOICE, _Takings())
    kept = [
        {"method": method, "bills": int(bills), "paise": int(paise) - (sold.change_paise if method == "cash" else 0)}
        for _, method, bills, paise, _ in found
        if method
    ]
    methods = sorted(kept, key=lambda row: -row["paise"])
    return sold, by_kind.get(DocumentKind.CREDIT_NOTE, _Takings()), methods


Quarters = dict[int, tuple[int, int]]  # quarter of an hour → bills, paise
RUNNING = -1  # what came in the running quarter of an hour, up to the very time of day


def _quarters(days: list[date], until: datetime | None, tail: Tail) -> dict[date, Quarters]:
    """The days' quarters of an hour; with `until`, of the earlier days also the running one."""
    marks = ", ".join(["%s"] * len(days))
    running, params = _running(days[1:], until) if until else ("", [])
    there = rollups.quarters().whole(tail)
    found = rollups.rows(
        f"SELECT day, quarter, {_whole('documents')}, {_whole('payable_paise')} FROM {there} x "
        f"WHERE day IN ({marks}) GROUP BY day, quarter{running}",
        [*(rollups.on(day) for day in days), *params],
    )
    quarters: dict[date, Quarters] = {}
    for day, quarter, bills, paise in found:
        quarters.setdefault(rollups.as_day(day), {})[quarter] = (bills, paise)
    return quarters


def _whole(column: str) -> str:
    """A sum as an integer: PostgreSQL makes decimals of them, and five hundred take a while to read."""
    return f"CAST(SUM({column}) AS bigint)"


def _running(days: list[date], until: datetime) -> tuple[str, list[Any]]:
    into = timedelta(seconds=int(until.timestamp()) % QUARTER_SECONDS, microseconds=until.microsecond)
    times, params = [], []
    for day in days:
        end = datetime.combine(day, until.time(), tzinfo=until.tzinfo)
        times.append("(i.day = %s AND i.issued_at >= %s AND i.issued_at <= %s)")
        params += [rollups.on(day), moment(end - into), moment(end)]
    return (
        f" UNION ALL SELECT i.day, {RUNNING}, COUNT(*), {_whole('i.payable_paise')} FROM billing_invoice i "
        f"WHERE i.kind = 'invoice' AND ({' OR '.join(times)}) GROUP BY i.day"
    ), params


def _by_hour(quarters: Quarters, zone: ZoneInfo) -> Counter[int]:
    hours = Counter[int]()
    for quarter, (_, paise) in quarters.items():
        if quarter != RUNNING:
            hours[datetime.fromtimestamp(quarter * QUARTER_SECONDS, tz=zone).hour] += paise
    return hours


@dataclass(frozen=True, slots=True)
class _Usual:
    days: int
    sales_paise: int | None
    count: int | None
    by_hour: Counter[int]


def _usual(earlier: dict[date, Quarters], until: datetime | None, zone: ZoneInfo) -> _Usual:
    """What was sold on the earlier days; while the day runs, up to the same time of theirs."""
    by_hour, bills, paise = Counter[int](), 0, 0
    for day, quarters in earlier.items():
        by_hour.update(_by_hour(quarters, zone))
        end = datetime.combine(day, until.time(), tzinfo=until.tzinfo).timestamp() if until else inf
        for quarter, (some_bills, some_paise) in quarters.items():
            if (quarter + 1) * QUARTER_SECONDS <= end:  # the running one's number is lower than any
                bills, paise = bills + some_bills, paise + some_paise
    days = len(earlier)
    if not days:
        return _Usual(0, None, None, by_hour)
    return _Usual(days, round_half_away(paise, days), round_half_away(bills, days), by_hour)


def _earlier(day: date) -> list[date]:
    return [day - timedelta(weeks=n) for n in range(1, WEEKS + 1)]


def _hours(sold: Counter[int], usual: Counter[int], *, days: int) -> list[Hour]:
    """From the first hour with anything in it to the last; at least nine to eight."""
    busy = [*sold, *usual]
    first, last = min([9, *busy]), max([20, *busy])
    return [Hour(hour, sold[hour], round_half_away(usual[hour], days or 1)) for hour in range(first, last + 1)]


_BEST = """
WITH t AS (
  SELECT COALESCE(l.product_id, 0) AS product_id, l.code, l.name, l.unit, SUM(l.quantity_milli) AS milli,
    SUM(l.total_paise) AS paise
  FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id
  WHERE i.kind = 'invoice' AND i.day = %s AND ({tail}) GROUP BY 1, 2, 3, 4
), behind AS MATERIALIZED (
  SELECT g.id FROM t JOIN history_good g
    ON g.product_id = t.product_id AND g.code = t.code AND g.name = t.name AND g.unit = t.unit
), top AS (
  SELECT good_id FROM history_daygood WHERE day = %s AND good_id NOT IN (SELECT id FROM behind)
  GROUP BY good_id ORDER BY SUM(total_paise) DESC LIMIT %s
), rolled AS (
  SELECT g.code, g.name, g.unit, d.quantity_milli AS milli, d.total_paise AS paise
  FROM (SELECT good_id FROM top UNION ALL SELECT id FROM behind) x JOIN history_good g ON g.id = x.good_id
    JOIN history_daygood d ON d.good_id = g.id AND d.day = %s
)
SELECT code, name, unit, SUM(milli), SUM(paise) AS paise FROM (
  SELECT code, name, unit, milli, paise FROM rolled UNION ALL SELECT code, name, unit, milli, paise FROM t
) x GROUP BY code, name, unit ORDER BY paise DESC, code LIMIT %s"""


def _best(day: date, tail: Tail, most: int = 6) -> list[dict[str, Any]]:
    """Whatever is in the tail, and of the rest the best of what is rolled up: one of these is each best seller."""
    day_text = rollups.on(day)
    found = rollups.rows(_BEST.format(tail=tail.documents), [day_text, day_text, most, day_text, most])
    return [
        {"code": code, "name": name, "unit": unit, "quantity_milli": int(milli), "paise": int(paise)}
        for code, name, unit, milli, paise in found
    ]


# ---- What needs doing -----------------------------------------------------------------------------------------------


def low_stock(*, day: date, most: int = 6) -> list[dict[str, Any]]:
    """The products furthest below their reorder level, with what they sell in a day."""
    low = list(
        catalog.shown(Product.objects.all(), "low")
        .order_by(F("stock_milli") - F("reorder_level_milli"), "code")
        .values("id", "code", "name", "unit", "stock_milli", "reorder_level_milli")[:most]
    )
    sold = _sold([row["id"] for row in low], since=day - timedelta(days=PACE_DAYS))
    return [{**row, "a_day_milli": round_half_away(sold.get(row["id"], 0), PACE_DAYS)} for row in low]


def _sold(product_ids: list[int], *, since: date) -> dict[int, int]:
    """Thousandths of each product after that day."""
    if not product_ids:
        return {}
    marks = ", ".join(["%s"] * len(product_ids))

    def read(tail: Tail) -> rollups.Rows:
        return rollups.rows(
            f"SELECT product_id, SUM(quantity_milli) FROM {rollups.sold(tail)} x "
            f"WHERE product_id IN ({marks}) AND day > %s GROUP BY product_id",
            [*product_ids, rollups.on(since)],
        )

    return {product_id: int(milli) for product_id, milli in rollups.exact(read)}


def tills(*, day: date) -> list[dict[str, Any]]:
    """Each till: whether it is open and since when, its last bill and the day's sales, and the cash in its drawer."""

    def read(tail: Tail) -> rollups.Rows:
        return rollups.rows(
            f"SELECT till_id, SUM(documents), SUM(payable_paise) FROM {TAKINGS.whole(tail)} x "
            "WHERE day = %s AND kind = 'invoice' GROUP BY till_id",
            [rollups.on(day)],
        )

    sales = {till_id: {"count": int(count), "paise": int(paise)} for till_id, count, paise in rollups.exact(read)}
    newest = around(Invoice.objects.filter(till=OuterRef("pk"), day=day, kind=DocumentKind.INVOICE), day, day)
    held = Till.objects.filter(enabled=True).annotate(
        cash_paise=Sum(F("drawer__value_paise") * F("drawer__count")),
        last_at=Subquery(newest.order_by("-issued_at", "-id").values("issued_at")[:1]),
    )
    open_ = {each.till_id: each for each in Session.objects.filter(closed_at__isnull=True).select_related("opened_by")}
    return [
        {
            "till": till,
            "session": open_.get(till.pk),
            "day": {**sales[till.pk], "last_at": till.last_at} if till.pk in sales else None,
            "cash_paise": (till.cash_paise or 0) if till.counted else None,
        }
        for till in held
    ]
