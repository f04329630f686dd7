"""One thing done to a till, once: whoever sends the same form twice finds it done. Called under the till's lock."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from counterfoil.rules.digest import seal
from counterfoil.rules.errors import KeyReused
from counterfoil.till.models import Deed, Session, Till


def done(*, key: str, till: Till, verb: str, notes: Mapping[int, int], note: str = "") -> Deed | None:
    """The deed that this key stands for, if it was done; a key that stands for something else is refused."""
    found = Deed.objects.select_related("session").filter(key=key).first() if key else None
    if found is None:
        return None
    if (found.till_id, found.verb, found.notes, found.note) != (till.pk, verb, as_json(notes), note[:200]):
        raise KeyReused("This form was sent before, with something else in it. Open the page again.")
    return found


def record(
    *,
    key: str,
    till: Till,
    session: Session | None,
    verb: str,
    notes: Mapping[int, int],
    now: datetime,
    user_id: int | None,
    note: str = "",
) -> Deed:
    row = {
        "key": key or f"deed-{uuid.uuid4()}", "till_id": till.pk, "session_id": session.pk if session else None,
        "verb": verb, "notes": as_json(notes), "note": note[:200], "user_id": user_id, "at": now,
    }  # fmt: skip
    return Deed.objects.create(**row, seal=seal_of(row))


def seal_of(row: Mapping[str, Any]) -> str:
    """It shows that the row was changed afterwards."""
    return seal(*(row[name] for name in ("key", "till_id", "session_id", "verb", "notes", "note", "user_id", "at")))


def as_json(notes: Mapping[int, int]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(notes.items(), reverse=True) if count}
