"""One day of the shop beside the usual one: the same weekday's average. Reads only."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from counterfoil.billing.models import DocumentKind, Invoice
from counterfoil.catalog.models import Product
from counterfoil.history import rollups
from counterfoil.history.queries import around
from counterfoil.history.rollups import METHODS, TAKINGS, Tail
from counterfoil.rules.money import round_half_away
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
    sold, back = _takings(day, tail)
    quarters = _quarters([day, *_earlier(day)], tail)
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
        methods=_methods(day, tail, change_paise=sold.change_paise),
        best=_best(day, tail),
    )


@dataclass(frozen=True, slots=True)
class _Takings:
    count: int = 0
    payable_paise: int = 0
    change_paise: int = 0


def _takings(day: date, tail: Tail) -> tuple[_Takings, _Takings]:
    """Sold, and taken back."""
    found = rollups.rows(
        f"SELECT kind, SUM(documents), SUM(payable_paise), SUM(change_paise) FROM {TAKINGS.whole(tail)} x "
        "WHERE day = %s GROUP BY kind",
        [rollups.on(day)],
    )
    by_kind = {kind: _Takings(*map(int, figures)) for kind, *figures in found}
    return by_kind.get(DocumentKind.INVOICE, _Takings()), by_kind.get(DocumentKind.CREDIT_NOTE, _Takings())


Quarters = dict[int, tuple[int, int]]  # quarter of an hour → bills, paise


def _quarters(days: list[date], tail: Tail) -> dict[date, Quarters]:
    marks = ", ".join(["%s"] * len(days))
    found = rollups.rows(
        f"SELECT day, quarter, SUM(documents), SUM(payable_paise) FROM {rollups.quarters().whole(tail)} x "
        f"WHERE day IN ({marks}) GROUP BY day, quarter",
        [rollups.on(day) for day in days],
    )
    quarters: dict[date, Quarters] = {}
    for day, quarter, bills, paise in found:
        quarters.setdefault(rollups.as_day(day), {})[quarter] = (int(bills), int(paise))
    return quarters


def _by_hour(quarters: Quarters, zone: ZoneInfo) -> Counter[int]:
    hours = Counter[int]()
    for quarter, (_, paise) in quarters.items():
        hours[_begin(quarter).astimezone(zone).hour] += paise
    return hours


def _begin(quarter: int) -> datetime:
    return datetime.fromtimestamp(quarter * QUARTER_SECONDS, tz=UTC)


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
        end = datetime.combine(day, until.time(), tzinfo=until.tzinfo) if until else None
        for quarter, (some_bills, some_paise) in quarters.items():
            if end is None or _begin(quarter + 1) <= end:
                bills, paise = bills + some_bills, paise + some_paise
    if until is not None and earlier:
        more_bills, more_paise = _in_the_running_quarter(list(earlier), until)
        bills, paise = bills + more_bills, paise + more_paise
    days = len(earlier)
    if not days:
        return _Usual(0, None, None, by_hour)
    return _Usual(days, round_half_away(paise, days), round_half_away(bills, days), by_hour)


def _in_the_running_quarter(days: list[date], until: datetime) -> tuple[int, int]:
    """Bills and paise from the last whole quarter of an hour to the very time of day."""
    begun = _begin(int(until.timestamp()) // QUARTER_SECONDS)
    wanted = Q()
    for day in days:
        end = datetime.combine(day, until.time(), tzinfo=until.tzinfo)
        wanted |= Q(day=day, issued_at__gte=end - (until - begun), issued_at__lte=end)
    found = Invoice.objects.filter(wanted, kind=DocumentKind.INVOICE)
    row = found.order_by().aggregate(bills=Count("id"), paise=Coalesce(Sum("payable_paise"), 0))
    return row["bills"], row["paise"]


def _earlier(day: date) -> list[date]:
    return [day - timedelta(weeks=n) for n in range(1, WEEKS + 1)]


def _hours(sold: Counter[int], usual: Counter[int], *, days: int) -> list[Hour]:
    """From the first hour with anything in it to the last; at least nine to eight."""
    busy = [*sold, *usual]
    first, last = min([9, *busy]), max([20, *busy])
    return [Hour(hour, sold[hour], round_half_away(usual[hour], days or 1)) for hour in range(first, last + 1)]


def _methods(day: date, tail: Tail, *, change_paise: int) -> list[dict[str, Any]]:
    """What was kept by each method: cash is without its change."""
    found = rollups.rows(
        f"SELECT method, SUM(documents), SUM(amount_paise) FROM {METHODS.whole(tail)} x "
        "WHERE day = %s AND kind = 'invoice' GROUP BY method",
        [rollups.on(day)],
    )
    kept = [
        {"method": method, "bills": int(bills), "paise": int(paise) - (change_paise if method == "cash" else 0)}
        for method, bills, paise in found
    ]
    return sorted(kept, key=lambda row: -row["paise"])


def _best(day: date, tail: Tail, most: int = 6) -> list[dict[str, Any]]:
    found = rollups.rows(
        "SELECT code, name, unit, SUM(quantity_milli), SUM(total_paise) AS paise "
        f"FROM {rollups.sold(tail)} x WHERE day = %s GROUP BY code, name, unit ORDER BY paise DESC, code LIMIT %s",
        [rollups.on(day), most],
    )
    return [
        {"code": code, "name": name, "unit": unit, "quantity_milli": int(milli), "paise": int(paise)}
        for code, name, unit, milli, paise in found
    ]


# ---- What needs doing -----------------------------------------------------------------------------------------------


def low_stock(*, day: date, most: int = 6) -> list[dict[str, Any]]:
    """The products furthest below their reorder level, with what they sell in a day."""
    low = list(
        Product.objects.filter(enabled=True, stock_milli__lt=F("reorder_level_milli"))
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
