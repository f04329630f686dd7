"""Pricing: one pure function from a cart and a policy to every figure that is ever shown.

Worked out in numbers in docs/money.md. All rounding is `money.round_half_away` or `money.round_payable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from counterfoil.rules.money import NO_DISCOUNT, PayableMode, round_half_away, round_payable
from counterfoil.rules.money import Discount as Discount

TaxRounding = Literal["rate", "line"]

MILLI = 1000
FULL_BP = 10_000  # 100 %
PPM_PER_BP = 100


@dataclass(frozen=True, slots=True)
class CartLine:
    """What is sold, before any figure is known. `price_includes_tax` says what `unit_price_paise` means."""

    quantity_milli: int
    unit_price_paise: int
    price_includes_tax: bool
    tax_rate_bp: int
    discount: Discount = NO_DISCOUNT


@dataclass(frozen=True, slots=True)
class Policy:
    """How this shop taxes and rounds. `heads` share each rate equally: ("CGST", "SGST"), ("IGST",), ("Tax",)."""

    heads: tuple[str, ...]
    tax_rounding: TaxRounding = "rate"
    payable_rounding: PayableMode = "down"
    payable_unit_paise: int = 100

    def __post_init__(self) -> None:
        if not self.heads:
            raise ValueError("A tax needs at least one head")


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line with all its figures; it cannot be constructed with parts that do not add up."""

    quantity_milli: int
    unit_price_paise: int
    price_includes_tax: bool
    tax_rate_bp: int
    value_paise: int
    discount_paise: int
    bill_discount_paise: int
    taxable_paise: int
    tax_paise: int
    total_paise: int

    def __post_init__(self) -> None:
        if self.taxable_paise + self.tax_paise != self.total_paise:
            raise ValueError(f"{self.taxable_paise} + {self.tax_paise} is not {self.total_paise}")
        kept_paise = self.value_paise - self.discount_paise - self.bill_discount_paise
        if kept_paise != (self.total_paise if self.price_includes_tax else self.taxable_paise):
            raise ValueError(f"{kept_paise} paise after discounts are not what the line says")


@dataclass(frozen=True, slots=True)
class HeadTax:
    """One head at one rate. The rate is in millionths: half of 0.25 % is 0.125 %."""

    name: str
    rate_ppm: int
    taxable_paise: int
    amount_paise: int


@dataclass(frozen=True, slots=True)
class PricedSale:
    """A whole bill. `discount_paise` is the one on the whole bill; `rounding_paise` leads from net to payable."""

    lines: tuple[PricedLine, ...]
    taxes: tuple[HeadTax, ...]
    discount_paise: int
    taxable_paise: int
    tax_paise: int
    net_paise: int
    rounding_paise: int
    payable_paise: int

    def __post_init__(self) -> None:
        check_totals(self)


class LineFigures(Protocol):
    """What a line of an invoice and one of a credit note have in common."""

    @property
    def tax_rate_bp(self) -> int: ...
    @property
    def bill_discount_paise(self) -> int: ...
    @property
    def taxable_paise(self) -> int: ...
    @property
    def tax_paise(self) -> int: ...


class Totals(Protocol):
    """What an invoice and a credit note have in common."""

    @property
    def lines(self) -> Sequence[LineFigures]: ...
    @property
    def taxes(self) -> Sequence[HeadTax]: ...
    @property
    def discount_paise(self) -> int: ...
    @property
    def taxable_paise(self) -> int: ...
    @property
    def tax_paise(self) -> int: ...
    @property
    def net_paise(self) -> int: ...
    @property
    def rounding_paise(self) -> int: ...
    @property
    def payable_paise(self) -> int: ...


