"""What happens in the demo shop, in order of time: goods come in, customers buy, the drawer is lightened.

Everything follows from the seed and the number of invoices. Nothing is written here: `happenings` yields what a
writer (`real` or `bulk`) then does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from counterfoil.cli.demo import baskets
from counterfoil.cli.demo.baskets import Taken
from counterfoil.cli.demo.goods import GOODS, Good
from counterfoil.cli.demo.neighbours import NEIGHBOURS
from counterfoil.rules.money import Discount

DAYS = 90
HOURS = (7, 8, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21)
HOURS_OFTEN = (5, 8, 8, 8, 9, 7, 4, 5, 9, 12, 12, 9, 4)
WEEKEND = (5, 6)
WEEKEND_TIMES = 1.4
WALK_IN_SHARE = 0.4
STRANGERS_SHARE = 0.7  # of those who say who they are, where more people live than the neighbours
RETURNED_SHARE = 0.04  # of the visits; what is fresh or weighed is not taken back
COMES_UP_TO = baskets.up_to(each.comes_often for each in NEIGHBOURS)
MAIN_TILL, OTHER_TILL = "A", "B"
MAIN_TILL_SHARE = 0.7
DELIVERED_AT = time(6, 40)
FORGOTTEN_SHARE = 0.25  # of what should be ordered, on a given day
SCRAPS_MILLI = 100


@dataclass(frozen=True, slots=True)
class GoodsIn:
    at: datetime
    good: Good
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody at the counter. `neighbour` is an index, or None for a walk-in. `luck` seeds how they pay."""

    number: int
    at: datetime
    till: str
    neighbour: int | None
    lines: list[Taken]
    discount: Discount
    luck: int

    @property
    def business(self) -> bool:
        return self.neighbour is not None and _is_business(self.neighbour)


def _is_business(neighbour: int) -> bool:
    return neighbour < len(NEIGHBOURS) and bool(NEIGHBOURS[neighbour].gstin)


@dataclass(frozen=True, slots=True)
class ComesBack:
    """Somebody brings back what they bought: `position` of the invoice of visit `number`."""

    at: datetime
    number: int
    position: int
    good: Good
    quantity_milli: int


@dataclass(frozen=True, slots=True)
class Town:
    """How large it all is: goods beside the usual ones, all people, the days until now, and who rings up."""

    goods: Sequence[Good] = ()
    people: int = len(NEIGHBOURS)
    days: int = DAYS
    tills: tuple[str, ...] = (MAIN_TILL, OTHER_TILL)


