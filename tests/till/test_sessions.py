"""A till's day, from the opening count to the Z report."""

from datetime import timedelta

import pytest

from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.checkout.sale import read
from counterfoil.history.session import report
from counterfoil.rules.errors import Refusal
from counterfoil.till import queries as till
from counterfoil.till import sessions
from tests.checkout.conftest import NOON, sell
from tests.shop import SmallShop

OPENING = {10000: 5, 5000: 4, 2000: 10, 1000: 10, 500: 10, 200: 10, 100: 10}
EVENING = NOON + timedelta(hours=8)


def test_a_day_is_explained_note_by_note(shop: SmallShop) -> None:
    session = sessions.open_session(till=shop.till, notes=OPENING, now=NOON, user_id=shop.cashier.pk)
    sold = sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "notes": {"500": 1}}]).document
    sell({"product": "P003"}, payments=[{"method": "upi", "amount": "118"}])
    one_milk = read(ReturnIn, {"lines": [{"position": 1, "quantity": "1"}]})
    take_back(number=sold["number"], request=one_milk, key="back-one-milk", cashier=Cashier(), now=NOON)
    sessions.move_cash(till=shop.till, kind="safe-drop", notes={50000: 1}, reason="", now=NOON)
    sessions.move_cash(till=shop.till, kind="cash-out", notes={2000: 1}, reason="Tea", now=NOON)
    x = report(session, now=EVENING)
    assert (x.invoices, x.credit_notes) == (2, 1)
    assert (x.net_paise, x.payable_paise, x.refunded_paise) == (16000, 16000, 2100)
    assert x.by_method == {"upi": (1, 11800), "cash": (2, 2100)}
    assert x.moved["cash-out"] == {2000: -1}
    assert x.expected_notes == till.notes(shop.till) == till.explained_notes(shop.till)
    assert x.expected_paise == sum(v * n for v, n in OPENING.items()) + 2100 - 50000 - 2000
    assert x.counted_notes is None


def test_a_count_that_is_off_by_one_hundred_shows_exactly_that(shop: SmallShop) -> None:
    sessions.open_session(till=shop.till, notes=OPENING, now=NOON, user_id=None)
    sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "notes": {"100": 1}}])
    counted = dict(till.notes(shop.till))
    counted[10000] -= 1
    session, variance = sessions.close_session(till=shop.till, notes=counted, now=EVENING, user_id=shop.cashier.pk)
    assert variance == {10000: -1} == report(session, now=EVENING).variance
    assert till.notes(shop.till) == counted == till.explained_notes(shop.till)


def test_a_sale_after_closing_belongs_to_no_session(shop: SmallShop) -> None:
    session = sessions.open_session(till=shop.till, notes=OPENING, now=NOON, user_id=None)
    sessions.close_session(till=shop.till, notes=OPENING, now=EVENING, user_id=None)
    sell({"product": "P001"}, now=EVENING)
    assert report(session, now=EVENING).invoices == 0


@pytest.mark.parametrize(
    ("kind", "notes", "reason", "field"),
    [
        ("cash-out", {50000: 1}, "Tea", "notes"),  # not there
        ("cash-out", {10000: 1}, " ", "reason"),
        ("cash-out", {}, "Tea", "notes"),
        ("gift", {10000: 1}, "Tea", "kind"),
    ],
)
def test_cash_that_is_not_there_cannot_leave(
    shop: SmallShop, kind: str, notes: dict[int, int], reason: str, field: str
) -> None:
    sessions.open_session(till=shop.till, notes=OPENING, now=NOON, user_id=None)
    with pytest.raises(Refusal) as refused:
        sessions.move_cash(till=shop.till, kind=kind, notes=notes, reason=reason, now=NOON)
    assert refused.value.errors[0].field == field
    assert till.notes(shop.till) == OPENING


def test_one_session_at_a_time(shop: SmallShop) -> None:
    with pytest.raises(Refusal):
        sessions.close_session(till=shop.till, notes={}, now=NOON, user_id=None)
    sessions.open_session(till=shop.till, notes=OPENING, now=NOON, user_id=None)
    with pytest.raises(Refusal, match="open already"):
        sessions.open_session(till=shop.till, notes={}, now=NOON, user_id=None)
    assert till.notes(shop.till) == OPENING
