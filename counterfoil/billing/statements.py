"""Writing an issued document: children first (their foreign keys are deferred), number and digest last."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from counterfoil.billing.models import Draft, Invoice, InvoiceLine, InvoiceTax, NumberSeries, Payment
from counterfoil.billing.record import Record
from counterfoil.rules.numbering import financial_year
from counterfoil.store import Rows, Statement, insert, is_postgresql


@dataclass(frozen=True, slots=True)
class Twin:
    """An earlier document with the same idempotency key."""

    id: int
    number: str
    kind: str
    request_digest: str


@dataclass(frozen=True, slots=True)
class Series:
    """A number series as it stands under its till's lock: nobody else takes a number until the transaction ends."""

    id: int
    year: str
    next_sequence: int
    head_digest: str


def _mark() -> str:
    return "%s" if is_postgresql() else "?"


def ask_twin(*, key: str) -> Statement:
    """Answers the Twin, or None."""
    return Statement(
        f"SELECT id, number, kind, request_digest FROM billing_invoice WHERE idempotency_key = {_mark()}",
        (key,),
        lambda rows: Twin(*rows[0]) if rows else None,
    )


def ask_id() -> Statement:
    """The id that the invoice will have: from the sequence, or (one writer) the next one on SQLite."""
    if is_postgresql():
        sql = "SELECT nextval(pg_get_serial_sequence('billing_invoice', 'id'))"
    else:
        sql = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'billing_invoice'), 0) + 1"
    return Statement(sql, (), _read_id)


def _read_id(rows: Rows) -> int:
    return int(rows[0][0])


def ask_series(*, till_id: int, kind: str, day: date) -> Statement:
    """Answers Series, or None for the first document of a till's year. The till is locked by now, in the same batch."""
    bigint, text = ("%s::bigint", "%s::text") if is_postgresql() else ("?", "?")
    return Statement(
        "SELECT id, year, last_sequence + 1, head_digest FROM billing_numberseries "
        f"WHERE till_id = {bigint} AND kind = {text} AND year = {text}",
        (till_id, kind, financial_year(day)),
        lambda rows: Series(*rows[0]) if rows else None,
    )


def begin_series(*, till_id: int, kind: str, day: date) -> Series:
    """The first document of a till's financial year begins its series; the till is locked."""
    series = NumberSeries.objects.create(till_id=till_id, kind=kind, year=financial_year(day), last_sequence=0)
    return Series(series.pk, series.year, 1, "")


def write_lines(*, invoice_id: int, record: Record) -> list[Statement]:
    """Lines, taxes and payments. Nothing here depends on the number."""
    tables = ((InvoiceLine, record.lines), (InvoiceTax, record.taxes), (Payment, record.payments))
    return [insert(model, [{**row, "invoice_id": invoice_id} for row in rows]) for model, rows in tables if rows]


def issue_invoice(*, invoice_id: int, record: Record, series: Series, ids: dict[str, Any]) -> list[Statement]:
    """Take the number and write the invoice. `ids`: till, session, customer, supplier, cashier, original (as *_id)."""
    mark = "%s::bigint" if is_postgresql() else "?"
    take = Statement(
        f"UPDATE billing_numberseries SET last_sequence = last_sequence + 1, head_digest = {_mark()} WHERE id = {mark}",
        (record.header["digest"], series.id),
    )
    row = {"id": invoice_id, "series_id": series.id, **record.header, **ids}
    return [take, insert(Invoice, [row])]


def finish_draft(*, draft_id: str) -> Statement:
    """The draft became an invoice. `draft_id` is a UUID as text."""
    value = draft_id if is_postgresql() else draft_id.replace("-", "")
    mark = "%s::uuid" if is_postgresql() else "?"
    return Statement(f"DELETE FROM {Draft._meta.db_table} WHERE id = {mark}", (value,))
