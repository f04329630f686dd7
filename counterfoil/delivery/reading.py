"""Invoices as letters and lists need them, any number of them read by one statement: a worker does little else all
day, and a list of fifty whole ones would be eight hundred of the ORM's objects.

The answer is that of `queries.document_of`; a test compares the two. What happened to an invoice later (its mails, its
credit notes), which no paper shows, is handed in by whoever wants it told.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from counterfoil.billing.document import document
from counterfoil.billing.record import HEADER_COLUMNS, LINE_COLUMNS, PAYMENT_COLUMNS, TAX_COLUMNS, Record
from counterfoil.shop.models import IDENTITY_FIELDS
from counterfoil.store import Rows, Statement, is_postgresql, listed, send

HEADER = (*HEADER_COLUMNS, "digest", "previous_digest")
CHILDREN = {
    "billing_invoiceline": LINE_COLUMNS,
    "billing_invoicetax": TAX_COLUMNS,
    "billing_payment": PAYMENT_COLUMNS,
}
JSON_COLUMNS = {"notes", "change_notes"}
NOTHING: Mapping[int, Any] = {}


def letter_document(*, invoice_id: int) -> dict[str, Any]:
    return read_documents([invoice_id])[0]


def read_documents(
    invoice_ids: Sequence[int],
    *,
    mails: Mapping[int, Mapping[str, Any]] = NOTHING,
    credit_notes: Mapping[int, list[str]] = NOTHING,
) -> list[dict[str, Any]]:
    """In the order of the ids; mails and credit notes by them."""
    _, given = listed(invoice_ids)
    (read,) = send(Statement(_sql(postgresql=is_postgresql()), (given,), _read))
    return [
        document(record, **rest, email=mails.get(each), credit_notes=credit_notes.get(each, ()))
        for each, (record, rest) in ((each, read[each]) for each in invoice_ids)
    ]


@cache
def _sql(*, postgresql: bool) -> str:
    among, _ = listed(())
    columns = ["i.id", *(f"i.{_as_text(name, postgresql)}" for name in HEADER)]
    columns += [f"s.{name}" for name in IDENTITY_FIELDS]
    columns += ["t.code", "i.customer_id", "COALESCE(o.number, '')", "o.issued_at"]
    columns += ["(SELECT time_zone FROM shop_shop WHERE id = 1)"]
    columns += [_rows(table, names, postgresql) for table, names in CHILDREN.items()]
    return f"""
        SELECT {", ".join(columns)} FROM billing_invoice i
        JOIN shop_identity s ON s.id = i.supplier_id JOIN till_till t ON t.id = i.till_id
        LEFT JOIN billing_invoice o ON o.id = i.original_id
        WHERE i.id IN ({among if postgresql else among.replace("%s", "?")})"""


def _as_text(name: str, postgresql: bool) -> str:
    return f"{name}::text" if postgresql and name in JSON_COLUMNS else name


def _rows(table: str, names: tuple[str, ...], postgresql: bool) -> str:
    """All rows of a table that belong to the invoice, as one text of JSON. Their order is seen to when it is read."""
    if postgresql:
        return f"(SELECT json_agg(json_build_array({', '.join(names)}))::text FROM {table} WHERE invoice_id = i.id)"
    listed = ", ".join(f"json({name})" if name in JSON_COLUMNS else name for name in names)
    return f"(SELECT json_group_array(json_array({listed})) FROM {table} WHERE invoice_id = i.id)"


def _read(rows: Rows) -> dict[int, tuple[Record, dict[str, Any]]]:
    """{id: (record, what else `document` has to know)}."""
    return {row[0]: _one(row[1:]) for row in rows}


def _one(row: Sequence[Any]) -> tuple[Record, dict[str, Any]]:
    values = iter(row)
    header = {name: next(values) for name in HEADER}
    header |= {"issued_at": moment_read(header["issued_at"]), "change_notes": json.loads(header["change_notes"])}
    header["day"] = date.fromisoformat(header["day"]) if isinstance(header["day"], str) else header["day"]
    supplier = {name: next(values) for name in IDENTITY_FIELDS}
    till, customer_id, original_number, original_issued_at, time_zone = (next(values) for _ in range(5))
    lines, taxes, payments = (_children(next(values), names) for names in CHILDREN.values())
    record = Record(
        header=header,
        supplier=supplier,
        till=till,
        original_number=original_number,
        lines=lines,
        taxes=taxes,
        payments=payments,
    )
    original_at = moment_read(original_issued_at) if original_issued_at else None
    return record, {"time_zone": time_zone, "customer_id": customer_id, "original_issued_at": original_at}


def _children(text: str | None, names: tuple[str, ...]) -> list[dict[str, Any]]:
    found = [dict(zip(names, row, strict=True)) for row in json.loads(text or "[]")]
    return sorted(found, key=lambda row: int(row["position"]))


def moment_read(value: datetime | str) -> datetime:
    """SQLite keeps a time without its zone, which is UTC; as text, or read by its column's type."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def sql(text: str) -> str:
    """SQL for the database in use, from PostgreSQL's with a cast at every parameter (`%s::bigint`)."""
    return text if is_postgresql() else _for_sqlite(text)


@cache
def _for_sqlite(text: str) -> str:
    return re.sub(r"%s::\w+", "?", text)
