"""X and Z reports: what a till's session sold, took and gave, and what its drawer should hold, note by note.

An X report is one of an open session, a Z report of a closed one. A Z says the same for ever: it is made of documents
and movements that cannot change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, Min, Q, Sum

from counterfoil.billing.models import DocumentKind, Invoice, InvoiceTax, Payment
from counterfoil.till.models import Deed, DrawerMovement, Kind, Session
from counterfoil.till.queries import as_notes, number_of
from counterfoil.till.sessions import CASH_KINDS

OWN_COUNTS = ("opening count", "closing count")  # these two have places of their own on the report


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One denomination's day. Every count is signed, so that they add up to `expected`; `counted` None: not closed."""

    value_paise: int
    opening: int
    received: int
    change: int
    refund: int
    cash_in: int
    cash_out: int
    safe_drop: int
    corrected: int  # what counts between opening and closing found
    expected: int
    counted: int | None

    @property
    def variance(self) -> int:
        return 0 if self.counted is None else self.counted - self.expected

    @property
    def adds_up(self) -> bool:
        moved = self.received + self.change + self.refund + self.cash_in + self.cash_out + self.safe_drop
        return self.opening + moved + self.corrected == self.expected


@dataclass(frozen=True, slots=True)
class Report:
    """Amounts in paise; notes as {paise: count}, highest first."""

    session: Session
    number: int
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
    corrected: dict[int, int] = field(default_factory=dict)
    opening_difference: dict[int, int] | None = None  # None: nobody knew what should be there
    cash_moves: list[Deed] = field(default_factory=list)

    @property
    def kept_paise(self) -> int:
        """What was sold less what was given back."""
        return self.payable_paise - self.refunded_paise

    @property
    def counted_paise(self) -> int | None:
        return None if self.counted_notes is None else worth(self.counted_notes)

    @property
    def variance_paise(self) -> int:
        return worth(self.variance)

    @property
    def rows(self) -> list[NoteRow]:
        """Each denomination that the session met, from the highest down."""
        opening = as_notes(self.session.opening_notes)
        met = [opening, self.expected_notes, self.counted_notes or {}, self.corrected, *self.moved.values()]
        return [
            NoteRow(
                value_paise=value, opening=opening.get(value, 0), corrected=self.corrected.get(value, 0),
                expected=self.expected_notes.get(value, 0),
                counted=None if self.counted_notes is None else self.counted_notes.get(value, 0),
                **{name: self.moved.get(kind, {}).get(value, 0) for name, kind in MOVED.items()},
            )
            for value in sorted({value for notes in met for value in notes}, reverse=True)
        ]  # fmt: skip

    @property
    def expected_paise(self) -> int:
        return worth(self.expected_notes)

    @property
    def variance(self) -> dict[int, int]:
        """Per denomination, counted less expected; empty while nobody has counted, or where all agrees."""
        if self.counted_notes is None:
            return {}
        values = sorted({*self.counted_notes, *self.expected_notes}, reverse=True)
        found = {v: self.counted_notes.get(v, 0) - self.expected_notes.get(v, 0) for v in values}
        return {value: count for value, count in found.items() if count}


SOLD = Q(kind=DocumentKind.INVOICE)
FIGURES = ("taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise")  # of what was sold
MOVED = {
    "received": Kind.RECEIVED, "change": Kind.CHANGE, "refund": Kind.REFUND,
    "cash_in": Kind.CASH_IN, "cash_out": Kind.CASH_OUT, "safe_drop": Kind.SAFE_DROP,
}  # fmt: skip


def worth(notes: Mapping[int, int]) -> int:
    return sum(value * count for value, count in notes.items())


