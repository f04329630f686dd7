"""Reading issued documents back as records, and drafts."""

from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Prefetch, QuerySet

from counterfoil.billing.models import Draft, Invoice
from counterfoil.billing.record import (
    HEADER_COLUMNS,
    LINE_DIGESTED,
    PAYMENT_COLUMNS,
    REFERENCES,
    TAX_COLUMNS,
    Record,
)
from counterfoil.rules.errors import NotFound
from counterfoil.shop.models import IDENTITY_FIELDS
from counterfoil.store import listed


def whole(invoices: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """With everything that a record needs, in a fixed number of queries."""
    return invoices.select_related("till", "supplier", "original").prefetch_related(
        "lines",
        "taxes",
        "payments",
        Prefetch("credit_notes", Invoice.objects.only("id", "number", "original_id").order_by("id")),
    )


def record_of(invoice: Invoice) -> Record:
    """The record of an invoice that came through `whole`."""
    return Record(
        header={
            **{name: getattr(invoice, name) for name in (*HEADER_COLUMNS, *REFERENCES)},
            "digest": invoice.digest,
            "previous_digest": invoice.previous_digest,
        },
        supplier={name: getattr(invoice.supplier, name) for name in IDENTITY_FIELDS},
        till=invoice.till.code,
        original_number=invoice.original.number if invoice.original else "",
        lines=[{c: getattr(row, c) for c in LINE_DIGESTED} for row in invoice.lines.all()],
        taxes=[{c: getattr(row, c) for c in TAX_COLUMNS} for row in invoice.taxes.all()],
        payments=[{c: getattr(row, c) for c in PAYMENT_COLUMNS} for row in invoice.payments.all()],
    )


def invoice(*, number: str) -> Invoice:
    found = whole(Invoice.objects.filter(number=number)).first()
    if found is None:
        raise NotFound(f"There is no invoice {number}.")
    return found


def methods_of(invoice_ids: Iterable[int]) -> dict[int, list[str]]:
    """{invoice id: how it was paid, in order}."""
    return _grouped(
        "SELECT invoice_id, method FROM billing_payment WHERE invoice_id IN ({}) ORDER BY invoice_id, position",
        invoice_ids,
    )


def credit_notes_of(invoice_ids: Iterable[int]) -> dict[int, list[str]]:
    """{invoice id: the numbers of its credit notes, in order}."""
    return _grouped(
        "SELECT original_id, number FROM billing_invoice WHERE original_id IN ({}) ORDER BY original_id, id",
        invoice_ids,
    )


def _grouped(sql: str, invoice_ids: Iterable[int]) -> dict[int, list[str]]:
    ids, given = listed(invoice_ids)
    found: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.format(ids), [given])
        for invoice_id, text in cursor.fetchall():
            found.setdefault(invoice_id, []).append(text)
    return found


def in_order(batch: int = 500) -> Iterator[Invoice]:
    """Every document, series by series in sequence, streamed."""
    yield from whole(Invoice.objects.order_by("series_id", "sequence")).iterator(chunk_size=batch)


def drafts(*, till_id: int | None = None, held: bool | None = None) -> QuerySet[Draft]:
    found = Draft.objects.select_related("till", "user")
    if till_id is not None:
        found = found.filter(till_id=till_id)
    return found if held is None else found.filter(held=held)
