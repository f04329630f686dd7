"""Reading the outbox: how the mail of an invoice stands."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.expressions import RawSQL

from counterfoil.billing.document import NO_MAIL, document
from counterfoil.billing.models import Invoice
from counterfoil.billing.queries import credit_notes_of, record_of
from counterfoil.delivery.models import Delivery, State
from counterfoil.delivery.reading import read_documents
from counterfoil.delivery.statements import queued_text
from counterfoil.shop import queries as shop
from counterfoil.store import listed


def fresh(*, address: str, now: datetime) -> dict[str, Any]:
    """The state of a delivery that was just queued, or of none."""
    if not address:
        return dict(NO_MAIL)
    return {**NO_MAIL, "state": str(State.QUEUED), "to": address, "next_attempt_at": now.isoformat(timespec="seconds")}


def mail_states(invoice_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """{invoice id: the contract's "email"}: of each invoice its newest delivery, in one query."""
    columns = ("invoice_id", "state", "attempts", "fail_count", "last_error", "address", "next_attempt_at")
    ids, given = listed(invoice_ids)
    newest_last = Delivery.objects.filter(invoice_id__in=RawSQL(ids, [given])).order_by("id")
    return {row.invoice_id: mail_state(row) for row in newest_last.values_list(*columns, named=True)}


def shown_states(invoice_ids: Iterable[int]) -> dict[int, str]:
    """{invoice id: the state of its newest delivery}, for lists."""
    ids, given = listed(invoice_ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT invoice_id, state, attempts FROM delivery_delivery WHERE invoice_id IN ({ids}) ORDER BY id",
            [given],
        )
        return {invoice_id: shown(state, attempts) for invoice_id, state, attempts in cursor.fetchall()}


def mail_state(delivery: Any) -> dict[str, Any]:
    """Of a delivery, or of a row with its columns."""
    due = delivery.next_attempt_at
    return {
        "state": shown(delivery.state, delivery.attempts),
        "sent": delivery.state == State.SENT,
        "fail_count": delivery.fail_count,
        "last_error": delivery.last_error,
        "to": delivery.address,
        "next_attempt_at": due.isoformat(timespec="seconds") if due else None,
    }


def shown(state: str, attempts: int) -> str:
    """`failed` means given up, or that the last try failed and another comes; `queued` is for what was never tried."""
    return str(State.FAILED if state == State.QUEUED and attempts > 0 else state)


def document_of(invoice: Invoice) -> dict[str, Any]:
    """One whole invoice (see billing.queries.whole) as the API answers it."""
    return document(
        record_of(invoice),
        time_zone=shop.settings().time_zone,
        customer_id=invoice.customer_id,
        email=mail_states([invoice.pk]).get(invoice.pk),
        credit_notes=[note.number for note in invoice.credit_notes.all()],
        original_issued_at=invoice.original.issued_at if invoice.original else None,
    )


def documents_of(invoice_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The same of many, in this order."""
    return read_documents(invoice_ids, mails=mail_states(invoice_ids), credit_notes=credit_notes_of(invoice_ids))


# ---- The mail page --------------------------------------------------------------------------------------------------

WAITING = Q(state=State.QUEUED, attempts=0)
RETRYING = Q(state=State.QUEUED, attempts__gt=0)
SHOWN = {  # what each state of the contract is made of; "retrying" is the part of "failed" that tries again by itself
    "queued": WAITING,
    "retrying": RETRYING,
    "sending": Q(state=State.SENDING),
    "sent": Q(state=State.SENT),
    "failed": RETRYING | Q(state=State.FAILED),
    "given-up": Q(state=State.FAILED),
    "unknown": Q(state=State.UNKNOWN),
}


def outbox(*, state: str = "", search: str = "") -> QuerySet[Delivery]:
    """Deliveries with their invoices, newest first. `search` finds a part of the number, the address or the name."""
    found = Delivery.objects.select_related("invoice").order_by("-id")
    if state:
        found = found.filter(SHOWN[state])
    if search.strip():
        words = search.strip()
        found = found.filter(
            Q(invoice__number__icontains=words)
            | Q(address__icontains=words)
            | Q(invoice__customer_name__icontains=words)
        )
    return found


def counts() -> dict[str, int]:
    """How many deliveries stand where, by the keys of SHOWN. The many that are sent are only counted on their index."""
    names = [name for name in SHOWN if name != "sent"]
    counted = (
        not_sent().order_by().aggregate(**{name.replace("-", "_"): Count("id", filter=SHOWN[name]) for name in names})
    )
    sent = Delivery.objects.filter(state=State.SENT).count()
    return {name: sent if name == "sent" else counted[name.replace("-", "_")] for name in SHOWN}


def not_sent() -> QuerySet[Delivery]:
    """Newest first. By the states that there are else: the index has no way to leave one out."""
    return Delivery.objects.filter(state__in=[state for state in State if state != State.SENT]).order_by("-id")


def troubled() -> int:
    """For the front page: how many letters need a person, because nothing more happens to them by itself."""
    return Delivery.objects.filter(state__in=[State.FAILED, State.UNKNOWN]).count()


def oldest_queued_seconds(*, now: datetime) -> int:
    """How long the oldest letter that is not out yet has been waiting; 0 when none is."""
    waiting = Delivery.objects.filter(state__in=[State.QUEUED, State.SENDING])
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return max(int((now - oldest).total_seconds()), 0) if oldest else 0


def steps(delivery: Delivery) -> list[dict[str, Any]]:
    """What happened to a delivery, first things first: [{"at", "text"}]."""
    told = [{"at": delivery.created_at, "text": queued_text(round=delivery.round, asked_by=delivery.asked_by)}]
    return told + [{"at": step.at, "text": step.text} for step in delivery.steps.all()]


def deliveries_of(*, invoice_id: int) -> QuerySet[Delivery]:
    """An invoice's deliveries with their steps, oldest first."""
    return Delivery.objects.filter(invoice_id=invoice_id).prefetch_related("steps").order_by("id")