def check_totals(totals: Totals) -> None:
    """Refuses totals that are not the sums of their parts."""
    discount_paise = taxable_paise = tax_paise = 0
    for line in totals.lines:
        discount_paise += line.bill_discount_paise
        taxable_paise += line.taxable_paise
        tax_paise += line.tax_paise
    for name, said_paise, parts_paise in (
        ("discount_paise", totals.discount_paise, discount_paise),
        ("taxable_paise", totals.taxable_paise, taxable_paise),
        ("tax_paise", totals.tax_paise, tax_paise),
        ("tax_paise", totals.tax_paise, sum([tax.amount_paise for tax in totals.taxes])),
        ("net_paise", totals.net_paise, totals.taxable_paise + totals.tax_paise),
        ("payable_paise", totals.payable_paise, totals.net_paise + totals.rounding_paise),
    ):
        if said_paise != parts_paise:
            raise ValueError(f"{name} is {said_paise}, its parts add up to {parts_paise}")


@dataclass(slots=True)
class _Draft:
    """A line on its way: `kept_paise` is what is left after discounts (with tax in it where the price has)."""

    line: CartLine
    value_paise: int
    discount_paise: int
    kept_paise: int
    bill_discount_paise: int = 0
    head_paise: int = 0


def price(lines: Sequence[CartLine], *, discount: Discount = NO_DISCOUNT, policy: Policy) -> PricedSale:
    """Every figure of a bill."""
    drafts = [_draft(line) for line in lines]
    discount_paise = _take_bill_discount(drafts, discount)
    head_count = len(policy.heads)
    tax = _tax_by_line if policy.tax_rounding == "line" else _tax_by_rate
    for rate_bp, (inclusive, exclusive) in _by_rate(drafts).items():
        tax(inclusive, exclusive, rate_bp, head_count)
    priced = tuple([_finish(draft, head_count) for draft in drafts])
    taxable_paise = sum([line.taxable_paise for line in priced])
    tax_paise = sum([line.tax_paise for line in priced])
    net_paise = taxable_paise + tax_paise
    payable_paise = round_payable(net_paise, mode=policy.payable_rounding, unit_paise=policy.payable_unit_paise)
    return PricedSale(
        lines=priced,
        taxes=head_taxes(priced, policy.heads),
        discount_paise=discount_paise,
        taxable_paise=taxable_paise,
        tax_paise=tax_paise,
        net_paise=net_paise,
        rounding_paise=payable_paise - net_paise,
        payable_paise=payable_paise,
    )


def _by_rate(drafts: Sequence[_Draft]) -> dict[int, tuple[list[_Draft], list[_Draft]]]:
    """All lines of each rate in order: those with tax in their price, and those without."""
    groups: dict[int, tuple[list[_Draft], list[_Draft]]] = {}
    for draft in drafts:
        line = draft.line
        inclusive, exclusive = groups.setdefault(line.tax_rate_bp, ([], []))
        (inclusive if line.price_includes_tax else exclusive).append(draft)
    return groups


def _draft(line: CartLine) -> _Draft:
    value_paise = round_half_away(line.quantity_milli * line.unit_price_paise, MILLI)
    discount_paise = discount_on(value_paise, line.discount)
    return _Draft(line, value_paise, discount_paise, value_paise - discount_paise)


def discount_on(value_paise: int, discount: Discount) -> int:
    """What the discount takes from a value: never more than all of it."""
    if discount.rate_bp:
        return round_half_away(value_paise * discount.rate_bp, FULL_BP)
    return min(discount.amount_paise, value_paise)


def _take_bill_discount(drafts: list[_Draft], discount: Discount) -> int:
    weights = [draft.kept_paise for draft in drafts]
    discount_paise = discount_on(sum(weights), discount)
    if not discount_paise:
        return 0
    for draft, share_paise in zip(drafts, spread(discount_paise, weights), strict=True):
        draft.bill_discount_paise = share_paise
        draft.kept_paise -= share_paise
    return discount_paise


