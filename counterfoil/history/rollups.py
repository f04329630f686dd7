"""Rolling up: each `RollUp` says how documents become rows of sums. It is written three times from that one place:
into its table, behind the sales (`catch_up`); for the documents that are not in there yet (`exact` hands out the tail);
and by `counterfoil verify`, which sums all of them again.

Documents are never changed and their numbers have no gaps, so "everything up to sequence n of this series" says
exactly what a table holds. Marks and sums move in one transaction. A reader looks at the marks before and after: were
they moved meanwhile, it reads again, so that nothing is counted twice or left out.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from counterfoil.store import is_postgresql, writing

FEW = 200  # so many documents are added up as they are
PORTION = 20_000  # documents rolled up in one transaction
LOCK = 0x726F6C6C7570  # on PostgreSQL; any number, but always the same

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class RollUp:
    """{column: SQL over i (the document) and what `joins` brings}. `lows` and `highs` keep the least and the most.

    `grouped`: what is summed by, where that is not the keys themselves; those are then SQL over s, one such group, and
    what has to be looked up for them is so once a group, not once a line.
    """

    table: str
    keys: Mapping[str, str]
    sums: Mapping[str, str]
    joins: str = ""
    where: str = ""
    lows: Mapping[str, str] = field(default_factory=dict)
    highs: Mapping[str, str] = field(default_factory=dict)
    grouped: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        return {**self.keys, **self._figures}

    @property
    def _figures(self) -> dict[str, str]:
        lows = {name: f"MIN({sql})" for name, sql in self.lows.items()}
        highs = {name: f"MAX({sql})" for name, sql in self.highs.items()}
        return {**self.sums, **lows, **highs}

    def select(self, documents: str) -> str:
        """Summed over those documents: `documents` is a condition on i."""
        by = self.grouped or self.keys
        also = f" AND {self.where}" if self.where else ""
        groups = (
            f"SELECT {_named({**by, **self._figures})} FROM billing_invoice i {self.joins} WHERE ({documents}){also} "
            f"GROUP BY {', '.join(by.values())}"
        )
        if not self.grouped:
            return groups
        figures = {name: f"s.{name}" for name in self._figures}
        # The WHERE is for SQLite: it would take the ON CONFLICT of an upsert for one of a join.
        return f"SELECT {_named({**self.keys, **figures})} FROM ({groups}) s WHERE 1 = 1"

    def add(self, documents: str) -> str:
        """Add those documents to the table, in the order of its keys: thousands of rows by turns all over a large index
        would have each of its pages read and written many times."""
        least, most = ("LEAST", "GREATEST") if is_postgresql() else ("MIN", "MAX")
        changes = [f"{name} = {self.table}.{name} + excluded.{name}" for name in self.sums]
        changes += [f"{name} = {least}({self.table}.{name}, excluded.{name})" for name in self.lows]
        changes += [f"{name} = {most}({self.table}.{name}, excluded.{name})" for name in self.highs]
        order = ", ".join(str(n) for n, _ in enumerate(self.keys, 1))
        return (
            f"INSERT INTO {self.table} ({', '.join(self.columns)}) {self.select(documents)} ORDER BY {order} "
            f"ON CONFLICT ({', '.join(self.keys)}) DO UPDATE SET {', '.join(changes)}"
        )

    def whole(self, tail: "Tail") -> str:
        """A query of all rows, rolled up and not; a key may come in both parts."""
        there = f"SELECT {', '.join(self.columns)} FROM {self.table}"
        return f"({there} UNION ALL {self.select(tail.documents)})" if tail.count else f"({there})"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in columns.items())


def _quarter() -> str:
    if is_postgresql():
        return "FLOOR(EXTRACT(EPOCH FROM i.issued_at) / 900)::int"
    return "CAST(strftime('%%s', i.issued_at) AS INTEGER) / 900"


def _month() -> str:
    return "date_trunc('month', i.day)::date" if is_postgresql() else "date(i.day, 'start of month')"


_OF_TILL = {"day": "i.day", "till_id": "i.till_id", "kind": "i.kind"}
_FIGURES = {
    name: f"SUM(i.{name})" for name in ("taxable_paise", "tax_paise", "net_paise", "payable_paise")
}  # fmt: skip
_COUNTED = {"documents": "COUNT(*)"}
_TAX_KEYS = {"till_id": "i.till_id", "kind": "i.kind", "name": "t.name", "rate_ppm": "t.rate_ppm"}
_TAX_SUMS = {
    "documents": "COUNT(*)", "taxable_paise": "SUM(t.taxable_paise)", "amount_paise": "SUM(t.amount_paise)",
}  # fmt: skip
_TAXES = "JOIN billing_invoicetax t ON t.invoice_id = i.id"
_LINES = "JOIN billing_invoiceline l ON l.invoice_id = i.id"
_DAYS: dict[str, Any] = {"lows": {"first_day": "i.day"}, "highs": {"last_day": "i.day"}}

TAKINGS = RollUp("history_daytakings", _OF_TILL, {**_COUNTED, **_FIGURES, "change_paise": "SUM(i.change_paise)"})
TAX = RollUp("history_daytax", {"day": "i.day", **_TAX_KEYS}, _TAX_SUMS, _TAXES)
METHODS = RollUp(
    "history_daymethod", {**_OF_TILL, "method": "p.method"},
    {"documents": "COUNT(DISTINCT i.id)", "amount_paise": "SUM(p.amount_paise)"},
    "JOIN billing_payment p ON p.invoice_id = i.id",
)  # fmt: skip
GOODS = RollUp(
    "history_good",
    {"product_id": "COALESCE(l.product_id, 0)", "code": "l.code", "name": "l.name", "unit": "l.unit"},
    {"lines": "COUNT(*)"}, _LINES, **_DAYS,
)  # fmt: skip
_PRICED = ("unit_price_paise", "price_includes_tax", "tax_rate_bp")
SOLD = RollUp(  # after GOODS, which gives each its id: looked up, since planners take a join for empty
    "history_daygood",
    {"good_id": "(SELECT g.id FROM history_good g WHERE g.product_id = s.product_id AND g.code = s.code "
     "AND g.name = s.name AND g.unit = s.unit)", "day": "s.day", **{name: f"s.{name}" for name in _PRICED}},
    {"lines": "COUNT(*)", "quantity_milli": "SUM(l.quantity_milli)", "total_paise": "SUM(l.total_paise)"},
    _LINES, "i.kind = 'invoice'",
    grouped={"day": "i.day", **GOODS.keys, **{name: f"l.{name}" for name in _PRICED}},
)  # fmt: skip
BUYERS = RollUp("history_buyer", {"name": "i.customer_name", "email": "i.customer_email"}, _COUNTED, **_DAYS)
CUSTOMERS = RollUp(
    "history_customertakings", {"customer_id": "i.customer_id", "kind": "i.kind"}, {**_COUNTED, **_FIGURES},
    where="i.customer_id IS NOT NULL", lows={"first_day": "i.day"}, highs={"last_at": "i.issued_at"},
)  # fmt: skip


def quarters() -> RollUp:
    keys = {"day": "i.day", "quarter": _quarter()}
    sums = {**_COUNTED, "payable_paise": "SUM(i.payable_paise)"}
    return RollUp("history_quartertakings", keys, sums, where="i.kind = 'invoice'")


def month_taxes() -> RollUp:
    return RollUp("history_monthtax", {"month": _month(), **_TAX_KEYS}, _TAX_SUMS, _TAXES)


def all_rollups() -> tuple[RollUp, ...]:
    return (TAKINGS, quarters(), TAX, month_taxes(), METHODS, GOODS, SOLD, BUYERS, CUSTOMERS)


def sold(tail: "Tail") -> str:
    """A query of what was sold: of each day, good and price. Goods that are not rolled up have no id yet."""
    figures = ", ".join(("unit_price_paise", "price_includes_tax", "tax_rate_bp"))
    there = (
        f"SELECT d.day, g.product_id, g.code, g.name, g.unit, {figures}, d.lines, d.quantity_milli, d.total_paise "
        "FROM history_daygood d JOIN history_good g ON g.id = d.good_id"
    )
    behind = (
        f"SELECT i.day, COALESCE(l.product_id, 0), l.code, l.name, l.unit, {figures}, 1, l.quantity_milli, "
        f"l.total_paise FROM billing_invoice i {_LINES} WHERE i.kind = 'invoice' AND ({tail.documents})"
    )
    return f"({there} UNION ALL {behind})" if tail.count else f"({there})"


def as_day(value: Any) -> date:
    """SQLite answers text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def as_moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def on(day: date) -> str:
    """A day as a parameter."""
    return day.isoformat()


