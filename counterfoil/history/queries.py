"""Previous purchases: which invoices match, a page of them, their totals. Shared by the pages, the API and the exports.

Names match any part, ignoring case, literally. Days are days in the shop's time zone (the column `day`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from counterfoil.billing.models import DocumentKind, Invoice, InvoiceLine, Payment
from counterfoil.rules.errors import Invalid

LONGEST_SEARCH = 200
EMAIL_STATES = ("none", "queued", "sending", "sent", "failed", "unknown")


def any_part(column: str, text: str) -> Q:
    """The column contains the text, ignoring case. Databases fold ASCII only (SQLite) or what their locale knows, so
    other letters are also looked for as they are usually written."""
    text = text.replace("\0", "").strip()[:LONGEST_SEARCH]
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title(), text.capitalize()}
    found = Q()
    for spelling in sorted(spellings):
        found |= Q(**{f"{column}__icontains": spelling})
    return found


def invoices(
    *,
    customer_name: str = "",
    customer_email: str = "",
    date_from: date | None = None,
    date_to: date | None = None,
    number: str = "",
    product: str = "",
    till: str = "",
    email_state: str = "",
    method: str = "",
    amount_paise: int | None = None,
    customer_id: int | None = None,
    kind: str = "",
) -> QuerySet[Invoice]:
    """Every filter narrows; both days are included. `amount_paise` is the payable or the net amount."""
    found = Invoice.objects.all()
    for column, text in (("customer_name", customer_name), ("customer_email", customer_email), ("number", number)):
        if text.strip():
            found = found.filter(any_part(column, text))
    equals: dict[str, Any] = {"day__gte": date_from, "day__lte": date_to, "till__code": till.strip().upper()}
    equals |= {"customer_id": customer_id, "kind": kind}
    found = found.filter(**{name: value for name, value in equals.items() if value not in (None, "")})
    if product.strip():
        lines = InvoiceLine.objects.filter(invoice=OuterRef("pk"))
        found = found.filter(Exists(lines.filter(any_part("name", product) | any_part("code", product))))
    if method:
        found = found.filter(Exists(Payment.objects.filter(invoice=OuterRef("pk"), method=method)))
    if amount_paise is not None:
        found = found.filter(Q(payable_paise=amount_paise) | Q(net_paise=amount_paise))
    return found.filter(_mail_is(email_state)) if email_state else found


def _mail_is(state: str) -> Q:
    """How the newest delivery stands; "none": there is none."""
    if state not in EMAIL_STATES:
        raise Invalid(f"Choose one of {', '.join(EMAIL_STATES)}.", field="email_state")
    # The outbox lies above this layer: asked for by name, read only.
    deliveries = apps.get_model("delivery", "Delivery").objects.all()
    own = deliveries.filter(invoice=OuterRef("pk"))
    if state == "none":
        return ~Q(Exists(own))
    newer = deliveries.filter(invoice=OuterRef("invoice"), id__gt=OuterRef("id"))
    return Q(Exists(own.filter(~Exists(newer), state=state)))


# ---- A page, newest first -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """`newer` and `older` are cursors, empty where there is nothing more that way."""

    items: list[Invoice]
    newer: str
    older: str


def page_of(found: QuerySet[Invoice], *, limit: int, older_than: str = "", newer_than: str = "") -> Page:
    """One page on (issued_at, id). However deep, a page costs the same, and new sales do not shift it."""
    if newer_than:
        rows = list(_beyond(found, newer_than, newer=True).order_by("issued_at", "id")[: limit + 1])
        more, items = len(rows) > limit, rows[:limit][::-1]
        return Page(items, cursor_of(items[0]) if more else "", cursor_of(items[-1]) if items else "")
    if older_than:
        found = _beyond(found, older_than, newer=False)
    rows = list(found.order_by("-issued_at", "-id")[: limit + 1])
    more, items = len(rows) > limit, rows[:limit]
    return Page(items, cursor_of(items[0]) if older_than and items else "", cursor_of(items[-1]) if more else "")


def cursor_of(invoice: Invoice) -> str:
    return f"{invoice.issued_at.astimezone(UTC):%Y%m%dT%H%M%S%f}.{invoice.pk}"


def _beyond(found: QuerySet[Invoice], cursor: str, *, newer: bool) -> QuerySet[Invoice]:
    try:
        moment, _, row = cursor.partition(".")
        at, row_id = datetime.strptime(moment, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(row)
        if not 0 < row_id < 2**63:
            raise ValueError(row)
    except ValueError as error:
        raise Invalid("This cursor is not one of ours: start from the first page.", field="cursor") from error
    if newer:
        return found.filter(Q(issued_at__gt=at) | Q(id__gt=row_id), issued_at__gte=at)
    return found.filter(Q(issued_at__lt=at) | Q(id__lt=row_id), issued_at__lte=at)


# ---- Totals ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Totals:
    """Of whatever was filtered; credit notes count against."""

    count: int = 0
    taxable_paise: int = 0
    tax_paise: int = 0
    net_paise: int = 0
    payable_paise: int = 0


_SIGN = Case(When(kind=DocumentKind.CREDIT_NOTE, then=Value(-1)), default=Value(1))
_FIGURES = ("taxable_paise", "tax_paise", "net_paise", "payable_paise")


def totals(found: QuerySet[Invoice]) -> Totals:
    sums = {name: Coalesce(Sum(F(name) * _SIGN), 0) for name in _FIGURES}
    row = found.order_by().aggregate(count=Count("pk"), **{f"sum_{name}": value for name, value in sums.items()})
    return Totals(row["count"], *(int(row[f"sum_{name}"]) for name in _FIGURES))


def totals_of(rows: list[Invoice]) -> Totals:
    """The same of rows in hand: a page's foot."""
    signed = [(-1 if row.kind == DocumentKind.CREDIT_NOTE else 1, row) for row in rows]
    return Totals(len(rows), *(sum(sign * getattr(row, name) for sign, row in signed) for name in _FIGURES))


