"""A draft's content while it is being changed: the sale as the API takes it, and what undoing needs. Pure.

Nothing is priced here. A change of the lines is a splice, so that its undoing is one too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import format_amount, format_quantity, parse_amount, parse_discount, parse_quantity

UNDO_AT_MOST = 50
LINES_AT_MOST = 500
COUNT_AT_MOST = 9_999
Line = dict[str, Any]


@dataclass
class Bill:
    sale: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> list[Line]:
        found: list[Line] = self.sale.setdefault("lines", [])
        return found

    @property
    def payments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sale.setdefault("payments", [])
        return found

    @property
    def empty(self) -> bool:
        return not self.sale.get("lines") and not self.sale.get("customer") and not self.sale.get("payments")

    def line(self, index: Any) -> Line:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(self.lines):
            raise Invalid("Choose a line first.")
        return self.lines[index]

    # ---- Lines ------------------------------------------------------------------------------------------------------

    def add(self, code: str, quantity_milli: int) -> int:
        """One more of a product; answers its line. The same product twice in a row is one line."""
        last = self.lines[-1] if self.lines else {}
        if last.get("product") == code and not last.get("discount"):
            self.set_quantity(len(self.lines) - 1, format_quantity(_milli(last) + quantity_milli))
            return len(self.lines) - 1
        self.add_all([{"product": code, "quantity": _short(quantity_milli)}])
        return len(self.lines) - 1

    def add_all(self, lines: Iterable[Line]) -> None:
        coming = list(lines)
        if len(self.lines) + len(coming) > LINES_AT_MOST:
            raise Invalid(f"A bill has at most {LINES_AT_MOST} lines: save this one and begin another.")
        self._splice(len(self.lines), 0, coming)

    def set_quantity(self, index: int, text: str) -> None:
        line = self.line(index)
        milli = parse_quantity(text, field="text")
        self._splice(index, 1, [{**line, "quantity": _short(milli)}])

    def step(self, index: int, pieces: int) -> None:
        """One more or less. The last piece is not stepped away: removing a line is another key, and is logged."""
        milli = _milli(self.line(index)) + pieces * 1000
        if milli <= 0:
            raise Invalid("Press Del to remove the line.")
        self.set_quantity(index, format_quantity(milli))

    def remove(self, index: int) -> Line:
        line = self.line(index)
        self._splice(index, 1, [])
        return line

    def clear(self) -> list[Line]:
        lines = list(self.lines)
        self._splice(0, len(lines), [])
        return lines

    def discount_line(self, index: int, text: str) -> None:
        line = self.line(index)
        parse_discount(text, field="text")
        kept = {k: v for k, v in line.items() if k != "discount"}
        self._splice(index, 1, [{**kept, **({"discount": text.strip()} if text.strip() else {})}])

    def discount_bill(self, text: str) -> None:
        parse_discount(text, field="text")
        self._remember({"discount": self.sale.get("discount", "")})
        self._set("discount", text.strip())
        self._forget_waiving()

    def undo(self) -> int:
        """Take the last change of lines or discount back; answers the line to look at, −1 where none was left."""
        if not self.state.get("undo"):
            raise Invalid("There is nothing to undo.")
        last = self.state["undo"].pop()
        self._forget_waiving()
        if "discount" in last:
            self._set("discount", last["discount"])
            return len(self.lines) - 1
        self.lines[last["at"] : last["at"] + last["take"]] = last["put"]
        return min(last["at"] + max(len(last["put"]) - 1, 0), len(self.lines) - 1)

    def _splice(self, at: int, take: int, put: list[Line]) -> None:
        self._remember({"at": at, "take": len(put), "put": self.lines[at : at + take]})
        self.lines[at : at + take] = put
        self._forget_waiving()

    def _remember(self, change: dict[str, Any]) -> None:
        self.state["undo"] = [*self.state.get("undo", []), change][-UNDO_AT_MOST:]

    # ---- Tender -----------------------------------------------------------------------------------------------------

    def give(self, value: str, count: int) -> None:
        """Notes handed over (or, with a negative count, taken back)."""
        cash = next((p for p in self.payments if p["method"] == "cash" and "notes" in p), None)
        if cash is None:
            cash = {"method": "cash", "notes": {}}
            self.payments.append(cash)
        held = cash["notes"].get(value, 0) + count
        if held > COUNT_AT_MOST:
            raise Invalid(f"That is more than {COUNT_AT_MOST} of ₹{value}.")
        cash["notes"] = {k: n for k, n in {**cash["notes"], value: max(held, 0)}.items() if n}
        if not cash["notes"]:
            self.payments.remove(cash)
        self._forget_waiving()

    def unpay(self, method: str) -> None:
        """Take a payment back: all of a method, but cash in notes, which has keys of its own."""
        kept = [p for p in self.payments if p["method"] != method or "notes" in p]
        self.sale["payments"] = kept
        self._forget_waiving()

    def pay(self, method: str, amount_paise: int, reference: str = "") -> None:
        self.unpay(method)
        if amount_paise > 0:
            paid = {"method": method, "amount": format_amount(amount_paise)}
            self.payments.append({**paid, **({"reference": reference} if reference else {})})

    def leave_out(self, value: str) -> None:
        """There is no such note in the drawer after all; a second time: there is."""
        without = list(self.sale.get("without", []))
        without.remove(value) if value in without else without.append(value)
        self._set("without", without)
        self._forget_waiving()

    def waive(self, amount: str) -> None:
        self._set("waive", format_amount(parse_amount(amount)))

    def forget_tender(self) -> None:
        for name in ("payments", "without", "waive"):
            self.sale.pop(name, None)

    def _forget_waiving(self) -> None:
        self.sale.pop("waive", None)

    def _set(self, name: str, value: Any) -> None:
        if value:
            self.sale[name] = value
        else:
            self.sale.pop(name, None)


def split_times(text: str) -> tuple[int, str]:
    """`3*code` is three of it, `1.25*code` weighs; answers thousandths and the code."""
    times, star, code = text.strip().rpartition("*")
    if not star:
        return 1000, text.strip()
    return parse_quantity(times.strip(), field="text"), code.strip()


def _milli(line: Line) -> int:
    return parse_quantity(line.get("quantity", "1"))


def _short(milli: int) -> str:
    return format_quantity(milli).removesuffix(".000")
