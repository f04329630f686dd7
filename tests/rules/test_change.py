"""Change out of real drawers, one behaviour at a time."""

from decimal import Decimal
from typing import Any

import pytest

from counterfoil.rules.change import (
    NOTES_AT_MOST,
    Ask,
    _greedy,
    format_notes,
    format_value,
    make_change,
    parse_notes,
    plan_change,
    smallest_ask,
)
from counterfoil.rules.errors import ChangeUnavailable, DenominationUnknown, Invalid

RUPEES = [50000, 20000, 10000, 5000, 2000, 1000, 500, 200, 100]


def change(
    amount: int, notes: dict[int, int] | None, values: list[int] | None = None, **more: Any
) -> dict[int, int] | None:
    return make_change(amount, denominations=values or sorted(notes or {}), notes=notes, **more)


def ask(amount: int, notes: dict[int, int] | None, values: list[int]) -> tuple[int, dict[int, int]] | None:
    found = smallest_ask(amount, denominations=values, notes=notes)
    return None if found is None else (found.amount_paise, found.change)


@pytest.mark.parametrize(
    ("amount", "notes", "expected"),
    [
        (60, {50: 1, 20: 3}, {20: 3}),
        (8, {5: 1, 2: 4}, {2: 4}),
        (0, {50: 1}, {}),
        (0, {}, {}),
        (5, {}, None),
        (-5, {5: 1}, None),
        (130, {100: 1, 50: 2, 20: 4}, {50: 1, 20: 4}),
        (30, {50: 9, 20: 9}, None),
        (110, {50: 2, 20: 3}, {50: 1, 20: 3}),
        (7, {5: 1, 3: 1, 2: 1}, {5: 1, 2: 1}),
        (6, {4: 1, 3: 2}, {3: 2}),
        (6, {4: 1, 3: 2, 1: 2}, {4: 1, 1: 2}),
        (100, {50: 1, 20: 2}, None),
        (90, {50: 1, 20: 2}, {50: 1, 20: 2}),
        (91, {50: 1, 20: 2}, None),
        (21, {10: 2, 7: 3, 2: 2}, {10: 1, 7: 1, 2: 2}),  # and not three 7, the fewest
    ],
)
def test_the_answer_is_the_first_feasible_from_the_highest_down(
    amount: int, notes: dict[int, int], expected: dict[int, int] | None
) -> None:
    assert change(amount, notes) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0, {}), (70, {50: 1, 20: 1}), (90, {50: 1, 20: 2}), (60, None), (300, None), (20, {20: 1})],
)
def test_the_quick_way_answers_where_it_ends_at_zero_and_only_there(
    amount: int, expected: dict[int, int] | None
) -> None:
    assert _greedy(amount, [(50, 1), (20, 3)]) == expected


def test_an_uncounted_drawer_is_unlimited() -> None:
    assert change(45800, None, RUPEES) == {20000: 2, 5000: 1, 500: 1, 200: 1, 100: 1}
    assert change(6, None, [4, 3]) == {3: 2}
    assert change(5, None, [4, 3]) is None
    assert change(10**10, None, RUPEES) == {50000: 200_000}


def test_notes_of_a_denomination_that_is_not_enabled_stay_in_the_drawer() -> None:
    assert change(60, {50: 1, 20: 3, 10: 1}, [50, 20]) == {20: 3}
    assert ask(40, {50: 1, 7: 9}, [50, 10]) == (10, {50: 1})
    assert ask(30, {50: 1}, [50, 20, 10, 0]) == (20, {50: 1})


def test_the_answer_is_written_from_the_highest_down_whatever_the_order_asked_in() -> None:
    answer = change(180, {100: 1, 50: 1, 20: 1, 10: 1}, [10, 100, 20, 50, 50, 0, -5])
    assert answer is not None
    assert list(answer.items()) == [(100, 1), (50, 1), (20, 1), (10, 1)]


