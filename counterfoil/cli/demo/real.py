"""The demo written as a shop writes it: each visit through `complete_sale` itself, with a clock handed in."""

from contextlib import suppress
from datetime import datetime

from counterfoil.catalog import actions as catalog
from counterfoil.checkout import actions as checkout
from counterfoil.checkout import plan, returns
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import RefundIn, ReturnIn, ReturnLineIn
from counterfoil.cli.demo.baskets import pay_exactly
from counterfoil.cli.demo.days import ComesBack, GoodsIn, Visit
from counterfoil.cli.demo.neighbours import CASHIERS
from counterfoil.cli.demo.safe import too_much
from counterfoil.cli.demo.writing import Place, pay, payment_of, sale_of
from counterfoil.rules.errors import ChangeUnavailable
from counterfoil.store import send
from counterfoil.till import statements as till
from counterfoil.till.models import Kind


class RealWriter:
    """Inside one transaction of the caller's. `key` begins every idempotency key."""

    def __init__(self, place: Place, key: str) -> None:
        self.place, self.key = place, key
        self.numbers: dict[int, str] = {}

    def goods_in(self, event: GoodsIn) -> None:
        catalog.move_stock(
            code=event.good.code, quantity_milli=event.quantity_milli, reason="received", note="", now=event.at
        )

    def visit(self, visit: Visit) -> None:
        sale, seen = sale_of(visit, self.place)
        payable_paise = plan.price_cart(sale, seen, now=visit.at).payable_paise
        parts = payment_of(visit, payable_paise, self.place)
        cashier = Cashier(None, CASHIERS[visit.till])
        key = f"{self.key}-{visit.number:07}"
        try:
            pay(sale, parts)
            done = checkout.complete_sale(sale=sale, key=key, cashier=cashier, now=visit.at)
        except ChangeUnavailable:
            pay(sale, pay_exactly(parts, payable_paise, self.place.denominations))
            done = checkout.complete_sale(sale=sale, key=key, cashier=cashier, now=visit.at)
        self.numbers[visit.number] = done.document["number"]
        self._to_the_safe(visit.till, visit.at)

    def comes_back(self, event: ComesBack) -> None:
        """Cash if the drawer has it, else over the phone."""
        number, key = self.numbers[event.number], f"{self.key}-{event.number:07}-back"
        line = ReturnLineIn.model_construct(position=event.position, quantity=event.quantity_milli)
        for method in ("cash", "upi"):
            request = ReturnIn.model_construct(
                till="", lines=[line], refund=[RefundIn(method=method)], reason="Not wanted", write_off=False
            )
            with suppress(ChangeUnavailable):
                cashier = Cashier(None, CASHIERS[number[0]])
                returns.take_back(number=number, request=request, key=key, cashier=cashier, now=event.at)
                return

    def _to_the_safe(self, code: str, now: datetime) -> None:
        till_id = self.place.worlds[code].till_id
        _, (held, notes) = send(till.hold(till_id=till_id), till.ask_drawer(till_id=till_id))
        drop = too_much(notes)
        if drop:
            moves = {Kind.SAFE_DROP.value: {value: -count for value, count in drop.items()}}
            send(*till.move_notes(till_id=till_id, session_id=held.session_id, moves=moves, invoice_id=None, now=now))

    def finish(self) -> None:
        """Nothing is kept back."""
