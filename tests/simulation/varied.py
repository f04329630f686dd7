"""A small shop in which everything has happened at least once: every way to pay, discounts, another state, returns,
a waiver, goods in and out by hand, two tills and their sessions, letters sent again, a shop that moved, a new year."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from counterfoil.audit.actions import Actor, acting
from counterfoil.catalog import actions as catalog
from counterfoil.checkout import actions as checkout
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.checkout.sale import read, read_sale
from counterfoil.customers import actions as customers
from counterfoil.delivery import actions as delivery
from counterfoil.shop import actions as shop
from counterfoil.till import actions as tills
from counterfoil.till import sessions
from counterfoil.till.models import Till
from tests.shop import OPENED_AT, open_small_shop

FLOAT = {100_00: 6, 50_00: 10, 20_00: 20, 10_00: 30, 5_00: 20, 2_00: 30, 1_00: 40}
NEXT_YEAR = timedelta(days=200)
ASHA = {"name": "Asha Rao", "email": "asha@example.com"}
BENGALURU = {"name": "Nila & Sons", "email": "nila@example.com", "state": "29", "phone": "080 4123 0000"}
COMPANY = {"name": "Nila & Sons Pvt Ltd", "gstin": "29AAGCB7383J1Z4", "address": "4 MG Road, Bengaluru 560001"}
MILK, RICE, SHAMPOO, PAPER = ({"product": f"P00{n}", "quantity": q} for n, q in enumerate(("2", "1.250", "1", "3"), 1))
WRAP = {"name": "Gift wrap", "unit_price": "15.00", "tax_rate": "18.00", "quantity": "1", "hsn": "4823"}

UPI = {"method": "upi", "amount": "100.00", "reference": "4281"}


class VariedShop:
    def __init__(self) -> None:
        self.small = open_small_shop()
        self.now, self.keys, self.numbers = OPENED_AT + timedelta(hours=1), count(1), list[str]()
        self.people = [
            Cashier(self.small.cashier.pk, "Ravi"),
            Cashier(self.small.owner.pk, "Meera"),
            Cashier(None, "web"),
        ]

    def open(self) -> None:
        """Everything once."""
        with acting(Actor(self.small.owner.pk, "page")):
            self._prepare()
            self._sell_on_an_uncounted_drawer()
            self._a_day("A", float_notes=FLOAT)
            shop.change_shop(
                changes={"address": "14 Tilak Road, Pune 411030", "phone": "020 2445 0000"}, now=self._tick()
            )
            self._a_day("B", float_notes={**FLOAT, 200_00: 2})
            self._bring_back()
            self._by_hand()

    # Bits of a day

    def _prepare(self) -> None:
        tills.add_till(code="B", name="Second", now=self.now)
        shop.change_shop(changes={"waive_limit_paise": 500, "phone": "020 2445 1111"}, now=self.now)
        customers.add_customer(values=COMPANY, now=self.now)

    def _sell_on_an_uncounted_drawer(self) -> None:
        """All that follows is in the next financial year, so that there is a second series."""
        self.sell(MILK, payments=[{"method": "cash", "notes": {"50": 1}}])
        self.sell(RICE, PAPER, customer=ASHA)
        self.now += NEXT_YEAR

    def _a_day(self, code: str, *, float_notes: dict[int, int]) -> None:
        till = Till.objects.get(code=code)
        sessions.open_session(till=till, notes=float_notes, now=self._tick(), user_id=self.small.cashier.pk)
        ways: list[tuple[list[dict[str, Any]], dict[str, Any]]] = [
            ([MILK], {"payments": [{"method": "cash", "notes": {"50": 1}}]}),
            ([MILK, RICE], {"customer": ASHA}),
            ([SHAMPOO, {**RICE, "discount": "5%"}],
             {"payments": [UPI, {"method": "cash", "notes": {"200": 1}}]}),
            ([RICE, WRAP], {"customer": BENGALURU, "discount": "10.00"}),
            ([PAPER, MILK], {"payments": [{"method": "cash", "notes": {"100": 1}}]}),
            ([{**MILK, "discount": "1.50"}, PAPER], {"customer": {"name": "Thomas"}, "discount": "3%"}),
            ([RICE], {"customer": ASHA, "pay": "account"}),
            ([WRAP, {"product": "P005", "quantity": "1"}], {"customer": BENGALURU, "pay": "upi"}),
            ([MILK], {"waive": "2.00"}),
            ([MILK], {"payments": [{"method": "cash", "amount": "60.00"}]}),
        ]  # fmt: skip
        for lines, more in ways:
            self.sell(*lines, till=code, **more)
        tills.count_drawer(till=till, notes=self._held(till, {1_00: -1}), now=self._tick())
        sessions.move_cash(till=till, kind="cash-out", notes={10_00: 2}, reason="Tea", now=self._tick())
        sessions.move_cash(till=till, kind="cash-in", notes={1_00: 20}, reason="Small coins", now=self._tick())
        sessions.move_cash(till=till, kind="safe-drop", notes={50_00: 1}, reason="", now=self._tick())
        closing = self._held(till, {5_00: 1})
        sessions.close_session(till=till, notes=closing, now=self._tick(), user_id=self.small.owner.pk)

    def _held(self, till: Any, off: dict[int, int]) -> dict[int, int]:
        notes = {row.value_paise: row.count for row in till.drawer.all()}
        return {value: number + off.get(value, 0) for value, number in notes.items()}

    def _bring_back(self) -> None:
        cash, card = [{"method": "cash"}], [{"method": "card", "reference": "77"}]
        self.take_back(3, {"lines": [{"position": 1, "quantity": "1"}], "refund": cash, "reason": "Not wanted"})
        self.take_back(3, {"refund": card})
        self.take_back(5, {"refund": card, "till": "B"})
        self.take_back(
            6, {"lines": [{"position": 1, "quantity": "1"}], "write_off": True, "refund": cash, "reason": "Broken"}
        )
        self.take_back(15, {"refund": cash})

    def _by_hand(self) -> None:
        catalog.move_stock(code="P001", quantity_milli=24_000, reason="received", note="Dairy", now=self._tick())
        catalog.move_stock(code="P002", quantity_milli=-1_500, reason="adjusted", note="Spilt", now=self._tick())
        catalog.change_product(code="P003", changes={"unit_price_paise": 121_00}, now=self._tick())
        from counterfoil.billing.models import Invoice

        mailed = Invoice.objects.filter(customer_email=ASHA["email"]).order_by("id")
        for invoice, to in zip(mailed, ("", "office@example.com"), strict=False):
            invoice.deliveries.update(state="sent", sent_at=self.now)
            delivery.send_again(invoice=invoice, now=self._tick(), to=to, asked_by="Meera")

    # One document

    def sell(self, *lines: dict[str, Any], pay: str = "card", **sale: Any) -> None:
        now, number = self._tick(), next(self.keys)
        if "payments" not in sale:
            quote = price_sale(sale=read_sale({"lines": list(lines), **sale}), now=now)
            sale["payments"] = [{"method": pay, "amount": quote["rounded_payable"]}]
        read_one, cashier = read_sale({"lines": list(lines), **sale}), self.people[number % len(self.people)]
        done = checkout.complete_sale(sale=read_one, key=f"varied-sale-{number}", cashier=cashier, now=now)
        self.numbers.append(done.document["number"])

    def take_back(self, index: int, request: dict[str, Any]) -> None:
        number, key = self.numbers[index], f"varied-return-{next(self.keys)}"
        asked = read(ReturnIn, request)
        take_back(number=number, request=asked, key=key, cashier=self.people[1], now=self._tick())

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=7, microseconds=1234)
        return self.now
