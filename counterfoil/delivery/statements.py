"""The outbox in a sale's batch: the promise to mail is written with the invoice, or neither is."""

from datetime import datetime
from uuid import uuid4

from counterfoil.delivery.models import Delivery, State
from counterfoil.store import Statement, insert


def new_message_id(domain: str = "counterfoil.invalid") -> str:
    """Fixed once per delivery, so that a letter sent twice by an ambiguous failure is recognised as one."""
    return f"<{uuid4().hex}@{domain}>"


def queue_invoice(*, invoice_id: int, address: str, now: datetime) -> list[Statement]:
    if not address:
        return []
    row = {
        "invoice_id": invoice_id, "address": address, "round": 0, "state": str(State.QUEUED),
        "message_id": new_message_id(), "asked_by": "", "created_at": now, "next_attempt_at": now, "attempts": 0,
        "fail_count": 0, "last_error": "", "claimed_at": None, "claimed_by": "", "accepted_at_risk": False,
        "ambiguous_attempts": 0, "sent_at": None,
    }
    return [insert(Delivery, [row])]
