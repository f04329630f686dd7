"""Keeping the promise: deliver one letter, sweep up what was left, send again when asked.

Never call `deliver` inside a transaction: each state must be committed before the next thing is done.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from counterfoil import documents
from counterfoil.audit import actions as audit
from counterfoil.billing.models import Invoice
from counterfoil.delivery import doorbell, outbox, policy, smtp, transports
from counterfoil.delivery.envelope import Envelope, Render, seal, trial
from counterfoil.delivery.models import Delivery, State
from counterfoil.delivery.outbox import Taken
from counterfoil.delivery.reading import letter_document
from counterfoil.delivery.statements import new_message_id, promised
from counterfoil.delivery.trouble import ClaimLost, Kind, Trouble
from counterfoil.rules.errors import Invalid, NotFound
from counterfoil.store import crash_point, writing

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

SWEEP_AT_MOST = 2000
RECORD_TRIES = 6  # with 0.5, 1, 2, 4 and 8 s between: a database that is being restarted
EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]+\.[^\s@<>\"(),:;\\\[\]]{2,}")


def deliver(
    delivery_id: int,
    *,
    now: Clock = timezone.now,
    worker: str = "",
    render: Render = documents.pdf,
    watch: smtp.Stage = crash_point,
) -> bool:
    """Try one delivery once, if it is due and nobody else has it; True when it was tried.

    Afterwards it is sent, queued for later, failed or unknown, each with its reason. Called twice, or by two workers
    at once, only one of them gets the claim.
    """
    watch("claim")
    held = outbox.claim(delivery_id=delivery_id, now=now(), worker=worker or outbox.worker_name("worker"))
    if held is not None:
        _try(held, now, render, watch)
    return held is not None


def deliver_due(
    *, now: Clock = timezone.now, worker: str, letters: int, seconds: float, due_for: timedelta = timedelta(0)
) -> int:
    """Try what has been due for longest, one after another, until nothing is left or the bound is reached; answer how
    many were tried. With `due_for` only what has been due for so long."""
    began = time.monotonic()
    for tried in range(letters):
        if time.monotonic() - began > seconds:
            return tried
        crash_point("claim")
        held = outbox.claim_next(now=now(), worker=worker, due_for=due_for)
        if held is None:
            return tried
        _try(held, now, documents.pdf, crash_point)
    return letters


def _try(held: Taken, now: Clock, render: Render, watch: smtp.Stage) -> None:
    watch("claimed")
    try:
        envelope = _write(held, render)
        watch("written")
        transports.post(envelope, before_end=lambda: outbox.mark_at_risk(held), watch=watch)
    except Trouble as trouble:
        failed = trouble
        _record(lambda: outbox.not_sent(held, failed, now=now()))
    except ClaimLost:
        log.warning("delivery %s was given to another worker before it was handed over", held.delivery_id)
    else:
        watch("accepted")
        how = "Written to a file: no mail server is set" if transports.to_files() else outbox.ACCEPTED_BY_SERVER
        _record(lambda: outbox.sent(held, now=now(), how=how))


def _write(held: Taken, render: Render) -> Envelope:
    """The letter with its PDF. Whatever a broken document does to the renderers, it is a reason, not a crash."""
    shown = letter_document(invoice_id=held.invoice_id)
    try:
        return seal(delivery=held, document=shown, render=render)
    except Trouble:
        raise
    except Exception as error:  # any library's error: recorded, shown and tried again
        log.exception("letter of delivery %s", held.delivery_id)
        words = " ".join(str(error).split())[:300]
        raise Trouble(f"The letter could not be written: {type(error).__name__} {words}".rstrip()) from error


def _record(write: Callable[[], None]) -> None:
    """What happened to a letter must not be forgotten because the database is being restarted just now."""
    for attempt in range(RECORD_TRIES):
        try:
            return write()
        except (OperationalError, InterfaceError):
            if attempt == RECORD_TRIES - 1 or connection.in_atomic_block:
                raise
            log.warning("the database did not take a delivery's outcome; trying again")
            connection.close()
            threading.Event().wait(0.5 * 2**attempt)


def sweep(*, now: datetime, dead_after: timedelta = policy.DEAD_AFTER, worker: str = "") -> list[int]:
    """Free what dead workers held; answer the ids that are due, the longest due first."""
    for orphan in outbox.orphans(now=now, dead_after=dead_after, worker=worker):
        outbox.bury(orphan, now=now)
    return outbox.due(now=now, at_most=SWEEP_AT_MOST)


# ---- What people ask for ---------------------------------------------------------------------------------------------


def send_again(*, invoice: Invoice, now: datetime, to: str = "", asked_by: str = "") -> Delivery:
    """While the letter to this address is still queued, hasten it. Once it is done with, however, promise another.
    Without an address it goes to the customer's, whoever else had it since; or else to where it went last."""
    newest = Delivery.objects.filter(invoice=invoice).order_by("id").last()
    address = to.strip() or invoice.customer_email or (newest.address if newest else "")
    if not address:
        raise Invalid("This invoice has no e-mail address: say where it should go.", field="to")
    if not EMAIL.fullmatch(address) or len(address) > 254:
        raise Invalid("This is no e-mail address: write it like name@example.com.", field="to")
    try:
        with writing():
            delivery = _hasten_or_add(invoice, address, asked_by, now)
            asked = {"to": delivery.address, "round": delivery.round}
            audit.note(verb="mailed", what="invoice", which=invoice.number, now=now, after=asked)
            transaction.on_commit(lambda: doorbell.ring(invoice_id=invoice.pk))
    except IntegrityError:
        # Asked twice at once: the other one's row is queued now.
        return Delivery.objects.filter(invoice=invoice, address__iexact=address).latest("round")
    return delivery