# ---- Which documents -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tail:
    """The documents that are not rolled up: of each series those after `marks`, up to the last there was."""

    marks: Mapping[int, int]
    last: Mapping[int, int]

    @property
    def count(self) -> int:
        return sum(last - self.marks.get(series, 0) for series, last in self.last.items())

    @property
    def documents(self) -> str:
        """As a condition on i."""
        return between(self.marks, self.last)


def between(marks: Mapping[int, int], last: Mapping[int, int]) -> str:
    """After the one and up to the other, as a condition on i. Numbers only, so there is nothing to quote."""
    parts = [
        f"i.series_id = {int(series)} AND i.sequence > {int(marks.get(series, 0))} AND i.sequence <= {int(until)}"
        for series, until in last.items()
        if until > marks.get(series, 0)
    ]
    return " OR ".join(f"({part})" for part in parts) or "1 = 0"


def ask_tail() -> Tail:
    found = rows(
        "SELECT s.id, m.sequence, s.last_sequence FROM billing_numberseries s "
        "LEFT JOIN history_mark m ON m.series_id = s.id"
    )
    return Tail({series: mark for series, mark, _ in found if mark}, {series: last for series, _, last in found})


def rows(sql: str, params: Any = ()) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall()) if cursor.description else []


_reading: ContextVar[Tail | None] = ContextVar("reading", default=None)


