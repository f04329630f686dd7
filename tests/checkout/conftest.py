"""Ringing up in tests: one call, with a clock and a key of its own unless the test is about them."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from counterfoil.checkout import actions as checkout
from counterfoil.checkout.actions import Outcome
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.sale import read_sale

NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
RAVI = Cashier(name="Ravi")

_keys = count(1)


def sell(*lines: dict[str, Any], key: str = "", now: datetime = NOON, **sale: Any) -> Outcome:
    """Sell; pays the exact sum by card unless payments are given."""
    if "payments" not in sale:
        from counterfoil.checkout.quote import price_sale

        quote = price_sale(sale=read_sale({"lines": list(lines), **sale}), now=now)
        sale["payments"] = [{"method": "card", "amount": quote["rounded_payable"]}]
    return checkout.complete_sale(
        sale=read_sale({"lines": list(lines), **sale}), key=key or f"test-key-{next(_keys)}", cashier=RAVI, now=now
    )


def rows() -> dict[str, int]:
    """How many rows each table has: to show that a refusal leaves nothing behind."""
    from django.apps import apps

    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model.__module__.startswith("counterfoil.")
    }


@pytest.fixture
def milk() -> Callable[..., dict[str, Any]]:
    return lambda quantity="1", **more: {"product": "P001", "quantity": quantity, **more}
