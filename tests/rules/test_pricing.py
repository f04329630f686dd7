"""Pricing, one behaviour at a time."""

from dataclasses import replace

import pytest

from counterfoil.rules.money import Discount
from counterfoil.rules.pricing import CartLine, HeadTax, Policy, PricedLine, PricedSale, discount_on, price, spread

ONE_HEAD = Policy(("Tax",), payable_rounding="none")
TWO_HEADS = Policy(("CGST", "SGST"), payable_rounding="none")


def line(price_paise: int, rate_bp: int = 0, *, includes: bool = False, quantity_milli: int = 1000, **more) -> CartLine:
    return CartLine(quantity_milli, price_paise, includes, rate_bp, **more)


def test_an_empty_cart_costs_nothing() -> None:
    sale = price([], discount=Discount(amount_paise=500), policy=ONE_HEAD)
    assert sale == PricedSale((), (), 0, 0, 0, 0, 0, 0)


def test_the_defaults_of_a_policy_are_by_rate_and_down_to_one_rupee() -> None:
    assert Policy(("Tax",)) == Policy(("Tax",), tax_rounding="rate", payable_rounding="down", payable_unit_paise=100)


def test_a_policy_needs_a_head() -> None:
    with pytest.raises(ValueError, match=r"^A tax needs at least one head$"):
        Policy(())


@pytest.mark.parametrize(
    ("quantity_milli", "price_paise", "value_paise"),
    [
        (1000, 77, 77),
        (1250, 7990, 9988),
        (1, 499, 0),
        (1, 500, 1),
        (333, 100, 33),
        (335, 100, 34),
        (10**9, 10**10, 10**16),
    ],
)
def test_a_value_is_quantity_times_price_rounded_half_away(
    quantity_milli: int, price_paise: int, value_paise: int
) -> None:
    sale = price([line(price_paise, quantity_milli=quantity_milli)], policy=ONE_HEAD)
    assert sale.lines[0].value_paise == sale.net_paise == value_paise


def test_a_priced_line_keeps_what_it_was_made_of() -> None:
    sale = price([line(10500, 500, includes=True, quantity_milli=2000, discount=Discount(100))], policy=TWO_HEADS)
    assert sale.lines == (
        PricedLine(
            quantity_milli=2000,
            unit_price_paise=10500,
            price_includes_tax=True,
            tax_rate_bp=500,
            value_paise=21000,
            discount_paise=100,
            bill_discount_paise=0,
            taxable_paise=19904,
            tax_paise=996,
            total_paise=20900,
        ),
    )
    assert sale.taxes == (HeadTax("CGST", 25000, 19904, 498), HeadTax("SGST", 25000, 19904, 498))


@pytest.mark.parametrize(
    ("value_paise", "discount", "taken_paise"),
    [
        (1000, Discount(), 0),
        (1000, Discount(amount_paise=999), 999),
        (1000, Discount(amount_paise=1001), 1000),
        (1000, Discount(rate_bp=10_000), 1000),
        (10, Discount(rate_bp=500), 1),
        (9, Discount(rate_bp=500), 0),
        (0, Discount(rate_bp=500), 0),
    ],
)
def test_a_discount_takes_its_share_and_never_more_than_all(
    value_paise: int, discount: Discount, taken_paise: int
) -> None:
    assert discount_on(value_paise, discount) == taken_paise


def test_discounts_apply_line_first_then_bill() -> None:
    lines = [line(10000, discount=Discount(rate_bp=1000)), line(1000)]
    sale = price(lines, discount=Discount(rate_bp=1000), policy=ONE_HEAD)
    assert [entry.discount_paise for entry in sale.lines] == [1000, 0]
    assert [entry.bill_discount_paise for entry in sale.lines] == [900, 100]
    assert (sale.discount_paise, sale.net_paise) == (1000, 9000)


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (0, [5, 5], [0, 0]),
        (0, [], []),
        (0, [0, 0], [0, 0]),
        (1, [1, 1, 1], [1, 0, 0]),
        (2, [1, 1, 1], [1, 1, 0]),
        (5, [1, 2, 3], [1, 2, 2]),
        (5, [3, 2, 1], [2, 2, 1]),
        (10, [0, 10, 0], [0, 10, 0]),
        (3, [1, 9], [0, 3]),
        (100, [333, 333, 334], [33, 33, 34]),
    ],
)
def test_a_spread_goes_by_weight_and_ties_to_the_earlier(amount: int, weights: list[int], shares: list[int]) -> None:
    assert spread(amount, weights) == shares


def test_inclusive_lines_are_taxed_first_and_exclusive_ones_carry_the_rest() -> None:
    # Exact heads: 0.45 paise (10 at 9/118 is 0.76) and so on; the order in the bill does not change who carries.
    cart = [line(5, 1800), line(10, 1800, includes=True), line(3, 1800)]
    sale = price(cart, policy=TWO_HEADS)
    assert [entry.tax_paise for entry in sale.lines] == [0, 2, 0]
    assert [entry.total_paise for entry in sale.lines] == [5, 10, 3]
    assert sale.taxes[0].amount_paise == 1


def test_the_remainder_is_carried_through_every_line_in_order() -> None:
    sale = price([line(1311, 600)] * 3 + [line(0, 600)], policy=ONE_HEAD)
    assert [entry.tax_paise for entry in sale.lines] == [79, 78, 79, 0]
    shelf = price([line(1000, 1800, includes=True)] * 3, policy=ONE_HEAD)
    assert [entry.tax_paise for entry in shelf.lines] == [153, 152, 153]


