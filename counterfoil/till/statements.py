"""The drawer in a sale's batches. Lock order everywhere: customer, products by id, till, series.

Whoever reads a drawer to plan change, counts it or moves cash holds the till's row first; the notes are read in a
statement after that lock, since a statement that waited keeps its old view of other tables.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from counterfoil.rules.digest import seal
from counterfoil.store import Rows, Statement, array, insert, is_postgresql, send
from counterfoil.till.models import DrawerMovement


@dataclass(frozen=True, slots=True)
class TillNow:
    """A till as one sale sees it, under its lock."""

    counted: bool
    session_id: int | None


@dataclass(frozen=True, slots=True)
class Money:
    """Denominations in paise: all that exist, and those that change may use."""

    known: tuple[int, ...]
    enabled: tuple[int, ...]


def ask_till(*, code: str) -> Statement:
    """By code, or the first one; answers (id, code) or None."""
    mark = "%s" if is_postgresql() else "?"
    where, params = (f"WHERE code = {mark} AND enabled", (code,)) if code else ("WHERE enabled", ())
    return Statement(f"SELECT id, code FROM till_till {where} ORDER BY id LIMIT 1", params, _first)


def _first(rows: Rows) -> tuple[int, str] | None:
    return (int(rows[0][0]), str(rows[0][1])) if rows else None


def ask_money() -> Statement:
    return Statement("SELECT value_paise, enabled FROM till_denomination ORDER BY value_paise DESC", (), _read_money)


def _read_money(rows: Rows) -> Money:
    return Money(tuple(v for v, _ in rows), tuple(v for v, enabled in rows if enabled))


def hold(*, till_id: int) -> Statement:
    """Lock the till until the transaction ends. Nothing is read here: a statement that waited for the lock sees its
    old view of all but the locked row, such as a session that was closed meanwhile. (SQLite has one writer anyway.)"""
    if is_postgresql():
        return Statement("SELECT 1 FROM till_till WHERE id = %s::bigint FOR NO KEY UPDATE", (till_id,))
    return Statement("SELECT 1", ())


def ask_drawer(*, till_id: int) -> Statement:
    """Answers (TillNow, {paise: count} of what lies in the drawer); under the lock, when asked after `hold`."""
    mark = "%s::bigint" if is_postgresql() else "?"
    sql = (
        "SELECT t.counted, s.id, n.value_paise, n.count FROM till_till t "
        "LEFT JOIN till_session s ON s.till_id = t.id AND s.closed_at IS NULL "
        f"LEFT JOIN till_drawernote n ON n.till_id = t.id AND n.count > 0 WHERE t.id = {mark}"
    )
    return Statement(sql, (till_id,), _read_drawer)


def _read_drawer(rows: Rows) -> tuple[TillNow, dict[int, int]]:
    counted, session_id = rows[0][:2]
    return TillNow(bool(counted), session_id), {int(value): int(count) for *_, value, count in rows if count}


def held(*, till_id: int) -> TillNow:
    """Lock the till, then look at it."""
    _, (now, _) = send(hold(till_id=till_id), ask_drawer(till_id=till_id))
    return now


def move_notes(
    *,
    till_id: int,
    session_id: int | None,
    moves: Mapping[str, Mapping[int, int]],
    invoice_id: int | None,
    now: datetime,
    note: str = "",
    there: Collection[int] = (),
) -> list[Statement]:
    """Move notes of a counted drawer: `moves` is {kind: {paise: signed count}}. The table refuses to go below zero.

    `there` are denominations seen in the drawer under its lock: they need no row made for them.
    """
    rows: list[dict[str, Any]] = [
        {
            "till_id": till_id,
            "session_id": session_id,
            "invoice_id": invoice_id,
            "kind": str(kind),
            "value_paise": value,
            "count": count,
            "note": note,
            "at": now,
        }
        for kind, counts in moves.items()
        for value, count in sorted(counts.items(), reverse=True)
        if count
    ]
    if not rows:
        return []
    if invoice_id is None:
        rows = [{**row, "seal": seal_of(row)} for row in rows]
    net: dict[int, int] = {}
    for row in rows:
        net[row["value_paise"]] = net.get(row["value_paise"], 0) + row["count"]
    changed = {value: count for value, count in sorted(net.items()) if count}
    return [*_change_notes(till_id, changed, there), insert(DrawerMovement, rows)]


def seal_of(row: Mapping[str, Any]) -> str:
    """Of a movement without a document: it shows that the row was changed afterwards."""
    return seal(*(row[name] for name in ("till_id", "session_id", "kind", "value_paise", "count", "note", "at")))


def _change_notes(till_id: int, changed: Mapping[int, int], there: Collection[int] = ()) -> list[Statement]:
    """Missing rows come in with 0 first; one UPDATE then adds and takes, and the table's CHECK decides."""
    if not changed:
        return []
    coming = [value for value, count in changed.items() if count > 0 and value not in there]
    statements = [_make_rows(till_id, coming)] if coming else []
    if is_postgresql():
        update = Statement(
            "UPDATE till_drawernote n SET count = n.count + w.count "
            "FROM unnest(%s::bigint[], %s::int[]) AS w(value_paise, count) "
            "WHERE n.till_id = %s::bigint AND n.value_paise = w.value_paise",
            (array(changed), array(changed.values()), till_id),
        )
    else:
        update = Statement(
            "UPDATE till_drawernote SET count = count + ? WHERE till_id = ? AND value_paise = ?",
            [(count, till_id, value) for value, count in changed.items()],
            many=True,
        )
    return [*statements, update]


def _make_rows(till_id: int, values: list[int]) -> Statement:
    if is_postgresql():
        return Statement(
            "INSERT INTO till_drawernote (till_id, value_paise, count) "
            "SELECT %s::bigint, v, 0 FROM unnest(%s::bigint[]) AS v ON CONFLICT (till_id, value_paise) DO NOTHING",
            (till_id, array(values)),
        )
    return Statement(
        "INSERT INTO till_drawernote (till_id, value_paise, count) VALUES (?, ?, 0) "
        "ON CONFLICT (till_id, value_paise) DO NOTHING",
        [(till_id, value) for value in values],
        many=True,
    )
