"""Tills that never give up: each call is sent again, with the same key and body, until an answer comes. Every answer
goes into a log outside the shop, one line of JSON each, before the next call is made."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

from tests.servers import LOOPBACK
from tests.simulation.books import paise

TIMEOUT_SECONDS = 10
PRODUCTS = {"MILK": ("20.00", "5.00", 500_000), "SOAP": ("45.50", "18.00", 500_000), "LAST": ("12.00", "5.00", 150)}
FLOAT = {"500": 50, "200": 50, "100": 100, "50": 200, "20": 300, "10": 500, "5": 500, "2": 1000, "1": 1000}
TILLS = ("A", "B")


class Line:
    """One connection to the shop."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.connection: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        """Status and JSON; raises OSError or HTTPException when no whole answer came."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        if self.connection is None:
            self.connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT_SECONDS)
        try:
            text = None if body is None else json.dumps(body)
            self.connection.request(method, f"/api/v1{path}", text, headers)
            answer = self.connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


class Log:
    """The outside log, append-only: one line for each acknowledged answer."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, threading.Lock()
        self.lines = 0

    def write(self, entry: Mapping[str, Any]) -> None:
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
            self.lines += 1

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]


class Client(threading.Thread):
    def __init__(self, name: str, *, line: Line, log: Log, seed: str, mail_share: float, pause: float) -> None:
        super().__init__(name=name, daemon=True)
        self.line, self.log, self.dice = line, log, Random(seed)
        self.mail_share, self.pause = mail_share, pause
        self.enough = threading.Event()
        self.sold: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self.longest_wait = 0.0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.enough.is_set():
                self.one()
                self.enough.wait(self.dice.uniform(0, self.pause))
        except BaseException as error:
            self.failure = error
            raise
        finally:
            self.line.close()

    def one(self) -> None:
        self.counts["asked"] += 1
        key = f"{self.name}-{self.counts['asked']:07}"
        if self.sold and self.dice.random() < 0.25:
            number = self.dice.choice(self.sold[-50:])["number"]
            self.ask("return", f"/invoices/{number}/returns", self._return(), key)
        else:
            self.ask("sale", "/invoices", self._sale(), key)

    def ask(self, kind: str, path: str, body: dict[str, Any], key: str) -> None:
        """Until it is answered. What a proxy or a dying process says (5xx) is no answer."""
        since, tries = time.monotonic(), 0
        while True:
            tries += 1
            try:
                status, answer = self.line.call("POST", path, body, key)
            except (OSError, http.client.HTTPException, ValueError):
                self.counts["unanswered"] += 1
            else:
                if status < 500 and status != 429:
                    break
                self.counts[f"status {status}"] += 1
            time.sleep(self.dice.uniform(0.05, 0.4))
        self.longest_wait = max(self.longest_wait, time.monotonic() - since)
        entry = {"kind": kind, "key": key, "status": status, "tries": tries, "answer": answer}
        self.log.write(entry)
        self.counts[f"{kind} {status}"] += 1
        if kind == "sale" and status in (200, 201):
            self.sold.append(answer)

    def _sale(self) -> dict[str, Any]:
        codes = self.dice.choices(list(PRODUCTS), [30, 30, 1], k=self.dice.randint(1, 3))
        basket = [(code, self.dice.randint(1, 3)) for code in codes]
        due = sum(paise(PRODUCTS[code][0]) * count for code, count in basket) // 100
        sale: dict[str, Any] = {
            "till": self.dice.choice(TILLS),
            "lines": [{"product": code, "quantity": str(count)} for code, count in basket],
            "payments": [self._payment(due)],
        }
        if self.dice.random() < self.mail_share:
            who = f"{self.name}-{self.dice.randint(1, 30)}"
            sale["customer"] = {"name": f"Customer {who}", "email": f"{who}@example.com"}
        return sale

    def _payment(self, due: int) -> dict[str, Any]:
        """Whole rupees: by card, exactly, or with one note that is too large, so that the drawers never run dry."""
        way = self.dice.random()
        if way < 0.2:
            return {"method": "card", "amount": f"{due}.00"}
        if way < 0.5:
            return {"method": "cash", "notes": {next(str(n) for n in (100, 200, 500) if n >= due): 1}}
        notes = {}
        for value in sorted(map(int, FLOAT), reverse=True):
            notes[str(value)], due = divmod(due, value)
        return {"method": "cash", "notes": {value: count for value, count in notes.items() if count}}

    def _return(self) -> dict[str, Any]:
        refund = [{"method": self.dice.choice(["cash", "cash", "card"])}]
        lines = {"lines": [{"position": 1, "quantity": "1"}]} if self.dice.random() < 0.5 else {}
        return {"till": self.dice.choice(TILLS), "refund": refund, **lines}


def stock_up(line: Line) -> None:
    """The shop before the first customer: products, two tills, both drawers counted."""
    calls: list[tuple[str, Any]] = [("/tills", {"code": "B", "name": "Second"})]
    for code, (price, rate, stock) in PRODUCTS.items():
        calls.append(("/products", {"code": code, "name": code.title(), "unit_price": price, "tax_rate": rate,
                                    "price_includes_tax": True, "stock": str(stock)}))  # fmt: skip
    calls += [(f"/tills/{till}/count", {"notes": FLOAT}) for till in TILLS]
    for path, body in calls:
        status, answer = line.call("POST", path, body)
        assert status in (200, 201), answer
