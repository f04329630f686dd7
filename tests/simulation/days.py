"""Days of a shop with two tills, drawn from a seed and played through the real actions, beside books on paper.

A page that crashes is a sale whose answer nobody saw, or whose transaction was cut off at a named crash point; either
way the same key is sent again. Each till's day (`till_days`) ends with a count; at the end `examine` asks all of
`verify`. The days are short ones, so that a thousand of them can be played: it is the order of things that is random.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from random import Random
from types import ModuleType
from typing import Any
from unittest.mock import patch

from counterfoil.catalog import actions as catalog
from counterfoil.catalog.models import Product
from counterfoil.checkout import actions as checkout
from counterfoil.checkout import returns
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.sale import read, read_sale
from counterfoil.rules.errors import ChangeUnavailable, Invalid, KeyReused, OutOfStock, PaidTooLittle, Refusal
from counterfoil.shop import actions as shop
from counterfoil.till import actions as till_actions
from counterfoil.till import queries as till_queries
from counterfoil.till.models import Till
from tests.shop import OPENED_AT, SmallShop
from tests.simulation.books import VALUES, Books, can_make, paise
from tests.simulation.till_days import TillDays

SOLD = ("P001", "P002", "P003", "P004", "P005")
STEPS_A_DAY = (1, 4)
DAYS_BETWEEN_STOCKTAKES = 10


class PowerCut(Exception):
    """Raised at a crash point: nothing of what was begun may remain."""


class ShopDays(TillDays):
    def __init__(self, small: SmallShop, *, seed: int) -> None:
        self.dice = Random(seed)
        self.now = OPENED_AT + timedelta(hours=1)
        self.tills = {"A": small.till, "B": till_actions.add_till(code="B", name="Second", now=OPENED_AT)}
        self.enabled = set(VALUES)
        self.books = Books(stock={code: small.stock_milli(code) for code in SOLD}, drawers={})  # nobody counted yet
        self.keys = 0
        self.happened: Counter[str] = Counter()
        self.cashier = Cashier(small.cashier.pk, "Ravi")
        self.takers = [small.cashier.pk, small.owner.pk]
        self.steps: dict[Callable[[Till], None], int] = {
            self.sell: 52, self.sell_and_crash: 8, self.give_back: 6, self.move_cash: 8, self.count: 3,
            self.hand_over: 3, self.receive: 9, self.adjust: 2, self.change_masters: 3, self.change_policy: 2,
            self.reuse_a_key: 3,
        }  # fmt: skip

    def run(self, days: int) -> None:
        for _ in range(days):
            self.day()

    def day(self) -> None:
        """Till A every day, till B on some; what is sold at a till that is not open is sold all the same."""
        self.happened["day"] += 1
        self.now += timedelta(hours=14)
        working = [till for till in self.tills.values() if till.code == "A" or self.dice.random() < 0.4]
        for till in working:
            self.open(till)
        kinds, weights = list(self.steps), list(self.steps.values())
        for _ in range(self.dice.randint(*STEPS_A_DAY) * len(working)):
            self.now += timedelta(seconds=self.dice.randint(1, 900))
            anywhere = self.dice.random() < 0.03
            self.dice.choices(kinds, weights)[0](self.dice.choice([*self.tills.values()] if anywhere else working))
        for till in working:
            self.close(till)
        if self.happened["day"] % DAYS_BETWEEN_STOCKTAKES == 0:
            self.all_agree()

    # Selling

    def sell(self, till: Till) -> None:
        if sale := self._sale(till):
            self._complete(sale, self._key())

    def sell_and_crash(self, till: Till) -> None:
        """Cut off before the commit, or after it with the answer lost; the page comes back and sends it again."""
        if not (sale := self._sale(till)):
            return
        key = self._key()
        if self.dice.random() < 0.6:
            point = f"sale-{self.dice.choice(['begun', 'read', 'written', 'issued'])}"
            self._cut_off(checkout, point, lambda: self._write(sale, key))
            self._complete(sale, key)
        elif number := self._complete(sale, key):
            for _ in range(self.dice.randint(1, 3)):
                again = self._write(sale, key)
                assert (again.replayed, again.document["number"]) == (True, number)
                assert again.document["digest"] == self.books.documents[number]["digest"]
            self.happened["answer lost"] += 1

    def _cut_off(self, module: ModuleType, point: str, write: Callable[[], object]) -> None:
        def cut(name: str) -> None:
            if name == point:
                raise PowerCut

        with patch.object(module, "crash_point", cut):
            try:
                write()
            except PowerCut:
                self.happened[f"cut off: {point}"] += 1
            except Refusal:
                pass  # before it came to that; the same refusal comes again
        for till in self.tills.values():
            assert till_queries.notes(till) == self.books.drawer(till.code)

    def _sale(self, till: Till) -> dict[str, Any] | None:
        lines = []
        for _ in range(self.dice.randint(1, 4)):
            code = self.dice.choice(SOLD)
            loose = code == "P002" or self.dice.random() < 0.05
            quantity = f"0.{self.dice.randint(1, 999):03}" if loose else str(self.dice.randint(1, 4))
            line = {"product": code, "quantity": quantity}
            if self.dice.random() < 0.15:
                line["discount"] = self.dice.choice(["5%", "12.5%", "1.50", "3"])
            lines.append(line)
        sale: dict[str, Any] = {"till": till.code, "lines": lines}
        if self.dice.random() < 0.1:
            sale["discount"] = self.dice.choice(["2%", "5"])
        if self.dice.random() < 0.3:
            who = self.dice.randint(1, 40)
            sale["customer"] = {"name": f"Customer {who}", "email": f"customer{who}@example.com"}
        due = paise(price_sale(sale=read_sale(sale), now=self.now)["rounded_payable"])
        sale["payments"] = self._payments(due)
        return sale if all(line["quantity"] != "0.000" for line in lines) else None

    def _payments(self, due: int) -> list[dict[str, Any]]:
        """Card, UPI, exact cash, or notes that are too much; or several of them."""
        payments: list[dict[str, Any]] = []
        way = self.dice.random()
        if way < 0.25 or due % 100:
            return [{"method": self.dice.choice(["card", "upi"]), "amount": _amount(due)}]
        if way < 0.4:
            part = self.dice.randint(0, due // 100) * 100
            payments, due = [{"method": "upi", "amount": _amount(part), "reference": "4281"}], due - part
        notes: dict[str, int] = {}
        enough = self.dice.random() < 0.97
        while due > 0:
            fitting = [v for v in VALUES if v <= due] if self.dice.random() < 0.6 else list(VALUES)
            value = self.dice.choice(fitting)
            notes[str(value // 100)] = notes.get(str(value // 100), 0) + 1
            due -= value
        if not enough and notes:
            notes.popitem()
        return [*payments, {"method": "cash", "notes": notes}]

    def _write(self, sale: dict[str, Any], key: str) -> checkout.Outcome:
        return checkout.complete_sale(sale=read_sale(sale), key=key, cashier=self.cashier, now=self.now)

    def _complete(self, sale: dict[str, Any], key: str) -> str:
        """The number, or nothing where the sale was rightly refused."""
        books, till = self.books, sale["till"]
        short = books.short(sale["lines"])
        try:
            outcome = self._write(sale, key)
        except OutOfStock:
            assert short
            self.happened["out of stock"] += 1
        except ChangeUnavailable:
            self._rightly_without_change(sale, till)
        except PaidTooLittle:
            self.happened["paid too little"] += 1
        else:
            assert not short
            assert not outcome.replayed
            books.sold(outcome.document)
            self.happened["sold"] += 1
            return str(outcome.document["number"])
        return ""

    def _rightly_without_change(self, sale: dict[str, Any], till: str) -> None:
        due = paise(price_sale(sale=read_sale({**sale, "payments": []}), now=self.now)["rounded_payable"])
        there = self.books.drawer(till)
        for payment in sale["payments"]:
            due -= paise(payment.get("amount", "0.00"))
            for value, count in payment.get("notes", {}).items():
                there[int(value) * 100] = there.get(int(value) * 100, 0) + count
                due -= int(value) * 100 * count
        assert not can_make(-due // 100, {v // 100: n for v, n in there.items()}, [v // 100 for v in self.enabled])
        self.happened["no change"] += 1

    # Taking back

    def give_back(self, till: Till) -> None:
        latest = islice(reversed(self.books.left.items()), 200)
        numbers = [number for number, left in latest if any(left.values())]
        if not numbers:
            return
        number = self.dice.choice(numbers)
        left = {position: most for position, most in self.books.left[number].items() if most}
        request: dict[str, Any] = {
            "till": till.code,
            "refund": [{"method": self.dice.choice(["cash", "cash", "card"])}],
        }
        if self.dice.random() < 0.5:
            chosen = self.dice.sample(sorted(left), self.dice.randint(1, len(left)))
            request["lines"] = [{"position": p, "quantity": _quantity(self.dice.randint(1, left[p]))} for p in chosen]
        request["write_off"] = self.dice.random() < 0.2
        key, asked = self._key(), read(returns.ReturnIn, request)

        def write() -> checkout.Outcome:
            return returns.take_back(number=number, request=asked, key=key, cashier=self.cashier, now=self.now)

        if self.dice.random() < 0.15:
            self._cut_off(returns, f"return-{self.dice.choice(['read', 'written', 'issued'])}", write)
        for attempt in range(self.dice.choice([1, 1, 1, 2])):
            try:
                outcome = write()
            except ChangeUnavailable:
                self.happened["no change for a refund"] += 1
                return
            except Invalid as refusal:
                if "So little" not in refusal.detail:
                    raise
                self.happened["too little to give back"] += 1
                return
            assert outcome.replayed == (attempt > 0)
            if not outcome.replayed:
                self.books.taken_back(outcome.document, written_off=request["write_off"])
                self.happened["taken back"] += 1

    def reuse_a_key(self, till: Till) -> None:
        """Somebody sends another sale under a key that stands for one already."""
        if not self.books.documents or not (sale := self._sale(till)):
            return
        key = f"day-key-{self.dice.randint(1, self.keys):09}"
        sale["lines"].append({"name": "Something else", "unit_price": "1.00", "tax_rate": "0", "quantity": "1"})
        with patch.object(checkout, "read_payments", _must_not_come_to_that):
            try:
                self._write(sale, key)
            except KeyReused:
                self.happened["key reused"] += 1
            except (Refusal, PowerCut):
                pass  # a key whose sale was refused is free

    # Shelves, masters, policies

    def receive(self, till: Till) -> None:
        code = self.dice.choice(["P001", "P002", "P003", "P005"])
        quantity_milli = self.dice.randint(5, 60) * 1000
        self._move_stock(code, quantity_milli, "received")

    def adjust(self, till: Till) -> None:
        code = self.dice.choice(["P001", "P002", "P003", "P005"])
        self._move_stock(code, self.dice.choice([-2000, -1500, -1000, 500, 1000]), "adjusted")

    def _move_stock(self, code: str, quantity_milli: int, reason: str) -> None:
        held = self.books.stock[code]
        assert held is not None
        try:
            catalog.move_stock(code=code, quantity_milli=quantity_milli, reason=reason, note="", now=self.now)
        except OutOfStock:
            assert held + quantity_milli < 0
            return
        self.books.stock[code] = held + quantity_milli
        self.happened[reason] += 1

    def change_masters(self, till: Till) -> None:
        if self.dice.random() < 0.5:
            price = self.dice.randint(100, 20_000)
            catalog.change_product(code=self.dice.choice(SOLD), changes={"unit_price_paise": price}, now=self.now)
            return
        value = self.dice.choice(VALUES)
        enabled = value not in self.enabled
        till_actions.change_denomination(value_paise=value, enabled=enabled, now=self.now)
        (self.enabled.add if enabled else self.enabled.discard)(value)

    def change_policy(self, till: Till) -> None:
        changes: dict[str, Any] = {
            "tax_rounding": self.dice.choice(["rate", "line"]),
            "payable_rounding": self.dice.choice(["down", "down", "nearest", "none"]),
            "change_strategy": self.dice.choice(["highest", "fewest", "scarce"]),
        }
        shop.change_shop(changes=changes, now=self.now)

    def _key(self) -> str:
        self.keys += 1
        return f"day-key-{self.keys:09}"

    def all_agree(self) -> None:
        """Drawers, movements, shelves and books say the same."""
        for till in self.tills.values():
            self.agree(till)
        for product in Product.objects.filter(code__in=SOLD):
            assert product.stock_milli == self.books.stock[product.code], product.code


def _must_not_come_to_that(*_: object, **__: object) -> None:
    raise PowerCut


def _amount(amount_paise: int) -> str:
    return f"{amount_paise // 100}.{amount_paise % 100:02}"


def _quantity(quantity_milli: int) -> str:
    return f"{quantity_milli // 1000}.{quantity_milli % 1000:03}"
