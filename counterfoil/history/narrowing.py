"""Where to look: for each filter that no index answers, the few documents that it can be at all, or none of this.

Each function answers the ids in which every match is (what stands in the tail always among them), or None where there
are too many of them to name: then matches are frequent, and a walk through the newest soon has a page of them.
Nothing is decided here: the filter itself is asked of whatever is found, unless the ids are exactly its matches.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from math import isqrt
from operator import or_
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, Func, OuterRef, Q, Sum

from counterfoil.billing.models import DocumentKind, Invoice, InvoiceLine, NumberSeries
from counterfoil.history.models import Buyer, Good
from counterfoil.history.rollups import Tail, as_day, ask_tail, rows
from counterfoil.rules.errors import Invalid
from counterfoil.rules.numbering import document_number
from counterfoil.search import clean, matching, matching_sql, spellings
from counterfoil.store import is_postgresql

FEW = 2_000
EMAIL_STATES = ("none", "queued", "sending", "sent", "failed", "unknown")
MAIL_SHOWS = {  # as `delivery.queries.shown` says; that layer lies above this one
    "queued": ["state = 'queued' AND attempts = 0"],
    "failed": ["state = 'failed'", "state = 'queued' AND attempts > 0"],
}
PAGE = 50  # documents, as many as a list shows
FEW_NAMES = 1_000  # more of them have so many documents that a walk meets one soon


@dataclass(frozen=True, slots=True)
class Where:
    """`ids`, if they are few; or a condition that an index answers and how many at most meet it (`within`); else the
    days between which all of it lies, if that is known. `exact`: every one of the ids does match."""

    ids: list[int] | None = None
    exact: bool = False
    first_day: date | None = None
    last_day: date | None = None
    products: list[int] | None = None  # of one of which a line is; 0 for free text
    within: tuple[Q, int] | None = None


class Has(Exists):
    """EXISTS, asked of each row as it is walked by. PostgreSQL would make a join of it, and guess badly how many rows
    that has: an OFFSET keeps it from doing so."""

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection, **extra)
        return f"{sql[:-1]} OFFSET 0)", params


class Asked(Func):
    """A condition that is asked of each row as it is walked by, and never where to begin."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()


LOOKED_UP_TIMES = 8  # as long as passing a document by takes looking one up by its id, and putting it in its place


def met_soon(ids: Sequence[int]) -> bool:
    """They stand so close to each other, wherever one begins, that a walk has met a page of them before all are looked
    up. Ids are given in the order of issue, or nearly."""
    in_order = sorted(ids)
    passed = (after - before for before, after in zip(in_order, in_order[2 * PAGE :], strict=False))
    return max(passed, default=0) < LOOKED_UP_TIMES * len(in_order)


def any_part(column: str, text: str) -> Q:
    """The column contains the text, ignoring case. Databases fold ASCII only (SQLite) or what their locale knows, so
    other letters are also looked for as they are usually written."""
    found = Q()
    for spelling in spellings(clean(text)):
        found |= Q(**{f"{column}__icontains": spelling})
    return found


def few(sql: str, params: Iterable[Any] = (), *, at_most: int = FEW) -> list[int] | None:
    """The ids that the query answers, unless there are too many."""
    found = rows(f"SELECT id FROM ({sql}) x LIMIT {at_most + 1}", list(params))
    return None if len(found) > at_most else list({row[0] for row in found})


@dataclass(frozen=True, slots=True)
class _Known:
    """What roll-ups know of the rows that a text finds. `ids`: as a list in SQL."""

    rows: int
    ids: str
    documents: int
    first_day: date | None
    last_day: date | None

    def days(self, tail: Tail, products: list[int] | None = None) -> Where:
        """Between which all of it lies; the tail may be of later days."""
        return Where(None, first_day=self.first_day, last_day=None if tail.count else self.last_day, products=products)


def _known(model: type[Buyer | Good], documents: str, at_most: int, text: str, columns: Sequence[str]) -> _Known:
    """Of the rows of which one of the columns has the text. Not of more than so many: then it knows of one more, and
    nothing else of any, which is not even looked up."""
    table, column = model._meta.db_table, columns[0] if len(columns) == 1 else ""
    params: Sequence[Any]
    if is_postgresql():
        found, params = matching_sql(table, clean(text), column)
    else:
        names = reduce(or_, [any_part(name, text) for name in columns])
        wanted = model._default_manager.filter(names, id__in=matching(table, text, column))
        found, params = wanted.values_list("id").query.sql_with_params()
    as_list = "string_agg(id::text, ',')" if is_postgresql() else "group_concat(id)"
    ((count, ids, total, *days),) = rows(
        f"WITH few AS MATERIALIZED (SELECT * FROM ({found}) x LIMIT {at_most + 1}) "
        f"SELECT (SELECT COUNT(*) FROM few), {as_list}, SUM({documents}), MIN(first_day), MAX(last_day) FROM {table} "
        f"WHERE id IN (SELECT * FROM few) AND (SELECT COUNT(*) FROM few) <= {at_most}",
        params,
    )
    return _Known(count, ids or "NULL", int(total or 0), *(as_day(day) if day else None for day in days))


