"""Returns mirror the invoice, in one step or in many."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.rules.errors import AlreadyReturned, Invalid
from counterfoil.rules.money import Discount
from counterfoil.rules.pricing import CartLine, HeadTax, Policy, PricedSale, price
from counterfoil.rules.returns import Credit, Sold, SoldLine, give_back
from tests.rules.strategies import CARTS, DISCOUNTS, POLICIES


def sold(sale: PricedSale, policy: Policy) -> Sold:
    lines = tuple(
        SoldLine(
            position=position,
            quantity_milli=line.quantity_milli,
            value_paise=line.value_paise,
            discount_paise=line.discount_paise,
            bill_discount_paise=line.bill_discount_paise,
            taxable_paise=line.taxable_paise,
            tax_paise=line.tax_paise,
            total_paise=line.total_paise,
            tax_rate_bp=line.tax_rate_bp,
        )
        for position, line in enumerate(sale.lines, start=1)
    )
    return Sold(lines, policy.heads, sale.payable_paise, policy.payable_rounding, policy.payable_unit_paise)


POLICY = Policy(("CGST", "SGST"))
BISCUITS = CartLine(3000, 1000, True, 1800)
MILK = CartLine(2000, 2050, False, 500)
INVOICE = sold(price([BISCUITS, MILK], policy=POLICY), POLICY)


def figures(credit: Credit | PricedSale) -> tuple[Any, ...]:
    return (
        [(line.value_paise, line.discount_paise, line.bill_discount_paise) for line in credit.lines],
        [(line.taxable_paise, line.tax_paise, line.total_paise, line.tax_rate_bp) for line in credit.lines],
        credit.taxes,
        (credit.discount_paise, credit.taxable_paise, credit.tax_paise),
        (credit.net_paise, credit.rounding_paise, credit.payable_paise),
    )


def test_one_of_three_goes_back_at_its_shelf_price() -> None:
    credit = give_back(INVOICE, returned_milli={}, now_milli={1: 1000})
    assert [(line.position, line.quantity_milli) for line in credit.lines] == [(1, 1000)]
    line = credit.lines[0]
    assert (line.value_paise, line.taxable_paise, line.tax_paise, line.total_paise) == (1000, 848, 152, 1000)
    assert credit.taxes == (HeadTax("CGST", 90000, 848, 76), HeadTax("SGST", 90000, 848, 76))
    assert (credit.net_paise, credit.rounding_paise, credit.payable_paise) == (1000, 0, 1000)


def test_a_part_of_a_line_takes_its_part_of_the_discounts_along() -> None:
    policy = Policy(("Tax",), payable_rounding="none")
    sale = price([CartLine(2000, 1000, False, 0, Discount(200))], discount=Discount(100), policy=policy)
    line = give_back(sold(sale, policy), returned_milli={}, now_milli={1: 1000}).lines[0]
    assert (line.value_paise, line.discount_paise, line.bill_discount_paise, line.total_paise) == (1000, 100, 50, 850)


def test_a_gram_that_stays_with_the_customer_is_not_paid_back() -> None:
    policy = Policy(("Tax",), payable_rounding="none")
    saffron = CartLine(1, 50_000_00, False, 0)  # 0.001 of it
    invoice = sold(price([BISCUITS, saffron], policy=policy), policy)
    assert invoice.payable_paise == 3000 + 5000
    assert give_back(invoice, returned_milli={}, now_milli={1: 3000}).payable_paise == 3000
    assert give_back(invoice, returned_milli={1: 3000}).payable_paise == 5000


def test_the_steps_add_up_to_what_was_paid() -> None:
    # 30.00 with 18 % in it, and 41.00 plus 5 %: 73.06, paid 73.00.
    assert INVOICE.payable_paise == 7300
    first = give_back(INVOICE, returned_milli={}, now_milli={2: 1000})
    second = give_back(INVOICE, returned_milli={2: 1000}, now_milli={1: 3000})
    last = give_back(INVOICE, returned_milli={2: 1000, 1: 3000})
    assert [credit.net_paise for credit in (first, second, last)] == [2153, 3000, 2153]
    assert [credit.payable_paise for credit in (first, second, last)] == [2100, 3000, 2200]
    assert [credit.rounding_paise for credit in (first, second, last)] == [-53, 0, 47]


def test_what_was_paid_is_never_exceeded_on_the_way() -> None:
    policy = Policy(("Tax",), payable_rounding="nearest")
    invoice = sold(price([CartLine(2000, 1, False, 0), CartLine(1000, 60, False, 0)], policy=policy), policy)
    assert invoice.payable_paise == 100
    first = give_back(invoice, returned_milli={}, now_milli={2: 1000})
    rest = give_back(invoice, returned_milli={2: 1000})
    assert (first.payable_paise, rest.payable_paise) == (100, 0)
    paid_less = replace(invoice, payable_paise=30)
    assert give_back(paid_less, returned_milli={}, now_milli={2: 1000}).payable_paise == 30


def test_the_last_step_gives_back_what_was_paid_however_it_was_rounded() -> None:
    for payable in (7250, 7310):
        invoice = replace(INVOICE, payable_paise=payable)
        assert give_back(invoice, returned_milli={}).payable_paise == payable
        first = give_back(invoice, returned_milli={}, now_milli={1: 3000, 2: 1999})
        last = give_back(invoice, returned_milli={1: 3000, 2: 1999})
        assert (first.payable_paise, last.payable_paise) == (min(payable, 7300), payable - min(payable, 7300))


def test_a_line_that_was_never_returned_counts_as_none() -> None:
    invoice = replace(INVOICE, lines=(replace(INVOICE.lines[0], quantity_milli=1), INVOICE.lines[1]))
    credit = give_back(invoice, returned_milli={}, now_milli={2: 1000})
    assert (credit.net_paise, credit.payable_paise) == (2153, 2100)
    assert all(isinstance(tax.amount_paise, int) and isinstance(tax.rate_ppm, int) for tax in credit.taxes)
    assert all(isinstance(line.tax_paise, int) for line in credit.lines)


def test_more_than_is_left_is_refused_and_says_how_many_are() -> None:
    with pytest.raises(AlreadyReturned) as refusal:
        give_back(INVOICE, returned_milli={1: 2000}, now_milli={1: 1001})
    assert refusal.value.detail == "Line 1 has only 1.000 left to return."
    assert refusal.value.more == {"line": 1, "left": "1.000"}
    assert refusal.value.errors[0].field == "lines"


@pytest.mark.parametrize("now", [None, {}])
def test_nothing_left_is_refused(now: dict[int, int] | None) -> None:
    with pytest.raises(AlreadyReturned, match=r"^Nothing of this invoice is left to return\.$") as refusal:
        give_back(INVOICE, returned_milli={1: 3000, 2: 2000}, now_milli=now)
    assert refusal.value.errors[0].field == "lines"


@pytest.mark.parametrize(
    ("now", "message"),
    [
        ({3: 1000}, "The invoice has no line 3."),
        ({1: 1000, 2: 0}, "Give a quantity above zero for line 2."),
        ({1: -1000}, "Give a quantity above zero for line 1."),
    ],
)
def test_a_line_or_quantity_that_cannot_be_is_refused(now: dict[int, int], message: str) -> None:
    with pytest.raises(Invalid) as refusal:
        give_back(INVOICE, returned_milli={}, now_milli=now)
    assert refusal.value.detail == message
    assert refusal.value.errors[0].field == "lines"


def test_all_that_is_left_is_the_rest_of_every_line() -> None:
    credit = give_back(INVOICE, returned_milli={1: 3000, 2: 500})
    assert [(line.position, line.quantity_milli) for line in credit.lines] == [(2, 1500)]


def test_parts_that_do_not_add_up_cannot_be_made() -> None:
    invoice = sold(price([BISCUITS, MILK], discount=Discount(100), policy=POLICY), POLICY)
    credit = give_back(invoice, returned_milli={})
    assert credit.discount_paise == 100
    for name in ("discount_paise", "taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise"):
        with pytest.raises(ValueError, match="its parts add up to"):
            replace(credit, **{name: getattr(credit, name) + 1})
    with pytest.raises(ValueError, match=r"tax_paise is .*, its parts add up to 0"):
        replace(credit, taxes=())
    line = credit.lines[0]
    with pytest.raises(ValueError, match=f"{line.taxable_paise} . {line.tax_paise + 1} is not {line.total_paise}"):
        replace(line, tax_paise=line.tax_paise + 1)


@given(CARTS.filter(bool), DISCOUNTS, POLICIES)
def test_a_return_of_everything_is_the_exact_mirror(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    sale = price(lines, discount=discount, policy=policy)
    assert figures(give_back(sold(sale, policy), returned_milli={})) == figures(sale)


def return_in_steps(invoice: Sold, data: st.DataObject) -> list[Credit]:
    """Up to four returns of whatever is drawn, and then all the rest."""
    left = {line.position: line.quantity_milli for line in invoice.lines}
    returned: dict[int, int] = {}
    credits = []
    for _ in range(data.draw(st.integers(0, 4))):
        drawn = {position: data.draw(st.integers(0, most)) for position, most in left.items()}
        now = {position: quantity for position, quantity in drawn.items() if quantity}
        if now:
            credits.append(give_back(invoice, returned_milli=returned, now_milli=now))
            for position, quantity in now.items():
                returned[position] = returned.get(position, 0) + quantity
                left[position] -= quantity
    if any(left.values()):
        credits.append(give_back(invoice, returned_milli=returned))
    return credits


LINE_NAMES = ("quantity_milli", "value_paise", "discount_paise", "bill_discount_paise", "tax_paise", "total_paise")
TOTAL_NAMES = ("discount_paise", "taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise")


@given(CARTS.filter(bool), DISCOUNTS, POLICIES, st.data())
def test_any_number_of_steps_gives_back_exactly_the_whole(
    lines: list[CartLine], discount: Discount, policy: Policy, data: st.DataObject
) -> None:
    sale = price(lines, discount=discount, policy=policy)
    credits = return_in_steps(sold(sale, policy), data)
    for name in TOTAL_NAMES:
        assert sum(getattr(credit, name) for credit in credits) == getattr(sale, name), name
    for position, line in enumerate(sale.lines, start=1):
        parts = [part for credit in credits for part in credit.lines if part.position == position]
        for name in LINE_NAMES:
            assert sum(getattr(part, name) for part in parts) == getattr(line, name)
    heads = [(tax.name, tax.rate_ppm, tax.amount_paise) for tax in sale.taxes]
    returned_heads = [(tax.name, tax.rate_ppm, tax.amount_paise) for credit in credits for tax in credit.taxes]
    for name, rate_ppm in {(name, rate_ppm) for name, rate_ppm, _ in heads}:
        paid, back = (
            sum(amount for *key, amount in entries if key == [name, rate_ppm]) for entries in (heads, returned_heads)
        )
        assert paid == back
    assert all(credit.payable_paise >= 0 for credit in credits)


@given(CARTS.filter(bool), DISCOUNTS, POLICIES, st.data())
def test_heads_are_equal_on_every_credit_note(
    lines: list[CartLine], discount: Discount, policy: Policy, data: st.DataObject
) -> None:
    count = len(policy.heads)
    for credit in return_in_steps(sold(price(lines, discount=discount, policy=policy), policy), data):
        for start in range(0, len(credit.taxes), count):
            assert len({tax.amount_paise for tax in credit.taxes[start : start + count]}) == 1
