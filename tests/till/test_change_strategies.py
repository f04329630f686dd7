"""The simulation behind docs/change-strategies.md: its customers pay enough, and are the same for every strategy."""

from random import Random

import pytest

from bench.change_strategies import SHOPS, STRATEGIES, play, tender

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.name)
def test_every_customer_hands_over_enough_and_never_a_note_too_many(shop: object) -> None:
    from bench.change_strategies import Shop

    assert isinstance(shop, Shop)
    dice = Random(7)
    for _ in range(300):
        due = shop.bill(dice)
        given = tender(due, shop.habits, dice)
        paid = sum(value * count for value, count in given.items())
        assert paid >= due > 0
        assert paid - due < max(given) or paid - due < 100_00


def test_the_same_people_come_whatever_the_strategy() -> None:
    runs = [play(SHOPS[1], strategy, customers=240, seed=3, refilled=True) for strategy in STRATEGIES]
    assert len({run.with_change for run in runs}) == 1
    assert [len(run.first_dry) for run in runs] == [2, 2, 2]
    assert play(SHOPS[1], "highest", customers=240, seed=3, refilled=True) == runs[0]
