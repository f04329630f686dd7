"""`price_sale`: the very same reading, pricing and change as a sale, saved nowhere."""

from datetime import datetime
from typing import Any

from counterfoil.billing.document import document
from counterfoil.checkout import plan
from counterfoil.checkout.actions import Drawer
from counterfoil.checkout.plan import Cart, Cashier, World
from counterfoil.checkout.sale import Sale
from counterfoil.checkout.settle import Settlement, Tender, read_payments, settle
from counterfoil.rules.errors import ChangeUnavailable, Refusal
from counterfoil.store import send
from counterfoil.till import statements as till


def price_sale(*, sale: Sale, now: datetime) -> dict[str, Any]:
    """The priced invoice, its change plan, and `problems` that would refuse it. Payments may be missing."""
    (*answers,) = send(*plan.ask(sale))
    seen = plan.world(sale, answers)
    cart = plan.price_cart(sale, seen, now=now, lenient=True)
    problems = list(cart.problems)
    if short := plan.short_of(cart, seen):
        problems.append(plan.out_of_stock(sale, short))
    tenders, settlement = _settle(sale, cart, seen, problems)
    change: dict[int, int] = {}
    try:
        change = _change(sale, tenders, settlement, seen)
    except ChangeUnavailable as refusal:
        problems.append(refusal)
    record = plan.compose(
        cart,
        seen,
        tenders=tenders,
        settlement=settlement,
        change=change,
        cashier=Cashier(),
        key="",
        fingerprint="",
        now=now,
    )
    shown = document(record, time_zone=seen.shop.time_zone, customer_id=seen.buyer.id if seen.buyer else None)
    shown["problems"] = [problem(refusal) for refusal in problems]
    return shown


def problem(refusal: Refusal) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "message": refusal.detail,
        "errors": [{"field": e.field, "message": e.message} for e in refusal.errors],
        **refusal.more,
    }


def _settle(sale: Sale, cart: Cart, seen: World, problems: list[Refusal]) -> tuple[list[Tender], Settlement]:
    nothing_paid: tuple[list[Tender], Settlement] = ([], Settlement(0, 0))
    if not sale.payments:
        return nothing_paid
    try:
        tenders = read_payments(sale.payments, known=seen.money.known)
    except Refusal as refusal:
        problems.append(refusal)
        return nothing_paid
    settlement = settle(cart.payable_paise, tenders)
    if settlement.problem:
        problems.append(settlement.problem)
    return tenders, settlement


def _change(sale: Sale, tenders: list[Tender], settlement: Settlement, seen: World) -> dict[int, int]:
    if not settlement.change_paise:
        return {}
    ((held, notes),) = send(till.ask_drawer(till_id=seen.till_id))
    return Drawer(held, notes, tenders, seen, without=sale.without).change(
        settlement.change_paise, seen.shop.change_strategy
    )
