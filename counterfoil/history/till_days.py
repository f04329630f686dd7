"""The sessions of one till, one after another, each with what it came to. Reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from counterfoil.billing.models import DocumentKind, Invoice
from counterfoil.history.session import worth
from counterfoil.till.models import Session, Till
from counterfoil.till.queries import variance_of


@dataclass(frozen=True, slots=True)
class TillDay:
    """`number` is the Z report's own; the variance is known once it is closed."""

    session: Session
    number: int
    bills: int
    kept_paise: int

    @property
    def variance(self) -> dict[int, int]:
        return variance_of(self.session) if self.session.closed_at else {}

    @property
    def variance_paise(self) -> int:
        return worth(self.variance)


def sessions_of(till: Till) -> QuerySet[Session]:
    """Newest first, numbered from the first on (`number`)."""
    numbered = Session.objects.filter(till=till).annotate(number=Window(RowNumber(), order_by=F("id").asc()))
    return numbered.select_related("opened_by", "closed_by").order_by("-id")


def with_figures(sessions: list[Session]) -> list[TillDay]:
    """What each sold, less what it gave back, in one query for all of them."""
    sums = Invoice.objects.filter(session__in=[each.pk for each in sessions]).order_by().values("session")
    sold = Q(kind=DocumentKind.INVOICE)
    figures = sums.annotate(
        bills=Count("id", filter=sold),
        sales=Sum("payable_paise", filter=sold, default=0),
        back=Sum("payable_paise", filter=~sold, default=0),
    )
    found = {row["session"]: (row["bills"], row["sales"] - row["back"]) for row in figures}
    return [TillDay(each, each.number, *found.get(each.pk, (0, 0))) for each in sessions]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Outside:
    """Documents that are in no Z report: issued while the till was not open, since its first session."""

    count: int
    kept_paise: int
    since: datetime | None


def outside_sessions(till: Till) -> Outside:
    first = Session.objects.filter(till=till).aggregate(at=Min("opened_at"))["at"]
    if first is None:
        return Outside(0, 0, None)
    sold = Q(kind=DocumentKind.INVOICE)
    found = Invoice.objects.filter(till=till, session=None, issued_at__gte=first).aggregate(
        count=Count("id"),
        sales=Sum("payable_paise", filter=sold, default=0),
        back=Sum("payable_paise", filter=~sold, default=0),
    )
    return Outside(found["count"], found["sales"] - found["back"], first)