def streamed(found: QuerySet[Invoice], *, batch: int = 500) -> Iterator[Invoice]:
    """All that matches, newest first, without holding it in memory."""
    yield from (
        found.order_by("-issued_at", "-id")
        .select_related("till")
        .prefetch_related("payments")
        .iterator(chunk_size=batch)
    )


# ---- One customer, one product --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    totals: Totals
    first_day: date | None
    last_at: datetime | None
    most_bought: list[dict[str, Any]]


def customer_facts(*, customer_id: int, most: int = 8) -> CustomerFacts:
    found = Invoice.objects.filter(customer_id=customer_id)
    when = found.filter(kind=DocumentKind.INVOICE).aggregate(first=Min("day"), last=Max("issued_at"))
    lines = InvoiceLine.objects.filter(invoice__customer_id=customer_id, invoice__kind=DocumentKind.INVOICE)
    bought = (
        lines.exclude(product=None)
        .order_by()
        .values("product_id", "product__code", "product__name", "product__unit")
        .annotate(
            times=Count("invoice", distinct=True), quantity_milli=Sum("quantity_milli"), total_paise=Sum("total_paise")
        )
        .order_by("-times", "-total_paise")[:most]
    )
    return CustomerFacts(totals(found), when["first"], when["last"], [dict(row) for row in bought])


def prices_of(*, product_id: int) -> list[dict[str, Any]]:
    """Each price that invoices used, newest first: from which day to which, how often, how much."""
    lines = InvoiceLine.objects.filter(product_id=product_id, invoice__kind=DocumentKind.INVOICE).order_by()
    rows = (
        lines.values("unit_price_paise", "price_includes_tax", "tax_rate_bp")
        .annotate(
            first_day=Min("invoice__day"),
            last_day=Max("invoice__day"),
            times=Count("id"),
            quantity_milli=Sum("quantity_milli"),
            total_paise=Sum("total_paise"),
        )
        .order_by("-last_day", "-first_day")
    )
    return [dict(row) for row in rows]
