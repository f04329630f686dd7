"""What holds for every cart and every policy."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.rules.money import Discount
from counterfoil.rules.pricing import CartLine, Policy, PricedSale, price, spread
from tests.rules.strategies import CARTS, DISCOUNTS, POLICIES


def totals(sale: PricedSale) -> tuple[object, ...]:
    return sale.taxes, sale.taxable_paise, sale.tax_paise, sale.net_paise, sale.payable_paise


@given(CARTS, DISCOUNTS, POLICIES)
def test_lines_and_heads_add_up_to_the_totals(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    sale = price(lines, discount=discount, policy=policy)
    assert sum(line.taxable_paise for line in sale.lines) == sale.taxable_paise
    assert sum(line.tax_paise for line in sale.lines) == sum(tax.amount_paise for tax in sale.taxes) == sale.tax_paise
    assert sum(line.total_paise for line in sale.lines) == sale.net_paise
    assert sum(tax.taxable_paise for tax in sale.taxes) == sale.taxable_paise * len(policy.heads)
    assert sale.net_paise + sale.rounding_paise == sale.payable_paise
    assert len(sale.lines) == len(lines)


@given(CARTS, DISCOUNTS, POLICIES)
def test_no_figure_is_below_zero(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    for line in price(lines, discount=discount, policy=policy).lines:
        assert min(line.taxable_paise, line.tax_paise, line.discount_paise, line.bill_discount_paise) >= 0


@given(CARTS, DISCOUNTS, POLICIES)
def test_heads_of_one_rate_are_equal_and_come_in_order(
    lines: list[CartLine], discount: Discount, policy: Policy
) -> None:
    taxes = price(lines, discount=discount, policy=policy).taxes
    count = len(policy.heads)
    groups = [taxes[start : start + count] for start in range(0, len(taxes), count)]
    assert [group[0].rate_ppm for group in groups] == sorted({line.tax_rate_bp * 100 // count for line in lines})
    for group in groups:
        assert tuple(tax.name for tax in group) == policy.heads
        assert len({(tax.rate_ppm, tax.taxable_paise, tax.amount_paise) for tax in group}) == 1


@given(CARTS, DISCOUNTS, POLICIES)
def test_heads_are_equal_on_every_line(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    for line in price(lines, discount=discount, policy=policy).lines:
        assert line.tax_paise % len(policy.heads) == 0


@given(CARTS, DISCOUNTS, POLICIES)
def test_a_shelf_price_is_returned_exactly(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    for line in price(lines, discount=discount, policy=policy).lines:
        kept = line.value_paise - line.discount_paise - line.bill_discount_paise
        assert kept == (line.total_paise if line.price_includes_tax else line.taxable_paise)


@given(CARTS, DISCOUNTS, POLICIES)
def test_shares_of_the_bill_discount_add_up_and_fit(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    sale = price(lines, discount=discount, policy=policy)
    assert sum(line.bill_discount_paise for line in sale.lines) == sale.discount_paise
    for line in sale.lines:
        assert 0 <= line.bill_discount_paise <= line.value_paise - line.discount_paise
    if discount.amount_paise:
        whole = sum(line.value_paise - line.discount_paise for line in sale.lines)
        assert sale.discount_paise == min(discount.amount_paise, whole)


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_a_share_is_less_than_one_off_its_exact_value(amount: int, weights: list[int]) -> None:
    whole = sum(weights)
    amount = min(amount, whole)
    shares = spread(amount, weights)
    assert sum(shares) == amount
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - Fraction(amount * weight, whole or 1)) < 1
    for position in range(1, len(weights)):
        if weights[position] == weights[position - 1]:
            assert shares[position] <= shares[position - 1] <= shares[position] + 1


@given(CARTS, POLICIES, st.randoms(use_true_random=False))
def test_without_a_bill_discount_the_order_of_lines_does_not_matter(lines, policy, random) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    assert totals(price(lines, policy=policy)) == totals(price(shuffled, policy=policy))


@given(CARTS, DISCOUNTS, POLICIES, st.randoms(use_true_random=False))
def test_with_a_bill_discount_only_ties_depend_on_the_order(lines, discount, policy, random) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)
    one, other = (price(cart, discount=discount, policy=policy) for cart in (lines, shuffled))
    assert one.discount_paise == other.discount_paise
    # Every line's share can move by the one paisa that a tie decides, and that paisa moves its tax by two at most.
    assert abs(one.net_paise - other.net_paise) <= 2 * len(policy.heads) * len(lines)


@given(CARTS, POLICIES)
def test_by_rate_each_head_is_the_exact_tax_rounded_once(lines: list[CartLine], policy: Policy) -> None:
    sale = price(lines, policy=replace(policy, tax_rounding="rate"))
    count = len(policy.heads)
    for tax in sale.taxes[::count]:
        group = [line for line in sale.lines if line.tax_rate_bp * 100 // count == tax.rate_ppm]
        if (
            any(line.price_includes_tax and line.total_paise < 2 for line in group)
            or len({line.tax_rate_bp for line in group}) > 1
        ):
            continue  # a line of one paisa cannot bear two heads; two rates can share the ppm of a third of a bp
        exact = Fraction(0)
        for line in group:
            rate = Fraction(line.tax_rate_bp, 10_000)
            base = line.total_paise / (1 + rate) if line.price_includes_tax else Fraction(line.taxable_paise)
            exact += base * rate / count
        assert abs(tax.amount_paise - exact) <= Fraction(1, 2)


@given(CARTS, POLICIES)
def test_by_line_each_head_is_its_own_exact_tax_rounded(lines: list[CartLine], policy: Policy) -> None:
    sale = price(lines, policy=replace(policy, tax_rounding="line"))
    for line in sale.lines:
        rate = Fraction(line.tax_rate_bp, 10_000)
        base = line.total_paise / (1 + rate) if line.price_includes_tax else Fraction(line.taxable_paise)
        assert abs(Fraction(line.tax_paise, len(policy.heads)) - base * rate / len(policy.heads)) <= Fraction(1, 2)


@given(CARTS, DISCOUNTS, POLICIES)
def test_a_line_is_never_two_off_its_own_tax(lines: list[CartLine], discount: Discount, policy: Policy) -> None:
    """The carried remainder moves a head by less than one, unless lines of a few paise stand in its way."""
    if any(line.unit_price_paise * line.quantity_milli < 100_000 for line in lines) or discount.amount_paise:
        return
    for line in price(lines, policy=policy).lines:
        rate = Fraction(line.tax_rate_bp, 10_000)
        base = line.total_paise / (1 + rate) if line.price_includes_tax else Fraction(line.taxable_paise)
        if line.total_paise >= 100:
            assert abs(Fraction(line.tax_paise, len(policy.heads)) - base * rate / len(policy.heads)) <= 1
