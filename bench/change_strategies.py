"""How often each way to give change runs dry: simulated customers of several kinds of shop, the same for each strategy.

    python -m bench.change_strategies --customers 10000 --seed 1

The change is the product's own rule (`rules.change`); only the people are made up. What they do is written below in
one table, so that it can be doubted and changed; docs/change-strategies.md says what came out and what it means.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import get_args

from counterfoil.rules.change import Strategy, make_change, smallest_ask

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
VALUES = (500_00, 200_00, 100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00)
Notes = dict[int, int]


@dataclass(frozen=True, slots=True)
class Habits:
    """How a customer pays in cash; shares of 100. What is left to 100 hands over a round sum (next 10, 50 or 100)."""

    exact: int  # counts it out
    helps: int  # a round note and the odd rupees with it: 500 + 4 for 384
    one_note: int  # the smallest single note that covers it
    five_hundred: int  # 500s, whatever the bill is: the cash machine gives nothing else


@dataclass(frozen=True, slots=True)
class Shop:
    name: str
    bill: Callable[[Random], int]  # paise, whole rupees
    habits: Habits
    a_day: int  # cash customers
    opening: Notes


def _rupees(least: int, usual: int, most: int, step: int = 1) -> Callable[[Random], int]:
    """Few large bills, many near the usual: a triangle, in steps of so many rupees."""
    return lambda dice: round(dice.triangular(least, most, usual)) // step * step * 100 or step * 100


SMALL = {100_00: 2, 50_00: 4, 20_00: 8, 10_00: 10, 5_00: 10, 2_00: 10, 1_00: 10}  # 740 rupees
MIDDLE = {200_00: 2, 100_00: 10, 50_00: 10, 20_00: 10, 10_00: 20, 5_00: 20, 2_00: 15, 1_00: 20}  # 2,450 rupees
LARGE = {200_00: 10, 100_00: 30, 50_00: 30, 20_00: 40, 10_00: 40, 5_00: 30, 2_00: 40, 1_00: 40}  # 7,970 rupees
SHOPS = (
    Shop("tea stall", _rupees(10, 20, 120, step=5), Habits(45, 10, 20, 5), 180, SMALL),
    Shop("kirana, neighbours", _rupees(5, 60, 600), Habits(40, 20, 15, 10), 120, MIDDLE),
    Shop("kirana, passers-by", _rupees(5, 60, 600), Habits(20, 15, 20, 20), 120, MIDDLE),
    Shop("pharmacy", _rupees(15, 180, 1500), Habits(20, 20, 15, 20), 90, MIDDLE),
    Shop("supermarket", _rupees(40, 450, 3000), Habits(15, 15, 10, 35), 150, LARGE),
)


@dataclass(slots=True)
class Run:
    """One shop, one strategy, one seed."""

    shop: str
    strategy: str
    refilled: bool
    customers: int = 0
    with_change: int = 0
    dry: int = 0  # no exact change out of the drawer and what was handed over
    hopeless: int = 0  # of these: nothing that could be asked for helps either
    first_dry: list[int] = field(default_factory=list)  # of each day: which customer was the first
    pieces: int = 0

    @property
    def dry_in_a_thousand(self) -> float:
        return 1000 * self.dry / max(self.with_change, 1)


def tender(due: int, habits: Habits, dice: Random) -> Notes:
    """What is handed over: whole notes, at least what is due."""
    way = dice.randrange(100)
    if way < (upto := habits.exact):
        return _largest(due)
    if way < (upto := upto + habits.helps):
        odd = due % 10_00
        return _add(_round_up(due - odd, dice), _largest(odd)) if due > odd else _round_up(due, dice)
    if way < (upto := upto + habits.one_note):
        covering = [value for value in VALUES if value >= due]
        return {min(covering): 1} if covering else _five_hundreds(due)
    if way < upto + habits.five_hundred:
        return _five_hundreds(due)
    return _round_up(due, dice)


def _round_up(due: int, dice: Random) -> Notes:
    unit = dice.choice((10_00, 50_00, 100_00))
    return _largest(-(-due // unit) * unit)


def _five_hundreds(due: int) -> Notes:
    return {500_00: -(-due // 500_00)}


def _largest(amount: int) -> Notes:
    return make_change(amount, denominations=VALUES, notes=None) or {}


def _add(one: Mapping[int, int], other: Mapping[int, int], sign: int = 1) -> Notes:
    total = {value: one.get(value, 0) + sign * other.get(value, 0) for value in {*one, *other}}
    return {value: count for value, count in total.items() if count}


def play(shop: Shop, strategy: Strategy, *, customers: int, seed: int, refilled: bool) -> Run:
    """`refilled`: each morning the drawer is made up to the opening float; else only the 500s leave it at night.

    The dice know nothing of the strategy: the same people come with the same bills and the same notes in hand.
    """
    run = Run(shop.name, strategy, refilled)
    people, drawer = Random(f"{seed} {shop.name}"), dict(shop.opening)
    for n in range(customers):
        if n % shop.a_day == 0:
            drawer = dict(shop.opening) if refilled else {v: c for v, c in drawer.items() if v != 500_00}
            run.first_dry.append(shop.a_day)
        due = shop.bill(people)
        given = tender(due, shop.habits, people)
        has_more = people.random() < 0.5  # whether this one, asked, finds what is asked for
        drawer = _serve(run, drawer, due, given, has_more, strategy, n % shop.a_day)
    run.customers = customers
    return run


def _serve(run: Run, drawer: Notes, due: int, given: Notes, has_more: bool, strategy: Strategy, place: int) -> Notes:
    """One customer; answers the drawer afterwards. Whoever cannot be given change and has nothing more pays by UPI."""
    back = sum(value * count for value, count in given.items()) - due
    with_theirs = _add(drawer, given)
    if not back:
        return with_theirs
    run.with_change += 1
    change = make_change(back, denominations=VALUES, notes=with_theirs, strategy=strategy)
    if change is None:
        run.dry += 1
        run.first_dry[-1] = min(run.first_dry[-1], place)
        ask = smallest_ask(back, denominations=VALUES, notes=with_theirs)
        if ask is None:
            run.hopeless += 1
        if ask is None or not has_more:
            return drawer
        with_theirs = _add(with_theirs, _largest(ask.amount_paise))
        change = make_change(back + ask.amount_paise, denominations=VALUES, notes=with_theirs, strategy=strategy)
        assert change is not None
    run.pieces += sum(change.values())
    return _add(with_theirs, change, -1)


def play_all(*, customers: int, seeds: Sequence[int]) -> list[Run]:
    return [
        play(shop, strategy, customers=customers, seed=seed, refilled=refilled)
        for refilled in (True, False)
        for shop in SHOPS
        for strategy in STRATEGIES
        for seed in seeds
    ]


def table(runs: Sequence[Run]) -> list[str]:
    """One line for each shop and strategy: means over the seeds, and the lowest and highest of them."""
    lines = [
        f"{'shop':22} {'morning':9} {'strategy':9} {'dry of 1,000':>20} {'hopeless':>9} {'first dry':>10} {'pieces':>7}"
    ]
    kinds = dict.fromkeys((run.refilled, run.shop, run.strategy) for run in runs)
    for refilled, shop, strategy in kinds:
        own = [r for r in runs if (r.refilled, r.shop, r.strategy) == (refilled, shop, strategy)]
        dry = [r.dry_in_a_thousand for r in own]
        hopeless = statistics.mean(1000 * r.hopeless / max(r.with_change, 1) for r in own)
        first = statistics.mean(place for r in own for place in r.first_dry)
        pieces = statistics.mean(r.pieces / max(r.with_change, 1) for r in own)
        spread = f"{statistics.mean(dry):.1f} [{min(dry):.1f}–{max(dry):.1f}]"
        morning = "made up" if refilled else "as left"
        lines.append(f"{shop:22} {morning:9} {strategy:9} {spread:>20} {hopeless:9.1f} {first:10.0f} {pieces:7.2f}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="bench.change_strategies", description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from --seed on")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    runs = play_all(customers=given.customers, seeds=range(given.seed, given.seed + given.seeds))
    if given.json:
        json.dump([asdict(run) for run in runs], sys.stdout)
        return
    print(f"{given.customers:,} cash customers in each shop, for each strategy and each of {given.seeds} seeds")
    print("\n".join(table(runs)))


if __name__ == "__main__":
    main()