def _hasten_or_add(invoice: Invoice, address: str, asked_by: str, now: datetime) -> Delivery:
    earlier = Delivery.objects.filter(invoice=invoice, address__iexact=address).order_by("round").last()
    if earlier is not None:
        if outbox.requeue(Q(pk=earlier.pk, state=State.QUEUED), now=now):
            outbox.step(earlier.pk, now=now, text=_asked("Asked to hurry", asked_by))
        earlier.refresh_from_db()
        if earlier.state in (State.QUEUED, State.SENDING):
            return earlier
    row = {
        "invoice_id": invoice.pk,
        "address": earlier.address if earlier else address,
        "round": earlier.round + 1 if earlier else 0,
        "asked_by": asked_by[:150],
        "created_at": now,
    }
    return Delivery.objects.create(**row, message_id=new_message_id(*promised(row)), next_attempt_at=now)


def retry(*, delivery_id: int, now: datetime, asked_by: str = "") -> Delivery:
    """Try a failed or unknown delivery again, or hasten a queued one: the same letter, the same Message-ID."""
    again = Q(pk=delivery_id, state__in=[State.QUEUED, State.FAILED, State.UNKNOWN])
    with writing():
        delivery = Delivery.objects.select_related("invoice").filter(pk=delivery_id).first()
        if delivery is None:
            raise NotFound("There is no such delivery.")
        if outbox.requeue(again, now=now):
            outbox.step(delivery_id, now=now, text=_asked("Asked to try again", asked_by))
            audit.note(
                verb="retried",
                what="delivery",
                which=delivery.invoice.number,
                now=now,
                before={"state": delivery.state},
                after={"state": str(State.QUEUED)},
            )
            transaction.on_commit(lambda: doorbell.ring(invoice_id=delivery.invoice_id))
    delivery.refresh_from_db()
    return delivery


def retry_all_failed(*, now: datetime, asked_by: str = "") -> int:
    """Everything that failed, given up or waiting for its next try. What is unknown is left for a person to decide."""
    with writing():
        rows = Q(state=State.FAILED) | Q(state=State.QUEUED, attempts__gt=0)
        count = outbox.requeue(rows, now=now)
        if count:
            audit.note(verb="retried", what="deliveries", which="all failed", now=now, after={"count": count})
            transaction.on_commit(doorbell.ring_for_all)
    return count


def _asked(what: str, asked_by: str) -> str:
    return f"{what} by {asked_by}" if asked_by else what


def send_test(*, to: str, shop_name: str, now: datetime) -> str:
    """Send a test letter at once; answer in plain words how it went, or refuse with what is wrong."""
    if not EMAIL.fullmatch(to):
        raise Invalid("This is no e-mail address: write it like name@example.com.", field="to")
    try:
        transports.try_now(trial(to=to, shop_name=shop_name, now=now))
    except Trouble as trouble:
        more = " It may have arrived all the same." if trouble.kind is Kind.AMBIGUOUS else ""
        more += f" Check {trouble.look_at}." if trouble.look_at else ""
        raise Invalid(f"{trouble.reason.removesuffix('.')}.{more}", field="to") from trouble
    return "Written to a file: no mail server is set." if transports.to_files() else "Accepted by the mail server."
