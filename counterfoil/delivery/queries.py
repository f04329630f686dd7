"""Reading the outbox: how the mail of an invoice stands."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from counterfoil.billing.document import NO_MAIL, document
from counterfoil.billing.models import Invoice
from counterfoil.billing.queries import record_of
from counterfoil.delivery.models import Delivery, State
from counterfoil.shop import queries as shop


def fresh(*, address: str, now: datetime) -> dict[str, Any]:
    """The state of a delivery that was just queued, or of none."""
    if not address:
        return dict(NO_MAIL)
    return {**NO_MAIL, "state": str(State.QUEUED), "to": address, "next_attempt_at": now.isoformat(timespec="seconds")}


def mail_states(invoice_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """{invoice id: the contract's "email"}: of each invoice its newest delivery, in one query."""
    states: dict[int, dict[str, Any]] = {}
    for delivery in Delivery.objects.filter(invoice_id__in=list(invoice_ids)).order_by("id"):
        states[delivery.invoice_id] = mail_state(delivery)
    return states


def mail_state(delivery: Delivery) -> dict[str, Any]:
    due = delivery.next_attempt_at
    return {
        "state": shown_state(delivery),
        "sent": delivery.state == State.SENT,
        "fail_count": delivery.fail_count,
        "last_error": delivery.last_error,
        "to": delivery.address,
        "next_attempt_at": due.isoformat(timespec="seconds") if due else None,
    }


def shown_state(delivery: Delivery) -> str:
    """`failed` means given up, or that the last try failed and another comes; `queued` is for what was never tried."""
    retried = delivery.state == State.QUEUED and delivery.attempts > 0
    return str(State.FAILED if retried else delivery.state)


def document_of(invoice: Invoice) -> dict[str, Any]:
    """One whole invoice (see billing.queries.whole) as the API answers it."""
    return documents_of([invoice])[0]


def documents_of(invoices: list[Invoice]) -> list[dict[str, Any]]:
    time_zone = shop.settings().time_zone
    mails = mail_states(invoice.pk for invoice in invoices)
    return [
        document(
            record_of(invoice), time_zone=time_zone, customer_id=invoice.customer_id, email=mails.get(invoice.pk),
            credit_notes=[note.number for note in invoice.credit_notes.all()],
            original_issued_at=invoice.original.issued_at if invoice.original else None,
        )
        for invoice in invoices
    ]
