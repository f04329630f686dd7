"""Checks of what is derived: roll-ups are the sums of the documents, and what is searched is what the rows say."""

from collections.abc import Iterator
from typing import Any

from counterfoil.cli.verify.breach import Breach
from counterfoil.cli.verify.reading import rows
from counterfoil.history.rollups import all_rollups, ask_tail, between
from counterfoil.search import SEARCHED, text_of
from counterfoil.store import is_postgresql

AGAIN = "The documents are right, the sums of them are not: `counterfoil rollups --again` makes the sums anew."
SHOWN = 20  # of each table


def check_rollups() -> Iterator[Breach]:
    """Every row of every roll-up is what its documents add up to, and none is missing or too many."""
    tail = ask_tail()
    rolled = between({}, {series: tail.marks.get(series, 0) for series in tail.last})
    for series, mark in tail.marks.items():
        if mark > tail.last.get(series, 0):
            yield Breach("rollups", f"series {series}", f"is rolled up to {mark}, but ends before", AGAIN)
    for series, kept, most in rows(
        "SELECT m.series_id, m.most_rounding_paise, COALESCE(MAX(ABS(i.rounding_paise)), 0) FROM history_mark m "
        "LEFT JOIN billing_invoice i ON i.series_id = m.series_id AND i.sequence <= m.sequence GROUP BY 1, 2"
    ):
        if kept != most:
            wrong = f"is said to round by at most {kept} paise, it does by {most}"
            yield Breach("rollups", f"series {series}", wrong, AGAIN)
    for rollup in all_rollups():
        names = ", ".join(rollup.columns)
        kept, made = f"SELECT {names} FROM {rollup.table}", rollup.select(rolled)
        for key, wrong in _differences(kept, made, len(rollup.keys)):
            yield Breach("rollups", f"{rollup.table} {key}", wrong, AGAIN)


def _differences(kept: str, made: str, keys: int) -> Iterator[tuple[str, str]]:
    """Compared in the database: a large shop's sums need not come here."""
    both = f"WITH k AS ({kept}), m AS MATERIALIZED ({made})"
    side = "SELECT {0}, x.* FROM (SELECT * FROM {1} EXCEPT SELECT * FROM {2} LIMIT {3}) x"
    found = rows(f"{both} {side.format(0, 'k', 'm', SHOWN)} UNION ALL {side.format(1, 'm', 'k', SHOWN)}")
    there, right = ([row[1:] for row in found if row[0] == which] for which in (0, 1))
    shown: dict[str, Any] = {_key(row, keys): "missing" for row in right}
    for row in there:
        shown[_key(row, keys)] = f"says {', '.join(map(str, row[keys:]))}"
    for row in right:
        key = _key(row, keys)
        yield key, f"{shown.pop(key)}, its documents make {', '.join(map(str, row[keys:]))}"
    for key, says in shown.items():
        yield key, f"{says}, without any document that does"


def _key(row: tuple[Any, ...], keys: int) -> str:
    return " ".join(map(str, row[:keys]))


def check_search() -> Iterator[Breach]:
    """What is searched is what stands in the rows."""
    for table, columns in SEARCHED.items():
        key = "id" if is_postgresql() else "rowid"
        for (row,) in rows(
            f"SELECT new.id FROM {table} AS new LEFT JOIN {table}_text t ON t.{key} = new.id "
            f"WHERE t.text IS NULL OR t.text <> {text_of(columns)} LIMIT {SHOWN}"
        ):
            yield Breach("search", f"{table} row {row}", "is not found under its name", AGAIN)
