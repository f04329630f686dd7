"""Checks of the outbox: every document with an address has its delivery, and none is forgotten (invariant 7)."""

from collections.abc import Iterator

from counterfoil.cli.verify.breach import ASK, RESTORE, Breach
from counterfoil.cli.verify.reading import rows
from counterfoil.delivery.models import State

SEND_AGAIN = "Send it again from the invoice's page."


def check_promises() -> Iterator[Breach]:
    """A document with an address has its delivery to that address."""
    for number, address in rows(
        "SELECT i.number, i.customer_email FROM billing_invoice i WHERE i.customer_email <> '' AND NOT EXISTS "
        "(SELECT 1 FROM delivery_delivery d WHERE d.invoice_id = i.id AND d.round = 0 AND d.address = i.customer_email)"
    ):
        yield Breach("delivery", number, f"has no delivery to {address}", SEND_AGAIN)


def check_asked() -> Iterator[Breach]:
    """What somebody asked to be sent, as the audit trail has it, is in the outbox. (An early trail names no round.)"""
    for number, address in rows(
        "SELECT e.which, e.after ->> 'to' FROM audit_entry e LEFT JOIN billing_invoice i ON i.number = e.which "
        "WHERE e.what = 'invoice' AND e.verb = 'mailed' AND NOT EXISTS (SELECT 1 FROM delivery_delivery d "
        "WHERE d.invoice_id = i.id AND d.address = e.after ->> 'to' "
        "AND (e.after ->> 'round' IS NULL OR d.round = CAST(e.after ->> 'round' AS integer)))"
    ):
        yield Breach("delivery", number, f"was asked to be sent to {address}, and has no such delivery", SEND_AGAIN)


def check_one_each() -> Iterator[Breach]:
    """One delivery for each address and round."""
    for number, address, asked, count in rows(
        "SELECT i.number, d.address, d.round, COUNT(*) FROM delivery_delivery d JOIN billing_invoice i "
        "ON i.id = d.invoice_id GROUP BY i.number, d.address, d.round HAVING COUNT(*) > 1"
    ):
        yield Breach("delivery", number, f"has {count} deliveries to {address} in round {asked}", ASK)


def check_states() -> Iterator[Breach]:
    """Each is queued, being sent, sent, failed or unknown; what is queued has its time, what is sent too."""
    states = ", ".join(f"'{state}'" for state in State.values)
    for number, address, state in rows(
        "SELECT i.number, d.address, d.state FROM delivery_delivery d JOIN billing_invoice i ON i.id = d.invoice_id "
        f"WHERE d.state NOT IN ({states}) OR (d.state = 'queued' AND d.next_attempt_at IS NULL) "
        "OR (d.state = 'sending' AND d.claimed_at IS NULL) OR (d.state = 'sent' AND d.sent_at IS NULL)"
    ):
        yield Breach("delivery", number, f"the delivery to {address} is forgotten: {state}", f"{RESTORE} {SEND_AGAIN}")