@pytest.mark.parametrize(
    ("amount", "notes", "expected"),
    [
        (6, {4: 1, 3: 2, 1: 2}, {3: 2}),
        (60, {50: 1, 20: 3, 10: 1}, {50: 1, 10: 1}),
        (8, {5: 1, 4: 2, 3: 1}, {5: 1, 3: 1}),
        (10, {7: 9, 5: 9, 1: 9}, {5: 2}),
        (10, {7: 9, 5: 1, 1: 9}, {7: 1, 1: 3}),
        (0, {5: 1}, {}),
        (3, {5: 1}, None),
        (4, {5: 1, 3: 4}, None),
        (24, {12: 1, 8: 3, 4: 3}, {12: 1, 8: 1, 4: 1}),
    ],
)
def test_fewest_hands_back_the_least_notes_and_of_those_the_first(
    amount: int, notes: dict[int, int], expected: dict[int, int] | None
) -> None:
    assert change(amount, notes, strategy="fewest") == expected


def test_scarce_spares_the_notes_of_which_there_are_few() -> None:
    assert change(100, {50: 2, 20: 30, 10: 5}, strategy="scarce") == {20: 5}
    assert change(90, {50: 2, 20: 30, 10: 5}, strategy="scarce") == {20: 4, 10: 1}
    assert change(70, {50: 2, 20: 30}, strategy="scarce") == {50: 1, 20: 1}
    assert change(100, {50: 5, 20: 5}, strategy="scarce") == {50: 2}
    assert change(100, None, [50, 20], strategy="scarce") == {50: 2}


@pytest.mark.parametrize(
    ("amount", "notes", "values", "expected"),
    [
        (4800, {5000: 1}, RUPEES, (200, {5000: 1})),
        (4900, {5000: 1}, RUPEES, (100, {5000: 1})),
        (5000, {5000: 1}, RUPEES, None),
        (5100, {5000: 1}, RUPEES, None),
        (4850, {5000: 1}, RUPEES, None),
        (100, {5000: 1, 20000: 1}, RUPEES, (4900, {5000: 1})),
        (5100, {5000: 1, 20000: 1}, RUPEES, (14900, {20000: 1})),
        (3, {7: 2}, [7, 2], (4, {7: 1})),
        (4, {7: 2}, [7, 2], (10, {7: 2})),
        (6, {7: 2}, [7, 2], (8, {7: 2})),
        (3, {6: 1}, [6, 4], None),
        (-1, {6: 1}, [6], None),
        (0, {6: 1}, [6, 2], (6, {6: 1})),
        (5, {5: 1}, [], None),
        (5, {}, [5], None),
        (1, None, [4, 3], (3, {4: 1})),
        (2, None, [4, 3], (4, {3: 2})),
        (5, None, [4, 3], (3, {4: 2})),
        (10, None, [7], None),
        (7, None, [7], (7, {7: 2})),
    ],
)
def test_the_smallest_extra_amount_that_makes_it_work(
    amount: int, notes: dict[int, int] | None, values: list[int], expected: tuple[int, dict[int, int]] | None
) -> None:
    assert ask(amount, notes, values) == expected


def test_a_plan_is_the_change_or_says_what_to_ask_for() -> None:
    assert plan_change(6000, denominations=RUPEES, notes={5000: 1, 2000: 3}) == {2000: 3}
    assert plan_change(600, denominations=[400, 300, 100], notes={400: 1, 300: 2, 100: 2}, strategy="fewest") == {
        300: 2
    }
    with pytest.raises(ChangeUnavailable) as refusal:
        plan_change(4800, denominations=RUPEES, notes={5000: 1})
    assert refusal.value.more == {"ask_for": {"amount": "2.00", "change": {"50": 1}}}
    assert refusal.value.detail == "The drawer cannot make 48.00. Ask for 2.00 more."
    with pytest.raises(ChangeUnavailable) as refusal:
        plan_change(5100, denominations=RUPEES, notes={5000: 1})
    assert refusal.value.more == {"ask_for": None}
    assert refusal.value.detail == "The drawer cannot make 51.00, whatever is added."
    with pytest.raises(ChangeUnavailable) as refusal:
        plan_change(48, denominations=[50, 2], notes={50: 1}, decimals=0)
    assert refusal.value.more == {"ask_for": {"amount": "2", "change": {"50": 1}}}
    assert refusal.value.detail == "The drawer cannot make 48. Ask for 2 more."
    with pytest.raises(ChangeUnavailable, match="cannot make 51, whatever"):
        plan_change(51, denominations=[50, 2], notes={50: 1}, decimals=0)


