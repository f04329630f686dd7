"""Reading issued documents fast: plain rows in few queries, as records that can be digested, in order, a batch at a
time. The ORM would take several times as long for a large shop."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction

from counterfoil.billing.record import (
    HEADER_COLUMNS,
    LINE_DIGESTED,
    PAYMENT_COLUMNS,
    REFERENCES,
    TAX_COLUMNS,
    Record,
    Row,
)
from counterfoil.shop.models import IDENTITY_FIELDS
from counterfoil.store import array, is_postgresql

BATCH = 2_000
BEFORE_ALL = -(2**31)
IDS = ("id", "series_id", "till_id", "supplier_id", "original_id")
CONTENT = (*HEADER_COLUMNS, *REFERENCES, "digest", "previous_digest")


@dataclass(slots=True)
class Document:
    """An issued document, with the movements that mention it."""

    record: Record
    ids: dict[str, Any]
    original_issued_at: Any = None
    stock: list[tuple[int, int, str]] = field(default_factory=list)  # product, milli, reason
    drawer: list[tuple[int, int | None, str, int, int]] = field(
        default_factory=list
    )  # till, session, kind, paise, count

    @property
    def number(self) -> str:
        return str(self.record.header["number"])


@contextmanager
def one_moment(snapshot: str = "") -> Iterator[None]:
    """Everything inside is read as it was at one moment, while others go on writing. On PostgreSQL another process's
    moment can be given."""
    if connection.in_atomic_block:  # the caller's transaction (as in tests) is one already
        yield
    elif is_postgresql():
        with transaction.atomic():
            rows("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if snapshot:
                rows(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            yield
    else:
        connection.ensure_connection()
        connection.connection.execute("BEGIN")  # not Django's BEGIN IMMEDIATE: that would stop the tills
        try:
            yield
        finally:
            connection.connection.execute("ROLLBACK")


def rows(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


@dataclass(frozen=True, slots=True)
class Portion:
    """Documents of one series: sequences after `after`, up to and with `until`."""

    series_id: int
    after: int
    until: int


def portions(size: int) -> list[Portion]:
    """All documents there are now, series by series, in portions of about `size`."""
    found = []
    for series_id, last in rows("SELECT series_id, MAX(sequence) FROM billing_invoice GROUP BY series_id ORDER BY 1"):
        ends = [*range(size, last, size), last]
        starts = [BEFORE_ALL, *ends[:-1]]
        found += [Portion(series_id, after, until) for after, until in zip(starts, ends, strict=True)]
    return found


def before(portion: Portion) -> tuple[int, str]:
    """Sequence and digest of the document that the portion's first one follows; (0, "") if it is the first of all."""
    sql = "SELECT sequence, digest FROM billing_invoice WHERE series_id = %s AND sequence <= %s ORDER BY 1 DESC LIMIT 1"
    found = rows(sql, (portion.series_id, portion.after))
    return (found[0][0], found[0][1]) if found else (0, "")


def documents(portion: Portion, batch: int = BATCH) -> Iterator[Document]:
    """In sequence. Memory is bounded by the batch."""
    suppliers = {row[0]: dict(zip(IDENTITY_FIELDS, row[1:], strict=True)) for row in rows(_suppliers())}
    tills = dict(rows("SELECT id, code FROM till_till"))
    after = portion.after
    while True:
        headers = rows(_headers(), (portion.series_id, after, portion.until, batch))
        if not headers:
            return
        found = {header[0]: _document(header, suppliers, tills) for header in headers}
        _fill(found)
        yield from found.values()
        after = headers[-1][len(IDS) + 2 + CONTENT.index("sequence")]


def _suppliers() -> str:
    return f"SELECT id, {', '.join(IDENTITY_FIELDS)} FROM shop_identity"


def _headers() -> str:
    columns = ", ".join(f"i.{name}" for name in (*IDS, *CONTENT))
    columns = columns.replace(f"i.{HEADER_COLUMNS[0]}", f"o.number, o.issued_at, i.{HEADER_COLUMNS[0]}", 1)
    return (
        f"SELECT {columns} FROM billing_invoice i LEFT JOIN billing_invoice o ON o.id = i.original_id "
        "WHERE i.series_id = %s AND i.sequence > %s AND i.sequence <= %s ORDER BY i.sequence LIMIT %s"
    )


def _document(row: tuple[Any, ...], suppliers: dict[int, dict[str, str]], tills: dict[int, str]) -> Document:
    ids = dict(zip(IDS, row, strict=False))
    header = dict(zip(CONTENT, row[len(IDS) + 2 :], strict=True))
    header["issued_at"] = as_time(header["issued_at"])
    header["day"] = as_day(header["day"])
    header["change_notes"] = as_notes(header["change_notes"])
    return Document(
        Record(
            header=header,
            supplier=suppliers.get(ids["supplier_id"], {}),
            till=tills.get(ids["till_id"], ""),
            original_number=row[len(IDS)] or "",
        ),
        ids,
        as_time(row[len(IDS) + 1]),
    )


def _fill(found: dict[int, Document]) -> None:
    """Lines, taxes, payments and movements of the batch, one query for each."""
    for row in _of(found, "billing_invoiceline", LINE_DIGESTED, "position"):
        line = dict(zip(LINE_DIGESTED, row[1:], strict=True))
        line["price_includes_tax"] = bool(line["price_includes_tax"])
        found[row[0]].record.lines.append(line)
    for row in _of(found, "billing_invoicetax", TAX_COLUMNS, "position"):
        found[row[0]].record.taxes.append(dict(zip(TAX_COLUMNS, row[1:], strict=True)))
    for row in _of(found, "billing_payment", PAYMENT_COLUMNS, "position"):
        payment: Row = dict(zip(PAYMENT_COLUMNS, row[1:], strict=True))
        payment["notes"] = as_notes(payment["notes"])
        found[row[0]].record.payments.append(payment)
    for row in _of(found, "catalog_stockmovement", ("product_id", "quantity_milli", "reason"), "id"):
        found[row[0]].stock.append((row[1], row[2], row[3]))
    for row in _of(found, "till_drawermovement", ("till_id", "session_id", "kind", "value_paise", "count"), "id"):
        found[row[0]].drawer.append((row[1], row[2], row[3], row[4], row[5]))


def _of(found: dict[int, Document], table: str, columns: tuple[str, ...], order: str) -> list[tuple[Any, ...]]:
    names = ", ".join(("invoice_id", *columns))
    if is_postgresql():
        where, ids = "invoice_id = ANY(%s::bigint[])", array(found)
    else:
        where, ids = "invoice_id IN (SELECT value FROM json_each(%s))", json.dumps(list(found))
    return rows(f"SELECT {names} FROM {table} WHERE {where} ORDER BY invoice_id, {order}", (ids,))


# SQLite keeps times and JSON as text


def as_time(value: Any) -> Any:
    """Text that is no time (somebody wrote it) is left as it is: the digest will not match."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    return value if not isinstance(value, datetime) or value.tzinfo else value.replace(tzinfo=UTC)


def as_day(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def as_notes(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def summed(pairs: Iterator[tuple[Any, int]] | list[tuple[Any, int]]) -> dict[Any, int]:
    """Added up by key; what comes to nothing is left out."""
    sums: dict[Any, int] = defaultdict(int)
    for key, amount in pairs:
        sums[key] += amount
    return {key: amount for key, amount in sums.items() if amount}
