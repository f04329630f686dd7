"""A delivery's states and the only ways from one to the next. Each is one conditional UPDATE with its step, committed
before the caller goes on: whoever's UPDATE finds the row has the letter.

    queued -> sending -> sent | failed | unknown | queued again

A claim carries a token. A worker whose claim was given away (the sweep took it for dead) finds its token gone and
cannot send any more.
"""

import os
import secrets
import socket
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from counterfoil.delivery import policy
from counterfoil.delivery.models import Delivery, State, Step
from counterfoil.delivery.reading import moment_read, sql
from counterfoil.delivery.trouble import ClaimLost, Kind, Trouble
from counterfoil.store import Statement, is_postgresql, moment, send, writing

REASON_LENGTH = 500
ACCEPTED_BY_SERVER = "Sent, accepted by the mail server"


@dataclass(frozen=True, slots=True)
class Claim:
    """One worker's right to try one delivery once. `tries` counts this one."""

    delivery_id: int
    token: str
    tries: int


@dataclass(frozen=True, slots=True)
class Taken(Claim):
    """A claim just made, with what the row says about the letter."""

    invoice_id: int
    address: str
    message_id: str
    created_at: datetime

    @property
    def pk(self) -> int:
        return self.delivery_id


_CLAIM = """
    UPDATE delivery_delivery SET state = 'sending', claimed_at = %s::timestamptz, claimed_by = %s::text,
        attempts = attempts + 1, accepted_at_risk = FALSE
    WHERE id = {which} AND state = 'queued' AND next_attempt_at <= %s::timestamptz
    RETURNING attempts, invoice_id, address, message_id, created_at, id"""
_THIS_ONE = _CLAIM.format(which="%s::bigint")
_NEXT = _CLAIM.format(
    which="""(
        SELECT id FROM delivery_delivery WHERE state = 'queued' AND next_attempt_at <= %s::timestamptz
        ORDER BY next_attempt_at, id LIMIT 1 {locking})"""
)
_AT_RISK = """
    UPDATE delivery_delivery SET accepted_at_risk = TRUE
    WHERE id = %s::bigint AND state = 'sending' AND claimed_by = %s::text RETURNING id"""
_SENT = """
    UPDATE delivery_delivery SET state = 'sent', sent_at = %s::timestamptz, next_attempt_at = NULL, last_error = '',
        accepted_at_risk = FALSE
    WHERE id = %s::bigint AND claimed_by = %s::text AND state IN ('sending', 'unknown')"""
_STEP = "INSERT INTO delivery_step (delivery_id, at, text) SELECT %s::bigint, %s::timestamptz, %s::text"


def worker_name(kind: str) -> str:
    """Who claims, for people who look: not what makes a claim unique."""
    return f"{kind} {socket.gethostname()[:30]} {os.getpid()}"


def claim(*, delivery_id: int, now: datetime, worker: str) -> Taken | None:
    """Take a due delivery, or None: it is not due, or somebody else was first."""
    return _claim(_THIS_ONE, worker, now, delivery_id, moment(now + policy.SKEW))


def claim_next(*, now: datetime, worker: str, due_for: timedelta = timedelta(0)) -> Taken | None:
    """Take the delivery due for longest (at least `due_for`) that nobody is about to take, or None."""
    due = moment(now - due_for)
    return _claim(_NEXT.format(locking="FOR UPDATE SKIP LOCKED" if is_postgresql() else ""), worker, now, due, due)


def _claim(statement: str, worker: str, now: datetime, *which: Any) -> Taken | None:
    token = f"{worker[:60]} {secrets.token_hex(8)}"
    with _at_once():
        (rows,) = send(Statement(sql(statement), (moment(now), token, *which)))
    if not rows:
        return None
    tries, invoice_id, address, message_id, created_at, delivery_id = rows[0]
    return Taken(delivery_id, token, tries, invoice_id, address, message_id, moment_read(created_at))


def mark_at_risk(held: Claim) -> None:
    """From here on the letter may have been accepted. Raises ClaimLost when it is this worker's no more."""
    with _at_once():
        (rows,) = send(Statement(sql(_AT_RISK), (held.delivery_id, held.token)))
    if not rows:
        raise ClaimLost