def caught_up() -> Tail:
    """The tail, once it is short; inside `exact` the one that is read with."""
    outer = _reading.get()
    if outer is not None:
        return outer
    tail = ask_tail()
    if tail.count <= FEW:
        return tail
    catch_up()
    return ask_tail()


def exact[Answer](read: Callable[[Tail], Answer]) -> Answer:
    """What `read` makes of roll-ups and tail together, as of one moment; what is read inside belongs to it."""
    outer = _reading.get()
    if outer is not None:
        return read(outer)
    tail = caught_up()
    while True:
        token = _reading.set(tail)
        try:
            answer = read(tail)
        finally:
            _reading.reset(token)
        again = ask_tail()
        if again.marks == tail.marks:
            return answer
        tail = again


# ---- Writing ---------------------------------------------------------------------------------------------------------


def catch_up(portion: int = PORTION, *, seen: Callable[[int], object] = lambda done: None) -> int:
    """Roll up what is there, a portion in a transaction; answers how many documents. One at a time: who comes second
    leaves it to the first."""
    done = 0
    while True:
        with writing():
            if is_postgresql() and not rows("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])[0][0]:
                return done
            tail = ask_tail()
            until = _portion(tail, portion)
            if not until:
                return done
            _add(tail.marks, until)
        done += sum(last - tail.marks.get(series, 0) for series, last in until.items())
        seen(done)


def _portion(tail: Tail, size: int) -> dict[int, int]:
    """{series: up to there}, not more than `size` documents in all."""
    until = {}
    for series, last in tail.last.items():
        mark = tail.marks.get(series, 0)
        take = min(last - mark, size)
        if take > 0:
            until[series] = mark + take
            size -= take
    return until


def _add(marks: Mapping[int, int], until: Mapping[int, int]) -> None:
    documents = between(marks, until)
    for rollup in all_rollups():
        rows(rollup.add(documents))
    most = "GREATEST" if is_postgresql() else "MAX"
    for series, last in until.items():
        here = between(marks, {series: last})
        rows(
            "INSERT INTO history_mark (series_id, sequence, most_rounding_paise) "
            f"SELECT %s, %s, COALESCE(MAX(ABS(i.rounding_paise)), 0) FROM billing_invoice i WHERE {here} "
            "ON CONFLICT (series_id) DO UPDATE SET sequence = excluded.sequence, most_rounding_paise = "
            f"{most}(history_mark.most_rounding_paise, excluded.most_rounding_paise)",
            [series, last],
        )


def begin_again() -> None:
    """Forget all roll-ups; the next reader makes them anew."""
    with writing():
        if is_postgresql():
            rows("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for table in ("history_mark", *(rollup.table for rollup in all_rollups())):
            rows(f"DELETE FROM {table}")