@dataclass(slots=True)
class Shelf:
    """What lies on the shelves, and how much comes in at a time."""

    invoices_a_day: int
    stock_milli: dict[str, int] = field(default_factory=dict)

    def lot_milli(self, good: Good) -> int:
        """What is sold in some weeks (some days, of what is fresh), in whole pieces."""
        days = 2 if good.daily else 7
        a_day = self.invoices_a_day * baskets.MEAN_LINES * good.sold_often / baskets.ALL_SOLD_OFTEN
        return max(12, round(a_day * days * 3)) * 1000

    def reorder_level_milli(self, good: Good) -> int:
        lots = 2000 if good.daily else 4000  # what is fresh is ordered earlier
        return max(2, self.lot_milli(good) // lots) * 1000

    def opening_milli(self, good: Good) -> int:
        return 3 * self.lot_milli(good)

    def plenty_milli(self, kinds: int, days: int) -> int:
        """Of each good beside the usual ones, so that hardly one of so many kinds runs out in so many days."""
        return max(50, round(self.invoices_a_day * baskets.MEAN_LINES * days * 4 / max(kinds, 1))) * 1000

    def part(self, number: int) -> "Shelf":
        """One of so many equal parts: what one of as many tills may sell from."""
        stock_milli = {code: milli // 1000 // number * 1000 for code, milli in self.stock_milli.items()}
        return Shelf(-(-self.invoices_a_day // number), stock_milli)

    def take(self, lines: list[Taken]) -> list[Taken]:
        """As much as there is."""
        taken = []
        for line in lines:
            left = self.stock_milli[line.good.code]
            quantity = min(line.quantity_milli, left if line.good.loose else left // 1000 * 1000)
            if quantity >= SCRAPS_MILLI:
                self.stock_milli[line.good.code] = left - quantity
                same = quantity == line.quantity_milli
                taken.append(line if same else Taken(line.good, quantity, baskets.NO_DISCOUNT))
        return taken


@dataclass(slots=True)
class Regrets:
    """What will be brought back, and when. Luck of its own, so that the sales are the same without it."""

    allowed: bool
    luck: Random
    coming: list[ComesBack] = field(default_factory=list)

    def after(self, visit: Visit) -> None:
        if not self.allowed or self.luck.random() >= RETURNED_SHARE:
            return
        position = self.luck.randrange(len(visit.lines))
        line = visit.lines[position]
        if not line.good.loose and not line.good.daily:
            at = visit.at + timedelta(hours=self.luck.randrange(1, 60))
            self.coming.append(ComesBack(at, visit.number, position + 1, line.good, line.quantity_milli))

    def until(self, at: datetime, shelf: Shelf) -> Iterator[ComesBack]:
        due = sorted((each for each in self.coming if each.at <= at), key=lambda each: each.at)
        self.coming = [each for each in self.coming if each.at > at]
        for each in due:
            shelf.stock_milli[each.good.code] += each.quantity_milli
            yield each


def happenings(
    *, invoices: int, seed: int | str, now: datetime, zone: ZoneInfo, shelf: Shelf, returns: bool, town: Town
) -> Iterator[GoodsIn | Visit | ComesBack]:
    random, regrets = Random(f"counterfoil {seed}"), Regrets(returns, Random(f"returns {seed}"))
    number = 0
    for day, moments in _openings(random, invoices, now.astimezone(zone), town.days):
        yield from _deliveries(random, shelf, day)
        for at in moments:
            yield from regrets.until(at, shelf)
            visit = _visit(random, shelf, at, number, town)
            if visit is None:  # everything wanted is gone: the shop gets it at once
                yield from _deliveries(random, shelf, day, at=at, forgotten_share=0)
                visit = _visit(random, shelf, at, number, town)
            if visit:
                number += 1
                yield visit
                regrets.after(visit)


def _openings(random: Random, invoices: int, now: datetime, past: int) -> Iterator[tuple[datetime, list[datetime]]]:
    """Each day's morning, and the moments at which somebody buys on it, none of them after now."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=ago) for ago in range(past - 1, -1, -1)]
    weights = [WEEKEND_TIMES if day.weekday() in WEEKEND else 1.0 for day in days]
    counts = [0] * len(days)
    for index in random.choices(range(len(days)), weights, k=invoices):
        counts[index] += 1
    for day, count in zip(days, counts, strict=True):
        hours = random.choices(HOURS, HOURS_OFTEN, k=count)
        moments = [day + timedelta(hours=hour, seconds=random.randrange(3600)) for hour in hours]
        latest = now - timedelta(minutes=5)
        span = max(1, int((latest - day).total_seconds()))
        yield day, sorted(m if m <= latest else day + timedelta(seconds=random.randrange(span)) for m in moments)


def _deliveries(
    random: Random, shelf: Shelf, day: datetime, *, at: datetime | None = None, forgotten_share: float = FORGOTTEN_SHARE
) -> Iterator[GoodsIn]:
    when = at or datetime.combine(day.date(), DELIVERED_AT, day.tzinfo)
    for good in GOODS:
        if shelf.stock_milli[good.code] < shelf.reorder_level_milli(good) and random.random() >= forgotten_share:
            lot = shelf.lot_milli(good)
            shelf.stock_milli[good.code] += lot
            yield GoodsIn(when, good, lot)


def _visit(random: Random, shelf: Shelf, at: datetime, number: int, town: Town) -> Visit | None:
    known = random.random() >= WALK_IN_SHARE
    neighbour = baskets.one_of(random, range(len(NEIGHBOURS)), COMES_UP_TO) if known else None
    if known and town.people > len(NEIGHBOURS) and random.random() < STRANGERS_SHARE:
        neighbour = random.randrange(len(NEIGHBOURS), town.people)
    business = neighbour is not None and _is_business(neighbour)
    lines = shelf.take(baskets.fill(random, business=business, more=town.goods))
    if not lines:
        return None
    till = town.tills[0 if random.random() < MAIN_TILL_SHARE else -1]
    return Visit(number, at, till, neighbour, lines, baskets.off_the_bill(random), random.getrandbits(32))
