"""Checks of tills' days: what somebody did to a drawer is sealed, and a session says what its counts and movements say
(invariant 6)."""

from collections.abc import Iterator
from typing import Any

from counterfoil.cli.verify.breach import COUNT, RESTORE, Breach
from counterfoil.cli.verify.reading import as_notes, as_time, rows, summed
from counterfoil.cli.verify.seals import each, sealed
from counterfoil.till.deeds import seal_of as deed_seal
from counterfoil.till.statements import seal_of as movement_seal

OWN_COUNTS = ("opening count", "closing count")
Row = dict[str, Any]
Moved = dict[tuple[int, str], dict[int, int]]  # (session, its own count or "") → {paise: count}


def check_drawer_seals() -> Iterator[Breach]:
    """Counts, cash in and out, and drops to the safe are as they were entered."""
    columns = ("id", "till_id", "session_id", "kind", "value_paise", "count", "note", "at", "seal")
    codes = dict(rows("SELECT id, code FROM till_till"))
    for row in each("till_drawermovement", columns, "invoice_id IS NULL"):
        if row["seal"] != sealed(movement_seal, row):
            named = f"drawer movement {row['id']} of till {codes.get(row['till_id'])}"
            yield Breach("seal", named, "is not what was entered: its values and its seal do not match", RESTORE)


def check_deeds() -> Iterator[Breach]:
    """What was done to a till, by whom and why, is as it was written."""
    columns = ("id", "key", "till_id", "session_id", "verb", "notes", "note", "user_id", "at", "seal")
    codes = dict(rows("SELECT id, code FROM till_till"))
    for row in each("till_deed", columns):
        row["notes"] = as_notes(row["notes"])
        if row["seal"] != sealed(deed_seal, row):
            named = f"deed {row['id']} ({row['verb']}) at till {codes.get(row['till_id'])}"
            yield Breach("seal", named, "is not what was written: its values and its seal do not match", RESTORE)


def check_counted() -> Iterator[Breach]:
    """A drawer that ever moved notes was counted first, and so stays bounded by what is in it."""
    for (code,) in rows(
        "SELECT t.code FROM till_till t WHERE NOT t.counted AND EXISTS "
        "(SELECT 1 FROM till_drawermovement m WHERE m.till_id = t.id) ORDER BY t.code"
    ):
        yield Breach("drawer", f"drawer of till {code}", "is taken for uncounted, but its notes were counted", COUNT)


def check_sessions() -> Iterator[Breach]:
    """A session begins and ends as somebody counted it, and expects what it began with and what moved in it."""
    columns = ("id", "till_id", "handed_from_id", "opened_at", "opened_by_id", "opening_notes", "opening_expected",
               "closed_at", "closed_by_id", "expected_notes", "closing_notes")  # fmt: skip
    codes, begun, ended = (
        dict(rows("SELECT id, code FROM till_till")),
        _deeds("opened"),
        _deeds("closed", "handed-over"),
    )
    moved = _moved()
    for row in each("till_session", columns):
        name = f"session {row['id']} of till {codes.get(row['till_id'])}"
        for what, said, found in _claims(row, begun, ended, moved):
            if said != found:
                yield Breach("session", name, f"{what}: it says {said}, what was done says {found}", RESTORE)


def _claims(row: Row, begun: dict[int, Row], ended: dict[int, Row], moved: Moved) -> Iterator[tuple[str, Any, Any]]:
    """(what, what the session says, what the deeds and movements say)"""
    opening, closing, expected = (_notes(row[n]) for n in ("opening_notes", "closing_notes", "expected_notes"))
    own = lambda which: moved.get((row["id"], which), {})  # noqa: E731
    before = ended.get(row["handed_from_id"], {}) if row["handed_from_id"] else begun.get(row["id"], {})
    opener = before.get("note") if row["handed_from_id"] else before.get("user_id")
    says = str(row["opened_by_id"]) if row["handed_from_id"] else row["opened_by_id"]
    yield "opened by", says, opener
    yield (
        "opened",
        (row["till_id"], row["opened_at"], opening),
        (before.get("till_id"), before.get("at"), before.get("notes")),
    )
    yield "found at opening", _less(opening, _notes(row["opening_expected"])), own("opening count")
    if row["closed_at"] is None:
        yield "closed", (None, {}, {}), (row["closed_by_id"], expected, closing)
        return
    after = ended.get(row["id"], {})
    closed = (row["closed_by_id"], row["closed_at"], closing)
    yield "closed", closed, (after.get("user_id"), after.get("at"), after.get("notes"))
    yield "expected", expected, summed([*opening.items(), *own("").items()])
    yield "found at closing", _less(closing, expected), own("closing count")


def _deeds(*verbs: str) -> dict[int, Row]:
    """{session: the deed}"""
    columns = ("session_id", "till_id", "notes", "note", "user_id", "at")
    marks = ", ".join(["%s"] * len(verbs))
    found = {}
    for values in rows(f"SELECT {', '.join(columns)} FROM till_deed WHERE verb IN ({marks}) ORDER BY id", verbs):
        row = dict(zip(columns, values, strict=True))
        row["at"], row["notes"] = as_time(row["at"]), _notes(row["notes"])
        found[row["session_id"]] = row
    return found


def _moved() -> Moved:
    found: Moved = {}
    own = "CASE WHEN kind = 'counted' AND note IN ('opening count', 'closing count') THEN note ELSE '' END"
    for session, which, value, count in rows(
        f"SELECT session_id, {own}, value_paise, SUM(count) FROM till_drawermovement WHERE session_id IS NOT NULL "
        "GROUP BY 1, 2, 3 HAVING SUM(count) <> 0"
    ):
        found.setdefault((session, which), {})[value] = count
    return found


def _notes(kept: Any) -> Any:
    """{paise: count}; what is no such thing stays as it is, and agrees with nothing."""
    kept = as_notes(kept)
    try:
        return {int(value): count for value, count in (kept or {}).items() if count}
    except (AttributeError, TypeError, ValueError):
        return {"": kept}


def _less(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    return {v: n for v in {*one, *other} if (n := one.get(v, 0) - other.get(v, 0))}
