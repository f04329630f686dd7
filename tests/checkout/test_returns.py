"""Taking back: the exact mirror, never more than is left."""

import random
from typing import Any

import pytest

from counterfoil.billing.models import Invoice
from counterfoil.catalog.models import StockMovement
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.checkout.sale import read
from counterfoil.rules.errors import AlreadyReturned, Invalid, KeyReused, NotFound, Refusal
from counterfoil.shop import actions as shop_actions
from counterfoil.till import actions as till_actions
from counterfoil.till import queries as till
from tests.checkout.conftest import NOON, rows, sell
from tests.shop import SmallShop

CART: list[dict[str, Any]] = [
    {"product": "P001", "quantity": "3"},
    {"product": "P002", "quantity": "1.250", "discount": "5%"},
    {"product": "P003", "quantity": "2"},
    {"name": "Gift wrap", "unit_price": "15.00", "tax_rate": "18.00", "price_includes_tax": True, "discount": "2.00"},
]


def back(number: str, key: str = "a-return-key", **request: Any) -> dict[str, Any]:
    return take_back(
        number=number, request=read(ReturnIn, request), key=key, cashier=Cashier(name="Ravi"), now=NOON
    ).document


def test_everything_goes_back_in_one_step(shop: SmallShop) -> None:
    sold = sell(*CART, discount="11%").document
    note = back(sold["number"], refund=[{"method": "card", "reference": "R1"}], reason="Wrong address")
    assert note["number"] == "A/C26-27/00001"
    assert note["kind"] == "credit-note"
    assert note["original"]["number"] == sold["number"]
    for figure in ("discount", "taxable_total", "tax_total", "net_total", "rounding", "rounded_payable", "taxes"):
        assert note[figure] == sold[figure]
    assert shop.stock_milli("P001") == 50_000
    assert [n.number for n in Invoice.objects.get(number=sold["number"]).credit_notes.all()] == [note["number"]]


@pytest.mark.parametrize("seed", range(6))
def test_everything_in_random_steps_gives_back_exactly_what_was_paid(shop: SmallShop, seed: int) -> None:
    dice = random.Random(seed)
    sold = sell(*CART, discount=f"{dice.randrange(30)}%").document
    left = {line["position"]: int(line["quantity"].replace(".", "")) for line in sold["lines"]}
    refunded = 0
    for step in range(60):
        if not left:
            break
        position = dice.choice(sorted(left))
        milli = min(left[position], dice.choice((250, 500, 1000)))
        left[position] -= milli
        left = {p: q for p, q in left.items() if q}
        note = back(
            sold["number"],
            key=f"step-{seed}-{step}",
            refund=[{"method": "card"}],
            lines=[{"position": position, "quantity": f"{milli / 1000:.3f}"}],
        )
        refunded += int(note["rounded_payable"].replace(".", ""))
    assert not left
    assert refunded == int(sold["rounded_payable"].replace(".", ""))
    assert shop.stock_milli("P002") == 25_000


def test_never_more_than_is_left(shop: SmallShop) -> None:
    sold = sell(*CART).document
    back(sold["number"], lines=[{"position": 1, "quantity": "2"}], refund=[{"method": "card"}])
    before = rows()
    with pytest.raises(AlreadyReturned):
        back(sold["number"], key="another-key", lines=[{"position": 1, "quantity": "2"}])
    back(sold["number"], key="the-rest-key", refund=[{"method": "card"}])
    with pytest.raises(AlreadyReturned):
        back(sold["number"], key="once-too-often")
    assert rows()["billing.Invoice"] == before["billing.Invoice"] + 1


def test_a_cash_refund_leaves_the_counted_drawer(shop: SmallShop) -> None:
    till_actions.count_drawer(till=shop.till, notes={5000: 1, 2000: 3, 200: 1}, now=NOON)
    sold = sell({"product": "P001", "quantity": "2"}).document
    note = back(sold["number"])
    assert note["payments"] == [{"method": "cash", "amount": "42.00", "notes": {"20": 2, "2": 1}}]
    assert till.notes(shop.till) == {5000: 1, 2000: 1} == till.explained_notes(shop.till)


def test_written_off_goods_do_not_come_back_on_the_shelf(shop: SmallShop) -> None:
    sold = sell({"product": "P001", "quantity": "2"}).document
    back(sold["number"], write_off=True, refund=[{"method": "card"}])
    assert shop.stock_milli("P001") == 48_000
    reasons = StockMovement.objects.filter(product=shop.milk, invoice__kind="credit-note").values_list("reason")
    assert sorted(reason for (reason,) in reasons) == ["returned", "written-off"]


def test_the_same_key_answers_the_same_credit_note(shop: SmallShop) -> None:
    sold = sell(*CART).document
    first = back(sold["number"], refund=[{"method": "card"}])
    before = rows()
    assert back(sold["number"], refund=[{"method": "card"}])["number"] == first["number"]
    with pytest.raises(KeyReused):
        back(sold["number"], refund=[{"method": "upi"}])
    assert rows() == before


REFUSED: list[tuple[type[Refusal], dict[str, Any]]] = [
    (Invalid, {"lines": [{"position": 9, "quantity": "1"}]}),
    (Invalid, {"lines": []}),
    (AlreadyReturned, {"lines": [{"position": 1, "quantity": "3.001"}]}),
    (Invalid, {"refund": [{"method": "card", "amount": "1"}]}),
    (Invalid, {"refund": [{"method": "card"}, {"method": "cash"}]}),
    (Invalid, {"till": "ZZ"}),
]


@pytest.mark.parametrize(("error", "request_"), REFUSED)
def test_a_refused_return_leaves_nothing_behind(
    shop: SmallShop, error: type[Refusal], request_: dict[str, Any]
) -> None:
    sold = sell(*CART).document
    before = rows()
    with pytest.raises(error):
        back(sold["number"], **request_)
    with pytest.raises(NotFound):
        back("A/26-27/999999")
    assert rows() == before
    note = back(sold["number"], refund=[{"method": "card"}])
    with pytest.raises(Invalid):
        back(note["number"], key="credit-of-credit")


def test_a_refund_is_paid_out_by_the_shops_strategy(shop: SmallShop) -> None:
    sold = sell({"product": "P003"}).document
    till_actions.count_drawer(till=shop.till, notes={100_00: 1, 20_00: 9, 10_00: 5, 2_00: 4, 1_00: 4}, now=NOON)
    shop_actions.change_shop(changes={"change_strategy": "scarce"}, now=NOON)
    assert back(sold["number"])["payments"][0]["notes"] == {"20": 5, "10": 1, "2": 4}
