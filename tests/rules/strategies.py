"""Carts and policies as Hypothesis draws them: small prices and odd rates on purpose, for that is where paise hide."""

from hypothesis import strategies as st

from counterfoil.rules.money import Discount
from counterfoil.rules.pricing import CartLine, Policy

RATES_BP = st.one_of(st.sampled_from([0, 25, 150, 300, 500, 1200, 1800, 2800, 4000]), st.integers(0, 10_000))
PRICES_PAISE = st.one_of(st.integers(0, 20), st.integers(0, 100_000), st.integers(0, 10**10))
QUANTITIES_MILLI = st.one_of(st.integers(1, 20).map(lambda count: count * 1000), st.integers(1, 10**9))
DISCOUNTS = st.one_of(
    st.just(Discount()),
    st.integers(0, 100_000).map(lambda amount: Discount(amount_paise=amount)),
    st.integers(0, 10_000).map(lambda rate: Discount(rate_bp=rate)),
)
LINES = st.builds(
    CartLine,
    quantity_milli=QUANTITIES_MILLI,
    unit_price_paise=PRICES_PAISE,
    price_includes_tax=st.booleans(),
    tax_rate_bp=RATES_BP,
    discount=DISCOUNTS,
)
CARTS = st.one_of(
    st.lists(LINES, max_size=8),
    # One rate and tiny prices: the carried remainder has to find room.
    st.integers(0, 10_000).flatmap(
        lambda rate: st.lists(
            st.builds(
                CartLine,
                quantity_milli=st.just(1000),
                unit_price_paise=st.integers(0, 5),
                price_includes_tax=st.booleans(),
                tax_rate_bp=st.just(rate),
            ),
            max_size=12,
        )
    ),
)
POLICIES = st.builds(
    Policy,
    heads=st.sampled_from([("CGST", "SGST"), ("CGST", "UTGST"), ("IGST",), ("Tax",)]),
    tax_rounding=st.sampled_from(["rate", "line"]),
    payable_rounding=st.sampled_from(["down", "nearest", "none"]),
    payable_unit_paise=st.sampled_from([1, 5, 50, 100, 1000]),
)
