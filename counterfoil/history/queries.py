"""Previous purchases: which invoices match, a page of them, their totals. Shared by the pages, the API and the exports.

Names match any part, ignoring case, literally. Days are days in the shop's time zone (the column `day`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from counterfoil.billing.models import DocumentKind, Invoice, Payment
from counterfoil.history import narrowing, rollups
from counterfoil.history.narrowing import EMAIL_STATES as EMAIL_STATES
from counterfoil.history.narrowing import Asked, Has, Where
from counterfoil.history.narrowing import any_part as any_part
from counterfoil.history.rollups import TAKINGS, Tail
from counterfoil.rules.errors import Invalid
from counterfoil.store import listed
from counterfoil.till.models import Till

ADDED_UP_AT_MOST = 10_000  # documents that a page adds up by itself
NAMED_ADDED_UP_AT_MOST = 2_000  # where each of them stands somewhere else
EASTERNMOST, WESTERNMOST = timedelta(hours=14), timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Found:
    """What matches: `at_most` so many, and the totals of so many are `soon` added up. `named`: they are looked up by
    their ids. `by_day`: roll-ups know the totals."""

    invoices: QuerySet[Invoice]
    at_most: int
    soon: bool
    named: bool
    by_day: dict[str, Any] | None


def invoices(**filters: Any) -> QuerySet[Invoice]:
    return find(**filters).invoices


def find(
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
) -> Found:
    """Every filter narrows; both days are included. `amount_paise` is the payable or the net amount."""
    tail = rollups.caught_up()
    found, where = _wanted(tail, {
        "name": customer_name, "email": customer_email, "number": number, "product": product, "method": method,
        "amount": amount_paise, "mail": email_state,
    })  # fmt: skip
    plain = not where and customer_id is None
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    till_id = _till_id(till)
    if till_id is not None:
        found = found.filter(till_id=till_id)
    if kind:  # written out, so that SQLite sees that the index of the credit notes is the right one
        literal = RawSQL(f"'{DocumentKind(kind).value}'", []) if kind in DocumentKind.values else Value(kind)
        found = found.filter(kind=literal)
    found = _between(found, date_from, date_to)
    by_day = {"date_from": date_from, "date_to": date_to, "till_id": till_id, "kind": kind} if plain else None
    alone = len(where) == 1 and customer_id is None and till_id is None and not (date_from or date_to)
    return _narrowed(found, where, tail, by_day, (date_from, date_to), alone=alone)


def _wanted(tail: Tail, given: dict[str, Any]) -> tuple[QuerySet[Invoice], list[Where]]:
    """Each filter that is given, and where its matches are."""
    filters: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Where]]] = {
        "name": (lambda text: any_part("customer_name", text), lambda text: narrowing.by_buyer("name", text, tail)),
        "email": (lambda text: any_part("customer_email", text), lambda text: narrowing.by_buyer("email", text, tail)),
        "number": (lambda text: any_part("number", text), narrowing.by_number),
        "product": (
            lambda text: narrowing.sold_as(text),
            lambda text: narrowing.by_goods(text, tail),
        ),
        "method": (
            lambda method: Has(Payment.objects.filter(invoice=OuterRef("pk"), method=method)),
            narrowing.by_method,
        ),
        "amount": (
            lambda paise: Q(payable_paise=paise) | Q(net_paise=paise),
            lambda paise: narrowing.by_amount(paise, tail),
        ),
        "mail": (_mail_is, lambda state: narrowing.by_mail(state, tail)),
    }
    found, where = Invoice.objects.all(), []
    for name, (condition, look) in filters.items():
        value = given[name].strip() if isinstance(given[name], str) else given[name]
        if value not in ("", None):
            looked = look(value)
            where.append(looked)
            if not looked.exact or looked.ids is None:
                found = found.filter(condition(value) if looked.products is None else _sold(value, looked.products))
    return found, where


def _sold(text: str, products: list[int]) -> Has:
    """A line of one of these products, and it says so."""
    of_these = Q(product_id__in=products)
    return narrowing.sold_as(text, of_these | Q(product=None) if 0 in products else of_these)


def _narrowed(
    found: QuerySet[Invoice], where: list[Where], tail: Tail, by_day: dict[str, Any] | None,
    asked: tuple[date | None, date | None], *, alone: bool,
) -> Found:  # fmt: skip
    at_most, named = sum(tail.last.values()), any(each.ids is not None or each.within for each in where)
    most = NAMED_ADDED_UP_AT_MOST if named else ADDED_UP_AT_MOST
    for each in where:
        if each.ids is not None:
            at_most = min(at_most, len(each.ids))
            these = Q(pk__in=_ids(each.ids))
            walked = alone and len(each.ids) > most and narrowing.met_soon(each.ids)
            found = found.filter(Asked(these) if walked else these)
        elif each.within:
            condition, count = each.within
            at_most = min(at_most, count)
            found = found.filter(condition)
        else:
            found = around(found, each.first_day, each.last_day)
    soon = at_most <= most
    if not soon and any(asked):
        days = {"date_from": asked[0], "date_to": asked[1], "till_id": None, "kind": ""}
        in_days = _from_rollups(days).count
        at_most, soon = min(at_most, in_days), in_days <= ADDED_UP_AT_MOST
    return Found(found, at_most, soon, named, by_day)


def _ids(ids: list[int]) -> RawSQL:
    sql, given = listed(ids)
    return RawSQL(sql, [given])


def _till_id(code: str) -> int | None:
    """0 is no till's: an unknown one has no invoice."""
    wanted = code.strip().upper()
    return (Till.objects.filter(code=wanted).values_list("pk", flat=True).first() or 0) if wanted else None


