"""Invoices for the tests of what reads them: one call, with its own clock."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from counterfoil.checkout import actions as checkout
from counterfoil.checkout import returns
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.sale import read, read_sale

NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)  # 12:00 in the shop
RAVI = Cashier(name="Ravi")
_keys = count(1)


def sell(*lines: dict[str, Any], at: datetime = NOON, **sale: Any) -> str:
    """Answers the number. One milk by card, unless told otherwise."""
    whole = {"lines": list(lines) or [{"product": "P001", "quantity": "1"}], **sale}
    if "payments" not in whole:
        due = price_sale(sale=read_sale(whole), now=at)["rounded_payable"]
        whole["payments"] = [{"method": "card", "amount": due}]
    key = f"ledger-key-{next(_keys)}"
    outcome = checkout.complete_sale(sale=read_sale(whole), key=key, cashier=RAVI, now=at)
    return str(outcome.document["number"])


def take_back(number: str, *, at: datetime = NOON, **request: Any) -> str:
    asked = read(returns.ReturnIn, {"refund": [{"method": "card"}], **request})
    outcome = returns.take_back(number=number, request=asked, key=f"ledger-key-{next(_keys)}", cashier=RAVI, now=at)
    return str(outcome.document["number"])
