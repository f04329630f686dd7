"""A till's day: opening count, cash in and out, closing count, what was found wrong. Under the till's lock."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.rules.errors import ChangeUnavailable, Invalid
from counterfoil.rules.money import format_amount
from counterfoil.store import send
from counterfoil.till import statements
from counterfoil.till.actions import count_drawer
from counterfoil.till.models import Kind, Session, Till

CASH_KINDS = {Kind.CASH_IN.value: 1, Kind.CASH_OUT.value: -1, Kind.SAFE_DROP.value: -1}


@transaction.atomic
def open_session(*, till: Till, notes: Mapping[int, int], now: datetime, user_id: int | None) -> Session:
    """Count the drawer and begin. What differs from what was expected is a variance of the night, and is kept."""
    send(statements.hold(till_id=till.pk))
    try:
        with transaction.atomic():
            session = Session.objects.create(
                till=till, opened_at=now, opened_by_id=user_id, opening_notes=_as_json(notes)
            )
    except IntegrityError as error:
        raise Invalid(f"Till {till.code} is open already: close it first.", field="till") from error
    count_drawer(till=till, notes=notes, now=now, note="opening count")
    audit.note(verb="opened", what="till", which=till.code, now=now, after={"notes": _as_json(notes)})
    return session


@transaction.atomic
def move_cash(*, till: Till, kind: str, notes: Mapping[int, int], reason: str, now: datetime) -> None:
    """Cash in, cash out or a drop to the safe, note by note, with its reason. Never more than is there."""
    if kind not in CASH_KINDS:
        raise Invalid("Choose cash-in, cash-out or safe-drop.", field="kind")
    if not reason.strip() and kind != Kind.SAFE_DROP:
        raise Invalid("Say why.", field="reason")
    if not any(notes.values()):
        raise Invalid("Say which notes.", field="notes")
    (held,) = send(statements.hold(till_id=till.pk))
    if not held.counted:
        raise Invalid("Count the drawer first: nobody knows what is in it.", field="till")
    (there,) = send(statements.ask_notes(till_id=till.pk))
    sign = CASH_KINDS[kind]
    short = [value for value, count in notes.items() if sign < 0 and count > there.get(value, 0)]
    if short:
        value = max(short)
        raise ChangeUnavailable(
            f"Only {there.get(value, 0)} of {format_amount(value)} are in the drawer.", field="notes"
        )
    moves = {kind: {value: sign * count for value, count in notes.items()}}
    send(
        *statements.move_notes(
            till_id=till.pk, session_id=held.session_id, moves=moves, invoice_id=None, now=now, note=reason[:200]
        )
    )


@transaction.atomic
def close_session(
    *, till: Till, notes: Mapping[int, int], now: datetime, user_id: int | None
) -> tuple[Session, dict[int, int]]:
    """Count and close. Answers the session and the variance per denomination: counted less expected."""
    (held,) = send(statements.hold(till_id=till.pk))
    if held.session_id is None:
        raise Invalid(f"Till {till.code} is not open.", field="till")
    expected, variance = count_drawer(till=till, notes=notes, now=now, note="closing count")
    session = Session.objects.get(pk=held.session_id)
    session.closed_at, session.closed_by_id = now, user_id
    session.expected_notes, session.closing_notes = _as_json(expected), _as_json(notes)
    session.save(update_fields=["closed_at", "closed_by_id", "expected_notes", "closing_notes"])
    audit.note(
        verb="closed", what="till", which=till.code, now=now,
        before={"notes": _as_json(expected)}, after={"notes": _as_json(notes)},
    )  # fmt: skip
    return session, variance


def _as_json(notes: Mapping[int, int]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(notes.items(), reverse=True) if count}
