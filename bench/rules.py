"""How fast the rules are, as ratios to bare loops of the same arithmetic in the same run.

`python -m bench.rules` prints a table; --strict fails where a bound of the specification is missed.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import thread_time

from counterfoil.rules.change import make_change, smallest_ask
from counterfoil.rules.money import Discount
from counterfoil.rules.pricing import CartLine, Policy, price

POLICY = Policy(("CGST", "SGST"))
RUPEES = (200000, 50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100, 50, 25)
ODD_VALUES = (700, 1300, 49950, 1950, 2500, 12500, 77700, 33300, 9900, 100, 250, 40000)
TEN_CRORE_PAISE = 10**10

Drawer = tuple[int, Sequence[int], dict[int, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """Processor time, so that a busy machine shows less; the bounds are those of the specification."""

    name: str
    median_us: float
    worst_us: float
    floor_us: float
    median_bound_us: float | None = None
    worst_bound_us: float | None = None

    @property
    def kept(self) -> bool:
        return (self.median_bound_us is None or self.median_us <= self.median_bound_us) and (
            self.worst_bound_us is None or self.worst_us <= self.worst_bound_us
        )


def cart(count: int) -> list[CartLine]:
    chooser = random.Random(count)
    return [
        CartLine(
            quantity_milli=chooser.choice((1000, 2000, 1250)),
            unit_price_paise=chooser.randint(100, 500_000),
            price_includes_tax=chooser.random() < 0.5,
            tax_rate_bp=chooser.choice((0, 500, 1800, 4000)),
            discount=chooser.choice((Discount(), Discount(rate_bp=500), Discount(amount_paise=50))),
        )
        for _ in range(count)
    ]


def bare_pricing(lines: Sequence[CartLine], discount_paise: int) -> tuple[int, int, int]:
    """The same multiplications and divisions in one loop, without a value or a figure kept."""
    kept, whole = [], 0
    for line in lines:
        value = (2 * line.quantity_milli * line.unit_price_paise + 1000) // 2000
        rate = line.discount.rate_bp
        value -= (2 * value * rate + 10_000) // 20_000 if rate else min(line.discount.amount_paise, value)
        kept.append(value)
        whole += value
    taxable = tax = 0
    exact: dict[int, int] = {}
    for line, value in zip(lines, kept, strict=True):
        share, _rest = divmod(discount_paise * value, whole)
        value -= share
        rate = line.tax_rate_bp
        denominator = 2 * 10_000 * (10_000 + rate)
        before = exact.get(rate, 0)
        after = before + value * rate * (10_000 if line.price_includes_tax else 10_000 + rate)
        exact[rate] = after
        head = (2 * after + denominator) // (2 * denominator) - (2 * before + denominator) // (2 * denominator)
        tax += 2 * head
        taxable += value - 2 * head if line.price_includes_tax else value
    return taxable, tax, (taxable + tax) // 100 * 100


def bare_change(amount: int, values: Sequence[int], notes: dict[int, int]) -> int:
    """One greedy pass: what any answer costs at the very least."""
    for value in values:
        amount -= min(notes[value], amount // value) * value
    return amount


def real_drawer(chooser: random.Random) -> Drawer:
    notes = {value: chooser.randint(0, 60) for value in RUPEES}
    return chooser.randint(0, 20_000) * 25, RUPEES, notes


def sparse_drawer(chooser: random.Random) -> Drawer:
    notes = {value: chooser.choice((0, 0, 0, 1, 2, 5, 3000)) for value in RUPEES}
    return chooser.randint(0, sum(value * count for value, count in notes.items()) // 25 + 1) * 25, RUPEES, notes


def huge_drawer(chooser: random.Random) -> Drawer:
    notes = {
        value: chooser.choice((0, 1, 2, 3, 5000)) if value <= 500 else chooser.randint(1000, 9000) for value in RUPEES
    }
    total = min(sum(value * count for value, count in notes.items()), TEN_CRORE_PAISE)
    return chooser.randint(0, total // 25) * 25, RUPEES, notes


def odd_drawer(chooser: random.Random) -> Drawer:
    notes = {value: chooser.choice((0, 0, 1, 2, 5, 50, 3000)) for value in ODD_VALUES}
    return chooser.randint(0, sum(value * count for value, count in notes.items()) // 50) * 50, ODD_VALUES, notes


def any_drawer(chooser: random.Random) -> Drawer:
    values = tuple(sorted((value * 100 for value in chooser.sample(range(1, 2001), 12)), reverse=True))
    notes = {value: chooser.choice((0, 0, 1, 3, 40, 3000)) for value in values}
    return chooser.randint(0, sum(value * count for value, count in notes.items()) // 100) * 100, values, notes


def timed(call: Callable[[], object]) -> float:
    start = thread_time()
    call()
    return (thread_time() - start) * 1e6


def measure_pricing(count: int, repeats: int, bound_us: float) -> Row:
    lines, discount = cart(count), Discount(amount_paise=1000)
    took, floor = [], []
    for _ in range(repeats):  # alternating, so that both see the same machine
        took.append(timed(lambda: price(lines, discount=discount, policy=POLICY)))
        floor.append(timed(lambda: bare_pricing(lines, 1000)))
    median, bare = statistics.median(took), statistics.median(floor)
    return Row(f"price {count} lines", median, max(took), bare, median_bound_us=bound_us)


@dataclass(frozen=True, slots=True)
class Timings:
    took_us: list[float]
    floor_us: list[float]

    def row(self, name: str, median_bound_us: float | None = None, worst_bound_us: float | None = None) -> Row:
        took, floor = statistics.median(self.took_us), statistics.median(self.floor_us)
        return Row(name, took, max(self.took_us), floor, median_bound_us, worst_bound_us)


def measure_change(draw: Callable[[random.Random], Drawer], count: int, *, ask: bool = False) -> Timings:
    chooser = random.Random(7)
    timings = Timings([], [])
    for _ in range(count):
        amount, values, notes = draw(chooser)
        function = smallest_ask if ask else make_change
        timings.took_us.append(timed(lambda: function(amount, denominations=values, notes=notes)))  # noqa: B023
        timings.floor_us.append(timed(lambda: bare_change(amount, values, notes)))  # noqa: B023
    return timings


def change_rows(drawers: int) -> list[Row]:
    """Every kind of drawer by itself, and all of them together, to which the bounds apply."""
    kinds = {"real": real_drawer, "sparse": sparse_drawer, "huge": huge_drawer, "odd": odd_drawer, "any": any_drawer}
    change = {name: measure_change(draw, drawers // 5) for name, draw in kinds.items()}
    ask = {name: measure_change(draw, drawers // 25, ask=True) for name, draw in kinds.items()}
    whole = Timings(
        [took for timings in change.values() for took in timings.took_us],
        [took for timings in change.values() for took in timings.floor_us],
    )
    rows = [whole.row("change, all drawers", 200.0, 5000.0)]
    rows += [timings.row(f"change, {name} drawers") for name, timings in change.items()]
    return rows + [timings.row(f"ask, {name} drawers") for name, timings in ask.items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawers", type=int, default=10_000, help="how many random drawers, over all kinds")
    parser.add_argument("--strict", action="store_true", help="fail where a bound is missed")
    options = parser.parse_args()
    rows = [measure_pricing(5, 2000, 100.0), measure_pricing(500, 50, 10_000.0), *change_rows(options.drawers)]
    print(f"{'what':24} {'median µs':>10} {'worst µs':>10} {'floor µs':>9} {'ratio':>7}  bound")
    for row in rows:
        bound = "-" if row.median_bound_us is None else "kept" if row.kept else "MISSED"
        ratio = row.median_us / row.floor_us
        print(f"{row.name:24} {row.median_us:10.1f} {row.worst_us:10.1f} {row.floor_us:9.2f} {ratio:7.1f}  {bound}")
    return 1 if options.strict and not all(row.kept for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