def spread(amount_paise: int, weights: Sequence[int]) -> list[int]:
    """Shares of an amount by weight: rounded down, then one more for the largest remainders, the earlier on a tie."""
    whole = sum(weights)
    if not amount_paise:
        return [0] * len(weights)
    shares, remainders = [], []
    for weight in weights:
        share_paise, remainder = divmod(amount_paise * weight, whole)
        shares.append(share_paise)
        remainders.append(remainder)
    by_remainder = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
    for position in by_remainder[: amount_paise - sum(shares)]:
        shares[position] += 1
    return shares


def _tax_by_rate(inclusive: list[_Draft], exclusive: list[_Draft], rate_bp: int, head_count: int) -> None:
    """Each head is rounded once for the whole rate; the lines carry the remainder forward.

    Over one denominator, a head's exact tax is kept * rate / (1 + rate) / heads where the price includes it, and
    kept * rate / heads where it does not.
    """
    with_rate = FULL_BP + rate_bp
    denominator = head_count * FULL_BP * with_rate
    exact = given_paise = owed_paise = 0
    for draft in inclusive:
        exact += draft.kept_paise * rate_bp * FULL_BP
        owed_paise = round_half_away(exact, denominator)
        draft.head_paise = min(owed_paise - given_paise, draft.kept_paise // head_count)
        given_paise += draft.head_paise
    _place_rest(inclusive, owed_paise - given_paise, head_count)
    for draft in exclusive:
        exact += draft.kept_paise * rate_bp * with_rate
        before_paise, owed_paise = owed_paise, round_half_away(exact, denominator)
        draft.head_paise = owed_paise - before_paise


def _place_rest(drafts: list[_Draft], rest_paise: int, head_count: int) -> None:
    """Tax that a line of a few paise could not bear goes to the first lines that can (and nowhere if none can)."""
    for draft in drafts:
        if not rest_paise:
            return
        more_paise = min(rest_paise, draft.kept_paise // head_count - draft.head_paise)
        draft.head_paise += more_paise
        rest_paise -= more_paise


def _tax_by_line(inclusive: list[_Draft], exclusive: list[_Draft], rate_bp: int, head_count: int) -> None:
    """Each head of each line is rounded by itself."""
    for draft in inclusive:
        exact_paise = round_half_away(draft.kept_paise * rate_bp, head_count * (FULL_BP + rate_bp))
        draft.head_paise = min(exact_paise, draft.kept_paise // head_count)
    for draft in exclusive:
        draft.head_paise = round_half_away(draft.kept_paise * rate_bp, head_count * FULL_BP)


def _finish(draft: _Draft, head_count: int) -> PricedLine:
    line = draft.line
    tax_paise = head_count * draft.head_paise
    taxable_paise = draft.kept_paise - tax_paise if line.price_includes_tax else draft.kept_paise
    return PricedLine(
        line.quantity_milli,
        line.unit_price_paise,
        line.price_includes_tax,
        line.tax_rate_bp,
        draft.value_paise,
        draft.discount_paise,
        draft.bill_discount_paise,
        taxable_paise,
        tax_paise,
        taxable_paise + tax_paise,
    )


def head_taxes(lines: Sequence[LineFigures], heads: tuple[str, ...]) -> tuple[HeadTax, ...]:
    """Taxes by rate, each head of a rate with the same amount, in the order of the heads."""
    by_rate: dict[int, tuple[int, int]] = {}
    for line in lines:
        rate_bp = line.tax_rate_bp
        taxable_paise, tax_paise = by_rate.get(rate_bp, (0, 0))
        by_rate[rate_bp] = taxable_paise + line.taxable_paise, tax_paise + line.tax_paise
    head_count = len(heads)
    taxes = []
    for rate_bp, (taxable_paise, tax_paise) in sorted(by_rate.items()):
        rate_ppm, amount_paise = rate_bp * PPM_PER_BP // head_count, tax_paise // head_count
        taxes += [HeadTax(name, rate_ppm, taxable_paise, amount_paise) for name in heads]
    return tuple(taxes)
