"""One day of the shop beside the usual one: the same weekday's average. Reads only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, ExtractHour

from counterfoil.billing.models import DocumentKind, Invoice, InvoiceLine, Payment
from counterfoil.catalog.models import Product
from counterfoil.rules.money import round_half_away
from counterfoil.till.models import Session, Till

WEEKS = 8  # what is usual is the mean of that many same weekdays, as far as there was any sale on them
PACE_DAYS = 30


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
    today = Invoice.objects.filter(day=day)
    sold = today.filter(kind=DocumentKind.INVOICE)
    sums = today.aggregate(
        sales=Coalesce(Sum("payable_paise", filter=Q(kind=DocumentKind.INVOICE)), 0),
        count=Count("id", filter=Q(kind=DocumentKind.INVOICE)),
        returned=Coalesce(Sum("payable_paise", filter=Q(kind=DocumentKind.CREDIT_NOTE)), 0),
        returned_count=Count("id", filter=Q(kind=DocumentKind.CREDIT_NOTE)),
        change=Coalesce(Sum("change_paise", filter=Q(kind=DocumentKind.INVOICE)), 0),
    )
    every = Invoice.objects.filter(day__in=[day, *_earlier(day)], kind=DocumentKind.INVOICE)
    usual = _usual(every.exclude(day=day), until=local if local.date() == day else None)
    by_hour, usual_by_hour = Counter[int](), Counter[int]()
    for its_day, hour, paise in _by_hour(every, zone):
        (by_hour if its_day == day else usual_by_hour)[hour] += paise
    return Day(
        day=day,
        until=local if local.date() == day else None,
        sales_paise=sums["sales"],
        count=sums["count"],
        returned_paise=sums["returned"],
        returned_count=sums["returned_count"],
        usual_sales_paise=usual["sales"],
        usual_count=usual["count"],
        hours=_hours(by_hour, usual_by_hour, days=usual["days"]),
        methods=_methods(sold, change_paise=sums["change"]),
        best=_best(sold),
    )


def _by_hour(found: QuerySet[Invoice], zone: ZoneInfo) -> Iterable[tuple[date, int, int]]:
    hours = found.order_by().annotate(hour=ExtractHour("issued_at", tzinfo=zone)).values_list("day", "hour")
    return hours.annotate(paise=Sum("payable_paise"))


def _usual(found: QuerySet[Invoice], *, until: datetime | None) -> dict[str, Any]:
    """What was sold on the earlier days; while the day runs, up to the same time of theirs."""
    same_time = Q()
    if until is not None:
        for day in _earlier(until.date()):
            same_time |= Q(day=day, issued_at__lte=datetime.combine(day, until.time(), tzinfo=until.tzinfo))
    counted = same_time or None
    row = found.aggregate(
        days=Count("day", distinct=True),
        sales=Coalesce(Sum("payable_paise", filter=counted), 0),
        count=Count("id", filter=counted),
    )
    if not row["days"]:
        return {"days": 0, "sales": None, "count": None}
    return {
        "days": row["days"], "sales": round_half_away(row["sales"], row["days"]),
        "count": round_half_away(row["count"], row["days"]),
    }  # fmt: skip


def _earlier(day: date) -> list[date]:
    return [day - timedelta(weeks=n) for n in range(1, WEEKS + 1)]


def _hours(sold: Counter[int], usual: Counter[int], *, days: int) -> list[Hour]:
    """From the first hour with anything in it to the last; at least nine to eight."""
    busy = [*sold, *usual]
    first, last = min([9, *busy]), max([20, *busy])
    return [Hour(hour, sold[hour], round_half_away(usual[hour], days or 1)) for hour in range(first, last + 1)]


def _methods(sold: Any, *, change_paise: int) -> list[dict[str, Any]]:
    """What was kept by each method: cash is without its change."""
    kept = (
        Payment.objects.filter(invoice__in=sold)
        .order_by()
        .values("method")
        .annotate(bills=Count("invoice", distinct=True), paise=Sum("amount_paise"))
    )
    rows: list[dict[str, Any]] = [dict(row) for row in kept]
    for row in rows:
        row["paise"] -= change_paise if row["method"] == "cash" else 0
    return sorted(rows, key=lambda row: -row["paise"])


def _best(sold: Any, most: int = 6) -> list[dict[str, Any]]:
    lines = InvoiceLine.objects.filter(invoice__in=sold).order_by().values("code", "name", "unit")
    best = lines.annotate(quantity_milli=Sum("quantity_milli"), paise=Sum("total_paise")).order_by("-paise")
    return [dict(row) for row in best[:most]]


# ---- What needs doing -----------------------------------------------------------------------------------------------


def low_stock(*, day: date, most: int = 6) -> list[dict[str, Any]]:
    """The products furthest below their reorder level, with what they sell in a day."""
    low = list(
        Product.objects.filter(enabled=True, stock_milli__lt=F("reorder_level_milli"))
        .order_by(F("stock_milli") - F("reorder_level_milli"), "code")
        .values("id", "code", "name", "unit", "stock_milli", "reorder_level_milli")[:most]
    )
    sold = dict(
        InvoiceLine.objects.filter(
            product_id__in=[row["id"] for row in low],
            invoice__day__gt=day - timedelta(days=PACE_DAYS),
            invoice__kind=DocumentKind.INVOICE,
        )
        .order_by()
        .values_list("product_id")
        .annotate(Sum("quantity_milli"))
    )
    return [{**row, "a_day_milli": round_half_away(sold.get(row["id"], 0), PACE_DAYS)} for row in low]


def tills(*, day: date) -> list[dict[str, Any]]:
    """Each till: whether it is open and since when, its last bill and the day's sales, and the cash in its drawer."""
    sales = {
        row["till_id"]: row
        for row in Invoice.objects.filter(day=day, kind=DocumentKind.INVOICE)
        .order_by()
        .values("till_id")
        .annotate(paise=Sum("payable_paise"), last_at=Max("issued_at"), count=Count("id"))
    }
    held = Till.objects.filter(enabled=True).annotate(cash_paise=Sum(F("drawer__value_paise") * F("drawer__count")))
    open_ = {each.till_id: each for each in Session.objects.filter(closed_at__isnull=True).select_related("opened_by")}
    return [
        {
            "till": till,
            "session": open_.get(till.pk),
            "day": sales.get(till.pk),
            "cash_paise": (till.cash_paise or 0) if till.counted else None,
        }
        for till in held
    ]
