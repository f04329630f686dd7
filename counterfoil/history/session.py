"""X and Z reports: what a till's session sold, took and gave, and what its drawer should hold."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Sum

from counterfoil.billing.models import Invoice, InvoiceTax, Payment
from counterfoil.till.models import DrawerMovement, Kind, Session


@dataclass(frozen=True, slots=True)
class Report:
    """Amounts in paise; notes as {paise: count}, highest first. An X report is one of an open session."""

    session: Session
    until: datetime
    invoices: int
    credit_notes: int
    taxable_paise: int
    tax_paise: int
    net_paise: int
    rounding_paise: int
    payable_paise: int
    refunded_paise: int
    first_number: str
    last_number: str
    by_method: dict[str, tuple[int, int]] = field(default_factory=dict)  # {method: (bills, net of change and refunds)}
    by_tax: list[tuple[str, int, int, int]] = field(default_factory=list)  # (head, rate_ppm, taxable, amount), net
    moved: dict[str, dict[int, int]] = field(default_factory=dict)  # {movement kind: {paise: signed count}}
    expected_notes: dict[int, int] = field(default_factory=dict)
    counted_notes: dict[int, int] | None = None

    @property
    def expected_paise(self) -> int:
        return sum(value * count for value, count in self.expected_notes.items())

    @property
    def variance(self) -> dict[int, int]:
        """Per denomination, counted less expected; empty while nobody has counted, or where all agrees."""
        if self.counted_notes is None:
            return {}
        values = sorted({*self.counted_notes, *self.expected_notes}, reverse=True)
        found = {v: self.counted_notes.get(v, 0) - self.expected_notes.get(v, 0) for v in values}
        return {value: count for value, count in found.items() if count}


def report(session: Session, *, now: datetime) -> Report:
    documents = Invoice.objects.filter(session=session)
    sold = documents.filter(kind="invoice")
    back = documents.filter(kind="credit-note")
    figures = ("taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise")
    sums = sold.aggregate(count=Count("id"), **{f: Sum(f, default=0) for f in figures})
    numbers = list(sold.order_by("id").values_list("number", flat=True)[:1])
    last = list(sold.order_by("-id").values_list("number", flat=True)[:1])
    closed = session.closed_at is not None
    return Report(
        session=session,
        until=session.closed_at or now,
        invoices=sums.pop("count"),
        credit_notes=back.count(),
        **sums,
        refunded_paise=back.aggregate(total=Sum("payable_paise", default=0))["total"],
        first_number=numbers[0] if numbers else "",
        last_number=last[0] if last else "",
        by_method=_by_method(session),
        by_tax=_by_tax(session),
        moved=_moved(session),
        expected_notes=_notes(session.expected_notes) if closed else _expected(session),
        counted_notes=_notes(session.closing_notes) if closed else None,
    )


def _by_method(session: Session) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    rows = Payment.objects.filter(invoice__session=session).values_list("invoice__kind", "method").order_by()
    for kind, method, bills, paise in rows.annotate(Count("invoice", distinct=True), Sum("amount_paise")):
        had_bills, had_paise = totals.get(method, (0, 0))
        sign = 1 if kind == "invoice" else -1
        totals[method] = (had_bills + bills, had_paise + sign * paise)
    change = Invoice.objects.filter(session=session).aggregate(total=Sum("change_paise", default=0))["total"]
    if change:
        bills, paise = totals.get("cash", (0, 0))
        totals["cash"] = (bills, paise - change)
    return dict(sorted(totals.items(), key=lambda item: -item[1][1]))


def _by_tax(session: Session) -> list[tuple[str, int, int, int]]:
    totals: dict[tuple[int, str], tuple[int, int]] = {}
    rows = InvoiceTax.objects.filter(invoice__session=session).values_list("invoice__kind", "name", "rate_ppm")
    for kind, name, rate_ppm, taxable, amount in rows.order_by().annotate(Sum("taxable_paise"), Sum("amount_paise")):
        sign = 1 if kind == "invoice" else -1
        had = totals.get((rate_ppm, name), (0, 0))
        totals[rate_ppm, name] = (had[0] + sign * taxable, had[1] + sign * amount)
    return [(name, ppm, taxable, amount) for (ppm, name), (taxable, amount) in sorted(totals.items())]


def _moved(session: Session) -> dict[str, dict[int, int]]:
    moved: dict[str, dict[int, int]] = {}
    rows = DrawerMovement.objects.filter(session=session).values_list("kind", "value_paise").order_by("-value_paise")
    for kind, value, count in rows.annotate(Sum("count")):
        if count and kind != Kind.COUNTED:
            moved.setdefault(kind, {})[value] = count
    return moved


def _expected(session: Session) -> dict[int, int]:
    """What the drawer of an open session should hold now."""
    return {n.value_paise: n.count for n in session.till.drawer.filter(count__gt=0).order_by("-value_paise")}


def _notes(kept: dict[str, int]) -> dict[int, int]:
    return {int(value): count for value, count in sorted(kept.items(), key=lambda item: -int(item[0]))}
