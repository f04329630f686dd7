"""Writing the audit trail. Every action that changes a master, a setting or a user calls `note`."""

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from counterfoil.audit.models import Entry
from counterfoil.fields import written
from counterfoil.rules.digest import seal
from counterfoil.store import insert, send


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and through which door. `user_id` is None for the command line."""

    user_id: int | None = None
    via: str = "command"


_SEALED = ("at", "actor_id", "via", "verb", "what", "which", "before", "after")
_NOBODY = Actor()  # the command line
_actor: ContextVar[Actor] = ContextVar("actor", default=_NOBODY)


def current_actor() -> Actor:
    return _actor.get()


@contextmanager
def acting(actor: Actor):  # type: ignore[no-untyped-def]
    """Everything written inside is this actor's doing. The edges set it once per request."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def values_of(row: models.Model, *, leave_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A row's columns as JSON values, without secrets."""
    left_out = leave_out | {"id", "password", "last_login"}
    return {
        f.attname: v if isinstance(v := getattr(row, f.attname), (int, str, bool, type(None))) else str(v)
        for f in written(type(row))
        if f.attname not in left_out
    }


def note(
    *,
    verb: str,
    what: str,
    which: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry in the caller's transaction; only what differs is kept. No difference, no entry."""
    made = entry(verb=verb, what=what, which=which, now=now, before=before, after=after)
    if made is not None:
        Entry(**made).save(force_insert=True)


def note_all(entries: Iterable[dict[str, Any] | None]) -> None:
    """The same of many, made by `entry`."""
    rows = [made for made in entries if made is not None]
    if rows:
        send(insert(Entry, rows))


def entry(
    *,
    verb: str,
    what: str,
    which: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """The columns of one entry, not yet written; None where nothing differs."""
    before, after = dict(before or {}), dict(after or {})
    if before and after:
        changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        if not changed:
            return None
        before = {k: before.get(k) for k in sorted(changed)}
        after = {k: after.get(k) for k in sorted(changed)}
    actor = current_actor()
    values = {
        "at": now,
        "actor_id": actor.user_id,
        "via": actor.via[:80],
        "verb": verb,
        "what": what,
        "which": which[:200],
        "before": before,
        "after": after,
    }
    return {**values, "seal": seal_of(values)}


def seal_of(values: Mapping[str, Any]) -> str:
    return seal(*(values[name] for name in _SEALED))
