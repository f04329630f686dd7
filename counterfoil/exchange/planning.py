"""The dry run: row by row, what an import would do and why not. Reads only; the same for every kind of master."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from counterfoil.exchange.cells import Row
from counterfoil.exchange.columns import Columns, read_columns
from counterfoil.exchange.opening import open_table
from counterfoil.exchange.values import read_cell
from counterfoil.rules.errors import FieldError, Invalid

CREATE, CHANGE, SAME, REFUSE = "create", "change", "same", "refuse"
VERBS = (CREATE, CHANGE, SAME, REFUSE)
MARKS = {CREATE: "+", CHANGE: "~", SAME: "=", REFUSE: "!"}  # a verdict's line begins with one
TELL_EVERY = 500  # rows

Tell = Callable[[int, int], None]  # rows done, per cent


@dataclass(slots=True)
class Verdict:
    """What becomes of one row. `details`: (field, from, to) of a change, (field, value) of what is new, (field, why)
    of a refusal. `write` is what applying it needs; it is not kept in the file."""

    row: int
    verb: str
    which: str
    name: str
    details: Sequence[tuple[str, ...]]
    write: Any = None

    @property
    def line(self) -> str:
        """Begins with the verb's mark, so that a reader can choose without parsing."""
        return f"{MARKS[self.verb]}{json.dumps([self.row, self.which, self.name, self.details], ensure_ascii=False)}\n"


def verdict_of(line: str) -> Verdict:
    verb = next(verb for verb, mark in MARKS.items() if mark == line[0])
    row, which, name, details = json.loads(line[1:])
    return Verdict(row, verb, which, name, [tuple(each) for each in details])


class Master(Protocol):
    """How one kind of master judges a row."""

    def judge(self, number: int, cells: "Cells") -> Verdict: ...


class Cells:
    """A row's cells by field. Empty ones are left out: an empty cell leaves what is there."""

    __slots__ = ("_at", "_cells")

    def __init__(self, at: dict[str, int], cells: list[str]) -> None:
        self._at, self._cells = at, cells

    def get(self, name: str) -> str:
        at = self._at.get(name, -1)
        return self._cells[at] if 0 <= at < len(self._cells) else ""


@dataclass(slots=True)
class Plan:
    """`digest` stands for every verdict: what is applied is what was shown, or nothing."""

    columns: Columns
    totals: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VERBS, 0))
    digest: str = ""
    writes: list[Verdict] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(self.totals.values())


def make_plan(
    *, path: Path, kind: str, options: dict[str, bool], tell: Tell, keep: Callable[[str], object] | None = None
) -> Plan:
    """Judge every row. `keep` is given each verdict's line; without it the verdicts to write are collected."""
    table = open_table(path)
    columns, rows = read_columns(table, kind)
    plan = Plan(columns)
    master = _master(kind, columns, options, table.semicolons)
    seen = hashlib.sha256()
    for verdict in _judged(master, columns, rows):
        line = verdict.line
        seen.update(line.encode("utf-8", "surrogatepass"))
        plan.totals[verdict.verb] += 1
        if keep:
            keep(line)
        elif verdict.verb in (CREATE, CHANGE):
            plan.writes.append(verdict)
        if plan.rows % TELL_EVERY == 0:
            tell(plan.rows, table.percent())
    if not plan.rows:
        raise Invalid("The file has headings and no rows.", field="file")
    plan.digest = seen.hexdigest()
    return plan


def _judged(master: Master, columns: Columns, rows: Iterator[Row]) -> Iterator[Verdict]:
    for number, cells in rows:
        yield master.judge(number, Cells(columns.at, cells))


def _master(kind: str, columns: Columns, options: dict[str, bool], semicolons: bool) -> Master:
    if kind == "products":
        from counterfoil.exchange.products import Products

        return Products(set_stock=options.get("set_stock", True), semicolons=semicolons)
    from counterfoil.exchange.customers import Customers

    return Customers()


def refused(number: int, which: str, name: str, errors: list[FieldError]) -> Verdict:
    return Verdict(number, REFUSE, which[:40], name[:120], [(error.field, error.message) for error in errors])


def read_fields(
    cells: Cells, readers: Mapping[str, Callable[[str], Any]], held: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldError]]:
    """{field: value} of what is given and not as it is held already; and what is wrong with the rest."""
    given: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for name, reader in readers.items():
        try:
            text = read_cell(cells.get(name))
            if text and held.get(name) != text:  # as it is: no rule is asked again
                value = reader(text)
                if held.get(name) != value:
                    given[name] = value
        except Invalid as refusal:
            wrong.append(FieldError(name, refusal.detail))
    return given, wrong
