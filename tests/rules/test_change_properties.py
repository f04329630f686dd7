"""Change compared with trying every combination, at every stage of the search."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from counterfoil.rules import sums
from counterfoil.rules.change import make_change, smallest_ask

DRAWERS = st.dictionaries(st.integers(1, 60), st.integers(0, 4), min_size=1, max_size=5)
LARGE_DRAWERS = st.dictionaries(st.integers(1, 3000).map(lambda value: value * 50), st.integers(0, 9000), max_size=12)
# The stages as they are, and so small that nearly every sum lies between the ends of the table.
STAGES = st.sampled_from([sums.STAGES, ((1, 3), (2, 9), (4, 0)), ((8, 5), (16, 0))])

Ways = dict[int, list[dict[int, int]]]


@contextmanager
def stages(chosen: tuple[tuple[int, int], ...]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sums, "STAGES", chosen)
        yield


def all_ways(notes: dict[int, int]) -> Ways:
    """Every amount with its ways, those with the most of the highest note first."""
    values = sorted(notes, reverse=True)
    ways: Ways = {}
    for counts in product(*(range(notes[value], -1, -1) for value in values)):
        way = {value: count for value, count in zip(values, counts, strict=True) if count}
        ways.setdefault(sum(value * count for value, count in way.items()), []).append(way)
    return ways


def payable(values: list[int], most: int) -> set[int]:
    reached = {0}
    for extra in range(1, most + 1):
        if any(extra - value in reached for value in values):
            reached.add(extra)
    return reached - {0}


@given(DRAWERS, st.data(), STAGES)
def test_change_is_the_first_of_all_ways(notes: dict[int, int], data: st.DataObject, chosen) -> None:
    ways = all_ways(notes)
    for amount in data.draw(st.lists(st.integers(0, max(ways) + 2), min_size=1, max_size=8)):
        with stages(chosen):
            answer = make_change(amount, denominations=list(notes), notes=notes)
            fewest = make_change(amount, denominations=list(notes), notes=notes, strategy="fewest")
            scarce = make_change(amount, denominations=list(notes), notes=notes, strategy="scarce")
        if amount not in ways:
            assert answer is fewest is scarce is None
        else:
            assert answer == ways[amount][0]
            assert fewest == min(ways[amount], key=lambda way: sum(way.values()))
            order = sorted(notes, key=lambda value: (-notes[value], -value))
            assert scarce == max(ways[amount], key=lambda way: [way.get(value, 0) for value in order])


@given(DRAWERS, st.data(), STAGES, st.sampled_from([1, 256]))
def test_the_ask_is_the_smallest_of_all(notes: dict[int, int], data: st.DataObject, chosen, span) -> None:
    ways = all_ways(notes)
    enabled = sorted({*notes, *data.draw(st.lists(st.integers(1, 60), max_size=2))})
    extras = payable(enabled, max(ways))
    for amount in data.draw(st.lists(st.integers(0, max(ways) + 2), min_size=1, max_size=8)):
        expected = min((extra for extra in extras if amount + extra in ways), default=None)
        with stages(chosen), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sums, "FIRST_SPAN", span)
            found = smallest_ask(amount, denominations=enabled, notes=notes)
        assert (found and found.amount_paise) == expected
        if found:
            assert found.change == ways[amount + found.amount_paise][0]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True), st.integers(0, 200), STAGES)
def test_an_uncounted_drawer_makes_what_any_drawer_makes(values: list[int], amount: int, chosen) -> None:
    reached = payable(values, 4000) | {0}
    with stages(chosen):
        answer = make_change(amount, denominations=values, notes=None)
        found = smallest_ask(amount, denominations=values, notes=None)
    assert (answer is not None) == (amount in reached)
    if answer:
        assert sum(value * count for value, count in answer.items()) == amount
    expected = min((extra for extra in reached - {0} if amount + extra in reached), default=None)
    assert (found and found.amount_paise) == expected


@given(LARGE_DRAWERS, st.integers(0, 10**10), st.booleans())
def test_change_from_any_drawer_adds_up_and_uses_only_what_is_there(
    notes: dict[int, int], amount: int, round_amount: bool
) -> None:
    amount = amount // 50 * 50 if round_amount else amount
    answer = make_change(amount, denominations=list(notes), notes=notes)
    assume(answer is not None)
    assert answer is not None
    assert sum(value * count for value, count in answer.items()) == amount
    assert all(0 < count <= notes[value] for value, count in answer.items())


@given(LARGE_DRAWERS, st.data())
def test_whatever_was_put_together_from_a_drawer_can_be_made(notes: dict[int, int], data: st.DataObject) -> None:
    taken = {value: data.draw(st.integers(0, count)) for value, count in notes.items()}
    amount = sum(value * count for value, count in taken.items())
    answer = make_change(amount, denominations=list(notes), notes=notes)
    assert answer is not None
    assert sum(value * count for value, count in answer.items()) == amount
    order = sorted(notes, reverse=True)
    assert [answer.get(value, 0) for value in order] >= [taken[value] for value in order]
