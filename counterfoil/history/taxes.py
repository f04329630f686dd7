"""What tax was charged, by month, head and rate; credit notes count against. Reads the roll-ups, exactly."""

from dataclasses import dataclass
from datetime import date, timedelta

from counterfoil.history import rollups
from counterfoil.history.rollups import TAX, RollUp, Tail
from counterfoil.rules.money import format_rate

_SIGN = "CASE kind WHEN 'credit-note' THEN -1 ELSE 1 END"


@dataclass(frozen=True, slots=True)
class TaxRow:
    """`documents`: invoices and credit notes that have this head at this rate."""

    month: date
    name: str
    rate_ppm: int
    documents: int
    taxable_paise: int
    amount_paise: int


def by_month(*, date_from: date, date_to: date) -> list[TaxRow]:
    """Both days included, whole months or not."""
    first, last = _whole_months(date_from, date_to)

    def read(tail: Tail) -> list[TaxRow]:
        found = [TaxRow(*row) for row in _read(rollups.month_taxes(), "month", first, last, tail)]
        for start, end in ((date_from, min(first - timedelta(days=1), date_to)), (max(last, date_from), date_to)):
            found += _of_days(start, end, tail)
        return found

    if last < first:  # within one month
        return _summed(rollups.exact(lambda tail: _of_days(date_from, date_to, tail)))
    return _summed(rollups.exact(read))


def _whole_months(date_from: date, date_to: date) -> tuple[date, date]:
    """From the first whole month's first day up to the first day after the last whole month."""
    first = date_from if date_from.day == 1 else _next_month(date_from)
    after = date_to + timedelta(days=1)
    return first, after.replace(day=1)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _of_days(start: date, end: date, tail: Tail) -> list[TaxRow]:
    """Of days within one month."""
    if end < start:
        return []
    return [TaxRow(*row) for row in _read(TAX, "day", start, end + timedelta(days=1), tail)]


def _read(
    rollup: RollUp, column: str, first: date, until: date, tail: Tail
) -> list[tuple[date, str, int, int, int, int]]:
    """By month, head and rate; days are of one month."""
    month, by = ("month", "month, ") if column == "month" else ("MIN(day)", "")
    found = rollups.rows(
        f"SELECT {month}, name, rate_ppm, SUM(documents), SUM(taxable_paise * {_SIGN}), SUM(amount_paise * {_SIGN}) "
        f"FROM {rollup.whole(tail)} x WHERE {column} >= %s AND {column} < %s GROUP BY {by}name, rate_ppm",
        [rollups.on(first), rollups.on(until)],
    )
    return [
        (rollups.as_day(day).replace(day=1), name, ppm, int(n), int(taxable), int(tax))
        for day, name, ppm, n, taxable, tax in found
    ]


def _summed(rows: list[TaxRow]) -> list[TaxRow]:
    """One row of a month, head and rate; months in order, rates from the lowest."""
    sums: dict[tuple[date, int, str], TaxRow] = {}
    for row in rows:
        key = (row.month, row.rate_ppm, row.name)
        had = sums.get(key)
        sums[key] = row if had is None else TaxRow(
            row.month, row.name, row.rate_ppm, had.documents + row.documents, had.taxable_paise + row.taxable_paise,
            had.amount_paise + row.amount_paise,
        )  # fmt: skip
    return [sums[key] for key in sorted(sums)]


# ---- As an accountant reads it: one line for a month and rate, the heads side by side --------------------------------

SHARED = ("CGST", "SGST", "UTGST")  # heads that share one rate of one supply


@dataclass(slots=True)
class Line:
    """`rate_ppm` is the whole rate; `heads` has the tax of each head; the taxable value counts once."""

    month: date
    rate_ppm: int
    documents: int
    taxable_paise: int
    heads: dict[str, int]

    @property
    def tax_paise(self) -> int:
        return sum(self.heads.values())

    @property
    def rate(self) -> str:
        return f"{format_rate(self.rate_ppm).rstrip('0').rstrip('.')} %"


def lines(rows: list[TaxRow]) -> list[Line]:
    found: dict[tuple[date, int, bool, str], Line] = {}
    for row in rows:
        shared = row.name in SHARED
        key = (row.month, row.rate_ppm, shared, "" if shared else row.name)
        line = found.setdefault(key, Line(row.month, 0, row.documents, row.taxable_paise, {}))
        line.rate_ppm += row.rate_ppm
        line.heads[row.name] = row.amount_paise
    return [found[key] for key in sorted(found)]


def head_names(listed: list[Line]) -> list[str]:
    """Those that any line has, in the order of the law."""
    order = {name: place for place, name in enumerate((*SHARED, "IGST", "CESS"))}
    return sorted({name for line in listed for name in line.heads}, key=lambda name: (order.get(name, 9), name))
