"""Returns: the exact mirror of what was sold, in any number of steps.

Every figure of a credit note is a difference of cumulative figures: what is back after it less what was back
before it. The cumulative figure of everything is the original itself, so that nothing is lost on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil.rules.errors import AlreadyReturned, Invalid
from counterfoil.rules.money import PayableMode, format_quantity, round_half_away, round_payable
from counterfoil.rules.pricing import HeadTax, check_totals, head_taxes


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of the invoice as issued."""

    position: int
    quantity_milli: int
    value_paise: int
    discount_paise: int
    bill_discount_paise: int
    taxable_paise: int
    tax_paise: int
    total_paise: int
    tax_rate_bp: int


@dataclass(frozen=True, slots=True)
class Sold:
    """The invoice to give back: its lines, its heads, what was paid and how that was rounded."""

    lines: tuple[SoldLine, ...]
    heads: tuple[str, ...]
    payable_paise: int
    payable_rounding: PayableMode
    payable_unit_paise: int


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What goes back of one line; it cannot be constructed with parts that do not add up."""

    position: int
    quantity_milli: int
    value_paise: int
    discount_paise: int
    bill_discount_paise: int
    taxable_paise: int
    tax_paise: int
    total_paise: int
    tax_rate_bp: int

    def __post_init__(self) -> None:
        if self.taxable_paise + self.tax_paise != self.total_paise:
            raise ValueError(f"{self.taxable_paise} + {self.tax_paise} is not {self.total_paise}")


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit note's figures, all of them as positive amounts that go back."""

    lines: tuple[CreditLine, ...]
    taxes: tuple[HeadTax, ...]
    discount_paise: int
    taxable_paise: int
    tax_paise: int
    net_paise: int
    rounding_paise: int
    payable_paise: int

    def __post_init__(self) -> None:
        check_totals(self)


def give_back(sold: Sold, *, returned_milli: Mapping[int, int], now_milli: Mapping[int, int] | None = None) -> Credit:
    """The credit note for `now_milli` (by position; None is all that is left) after `returned_milli` went back."""
    left_milli = {line.position: line.quantity_milli - returned_milli.get(line.position, 0) for line in sold.lines}
    if now_milli is None:
        now_milli = {position: left for position, left in left_milli.items() if left}
    _refuse_more_than_is_left(now_milli, left_milli)
    after_milli = {position: returned_milli.get(position, 0) + now_milli.get(position, 0) for position in left_milli}
    credit_lines = tuple(
        _credit_line(line, returned_milli.get(line.position, 0), after_milli[line.position], len(sold.heads))
        for line in sold.lines
        if now_milli.get(line.position)
    )
    taxable_paise = sum(line.taxable_paise for line in credit_lines)
    tax_paise = sum(line.tax_paise for line in credit_lines)
    payable_paise = _payable_back(sold, after_milli) - _payable_back(sold, returned_milli)
    return Credit(
        lines=credit_lines,
        taxes=head_taxes(credit_lines, sold.heads),
        discount_paise=sum(line.bill_discount_paise for line in credit_lines),
        taxable_paise=taxable_paise,
        tax_paise=tax_paise,
        net_paise=taxable_paise + tax_paise,
        rounding_paise=payable_paise - taxable_paise - tax_paise,
        payable_paise=payable_paise,
    )


def _refuse_more_than_is_left(now_milli: Mapping[int, int], left_milli: Mapping[int, int]) -> None:
    if not any(now_milli.values()):
        raise AlreadyReturned("Nothing of this invoice is left to return.", field="lines")
    for position, quantity_milli in now_milli.items():
        if position not in left_milli:
            raise Invalid(f"The invoice has no line {position}.", field="lines")
        if quantity_milli <= 0:
            raise Invalid(f"Give a quantity above zero for line {position}.", field="lines")
        left = format_quantity(left_milli[position])
        if quantity_milli > left_milli[position]:
            message = f"Line {position} has only {left} left to return."
            raise AlreadyReturned(message, field="lines", line=position, left=left)


def _part(paise: int, part_milli: int, whole_milli: int) -> int:
    return round_half_away(paise * part_milli, whole_milli)


def _line_back(line: SoldLine, back_milli: int, head_count: int) -> tuple[int, int, int, int, int]:
    """Value, discount, bill discount, tax and total of the line once `back_milli` of it are back."""
    whole_milli = line.quantity_milli
    head_paise = line.tax_paise // head_count
    return (
        _part(line.value_paise, back_milli, whole_milli),
        _part(line.discount_paise, back_milli, whole_milli),
        _part(line.bill_discount_paise, back_milli, whole_milli),
        head_count * _part(head_paise, back_milli, whole_milli),
        _part(line.total_paise, back_milli, whole_milli),
    )


def _credit_line(line: SoldLine, before_milli: int, after_milli: int, head_count: int) -> CreditLine:
    before = _line_back(line, before_milli, head_count)
    after = _line_back(line, after_milli, head_count)
    value_paise, discount_paise, bill_discount_paise, tax_paise, total_paise = (
        later - earlier for earlier, later in zip(before, after, strict=True)
    )
    return CreditLine(
        position=line.position,
        quantity_milli=after_milli - before_milli,
        value_paise=value_paise,
        discount_paise=discount_paise,
        bill_discount_paise=bill_discount_paise,
        taxable_paise=total_paise - tax_paise,
        tax_paise=tax_paise,
        total_paise=total_paise,
        tax_rate_bp=line.tax_rate_bp,
    )


def _payable_back(sold: Sold, back_milli: Mapping[int, int]) -> int:
    """What has been paid back once this much is back: all that was paid when everything is, never more."""
    if all(back_milli.get(line.position, 0) == line.quantity_milli for line in sold.lines):
        return sold.payable_paise
    net_paise = sum(
        _part(line.total_paise, back_milli.get(line.position, 0), line.quantity_milli) for line in sold.lines
    )
    rounded_paise = round_payable(net_paise, mode=sold.payable_rounding, unit_paise=sold.payable_unit_paise)
    return min(rounded_paise, sold.payable_paise)