def by_buyer(column: str, text: str, tail: Tail) -> Where:
    """`column` is name or email."""
    known = _known(Buyer, "documents", FEW_NAMES, text, [column])
    if known.rows > FEW_NAMES:
        return Where()
    if known.documents > FEW:
        return known.days(tail)
    return _with_tail(
        "SELECT d.id FROM history_buyer b CROSS JOIN billing_invoice d WHERE "
        f"b.id IN ({known.ids}) AND d.customer_name = b.name AND d.customer_email = b.email",
        tail,
        any_part(f"customer_{column}", text),
    )


def _with_tail(sql: str, tail: Tail, condition: Q | Exists, *, at_most: int = FEW) -> Where:
    """What the query answers is right of all that is rolled up; what is not yet is asked for itself."""
    ids = few(sql, at_most=at_most)
    if ids is None:
        return Where()
    if tail.count:
        said = ExpressionWrapper(condition, output_field=BooleanField())
        behind = dict(Invoice.objects.filter(_is_in(tail)).annotate(said=said).values_list("pk", "said"))
        ids = [*(set(ids) - behind.keys()), *(number for number, is_said in behind.items() if is_said)]
    return Where(ids, exact=True)


def _is_in(tail: Tail) -> Q:
    """Not rolled up yet: never so for a tail of none."""
    behind = {series: last for series, last in tail.last.items() if last > tail.marks.get(series, 0)}
    parts = [
        Q(series=series, sequence__gt=tail.marks.get(series, 0), sequence__lte=last) for series, last in behind.items()
    ]
    return reduce(or_, parts, Q(pk__in=[]))


def by_goods(text: str, tail: Tail) -> Where:
    known = _known(Good, "lines", FEW, text, ["name", "code"])
    if known.rows > FEW:  # what is sold under so many names a walk meets soon
        return Where()
    at_most = _sooner_named(tail)
    sold: dict[int, int] = dict(rows(  # product: under how many names, the ones that are looked for or not
        "SELECT product_id, COUNT(*) FROM history_good WHERE product_id IN "
        f"(SELECT product_id FROM history_good WHERE id IN ({known.ids})) GROUP BY product_id"
    ))  # fmt: skip
    if known.documents > at_most:
        return known.days(tail, sorted(sold.keys() | _in_tail(tail)))
    if sold and 0 not in sold and sum(sold.values()) == known.rows:  # then no line has to be read for its name
        one_of = ", ".join(str(int(product_id)) for product_id in sold)
        sql = f"SELECT l.invoice_id AS id FROM billing_invoiceline l WHERE l.product_id IN ({one_of})"
        where = _with_tail(sql, tail, sold_as(text), at_most=at_most)
        if ask_tail().last == tail.last:  # nothing was sold meanwhile, under another name perhaps
            return where
    of_any = "SELECT l.invoice_id AS id FROM history_good g CROSS JOIN billing_invoiceline l WHERE "
    sql = (
        f"{of_any} g.id IN ({known.ids}) AND l.product_id = g.product_id AND l.code = g.code AND l.name = g.name "
        f"UNION ALL {of_any} g.id IN ({known.ids}) AND g.product_id = 0 AND l.product_id IS NULL AND l.name = g.name"
    )
    return _with_tail(sql, tail, sold_as(text), at_most=at_most)


def sold_as(text: str, *of: Q) -> Has:
    """A line of the document says so, and is one `of` these."""
    said = any_part("name", text) | any_part("code", text)
    return Has(InvoiceLine.objects.filter(said, *of, invoice=OuterRef("pk")))


def _sooner_named(tail: Tail) -> int:
    """Twice as many lines as documents that a walk passes before it has met a page of them: with m of n it meets one in
    n/m, and 50 n/m are m where m is the root of 50 n. To ask whether a document is one of those named takes an eighth
    of what looking into its lines takes."""
    return max(FEW, 2 * isqrt(PAGE * sum(tail.last.values())))


def _in_tail(tail: Tail) -> set[int]:
    """Of which products the lines of the tail are: a number is sooner compared than a text looked through."""
    lines = (
        "SELECT l.product_id FROM billing_invoice i JOIN billing_invoiceline l ON l.invoice_id = i.id "
        f"WHERE {tail.documents}"
    )
    return {product_id or 0 for (product_id,) in (rows(lines) if tail.count else [])}


def by_method(method: str) -> Where:
    return Where(few("SELECT invoice_id AS id FROM billing_payment WHERE method = %s", [method]), exact=True)


def by_mail(state: str, tail: Tail) -> Where:
    if state not in EMAIL_STATES:
        raise Invalid(f"Choose one of {', '.join(EMAIL_STATES)}.", field="email_state")
    if state != "none":
        shows = MAIL_SHOWS.get(state, ["state = %s"])  # one after another: with OR all of it would be gathered first
        given = [] if state in MAIL_SHOWS else [state]
        parts = (f"SELECT invoice_id AS id FROM delivery_delivery WHERE {condition}" for condition in shows)
        return Where(few(" UNION ALL ".join(parts), given))
    without = Buyer.objects.filter(email="").aggregate(n=Sum("documents"))["n"] or 0
    if without > FEW:
        return Where()
    return Where(  # who has an address has a delivery, so this is all of them
        few(
            "SELECT d.id FROM history_buyer b CROSS JOIN billing_invoice d WHERE b.email = '' "
            "AND d.customer_name = b.name AND d.customer_email = '' "
            f"UNION ALL SELECT i.id FROM billing_invoice i WHERE {tail.documents}"
        )
    )


