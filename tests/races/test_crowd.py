"""Everything at once: on PostgreSQL 32 connections, on SQLite four processes that write. Each call succeeds or is
clearly refused, nothing waits for ever, and `verify` finds the books in order."""

import multiprocessing
import sys
import threading
from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection

from counterfoil.billing.models import Invoice
from counterfoil.catalog import actions as catalog
from counterfoil.checkout.actions import Outcome
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.returns import ReturnIn, take_back
from counterfoil.checkout.sale import read
from counterfoil.cli.verify.command import examine
from counterfoil.customers.models import Customer
from counterfoil.rules.errors import Refusal
from counterfoil.till import actions as till_actions
from counterfoil.till import queries as till
from counterfoil.till import sessions
from tests.checkout.conftest import NOON, sell
from tests.races.conftest import PATIENCE_SECONDS
from tests.shop import SmallShop

PROCESSES = 4
THREADS = {"postgresql": 8, "sqlite": 1}
CALLS_EACH = {"postgresql": 4, "sqlite": 16}
FLOAT = {100_00: 50, 50_00: 50, 20_00: 100, 10_00: 100, 5_00: 100, 2_00: 200, 1_00: 300}
COLAS = 3
KEYS = 6
NEWCOMERS = 5

Told = tuple[str, str]  # what was asked, and what came of it


class Caller:
    """One till's worth of calls, drawn so that all of them meet."""

    def __init__(self, number: int, sold: list[str]) -> None:
        self.number, self.dice, self.sold, self.calls = number, Random(number), sold, 0
        self.asks = [self.the_last_packet, self.one_key, self.a_newcomer, self.edit_a_price, self.switch_a_note,
                     self.return_one, self.close_and_open, self.sell_for_cash]  # fmt: skip

    def run(self, calls: int) -> list[Told]:
        told = []
        try:
            for n in range(calls):
                ask = self.asks[(self.number + n) % len(self.asks)]
                told.append((ask.__name__, self._outcome(ask)))
        finally:
            connection.close()
        return told

    def _outcome(self, ask: Any) -> str:
        self.calls += 1
        try:
            done = ask()
        except Refusal as refusal:
            return refusal.code
        except Exception as error:  # noqa: BLE001 (it is what the test is about)
            return f"{type(error).__name__}: {error}"
        return str(done.document["number"]) if isinstance(done, Outcome) else "done"

    def _key(self) -> str:
        return f"crowd-{self.number}-{self.calls}"

    def the_last_packet(self) -> Outcome:
        return sell({"product": "P005"}, key=self._key(), payments=[{"method": "card", "amount": "45.00"}])

    def one_key(self) -> Outcome:
        lines = {"product": "P004", "quantity": "2"}
        key = f"crowd-shared-{self.dice.randrange(KEYS)}"
        return sell(lines, key=key, payments=[{"method": "upi", "amount": "12.00"}])

    def a_newcomer(self) -> Outcome:
        who = {"name": "Nila", "email": f"nila{self.dice.randrange(NEWCOMERS)}@example.com"}
        return sell({"product": "P004"}, key=self._key(), customer=who, payments=[{"method": "upi", "amount": "6.00"}])

    def edit_a_price(self) -> object:
        price = self.dice.choice([20_00, 21_00, 22_00])
        return catalog.change_product(code="P001", changes={"unit_price_paise": price}, now=NOON)

    def switch_a_note(self) -> object:
        return till_actions.change_denomination(value_paise=20_00, enabled=self.dice.random() < 0.5, now=NOON)

    def return_one(self) -> Outcome:
        asked = read(ReturnIn, {"refund": [{"method": self.dice.choice(["cash", "card"])}]})
        number = self.dice.choice(self.sold)
        return take_back(number=number, request=asked, key=self._key(), cashier=Cashier(), now=NOON)

    def close_and_open(self) -> object:
        one, now = till.till(code="A"), NOON + timedelta(seconds=self.number * 100 + self.calls)
        if till.open_session(one):
            return sessions.close_session(till=one, notes=till.notes(one), now=now, user_id=None)
        return sessions.open_session(till=one, notes=till.notes(one), now=now, user_id=None)

    def sell_for_cash(self) -> Outcome:
        lines = [{"product": "P001"}, {"product": self.dice.choice(["P002", "P003"]), "quantity": "0.500"}]
        self.dice.shuffle(lines)
        return sell(*lines, key=self._key(), payments=[{"method": "cash", "notes": {"100": 2}}])


def callers(first: int, threads: int, calls: int, sold: list[str], told: Any) -> None:
    """In a process of its own: so many threads, each with a connection."""
    found: list[Told] = []
    crowd = [
        threading.Thread(target=lambda n=n: found.extend(Caller(first + n, sold).run(calls))) for n in range(threads)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    told.put(found)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked, so that they need not start anew")
def test_everything_at_once_is_done_or_refused_and_the_books_agree(busy_shop: SmallShop) -> None:
    till_actions.count_drawer(till=busy_shop.till, notes=FLOAT, now=NOON)
    sold = [sell({"product": "P003"}, {"product": "P001", "quantity": "2"}).document["number"] for _ in range(4)]
    vendor, context = connection.vendor, multiprocessing.get_context("fork")
    connection.close()  # none is carried into a fork
    answers = context.Queue()
    threads, calls = THREADS[vendor], CALLS_EACH[vendor]
    crowd = [
        context.Process(target=callers, args=(n * threads, threads, calls, sold, answers)) for n in range(PROCESSES)
    ]
    for process in crowd:
        process.start()
    told = [each for _ in crowd for each in answers.get(timeout=2 * PATIENCE_SECONDS)]
    for process in crowd:
        process.join(PATIENCE_SECONDS)

    assert len(told) == PROCESSES * threads * calls
    assert unexpected(told) == []
    numbers = [outcome for _, outcome in told if "/" in outcome]
    assert Invoice.objects.count() == len({*numbers, *sold})
    shared = Counter(outcome for asked, outcome in told if asked == "one_key")
    assert len(shared) <= KEYS
    assert len([1 for asked, outcome in told if asked == "the_last_packet" and "/" in outcome]) == COLAS
    assert busy_shop.stock_milli("P005") == 0
    assert Customer.objects.filter(email__startswith="nila").count() <= NEWCOMERS
    assert len([1 for asked, outcome in told if asked == "return_one" and "/" in outcome]) <= len(sold)
    assert examine().breaches == []


def unexpected(told: list[Told]) -> list[Told]:
    """What is neither done nor a refusal that makes sense for what was asked."""
    sensible = {
        "the_last_packet": {"out-of-stock"}, "one_key": set(), "a_newcomer": set(), "edit_a_price": set(),
        "switch_a_note": set(), "return_one": {"already-returned", "change-unavailable"},
        "close_and_open": {"validation-error"}, "sell_for_cash": {"change-unavailable"},
    }  # fmt: skip
    return [(a, o) for a, o in told if not (o == "done" or "/" in o or o in sensible[a])]
