"""Change: which notes to hand back, and what to ask for when no exact change exists.

Amounts and denominations are paise. A drawer of None is unlimited (nobody has counted it). The search itself is in
`sums`; this module says what is wanted of it and speaks in notes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Literal

from counterfoil.rules.errors import ChangeUnavailable, DenominationUnknown, Invalid
from counterfoil.rules.money import format_amount, parse_amount
from counterfoil.rules.sums import Sums, search

Strategy = Literal["highest", "fewest", "scarce"]

NOTES_AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Ask:
    """What to ask the customer for on top, and the change that then goes back."""

    amount_paise: int
    change: dict[int, int]


def make_change(
    amount_paise: int,
    *,
    denominations: Sequence[int],
    notes: Mapping[int, int] | None,
    strategy: Strategy = "highest",
) -> dict[int, int] | None:
    """Notes that add up to the amount exactly, or None.

    "highest": as many of the highest note as any exact change has, then of the next. "fewest": the least notes that a
    search of bounded length finds; `Sums.fewest` says when that is not proven to be the least. "scarce": like
    "highest", but beginning with the notes of which the drawer has most, to spare the scarce ones.
    """
    if strategy not in ("highest", "fewest", "scarce"):
        raise ValueError(f"No way to make change is called {strategy!r}")
    if amount_paise < 0:
        return None
    held = _usable(denominations, notes, amount_paise)
    if strategy == "scarce" and notes is not None:
        held.sort(key=lambda entry: -notes[entry[0]])
    greedy = _greedy(amount_paise, held)
    if greedy is not None and strategy != "fewest":
        return greedy
    unit_paise = gcd(*(value for value, _ in held))
    if sum(value * count for value, count in held) < amount_paise or (unit_paise and amount_paise % unit_paise):
        return None
    amount = amount_paise // (unit_paise or 1)
    pick = Sums.fewest if strategy == "fewest" else Sums.first
    counts = search([(value // unit_paise, count) for value, count in held], lambda sums: pick(sums, amount))
    return None if counts is None else _named(held, counts)


def _usable(denominations: Iterable[int], notes: Mapping[int, int] | None, at_most_paise: int) -> list[tuple[int, int]]:
    """(value, count) from the highest down: enabled, there, and of use for this amount."""
    held = []
    for value in sorted({value for value in denominations if value > 0}, reverse=True):
        count = at_most_paise // value
        if notes is not None:
            count = min(count, notes.get(value, 0))
        if count > 0:
            held.append((value, count))
    return held


def _greedy(amount_paise: int, held: Sequence[tuple[int, int]]) -> dict[int, int] | None:
    """As many as possible of each in turn. Where that ends at zero, it is the first of all ways in this order."""
    change = {}
    for value, count in held:
        if taken := min(count, amount_paise // value):
            change[value] = taken
            amount_paise -= taken * value
    return None if amount_paise else change


def _named(held: Sequence[tuple[int, int]], counts: Sequence[int]) -> dict[int, int]:
    return {value: count for (value, _), count in sorted(zip(held, counts, strict=True), reverse=True) if count}


def smallest_ask(amount_paise: int, *, denominations: Sequence[int], notes: Mapping[int, int] | None) -> Ask | None:
    """The smallest amount on top, payable in enabled denominations, with which exact change can be given."""
    values = sorted({value for value in denominations if value > 0})
    unit_paise = gcd(*values)
    if amount_paise < 0 or not values or amount_paise % unit_paise:
        return None
    # From here up (Schur's bound) every multiple of the unit can be paid in these denominations.
    payable_from_paise = (values[0] // unit_paise - 1) * (values[-1] // unit_paise - 1) * unit_paise
    furthest_paise = amount_paise + payable_from_paise + values[-1]
    held = _usable(denominations, notes, furthest_paise)
    if sum(value * count for value, count in held) <= amount_paise:
        return None
    units = [value // unit_paise for value in values]
    extra = search(
        [(value // unit_paise, count) for value, count in held],
        lambda sums: sums.next_above(amount_paise // unit_paise, units, (furthest_paise - amount_paise) // unit_paise),
    )
    if extra is None:
        return None
    change = make_change(amount_paise + extra * unit_paise, denominations=denominations, notes=notes)
    assert change is not None
    return Ask(extra * unit_paise, change)


def plan_change(
    amount_paise: int,
    *,
    denominations: Sequence[int],
    notes: Mapping[int, int] | None,
    strategy: Strategy = "highest",
    decimals: int = 2,
) -> dict[int, int]:
    """`make_change`, or ChangeUnavailable with what to ask the customer for."""
    change = make_change(amount_paise, denominations=denominations, notes=notes, strategy=strategy)
    if change is not None:
        return change
    ask = smallest_ask(amount_paise, denominations=denominations, notes=notes)
    due = format_amount(amount_paise, decimals=decimals)
    if ask is None:
        raise ChangeUnavailable(f"The drawer cannot make {due}, whatever is added.", ask_for=None)
    extra = format_amount(ask.amount_paise, decimals=decimals)
    raise ChangeUnavailable(
        f"The drawer cannot make {due}. Ask for {extra} more.",
        ask_for={"amount": extra, "change": format_notes(ask.change, decimals=decimals)},
    )


def format_notes(notes: Mapping[int, int], *, decimals: int = 2) -> dict[str, int]:
    """For programs, from the highest down: {"500": 2, "0.50": 1}."""
    return {format_value(value, decimals=decimals): notes[value] for value in sorted(notes, reverse=True)}


def format_value(value_paise: int, *, decimals: int = 2) -> str:
    """A denomination as a plain number: "500", "0.50"."""
    whole, part = divmod(value_paise, 10**decimals)
    return format_amount(value_paise, decimals=decimals) if part else str(whole)


def parse_notes(
    mapping: Mapping[str, str | int | Decimal],
    *,
    field: str = "notes",
    denominations: Sequence[int],
    decimals: int = 2,
) -> dict[int, int]:
    """{"500": 2} as {50000: 2}; no entry for none. Denominations that the shop does not have are refused."""
    notes: dict[int, int] = {}
    for text, written in mapping.items():
        where = f"{field}.{text}"
        value = _known(text, where=where, denominations=denominations, decimals=decimals)
        count = parse_amount(written, field=where, decimals=0, at_most=NOTES_AT_MOST)
        if value in notes:
            raise Invalid(f"{text} is given twice.", field=where)
        notes[value] = count
    return {value: count for value, count in notes.items() if count}


def _known(text: str, *, where: str, denominations: Sequence[int], decimals: int) -> int:
    unknown = DenominationUnknown(f"This shop has no note or coin of {text}.", field=where, value=text)
    try:
        value = parse_amount(text, decimals=decimals, at_least=1)
    except Invalid as error:
        raise unknown from error
    if value not in denominations:
        raise unknown
    return value
