"""What a careful shopkeeper would note on paper beside the program: plain dicts, none of the product's rules.

Amounts are paise, quantities thousandths, notes {paise: count}.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

VALUES = (500_00, 200_00, 100_00, 50_00, 20_00, 10_00, 5_00, 2_00, 1_00)


def paise(amount: str) -> int:
    """ "472.00" as 47200."""
    rupees, _, rest = amount.partition(".")
    return int(rupees + rest)


def milli(quantity: str) -> int:
    whole, _, rest = quantity.partition(".")
    return int(whole) * 1000 + int(f"{rest:0<3}"[:3])


def noted(notes: Mapping[str, int]) -> dict[int, int]:
    """{"500": 2} as {50000: 2}."""
    return {paise(f"{value}.00" if "." not in value else value): count for value, count in notes.items()}


def worth(notes: Mapping[int, int]) -> int:
    return sum(value * count for value, count in notes.items())


def can_make(amount_paise: int, notes: Mapping[int, int], values: Iterable[int]) -> bool:
    """Whether these notes make the amount exactly: all sums there are, as the bits of one number."""
    sums, limit = 1, (1 << (amount_paise + 1)) - 1
    for value in values:
        for _ in range(min(notes.get(value, 0), amount_paise // value)):
            sums = (sums | sums << value) & limit
    return bool(sums >> amount_paise & 1)


@dataclass
class Tally:
    """One session on paper."""

    bills: int = 0
    sold_paise: int = 0
    returns: int = 0
    back_paise: int = 0

    def note(self, document: Mapping[str, Any]) -> None:
        amount_paise = paise(document["rounded_payable"])
        if document["kind"] == "invoice":
            self.bills, self.sold_paise = self.bills + 1, self.sold_paise + amount_paise
        else:
            self.returns, self.back_paise = self.returns + 1, self.back_paise + amount_paise


@dataclass
class Books:
    """Shelves and drawers as they must be, and every document by its number."""

    stock: dict[str, int | None]
    drawers: dict[str, dict[int, int]]
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: dict[str, dict[int, int]] = field(default_factory=dict)  # number → position → what can still come back
    given_back: dict[str, int] = field(default_factory=dict)  # number → paise
    open: dict[str, "Tally"] = field(default_factory=dict)  # till → what its session did so far

    def put(self, till: str, notes: Mapping[int, int], sign: int = 1) -> None:
        """A drawer that nobody has counted yet is taken as unlimited, and its notes are not kept."""
        if (drawer := self.drawers.get(till)) is None:
            return
        for value, count in notes.items():
            drawer[value] = drawer.get(value, 0) + sign * count
            assert drawer[value] >= 0, f"till {till} gave a note of {value} that it did not have"

    def drawer(self, till: str) -> dict[int, int]:
        return {value: count for value, count in self.drawers.get(till, {}).items() if count}

    def short(self, lines: Iterable[Mapping[str, str]]) -> bool:
        """Whether the shelves have too little for these lines of a sale."""
        wanted: dict[str, int] = {}
        for line in lines:
            wanted[line["product"]] = wanted.get(line["product"], 0) + milli(line["quantity"])
        held = {code: self.stock[code] for code in wanted}
        return any(there is not None and there < wanted[code] for code, there in held.items())

    def sold(self, document: dict[str, Any]) -> None:
        self._note(document)
        self.left[document["number"]] = {line["position"]: milli(line["quantity"]) for line in document["lines"]}
        self.given_back[document["number"]] = 0
        for line in document["lines"]:
            self._shelve(line, -1)
        for payment in document["payments"]:
            self.put(document["till"], noted(payment.get("notes", {})))
        change = noted(document["change"])
        assert worth(change) == paise(document["change_due"]), document["number"]
        self.put(document["till"], change, -1)

    def taken_back(self, document: dict[str, Any], *, written_off: bool) -> None:
        self._note(document)
        number = document["original"]["number"]
        for line in document["lines"]:
            self.left[number][line["original_position"]] -= milli(line["quantity"])
            assert self.left[number][line["original_position"]] >= 0, f"more came back of {number} than was sold"
            if not written_off:
                self._shelve(line, 1)
        for payment in document["payments"]:
            handed = noted(payment.get("notes", {}))
            assert payment["method"] != "cash" or worth(handed) == paise(payment["amount"])
            self.put(document["till"], handed, -1)
        self.given_back[number] += paise(document["rounded_payable"])
        paid = paise(self.documents[number]["rounded_payable"])
        back, all_back = self.given_back[number], not any(self.left[number].values())
        assert back == paid if all_back else back <= paid, f"{number}: {paid} paid, {back} given back"

    def _note(self, document: dict[str, Any]) -> None:
        assert document["number"] not in self.documents, f"{document['number']} was issued twice"
        self.documents[document["number"]] = document
        if (tally := self.open.get(document["till"])) is not None:
            tally.note(document)

    def _shelve(self, line: Mapping[str, str], sign: int) -> None:
        there = self.stock.get(line["product"])
        if there is not None:
            self.stock[line["product"]] = there + sign * milli(line["quantity"])
