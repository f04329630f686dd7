"""Reading the outbox: how the mail of an invoice stands."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from counterfoil.billing.document import NO_MAIL, document
from counterfoil.billing.models import Invoice
from counterfoil.billing.queries import record_of
from counterfoil.delivery.models import Delivery, State
from counterfoil.delivery.statements import queued_text
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
            record_of(invoice),
            time_zone=time_zone,
            customer_id=invoice.customer_id,
            email=mails.get(invoice.pk),
            credit_notes=[note.number for note in invoice.credit_notes.all()],
            original_issued_at=invoice.original.issued_at if invoice.original else None,
        )
        for invoice in invoices
    ]


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
    rest = Delivery.objects.filter(state__in=[state for state in State if state != State.SENT])
    counted = rest.aggregate(**{name.replace("-", "_"): Count("id", filter=SHOWN[name]) for name in names})
    sent = Delivery.objects.filter(state=State.SENT).count()
    return {name: sent if name == "sent" else counted[name.replace("-", "_")] for name in SHOWN}


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


def invoices_in(state: str) -> QuerySet[Any]:
    """The ids of the invoices whose newest delivery shows this state, for `email_state` filters; not for "none"."""
    later = Delivery.objects.filter(invoice_id=OuterRef("invoice_id"), id__gt=OuterRef("id"))
    return Delivery.objects.filter(SHOWN[state]).filter(~Exists(later)).values("invoice_id")