def report(session: Session, *, now: datetime) -> Report:
    sums = Invoice.objects.filter(session=session).aggregate(
        invoices=Count("id", filter=SOLD),
        credit_notes=Count("id", filter=~SOLD),
        refunded_paise=Sum("payable_paise", filter=~SOLD, default=0),
        change_paise=Sum("change_paise", default=0),
        first=Min("id", filter=SOLD),
        last=Max("id", filter=SOLD),
        **{name: Sum(name, filter=SOLD, default=0) for name in FIGURES},
    )
    ends = (sums.pop("first"), sums.pop("last"))
    numbers = dict(Invoice.objects.filter(id__in=ends).values_list("id", "number")) if ends[0] else {}
    closed = session.closed_at is not None
    moved, corrected = _moved(session)
    return Report(
        session=session,
        number=number_of(session),
        until=session.closed_at or now,
        by_method=_by_method(session, change_paise=sums.pop("change_paise")),
        **sums,
        first_number=numbers.get(ends[0], ""),
        last_number=numbers.get(ends[1], ""),
        by_tax=_by_tax(session),
        moved=moved,
        corrected=corrected,
        expected_notes=as_notes(session.expected_notes) if closed else _expected(session),
        counted_notes=as_notes(session.closing_notes) if closed else None,
        opening_difference=_opening_difference(session),
        cash_moves=list(session.deeds.filter(verb__in=CASH_KINDS).select_related("user").order_by("id")),
    )


def _by_method(session: Session, *, change_paise: int) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    rows = Payment.objects.filter(invoice__session=session).values_list("invoice__kind", "method").order_by()
    for kind, method, bills, paise in rows.annotate(Count("invoice", distinct=True), Sum("amount_paise")):
        had_bills, had_paise = totals.get(method, (0, 0))
        sign = 1 if kind == "invoice" else -1
        totals[method] = (had_bills + bills, had_paise + sign * paise)
    if change_paise:
        bills, paise = totals.get("cash", (0, 0))
        totals["cash"] = (bills, paise - change_paise)
    return dict(sorted(totals.items(), key=lambda item: -item[1][1]))


def _by_tax(session: Session) -> list[tuple[str, int, int, int]]:
    totals: dict[tuple[int, str], tuple[int, int]] = {}
    rows = InvoiceTax.objects.filter(invoice__session=session).values_list("invoice__kind", "name", "rate_ppm")
    for kind, name, rate_ppm, taxable, amount in rows.order_by().annotate(Sum("taxable_paise"), Sum("amount_paise")):
        sign = 1 if kind == "invoice" else -1
        had = totals.get((rate_ppm, name), (0, 0))
        totals[rate_ppm, name] = (had[0] + sign * taxable, had[1] + sign * amount)
    return [(name, ppm, taxable, amount) for (ppm, name), (taxable, amount) in sorted(totals.items())]


def _moved(session: Session) -> tuple[dict[str, dict[int, int]], dict[int, int]]:
    """{kind: notes} that moved, and what counts in between found too much or too little."""
    moved: dict[str, dict[int, int]] = {}
    corrected: dict[int, int] = {}
    found = DrawerMovement.objects.filter(session=session).exclude(kind=Kind.COUNTED, note__in=OWN_COUNTS)
    rows = found.values_list("kind", "value_paise").order_by("-value_paise").annotate(Sum("count"))
    for kind, value, count in rows:
        if count:
            (corrected if kind == Kind.COUNTED else moved.setdefault(kind, {}))[value] = count
    return moved, corrected


def _opening_difference(session: Session) -> dict[int, int] | None:
    """What the opening count found, less what should have been there: the night's."""
    if session.opening_expected is None:
        return None
    expected, counted = as_notes(session.opening_expected), as_notes(session.opening_notes)
    found = {v: counted.get(v, 0) - expected.get(v, 0) for v in sorted({*expected, *counted}, reverse=True)}
    return {value: count for value, count in found.items() if count}


def _expected(session: Session) -> dict[int, int]:
    """What the drawer of an open session should hold now."""
    return {n.value_paise: n.count for n in session.till.drawer.filter(count__gt=0).order_by("-value_paise")}
