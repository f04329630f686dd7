"""From what is due and what was handed over to what goes back: pure, on integers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterfoil.checkout.sale import PaymentIn
from counterfoil.rules.change import parse_notes
from counterfoil.rules.errors import Invalid, PaidTooLittle, PaidTooMuch
from counterfoil.rules.money import format_amount


@dataclass(frozen=True, slots=True)
class Tender:
    """One payment, read. `notes` {paise: count} is empty where only an amount is known."""

    method: str
    amount_paise: int
    reference: str
    notes: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Settlement:
    paid_paise: int
    change_paise: int
    problem: PaidTooLittle | PaidTooMuch | None = None


def read_payments(payments: Sequence[PaymentIn], *, known: Sequence[int]) -> list[Tender]:
    """Read the sale's payments; an amount of 0 is no payment. Raises DenominationUnknown, Invalid."""
    tenders = []
    for position, payment in enumerate(payments):
        field = f"payments[{position}]"
        notes: dict[int, int] = {}
        amount = payment.amount
        if payment.notes is not None:
            notes = parse_notes(payment.notes, field=f"{field}.notes", denominations=known)
            counted = sum(value * count for value, count in notes.items())
            if amount is not None and amount != counted:
                raise Invalid(f"The notes make {format_amount(counted)}: leave amount out.", field=f"{field}.amount")
            amount = counted
        if amount:
            tenders.append(Tender(payment.method, amount, payment.reference, notes))
    return tenders


def waived(payable_paise: int, *, waive_paise: int, limit_paise: int) -> int:
    """What the shop lets go in the customer's favour, within the limit that its owner set."""
    if waive_paise > limit_paise:
        raise Invalid(f"At most {format_amount(limit_paise)} can be waived on a bill here.", field="waive")
    return min(waive_paise, payable_paise)


def settle(payable_paise: int, tenders: Sequence[Tender]) -> Settlement:
    """Only cash can exceed what is due, and only cash goes back."""
    paid = sum(tender.amount_paise for tender in tenders)
    other = sum(tender.amount_paise for tender in tenders if tender.method != "cash")
    if other > payable_paise:
        return Settlement(
            paid,
            0,
            PaidTooMuch(
                f"Only cash can be more than what is due: {format_amount(other)} for {format_amount(payable_paise)}.",
                field="payments",
                over=format_amount(other - payable_paise),
            ),
        )
    if paid < payable_paise:
        missing = format_amount(payable_paise - paid)
        return Settlement(paid, 0, PaidTooLittle(f"{missing} is missing.", field="payments", missing=missing))
    return Settlement(paid, paid - payable_paise)
