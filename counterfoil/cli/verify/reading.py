"""Reading issued documents fast: plain rows in few queries, as records that can be digested, in order, a batch at a
time. The ORM would take several times as long for a large shop."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, transaction

from counterfoil.billing.record import HEADER_COLUMNS, LINE_DIGESTED, PAYMENT_COLUMNS, REFERENCES, TAX_COLUMNS, Row
from counterfoil.shop.models import IDENTITY_FIELDS
from counterfoil.store import array, is_postgresql

BEFORE_ALL = -(2**31)
# In the order in which the digest has them: what is sorted already is written quickly.
HEADER = tuple(sorted((*HEADER_COLUMNS, *REFERENCES)))
SUPPLIER = tuple(sorted(IDENTITY_FIELDS))
STOCK_COLUMNS = ("product_id", "quantity_milli", "reason")
NOTES = 1 + PAYMENT_COLUMNS.index("notes")  # in a row that begins with its document
DRAWER_COLUMNS = ("till_id", "session_id", "kind", "value_paise", "count")


SUPPLIERS = f"SELECT id, {', '.join(SUPPLIER)} FROM shop_identity"
HEADERS = (
    "SELECT i.id, i.digest, i.previous_digest, i.series_id, i.till_id, i.supplier_id, o.number, o.issued_at, "
    f"{', '.join(f'i.{name}' for name in HEADER)} "
    "FROM billing_invoice i LEFT JOIN billing_invoice o ON o.id = i.original_id"
)


@dataclass(slots=True)
class Document:
    """An issued document, with the movements that mention it. Lists hold plain rows: lines have LINE_DIGESTED, taxes
    TAX_COLUMNS, payments PAYMENT_COLUMNS, stock STOCK_COLUMNS, drawer DRAWER_COLUMNS."""

    header: Row  # HEADER
    digest: str
    previous_digest: str
    series_id: int
    till_id: int
    till: str
    supplier: dict[str, str]
    original_number: str
    original_issued_at: Any
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    taxes: list[tuple[Any, ...]] = field(default_factory=list)
    payments: list[tuple[Any, ...]] = field(default_factory=list)
    stock: list[tuple[int, int, str]] = field(default_factory=list)
    drawer: list[tuple[int, int | None, str, int, int]] = field(default_factory=list)

    @property
    def number(self) -> str:
        return str(self.header["number"])


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
            rows("SET LOCAL work_mem = '64MB'")  # so that millions of lines are summed without a sort on disk
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
    """All documents there are now, series by series, in portions of about `size`. By counting: a sequence that
    somebody wrote may be anything."""
    counted = (
        "SELECT series_id, sequence, ROW_NUMBER() OVER (PARTITION BY series_id ORDER BY sequence) AS place, "
        "COUNT(*) OVER (PARTITION BY series_id) AS count FROM billing_invoice"
    )
    ends = rows(
        f"SELECT DISTINCT series_id, sequence FROM ({counted}) c WHERE place %% %s = 0 OR place = count ORDER BY 1, 2",
        [size],
    )
    before = [(None, BEFORE_ALL), *ends]
    return [
        Portion(series_id, after if series_id == previous else BEFORE_ALL, until)
        for (previous, after), (series_id, until) in zip(before, ends, strict=False)
    ]


def before(portion: Portion) -> tuple[int, str]:
    """Sequence and digest of the document that the portion's first one follows; (0, "") if it is the first of all."""
    sql = "SELECT sequence, digest FROM billing_invoice WHERE series_id = %s AND sequence <= %s ORDER BY 1 DESC LIMIT 1"
    found = rows(sql, (portion.series_id, portion.after))
    return (found[0][0], found[0][1]) if found else (0, "")


def documents(portion: Portion) -> Iterator[Document]:
    """In sequence. Memory is bounded by the portion."""
    where = "i.series_id = %s AND i.sequence > %s AND i.sequence <= %s ORDER BY i.sequence, i.id"
    yield from _read(where, (portion.series_id, portion.after, portion.until)).values()


def documents_by_id(ids: Sequence[int]) -> dict[int, Document]:
    where, marks = _among("i.id", ids)
    return _read(where, marks)


def _read(where: str, params: Sequence[Any]) -> dict[int, Document]:
    suppliers = {row[0]: dict(zip(SUPPLIER, row[1:], strict=True)) for row in rows(SUPPLIERS)}
    tills = dict(rows("SELECT id, code FROM till_till"))
    found = {header[0]: _document(header, suppliers, tills) for header in rows(f"{HEADERS} WHERE {where}", params)}
    _fill(found)
    return found


def _document(row: tuple[Any, ...], suppliers: dict[int, dict[str, str]], tills: dict[int, str]) -> Document:
    _, digest, previous_digest, series_id, till_id, supplier_id, original_number, original_issued_at, *values = row
    header = dict(zip(HEADER, values, strict=True))
    if not is_postgresql():
        header["issued_at"] = as_time(header["issued_at"])
        header["day"] = as_day(header["day"])
    header["change_notes"] = as_notes(header["change_notes"])
    return Document(
        header,
        digest,
        previous_digest,
        series_id,
        till_id,
        tills.get(till_id, ""),
        suppliers.get(supplier_id, {}),
        original_number or "",
        as_time(original_issued_at),
    )


def _fill(found: dict[int, Document]) -> None:
    """Lines, taxes, payments and movements of the portion, one query for each."""
    for row in _of(found, "billing_invoiceline", LINE_DIGESTED, "position"):
        found[row[0]].lines.append(row[1:])
    for row in _of(found, "billing_invoicetax", TAX_COLUMNS, "position"):
        found[row[0]].taxes.append(row[1:])
    for row in _of(found, "billing_payment", PAYMENT_COLUMNS, "position"):
        found[row[0]].payments.append((*row[1:NOTES], as_notes(row[NOTES]), *row[NOTES + 1 :]))
    for row in _of(found, "catalog_stockmovement", STOCK_COLUMNS):
        found[row[0]].stock.append(row[1:])
    for row in _of(found, "till_drawermovement", DRAWER_COLUMNS):
        found[row[0]].drawer.append(row[1:])


def _of(found: dict[int, Document], table: str, columns: tuple[str, ...], order: str = "") -> list[tuple[Any, ...]]:
    where, marks = _among("invoice_id", found)
    by = f" ORDER BY invoice_id, {order}" if order else ""
    return rows(f"SELECT {', '.join(('invoice_id', *columns))} FROM {table} WHERE {where}{by}", marks)


def _among(column: str, ids: Iterable[int]) -> tuple[str, tuple[str]]:
    if is_postgresql():
        return f"{column} = ANY(%s::bigint[])", (array(ids),)
    return f"{column} IN (SELECT value FROM json_each(%s))", (json.dumps(list(ids)),)


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
    """Sorted, as the digest has them."""
    try:
        kept = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return dict(sorted(kept.items())) if isinstance(kept, dict) and len(kept) > 1 else kept


def summed(pairs: Iterator[tuple[Any, int]] | list[tuple[Any, int]]) -> dict[Any, int]:
    """Added up by key; what comes to nothing is left out."""
    sums: dict[Any, int] = defaultdict(int)
    for key, amount in pairs:
        sums[key] += amount
    return {key: amount for key, amount in sums.items() if amount}