def _between(found: QuerySet[Invoice], first: date | None, last: date | None) -> QuerySet[Invoice]:
    if first:
        found = found.filter(day__gte=first)
    if last:
        found = found.filter(day__lte=last)
    return around(found, first, last)


def around(found: QuerySet[Invoice], first: date | None, last: date | None) -> QuerySet[Invoice]:
    """The times that these days can have in any time zone: a bound in the order of the list, which `day` is not."""
    if first and first > date.min + timedelta(days=2):
        found = found.filter(issued_at__gte=bounds(first, first)[0])
    if last and last < date.max - timedelta(days=2):
        found = found.filter(issued_at__lt=bounds(last, last)[1])
    return found


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment that these days have anywhere to the end of the last."""
    begin = datetime.combine(first, time.min, UTC) - EASTERNMOST
    return begin, datetime.combine(last, time.min, UTC) + timedelta(days=1) + WESTERNMOST


def _mail_is(state: str) -> Q:
    """How the newest delivery stands; "none": there is none."""
    # The outbox lies above this layer: asked for by name, read only.
    deliveries = apps.get_model("delivery", "Delivery").objects.all()
    own = deliveries.filter(invoice=OuterRef("pk"))
    if state == "none":
        return ~Q(Has(own))
    newer = deliveries.filter(invoice=OuterRef("invoice"), id__gt=OuterRef("id"))
    failed_so_far = Q(state="queued", attempts__gt=0)
    shows = {"queued": Q(state="queued", attempts=0), "failed": Q(state="failed") | failed_so_far}
    return Q(Has(own.filter(shows.get(state, Q(state=state)), ~Exists(newer))))


# ---- A page, newest first -------------------------------------------------------------------------------------------

_FIGURES = ("taxable_paise", "tax_paise", "net_paise", "payable_paise")
ROW_COLUMNS = ("id", "number", "kind", "issued_at", "customer_name", "customer_email", *_FIGURES)


@dataclass(frozen=True, slots=True)
class Page:
    """`newer` and `older` are cursors, empty where there is nothing more that way."""

    items: list[Any]
    newer: str
    older: str


def page_of_rows(found: QuerySet[Invoice], **where: Any) -> Page:
    """A page of plain rows with ROW_COLUMNS's columns: fifty whole invoices take longer to build than to find."""
    return page_of(found.values_list(*ROW_COLUMNS, named=True), **where)


def last_sale(found: QuerySet[Invoice]) -> str:
    """The number of the newest invoice among them, credit notes apart."""
    sales = found.filter(kind=DocumentKind.INVOICE).order_by("-issued_at", "-id")
    return sales.values_list("number", flat=True).first() or ""


def page_of(found: QuerySet[Any], *, limit: int, older_than: str = "", newer_than: str = "") -> Page:
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


def cursor_of(invoice: Any) -> str:
    return f"{invoice.issued_at.astimezone(UTC):%Y%m%dT%H%M%S%f}.{invoice.id}"


def _beyond(found: QuerySet[Any], cursor: str, *, newer: bool) -> QuerySet[Any]:
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


_SUMS = [f"SUM({name} * CASE kind WHEN 'credit-note' THEN -1 ELSE 1 END)" for name in _FIGURES]
SIGNED = ", ".join(_SUMS)
_OVER_ALL = {f"all_{n}": RawSQL(f"{sql} OVER ()", []) for n, sql in enumerate(["COUNT(*)", *_SUMS])}


def totals(found: QuerySet[Invoice]) -> Totals:
    """Added up, however many there are."""
    documents, params = found.order_by().values_list("kind", *_FIGURES).query.sql_with_params()
    return _totals(rollups.rows(f"SELECT COUNT(*), {SIGNED} FROM ({documents}) x", params))


def _totals(sums: rollups.Rows) -> Totals:
    """From one row of sums, which are NULL where there is nothing."""
    return Totals(*(int(figure or 0) for figure in sums[0]))


def page_with_totals(
    found: Found, *, limit: int, older_than: str = "", newer_than: str = ""
) -> tuple[Page, Totals | None]:
    """A page of rows, and the totals of all that matches, or None. Where each document has to be looked up by itself,
    it is so once for both; a page that holds everything is added up already."""
    if found.named and found.soon and not (older_than or newer_than):
        rows = found.invoices.annotate(**_OVER_ALL).values_list(*ROW_COLUMNS, *_OVER_ALL, named=True)
        page = page_of(rows, limit=limit)
        return page, _totals([page.items[0][len(ROW_COLUMNS) :]]) if page.items else Totals()
    page = page_of_rows(found.invoices, limit=limit, older_than=older_than, newer_than=newer_than)
    return page, quick_totals(found) if page.older or page.newer else totals_of(page.items)


def quick_totals(found: Found) -> Totals | None:
    """The same, if it is known or soon added up; None where somebody has to ask for it."""
    if found.by_day is not None:
        return _from_rollups(found.by_day)
    return totals(found.invoices) if found.soon else None


def _from_rollups(filters: dict[str, Any]) -> Totals:
    """Days, till and kind are what the roll-ups are kept by."""
    conditions = {
        "day >= %s": filters["date_from"],
        "day <= %s": filters["date_to"],
        "till_id = %s": filters["till_id"],
    }
    conditions["kind = %s"] = filters["kind"] or None
    given = {condition: value for condition, value in conditions.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""

    def read(tail: Tail) -> rollups.Rows:
        sql = f"SELECT SUM(documents), {SIGNED} FROM {TAKINGS.whole(tail)} x {where}"
        return rollups.rows(sql, [str(v) if isinstance(v, date) else v for v in given.values()])

    return _totals(rollups.exact(read))


def totals_of(rows: Sequence[Any]) -> Totals:
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
