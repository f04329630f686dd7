"""A till's day: opening count, cash in and out, closing count, hand-over. Everything under the till's lock.

Every verb takes the `key` of the form that asked for it; the same key again changes nothing and answers the same.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth import get_user_model

from counterfoil.audit import actions as audit
from counterfoil.rules.errors import ChangeUnavailable, Invalid
from counterfoil.rules.money import format_amount
from counterfoil.store import send, writing
from counterfoil.till import deeds, queries, statements
from counterfoil.till.actions import count_drawer
from counterfoil.till.deeds import as_json
from counterfoil.till.models import DrawerMovement, Kind, Session, Till

CASH_KINDS = {Kind.CASH_IN.value: 1, Kind.CASH_OUT.value: -1, Kind.SAFE_DROP.value: -1}
OPENED, COUNTED, CLOSED, HANDED_OVER = "opened", "counted", "closed", "handed-over"


@writing()
def open_session(*, till: Till, notes: Mapping[int, int], now: datetime, user_id: int | None, key: str = "") -> Session:
    """Count the drawer and begin. What differs from what was expected is a variance of the night, and is kept."""
    held = statements.held(till_id=till.pk)
    deed = deeds.done(key=key, till=till, verb=OPENED, notes=notes)
    if deed is not None and deed.session is not None:
        return deed.session
    if held.session_id is not None:
        raise Invalid(f"Till {till.code} is open already: close it first.", field="till")
    session = _begin(till, notes, expected_known=held.counted, now=now, user_id=user_id)
    deeds.record(key=key, till=till, session=session, verb=OPENED, notes=notes, now=now, user_id=user_id)
    audit.note(verb="opened", what="till", which=till.code, now=now, after={"notes": as_json(notes)})
    return session


def _begin(
    till: Till,
    notes: Mapping[int, int],
    *,
    expected_known: bool,
    now: datetime,
    user_id: int | None,
    handed_from: Session | None = None,
) -> Session:
    session = Session.objects.create(
        till=till, opened_at=now, opened_by_id=user_id, opening_notes=as_json(notes), handed_from=handed_from
    )
    expected, _ = count_drawer(till=till, notes=notes, now=now, note="opening count")
    if expected_known:
        session.opening_expected = as_json(expected)
        session.save(update_fields=["opening_expected"])
    return session


@writing()
def count(
    *, till: Till, notes: Mapping[int, int], now: datetime, user_id: int | None, key: str
) -> tuple[dict[int, int], dict[int, int]]:
    """A count in between: answers (expected, variance), and from now on the drawer holds these notes."""
    statements.held(till_id=till.pk)
    deed = deeds.done(key=key, till=till, verb=COUNTED, notes=notes)
    if deed is not None:
        moves = DrawerMovement.objects.filter(till=till, kind=Kind.COUNTED, at=deed.at)
        variance = dict(moves.values_list("value_paise", "count"))
        expected = {value: notes.get(value, 0) - variance.get(value, 0) for value in {*notes, *variance}}
        return {value: count for value, count in expected.items() if count}, variance
    expected, variance = count_drawer(till=till, notes=notes, now=now)
    session = queries.open_session(till)
    deeds.record(key=key, till=till, session=session, verb=COUNTED, notes=notes, now=now, user_id=user_id)
    return expected, variance


@writing()
def move_cash(
    *,
    till: Till,
    kind: str,
    notes: Mapping[int, int],
    reason: str,
    now: datetime,
    user_id: int | None = None,
    key: str = "",
) -> None:
    """Cash in, cash out or a drop to the safe, note by note, with its reason. Never more than is there."""
    if kind not in CASH_KINDS:
        raise Invalid("Choose cash-in, cash-out or safe-drop.", field="kind")
    if not reason.strip() and kind != Kind.SAFE_DROP:
        raise Invalid("Say why.", field="reason")
    if not any(notes.values()):
        raise Invalid("Say which notes.", field="notes")
    held = statements.held(till_id=till.pk)
    if deeds.done(key=key, till=till, verb=kind, notes=notes, note=reason):
        return
    if not held.counted:
        raise Invalid("Count the drawer first: nobody knows what is in it.", field="till")
    sign = CASH_KINDS[kind]
    if sign < 0:
        _refuse_what_is_not_there(till, notes)
    moves = {kind: {value: sign * count for value, count in notes.items()}}
    send(
        *statements.move_notes(
            till_id=till.pk, session_id=held.session_id, moves=moves, invoice_id=None, now=now, note=reason[:200]
        )
    )
    session = queries.open_session(till)
    deeds.record(key=key, till=till, session=session, verb=kind, notes=notes, now=now, user_id=user_id, note=reason)
    audit.note(verb=kind, what="till", which=till.code, now=now, after={"notes": as_json(notes), "reason": reason})


def _refuse_what_is_not_there(till: Till, notes: Mapping[int, int]) -> None:
    ((_, there),) = send(statements.ask_drawer(till_id=till.pk))
    short = [value for value, count in notes.items() if count > there.get(value, 0)]
    if short:
        value = max(short)
        raise ChangeUnavailable(
            f"Only {there.get(value, 0)} of {format_amount(value)} are in the drawer.", field="notes", short=short
        )


@writing()
def close_session(
    *, till: Till, notes: Mapping[int, int], now: datetime, user_id: int | None, key: str = ""
) -> tuple[Session, dict[int, int]]:
    """Count and close. Answers the session and the variance per denomination: counted less expected.

    Refused while somebody is paying at this till.
    """
    held = statements.held(till_id=till.pk)
    deed = deeds.done(key=key, till=till, verb=CLOSED, notes=notes)
    if deed is not None and deed.session is not None:
        return deed.session, queries.variance_of(deed.session)
    session = _end(till, held.session_id, notes, now=now, user_id=user_id)
    deeds.record(key=key, till=till, session=session, verb=CLOSED, notes=notes, now=now, user_id=user_id)
    return session, queries.variance_of(session)


@writing()
def hand_over(
    *, till: Till, notes: Mapping[int, int], now: datetime, user_id: int | None, to_id: int, key: str = ""
) -> tuple[Session, Session]:
    """Count, close, and open again with the very same notes for the next cashier. Answers both sessions."""
    if not get_user_model().objects.filter(pk=to_id, is_active=True).exists():
        raise Invalid("Choose who takes over.", field="to")
    held = statements.held(till_id=till.pk)
    deed = deeds.done(key=key, till=till, verb=HANDED_OVER, notes=notes, note=str(to_id))
    if deed is not None and deed.session is not None:
        return deed.session, Session.objects.get(handed_from=deed.session)
    left = _end(till, held.session_id, notes, now=now, user_id=user_id)
    if left.opened_by_id == to_id:
        raise Invalid("This is their session already: choose somebody else.", field="to")
    taken = _begin(till, notes, expected_known=True, now=now, user_id=to_id, handed_from=left)
    deeds.record(
        key=key, till=till, session=left, verb=HANDED_OVER, notes=notes, now=now, user_id=user_id, note=str(to_id)
    )
    audit.note(verb="handed over", what="till", which=till.code, now=now, after={"from": left.pk, "to": to_id})
    return left, taken


def _end(
    till: Till, session_id: int | None, notes: Mapping[int, int], *, now: datetime, user_id: int | None
) -> Session:
    if session_id is None:
        raise Invalid(f"Till {till.code} is not open.", field="till")
    _refuse_while_paying(till)
    expected, _ = count_drawer(till=till, notes=notes, now=now, note="closing count")
    session = Session.objects.get(pk=session_id)
    session.closed_at, session.closed_by_id = now, user_id
    session.expected_notes, session.closing_notes = as_json(expected), as_json(notes)
    session.save(update_fields=["closed_at", "closed_by_id", "expected_notes", "closing_notes"])
    audit.note(
        verb="closed", what="till", which=till.code, now=now,
        before={"notes": as_json(expected)}, after={"notes": as_json(notes)},
    )  # fmt: skip
    return session


def _refuse_while_paying(till: Till) -> None:
    """Notes that were handed over for a bill that is not saved lie beside the drawer or in it: no count can be right.

    A sale takes this till's lock before it is written, so what is seen here is either saved or not begun to be.
    """
    drafts = till.drafts.select_related("user").order_by("updated_at")
    paying = [
        {
            "id": str(draft.pk),
            "name": draft.name or str((draft.sale.get("customer") or {}).get("name", "")),
            "user": str(draft.user.first_name or draft.user.get_username()) if draft.user else "",
            "user_id": draft.user_id,
            "held": draft.held,
            "lines": len(draft.sale.get("lines", [])),
            "at": draft.updated_at,
        }
        for draft in drafts
        if draft.sale.get("payments")
    ]
    if paying:
        named = ", ".join(f"{d['name'] or 'a walk-in'} ({d['user']})" for d in paying)
        raise Invalid(
            f"A bill is being paid at till {till.code}: {named}. Save it, or take its notes back, then close.",
            field="drafts", drafts=paying,
        )  # fmt: skip
