"""One customer's basket and purse: what they take, what they pay with. Pure, from a seeded random source."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from counterfoil.cli.demo.goods import GOODS, Good
from counterfoil.rules.change import make_change
from counterfoil.rules.money import Discount


def up_to(often: Iterable[int]) -> tuple[int, ...]:
    """How often each comes, or one before it: what `choices` would add up anew at each choice."""
    return tuple(accumulate(often))


def one_of[T](random: Random, things: Sequence[T], up_to: Sequence[int]) -> T:
    """What `choices` would choose of them, without its list of one."""
    return things[bisect(up_to, random.random() * up_to[-1])]


LINES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12)
LINES_UP_TO = up_to((12, 17, 18, 15, 12, 9, 6, 5, 4, 2))
MEAN_LINES = 4
PIECES, PIECES_UP_TO = (1, 2, 3, 4, 6), up_to((70, 18, 5, 4, 3))
BUSINESS_TIMES = 4
GRAMS, GRAMS_UP_TO = (250, 500, 1000, 1500, 2000, 5000), up_to((14, 30, 34, 8, 10, 4))
ROUND_UP_TO_PAISE, ROUND_UP_UP_TO = (1_00, 10_00, 50_00, 100_00, 500_00), up_to((20, 24, 16, 22, 18))
METHODS, METHODS_UP_TO = ("upi", "cash", "card", "mixed"), up_to((46, 40, 8, 6))
ACCOUNT_ONE_IN = 3  # of what a business buys
SOLD_UP_TO = up_to(good.sold_often for good in GOODS)
ALL_SOLD_OFTEN = SOLD_UP_TO[-1]
NO_DISCOUNT = Discount()
OF_THE_CROWD = 0.6  # of what is bought, where the shelves hold more than the usual


@dataclass(frozen=True, slots=True)
class Taken:
    good: Good
    quantity_milli: int
    discount: Discount


@dataclass(frozen=True, slots=True)
class Part:
    """One payment. Cash comes as notes {paise: count}."""

    method: str
    amount_paise: int
    notes: dict[int, int] | None = None
    reference: str = ""


def fill(random: Random, *, business: bool, more: Sequence[Good] = ()) -> list[Taken]:
    """Different goods, in the order they are rung up. `more`: what else there is on the shelves."""
    count = one_of(random, LINES, LINES_UP_TO)
    goods = dict.fromkeys(random.choices(GOODS, cum_weights=SOLD_UP_TO, k=count))
    if more:
        goods = dict.fromkeys(random.choice(more) if random.random() < OF_THE_CROWD else good for good in goods)
    return [
        Taken(good, quantity := _quantity(random, good, business), _discount(random, good, quantity)) for good in goods
    ]


def _quantity(random: Random, good: Good, business: bool) -> int:
    times = BUSINESS_TIMES if business else 1
    if not good.loose:
        return one_of(random, PIECES, PIECES_UP_TO) * 1000 * times
    grams = one_of(random, GRAMS, GRAMS_UP_TO)
    poured = random.randrange(-9, 30) * 5 if random.random() < 0.4 else 0
    return (grams + poured) * times


def _discount(random: Random, good: Good, quantity_milli: int) -> Discount:
    if random.random() > 0.05:
        return NO_DISCOUNT
    if random.random() < 0.6:
        return Discount(rate_bp=random.choice((200, 500, 1000)))
    value_paise = good.price_paise * quantity_milli // 1000
    return Discount(amount_paise=min(random.choice((200, 500, 1000)), value_paise // 4))


def off_the_bill(random: Random) -> Discount:
    if random.random() > 0.03:
        return NO_DISCOUNT
    return random.choice((Discount(rate_bp=200), Discount(amount_paise=10_00), Discount(amount_paise=5_00)))


def pay(random: Random, payable_paise: int, *, business: bool, denominations: tuple[int, ...]) -> list[Part]:
    if payable_paise == 0:
        return []
    if business and random.randrange(ACCOUNT_ONE_IN) == 0:
        return [Part("account", payable_paise)]
    method = one_of(random, METHODS, METHODS_UP_TO)
    if method == "mixed":
        upi_paise = payable_paise // 2 // 10_00 * 10_00
        if upi_paise:
            return [_cash(random, payable_paise - upi_paise, denominations), _by_phone(random, upi_paise)]
        method = "cash"
    if method == "cash":
        return [_cash(random, payable_paise, denominations)]
    if method == "card":
        return [Part("card", payable_paise, reference=f"{random.randrange(10**6):06}")]
    return [_by_phone(random, payable_paise)]


def pay_exactly(parts: list[Part], payable_paise: int, denominations: tuple[int, ...]) -> list[Part]:
    """The same payments without change: the drawer has none."""
    other_paise = sum(part.amount_paise for part in parts if part.method != "cash")
    due_paise = payable_paise - other_paise
    cash = Part("cash", due_paise, make_change(due_paise, denominations=denominations, notes=None))
    return [cash, *(part for part in parts if part.method != "cash")]


def _by_phone(random: Random, amount_paise: int) -> Part:
    return Part("upi", amount_paise, reference=f"{random.randrange(10**12):012}")


def _cash(random: Random, due_paise: int, denominations: tuple[int, ...]) -> Part:
    """The purse's notes: exactly, or the next ten, fifty, hundred or five hundred."""
    step_paise = one_of(random, ROUND_UP_TO_PAISE, ROUND_UP_UP_TO)
    given_paise = -(-due_paise // step_paise) * step_paise
    return Part("cash", given_paise, make_change(given_paise, denominations=denominations, notes=None))