def test_tax_that_a_line_of_one_paisa_cannot_bear_goes_to_one_that_can() -> None:
    # Four lines of 0.01 with 40 % in them: the carried head falls due on the second, which has no room for two heads.
    cart = [line(1, 4000, includes=True)] * 4 + [line(100, 4000, includes=True)]
    sale = price(cart, policy=TWO_HEADS)
    assert [entry.tax_paise for entry in sale.lines] == [0, 0, 0, 0, 30]
    first_with_room = price([line(3, 4000, includes=True)] + [line(1, 4000, includes=True)] * 3, policy=TWO_HEADS)
    assert [entry.tax_paise for entry in first_with_room.lines] == [2, 0, 0, 0]


def test_no_more_than_the_leftover_is_placed_where_several_lines_have_room() -> None:
    cart = [line(paise, 4000, includes=True) for paise in (4, 4, 1, 1, 1)]
    assert [entry.tax_paise for entry in price(cart, policy=TWO_HEADS).lines] == [4, 0, 0, 0, 0]


def test_only_lines_of_one_paisa_bear_no_second_head() -> None:
    sale = price([line(1, 4000, includes=True)] * 4, policy=TWO_HEADS)
    assert (sale.tax_paise, sale.taxable_paise, sale.net_paise) == (0, 4, 4)
    assert price([line(1, 4000, includes=True)] * 4, policy=ONE_HEAD).tax_paise == 1


def test_leftover_tax_is_placed_in_order_and_only_as_far_as_there_is_room() -> None:
    cart = [line(2, 10_000, includes=True)] * 2 + [line(1, 10_000, includes=True)] * 8
    sale = price(cart, policy=TWO_HEADS)
    assert [entry.tax_paise for entry in sale.lines] == [2, 2] + [0] * 8
    by_line = price(cart, policy=replace(TWO_HEADS, tax_rounding="line"))
    assert [entry.tax_paise for entry in by_line.lines] == [2, 2] + [0] * 8


def test_by_line_three_heads_never_take_more_than_the_line_has() -> None:
    policy = Policy(("A", "B", "C"), tax_rounding="line", payable_rounding="none")
    sale = price([line(2, 10_000, includes=True), line(6, 10_000, includes=True)], policy=policy)
    assert [entry.tax_paise for entry in sale.lines] == [0, 3]
    steep = price([line(2, 40_000, includes=True)], policy=policy)  # 0.53 a head would be 1, three times
    assert (steep.tax_paise, steep.taxable_paise) == (0, 2)


@pytest.mark.parametrize("mode", ["down", "nearest", "none"])
def test_rounding_leads_from_net_to_payable(mode: str) -> None:
    policy = Policy(("Tax",), payable_rounding=mode, payable_unit_paise=100)  # type: ignore[arg-type]
    sale = price([line(11199)], policy=policy)
    expected = {"down": (-99, 11100), "nearest": (1, 11200), "none": (0, 11199)}[mode]
    assert (sale.rounding_paise, sale.payable_paise) == expected


def test_a_line_whose_parts_do_not_add_up_cannot_be_made() -> None:
    good = price([line(100, 1800), line(118, 1800, includes=True)], policy=ONE_HEAD).lines
    for entry in good:
        for name in (
            "taxable_paise",
            "tax_paise",
            "total_paise",
            "value_paise",
            "discount_paise",
            "bill_discount_paise",
        ):
            with pytest.raises(ValueError, match=r"is not|after discounts are not"):
                replace(entry, **{name: getattr(entry, name) + 1})
    with pytest.raises(ValueError, match=r"101 . 18 is not 118"):
        replace(good[0], taxable_paise=101)
    with pytest.raises(ValueError, match="100 paise after discounts are not what the line says"):
        replace(good[0], taxable_paise=101, total_paise=119)
    with pytest.raises(ValueError, match="117 paise after discounts are not"):
        replace(good[1], discount_paise=1)
    with pytest.raises(ValueError, match="98 paise after discounts are not"):
        replace(good[0], discount_paise=1, bill_discount_paise=1)


def test_a_sale_whose_parts_do_not_add_up_cannot_be_made() -> None:
    sale = price([line(100, 1800), line(118, 1800, includes=True)], discount=Discount(10), policy=ONE_HEAD)
    for name in ("discount_paise", "taxable_paise", "tax_paise", "net_paise", "rounding_paise", "payable_paise"):
        wrong = "payable_paise" if name == "rounding_paise" else name
        with pytest.raises(ValueError, match=f"^{wrong} is -?[0-9]+, its parts add up to"):
            replace(sale, **{name: getattr(sale, name) + 1})
    with pytest.raises(ValueError, match=f"tax_paise is {sale.tax_paise}, its parts add up to 0"):
        replace(sale, taxes=())
    with pytest.raises(ValueError, match="payable_paise is 5, its parts add up to"):
        replace(sale, payable_paise=5)


def test_values_are_frozen() -> None:
    sale = price([line(100)], policy=ONE_HEAD)
    with pytest.raises(AttributeError):
        sale.net_paise = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        sale.lines[0].tax_paise = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        sale.taxes[0].amount_paise = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ONE_HEAD.heads = ()  # type: ignore[misc]
