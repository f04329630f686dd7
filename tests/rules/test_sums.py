"""The search behind change, part by part: its tables against brute force, and how much work it does."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.rules import sums
from counterfoil.rules.sums import Sums, repeat, search

DRAWERS = st.lists(st.tuples(st.integers(1, 30), st.integers(1, 4)), min_size=1, max_size=5, unique_by=lambda e: e[0])

# Two plentiful large sizes, and a few small ones that cannot fill every gap.
WIDE = [(97, 40), (89, 40), (83, 40), (7, 1), (3, 1)]


def reached(drawer: list[tuple[int, int]]) -> set[int]:
    sizes = [size for size, _ in drawer]
    ways = product(*(range(count + 1) for _, count in drawer))
    return {sum(size * taken for size, taken in zip(sizes, way, strict=True)) for way in ways}


def as_bits(numbers: set[int]) -> int:
    return sum(1 << number for number in numbers)


@given(st.sets(st.integers(0, 20), min_size=1), st.integers(1, 12), st.integers(0, 9), st.integers(20, 60))
def test_repeat_adds_up_to_so_many_steps_within_the_window(start: set[int], step: int, count: int, window: int) -> None:
    numbers = {number + step * taken for number in start for taken in range(count + 1)}
    expected = as_bits({number for number in numbers if number <= window})
    assert repeat(as_bits(start), step=step, count=count, window=window) == expected


@given(DRAWERS, st.integers(0, 40))
def test_the_bits_of_every_suffix_are_its_sums_within_the_window(drawer: list[tuple[int, int]], window: int) -> None:
    table = Sums(drawer, window=window, steps=0)
    for entry in range(len(drawer) + 1):
        expected = {number for number in reached(drawer[entry:]) if number <= table.window}
        assert table.bits(entry) == as_bits(expected)


@given(DRAWERS)
def test_the_remainders_are_those_of_the_rest_of_the_drawer(drawer: list[tuple[int, int]]) -> None:
    table = Sums(drawer, window=0, steps=0)
    for entry, (size, _) in enumerate(drawer):
        assert table.remainders(entry) == as_bits({number % size for number in reached(drawer[entry + 1 :])})


@given(DRAWERS, st.integers(0, 60))
def test_can_is_exact_at_the_ends_and_between_them(drawer: list[tuple[int, int]], window: int) -> None:
    table = Sums(drawer, window=window, steps=0)
    for entry in range(len(drawer) + 1):
        expected = reached(drawer[entry:])
        for amount in range(-2, max(expected) + 3):
            assert table.can(entry, amount) is (amount in expected)
            assert table.can(entry, amount) is (amount in expected)  # and so it is when asked again


@given(DRAWERS, st.integers(0, 60), st.integers(0, 100), st.integers(1, 80))
def test_what_may_be_a_sum_leaves_none_out(drawer: list[tuple[int, int]], window: int, amount: int, span: int) -> None:
    table = Sums(drawer, window=window, steps=0)
    maybe = table._may_be_sums(amount, span)
    assert 0 <= maybe < 1 << (span + 1)
    exact = as_bits({number - amount for number in reached(drawer) if amount <= number <= amount + span})
    assert maybe & exact == exact
    if amount + span <= table.window:
        assert maybe == exact
    else:
        rest = {number % drawer[0][0] for number in reached(drawer[1:])}
        expected = {extra for extra in range(span + 1) if (amount + extra) % drawer[0][0] in rest}
        assert maybe == as_bits(expected)


def test_a_modulus_too_large_for_a_table_rules_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "LARGEST_MODULUS", 96)
    table = Sums(WIDE, window=0, steps=0)
    assert table._may_be_sums(5, 9) == (1 << 10) - 1
    assert table.can(0, 97 * 20)
    assert table._remainders == {}
    monkeypatch.setattr(sums, "LARGEST_MODULUS", 97)
    table = Sums(WIDE, window=0, steps=0)
    assert table._may_be_sums(5, 9) == 0b1111111111
    table.can(0, 97 * 20)
    assert 0 in table._remainders


@pytest.mark.parametrize(
    ("sizes", "span", "expected"),
    [([1], 5, -1), ([2, 1], 3, -1), ([2], 5, 0b10101), ([3, 2], 7, 0b11111101), ([7], 6, 1), ([7], 7, 0b10000001)],
)
def test_what_can_be_paid(sizes: list[int], span: int, expected: int) -> None:
    assert sums._payable(sizes, span) == expected


@pytest.mark.parametrize(
    ("drawer", "entry", "amount", "expected"),
    [
        # 50 against 20: two 50 for five 20, of which at most four stay: 80 // 50 is 1, five would be exchanged.
        ([(50, 9), (20, 9)], 0, 200, range(4, 1, -1)),
        ([(50, 9), (20, 9)], 0, 1000, range(9, 6, -1)),
        ([(50, 9), (20, 9)], 1, 100, range(5, 4, -1)),
        ([(50, 1), (20, 9)], 0, 1000, range(1, -1, -1)),
        # Four of each other size stay at most: 4 * 7 + 4 * 3 is 40, eight times 5.
        ([(5, 99), (7, 99), (3, 99)], 0, 100, range(20, 11, -1)),
        # One 7 and one 3 are all there is: 7 against 5 asks for seven places.
        ([(5, 99), (7, 1), (3, 1)], 0, 100, range(20, 12, -1)),
        ([(10, 9), (5, 9), (1, 9)], 0, 95, range(9, 7, -1)),
    ],
)
def test_almost_as_many_as_fit_are_tried(
    drawer: list[tuple[int, int]], entry: int, amount: int, expected: range
) -> None:
    table = Sums(drawer, window=0, steps=0)
    assert table._takes(entry, amount) == expected
    assert table._takes(entry, amount) == expected


@pytest.mark.parametrize(
    ("entry", "amount", "notes"),
    [
        (0, 0, 0),
        (0, 50, 1),
        (0, 51, 2),
        (0, 100, 2),
        (0, 101, 3),
        (0, 160, 5),
        (0, 161, 6),
        (0, 164, 9),
        (0, 170, 15),
        (1, 60, 3),
        (1, 61, 4),
        (2, 4, 4),
        (3, 7, 7),
    ],
)
def test_fewer_notes_than_that_cannot_do_it(entry: int, amount: int, notes: int) -> None:
    assert Sums([(50, 2), (20, 3), (1, 4)], window=0, steps=0)._at_least(entry, amount) == notes


# An amount that leaves 1, 3 or 4 modulo 5 cannot be made: there is one 2 and no 1.
RESIDUES = [(100, 40), (20, 40), (5, 40), (2, 1)]


def steps_taken(drawer: list[tuple[int, int]], amount: int, window: int) -> int:
    table = Sums(drawer, window=window, steps=10**6)
    table.first(amount)
    return 10**6 - table.steps_left


def test_the_search_does_no_more_work_than_it_did() -> None:
    """Counted, not timed. Whoever makes these larger has lost a bound or a memory of what failed."""
    found = {window: [steps_taken(WIDE, amount, window) for amount in WIDE_AMOUNTS] for window in WIDE_STEPS}
    assert found == WIDE_STEPS
    assert [steps_taken(RESIDUES, amount, 0) for amount in (2501, 2502, 2503, 2505, 2599)] == RESIDUE_STEPS


WIDE_AMOUNTS = (4000, 5001, 5002, 5500, 6161)
WIDE_STEPS = {0: [26, 8, 10, 16, 9], 100: [26, 8, 9, 15, 8], 1000: [5, 7, 8, 15, 7]}
RESIDUE_STEPS = [0, 3, 0, 3, 0]


def test_a_search_that_takes_too_long_is_asked_again_with_a_wider_window(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def ask(table: Sums) -> list[int] | None:
        asked.append((table.window, table.steps_left))
        return table.first(5001)

    monkeypatch.setattr(sums, "STAGES", ((0, 1), (3, 2), (400, 3), (700, 0)))
    answer = search(WIDE, ask)
    assert asked == [(0, 1), (3, 2), (400, 3), (700, -1)]
    assert answer == Sums(WIDE, window=10**6, steps=0).first(5001)
    asked.clear()
    monkeypatch.setattr(sums, "STAGES", ((0, 10**6), (3, 0)))
    assert search(WIDE, ask) == answer
    assert asked == [(0, 10**6)]


def test_the_steps_are_counted_to_the_last() -> None:
    needed = steps_taken(WIDE, 5001, 0)
    assert Sums(WIDE, window=0, steps=needed).first(5001) is not None
    with pytest.raises(sums._TooFar):
        Sums(WIDE, window=0, steps=needed - 1).first(5001)


# Nearly every note has its twin: the first way is far from the fewest notes.
TANGLED = [(60, 9), (47, 9), (36, 9), (25, 9), (20, 9), (9, 9), (4, 9), (1, 9)]


@pytest.mark.parametrize(
    ("amount", "steps", "best"),
    [
        (208, 46, 5),
        (282, 44, 6),
        (271, 51, 6),
        (618, 77, 12),
        (629, 65, 12),
        (712, 94, 14),
        (744, 53, 15),
        (885, 56, 18),
    ],
)
def test_fewest_prunes_and_stops_where_it_is_told(
    amount: int, steps: int, best: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def notes_used() -> int:
        counts = Sums(TANGLED, window=10**6, steps=0).fewest(amount)
        assert counts is not None
        assert sum(size * count for (size, _), count in zip(TANGLED, counts, strict=True)) == amount
        return sum(counts)

    monkeypatch.setattr(sums, "FEWEST_STEPS", steps)
    assert notes_used() == best
    monkeypatch.setattr(sums, "FEWEST_STEPS", steps - 1)
    assert notes_used() > best
    monkeypatch.setattr(sums, "FEWEST_STEPS", 0)
    first = Sums(TANGLED, window=10**6, steps=0).first(amount)
    assert first is not None
    assert notes_used() == sum(first)