def sent(held: Claim, *, now: datetime, how: str = ACCEPTED_BY_SERVER) -> None:
    """True whatever the sweep thought meanwhile: a delivery parked as unknown becomes sent."""
    at, text = moment(now), how if held.tries == 1 else f"{how}, at try {held.tries}"
    update, added = (at, held.delivery_id, held.token), (held.delivery_id, at, text)
    if is_postgresql():
        send(Statement(f"WITH done AS ({_SENT} RETURNING id) {_STEP} FROM done", (*update, *added)))
        return
    with writing():
        send(Statement(sql(_SENT), update), Statement(f"{sql(_STEP)} WHERE changes() > 0", added))


def _at_once() -> AbstractContextManager[None]:
    """For a single statement: on PostgreSQL a transaction by itself, on SQLite one writer in the line."""
    return nullcontext() if is_postgresql() else writing()


def not_sent(held: Claim, trouble: Trouble, *, now: datetime) -> None:
    """Put off, give up or park, as the trouble's kind and the patience left say."""
    wait = policy.wait_before_next(held.tries) if trouble.kind is Kind.TEMPORARY else None
    said = f"{policy.ordinal(held.tries)}: {_sentence(trouble.reason)}"
    with writing():
        if trouble.kind is Kind.AMBIGUOUS:
            changed = _held(held).update(
                state=State.UNKNOWN, ambiguous_attempts=F("ambiguous_attempts") + 1, **_failure(trouble.reason)
            )
            said += " Not sent again by itself: look, and decide"
        elif wait is None:
            changed = _held(held).update(state=State.FAILED, accepted_at_risk=False, **_failure(trouble.reason))
            said += " Given up"
        else:
            again = {**_failure(trouble.reason), "next_attempt_at": now + wait}
            changed = _held(held).update(state=State.QUEUED, accepted_at_risk=False, **again)
            said += f" Again {policy.in_words(wait)}"
        if changed:
            step(held.delivery_id, now=now, text=said)


def orphans(*, now: datetime, dead_after: timedelta = policy.DEAD_AFTER, worker: str = "") -> list[Claim]:
    """Claims whose worker must be dead by now; with `worker`, only those of workers whose name begins so."""
    rows = Delivery.objects.filter(state=State.SENDING, claimed_at__lte=now - dead_after, claimed_by__startswith=worker)
    return [Claim(*row) for row in rows.order_by("id").values_list("id", "claimed_by", "attempts")[:1000]]


def bury(orphan: Claim, *, now: datetime) -> None:
    """The declared policy for a worker's death: sent again if nobody can have the letter, parked if somebody may."""
    certain, ambiguous = _held(orphan).filter(accepted_at_risk=False), _held(orphan).filter(accepted_at_risk=True)
    before = "The worker died before the letter was handed over."
    after = "The worker died while the mail server had the letter: it may have arrived."
    wait = policy.wait_before_next(orphan.tries)
    with writing():
        if ambiguous.update(state=State.UNKNOWN, ambiguous_attempts=F("ambiguous_attempts") + 1, **_failure(after)):
            step(orphan.delivery_id, now=now, text=f"{after} Not sent again by itself: look, and decide")
        elif wait is None and certain.update(state=State.FAILED, **_failure(before)):
            step(orphan.delivery_id, now=now, text=f"{before} Given up after {orphan.tries} tries")
        elif wait is not None:
            # The first death is nobody's fault; a letter that kills its workers is put off like any other.
            due = now if orphan.tries == 1 else now + wait
            if certain.update(state=State.QUEUED, **{**_failure(before), "next_attempt_at": due}):
                step(orphan.delivery_id, now=now, text=f"{before} Queued again")


def due(*, now: datetime, at_most: int) -> list[int]:
    """The ids that may be tried, the longest due first."""
    rows = Delivery.objects.filter(state=State.QUEUED, next_attempt_at__lte=now).order_by("next_attempt_at", "id")
    return list(rows.values_list("id", flat=True)[:at_most])


def requeue(rows: Q, *, now: datetime) -> int:
    """Begin anew with all patience, at once, under the same Message-ID. The caller says which rows."""
    return Delivery.objects.filter(rows).update(
        state=State.QUEUED, next_attempt_at=now, attempts=0, claimed_by="", claimed_at=None, accepted_at_risk=False
    )


def step(delivery_id: int, *, now: datetime, text: str) -> None:
    Step.objects.create(delivery_id=delivery_id, at=now, text=text[:REASON_LENGTH])


def _held(held: Claim) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=held.delivery_id, state=State.SENDING, claimed_by=held.token)


def _failure(reason: str) -> dict[str, Any]:
    return {"fail_count": F("fail_count") + 1, "last_error": reason[:REASON_LENGTH], "next_attempt_at": None}


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."