def test_notes_are_written_as_plain_numbers_from_the_highest_down() -> None:
    assert list(format_notes({50: 1, 50000: 2, 150: 3}).items()) == [("500", 2), ("1.50", 3), ("0.50", 1)]
    assert format_notes({500: 1}, decimals=0) == {"500": 1}
    assert (format_value(25), format_value(100), format_value(25, decimals=3)) == ("0.25", "1", "0.025")


def test_notes_are_read_and_none_of_a_kind_is_no_entry() -> None:
    denominations = [50000, 1000, 50]
    mapping: dict[str, str | int | Decimal] = {"500": 2, "0.50": "3", "10.00": Decimal(4)}
    assert parse_notes(mapping, denominations=denominations) == {50000: 2, 50: 3, 1000: 4}
    assert parse_notes({"500": 0}, denominations=denominations) == {}
    assert parse_notes({"500": NOTES_AT_MOST}, denominations=denominations) == {50000: 100_000}
    assert parse_notes({"500": 1}, denominations=[500], decimals=0) == {500: 1}


@pytest.mark.parametrize("text", ["7", "500.001", "x", "", "-500", "0", "1e3"])
def test_an_unknown_denomination_is_named(text: str) -> None:
    with pytest.raises(DenominationUnknown) as refusal:
        parse_notes({text: 1}, field="payments[0].notes", denominations=[50000, 0])
    assert refusal.value.errors[0].field == f"payments[0].notes.{text}"
    assert refusal.value.detail == f"This shop has no note or coin of {text}."
    assert refusal.value.more == {"value": text}


@pytest.mark.parametrize("count", [-1, "1.5", "x", NOTES_AT_MOST + 1, True, None])
def test_a_count_that_cannot_be_is_refused_at_its_field(count: Any) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_notes({"500": count}, denominations=[50000])
    assert refusal.value.errors[0].field == "notes.500"
    assert not isinstance(refusal.value, DenominationUnknown)


def test_a_denomination_given_twice_is_refused() -> None:
    with pytest.raises(Invalid, match=r"5\.00 is given twice") as refusal:
        parse_notes({"5": 1, "5.00": 1}, denominations=[500])
    assert refusal.value.errors[0].field == "notes.5.00"


def test_what_had_to_be_searched_for_is_written_from_the_highest_down_too() -> None:
    answer = change(110, {20: 3, 50: 2})
    assert answer is not None
    assert list(answer.items()) == [(50, 1), (20, 3)]
    assert ask(40, {50: 1}, [0, 10, 50]) == (10, {50: 1})


def test_the_smallest_coin_of_all_is_a_coin() -> None:
    assert parse_notes({"0.01": 3}, denominations=[1]) == {1: 3}


def test_a_way_to_make_change_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^No way to make change is called 'random'$"):
        change(60, {50: 1, 20: 3}, strategy="random")


def test_an_ask_says_amount_and_change() -> None:
    assert smallest_ask(4800, denominations=RUPEES, notes={5000: 1}) == Ask(200, {5000: 1})


def test_a_large_drawer_is_answered_between_its_ends() -> None:
    """Ten crore out of thousands of notes: far from either end, where no table reaches."""
    notes = dict.fromkeys(RUPEES, 9000) | {200: 1, 100: 1}
    total = sum(value * count for value, count in notes.items())
    for amount in (10**8 + 300, 10**8 + 400, total - 10**8 - 400):
        answer = change(amount, notes, RUPEES)
        found = ask(amount, notes, RUPEES)
        if answer is None:
            assert found is not None
            assert found[0] == 100
            answer, amount = found[1], amount + found[0]
        assert sum(value * count for value, count in answer.items()) == amount
        assert all(count <= notes[value] for value, count in answer.items())


def test_a_residue_that_cannot_be_made_is_told_between_the_ends_too() -> None:
    notes = {200000: 5000, 500: 5000, 200: 1}
    assert change(500_000_100, notes) is None
    assert change(500_000_200, notes) == {200000: 2500, 200: 1}
    assert change(500_000_600, notes) is None
    assert ask(500_000_100, notes, [200000, 500, 200, 100]) == (100, {200000: 2500, 200: 1})