def by_amount(amount_paise: int, tail: Tail) -> Where:
    """Net and payable are never further apart than they have been so far."""
    if is_postgresql() and (within := _amount_within(amount_paise, tail)):
        return Where(within=within)
    apart = "(SELECT COALESCE(MAX(most_rounding_paise), 0) FROM history_mark)"
    between = f"i.payable_paise BETWEEN %s - {apart} AND %s + {apart}"
    condition = "(i.payable_paise = %s OR i.net_paise = %s)"
    sql = f"SELECT i.id FROM billing_invoice i WHERE {between} AND {condition}"
    params = [amount_paise] * 4
    if tail.count:
        sql += f" UNION ALL SELECT i.id FROM billing_invoice i WHERE ({tail.documents}) AND {condition}"
        params += [amount_paise, amount_paise]
    return Where(few(sql, params), exact=True)


def _amount_within(amount_paise: int, tail: Tail) -> tuple[Q, int] | None:
    """PostgreSQL has statistics of amounts, so the index need not be asked first and each row looked up again."""
    ((apart, count),) = rows(
        "WITH m AS (SELECT COALESCE(MAX(most_rounding_paise), 0) AS apart FROM history_mark) "
        "SELECT apart, (SELECT COUNT(*) FROM (SELECT 1 FROM billing_invoice i WHERE i.payable_paise "
        f"BETWEEN %s - apart AND %s + apart LIMIT {FEW + 1}) x) FROM m",
        [amount_paise, amount_paise],
    )
    if count + tail.count > FEW:
        return None
    within = Q(payable_paise__range=(amount_paise - apart, amount_paise + apart))
    return within | _is_in(tail) if tail.count else within, count + tail.count


# ---- Numbers: a series' name and a sequence with leading zeros -------------------------------------------------------

SPANS_AT_MOST = 1_200  # of all series; a shorter part stands in so many numbers that a walk meets it soon


def by_number(text: str) -> Where:
    """From the part of a number to the sequences that can have it, since a number is nothing but till, year and
    sequence."""
    wanted = clean(text).upper()
    spans: list[tuple[int, int, int]] = []
    whole: list[Any] = []
    for series in NumberSeries.objects.select_related("till"):
        kind: Any = DocumentKind(series.kind).value
        try:
            number = document_number(till=series.till.code, year=series.year, sequence=1, kind=kind)
        except Invalid:  # a series that is none: only `verify` has to say so
            return Where()
        name = number.rstrip("0123456789")
        if wanted in name:
            whole.append(series)
            continue
        width = len(number) - len(name)
        for first, last in sequences(wanted, name, width, len(str(series.last_sequence))):
            if first <= series.last_sequence:
                spans.append((series.pk, first, min(last, series.last_sequence)))
            if len(spans) > SPANS_AT_MOST:
                return Where()
    if whole:
        return Where() if spans else _years(whole)
    if not spans:
        return Where([])
    values = " OR ".join(f"(series_id = {s} AND sequence BETWEEN {first} AND {last})" for s, first, last in spans)
    return Where(few(f"SELECT id FROM billing_invoice WHERE {values}"))


def _years(whole: list[Any]) -> Where:
    """A financial year 25-26 begins in April 2025."""
    years = sorted(series.year for series in whole)
    first, last = date(2000 + int(years[0][:2]), 4, 1), date(2000 + int(years[-1][3:]), 3, 31)
    return Where(None, first_day=first, last_day=last)


def sequences(wanted: str, name: str, width: int, most_digits: int) -> Iterator[tuple[int, int]]:
    """The sequences, as first and last of each run, whose number contains the part. `name` ends where digits begin."""
    for digits in range(width, max(width, most_digits) + 1):  # longer ones once the zeros are used up
        low = 0 if digits == width else 10 ** (digits - 1)
        for first, last in _runs(wanted, name, digits):
            if last >= low:
                yield max(first, low), last


def _runs(wanted: str, name: str, digits: int) -> Iterator[tuple[int, int]]:
    for cut in range(1, len(wanted)):  # the part begins in the name
        if name.endswith(wanted[:cut]) and wanted[cut:].isdecimal() and len(wanted) - cut <= digits:
            yield _run(0, wanted[cut:], digits, at=0)
    if wanted.isascii() and wanted.isdecimal():
        for at in range(digits - len(wanted) + 1):
            for before in range(10**at):
                yield _run(before, wanted, digits, at=at)


def _run(before: int, part: str, digits: int, *, at: int) -> tuple[int, int]:
    """All numbers of so many digits that are `before`, then the part, then anything."""
    behind = 10 ** (digits - at - len(part))
    first = (before * 10 ** len(part) + int(part)) * behind
    return first, first + behind - 1
