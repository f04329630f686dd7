"""What stands on the paper, worded: the invoice's dict in, a dict of strings for the templates out.

The document is the invoice of the JSON API, and may also hold: `supplier` (name, address, gstin, state, state_name,
phone, email, upi_id); in `customer` phone, gstin, state, state_name, address; `place_of_supply` (state, name);
`currency`, `locale`, `tax_regime`, `tax_name`, `amount_in_words`, `cashier`, `waived`; in lines `hsn`, `unit`,
`price_includes_tax`, `bill_discount`, `discount_text`; on credit notes `original` (number, issued_at) and `reason`.
Whatever is missing is left out of the paper. Nothing is priced here; only columns that the paper shows are summed.
"""

from decimal import Decimal
from typing import Any

from counterfoil.documents import wording
from counterfoil.documents.upi import unpaid
from counterfoil.documents.wording import number_of

NOTHING = "–"
QUANTITY_LETTERS_AT_MOST = 13  # a longer unit goes on a line of its own
FULL_BUYER_FROM = 50_000  # rupees: from here on Rule 46(e) wants the address and state of one without a GSTIN too
RECEIVED = {
    "cash": "Received in cash",
    "card": "Received by card",
    "upi": "Received by UPI",
    "account": "On account, to be paid",
}
REFUNDED = {
    "cash": "Refunded in cash",
    "card": "Refunded to card",
    "upi": "Refunded by UPI",
    "account": "Set off on account",
}
HALVES = {"CGST", "SGST", "UTGST"}  # each of them is half of the rate that the goods bear
Document = dict[str, Any]


def sheet(document: Document) -> dict[str, Any]:
    """Everything that the A4 page, the receipt and the letter say, in the words they say it."""
    money = _Money(document)
    credit = document.get("kind") == "credit-note"
    supplier = party(document.get("supplier"))
    customer = party(document.get("customer"))
    lines = document.get("lines") or []
    rows, ends = [line(entry, money) for entry in lines], foot(document, money)
    return {
        "title": title(document),
        "number": str(document.get("number", "")),
        "supplier": supplier,
        "customer": customer,
        "buyer_in_full": bool(customer["gstin"]) or number_of(document.get("taxable_total")) >= FULL_BUYER_FROM,
        "buyer": customer["name"] or ("Walk-in customer" if not customer["gstin"] else ""),
        "credit": credit,
        "date": wording.date_and_time(document["issued_at"]),
        "till": str(document.get("till") or ""),
        "cashier": str(document.get("cashier") or ""),
        "place": place(document.get("place_of_supply")),
        "original": original(document.get("original")),
        "reason": str(document.get("reason") or ""),
        "tax_name": tax_name(document),
        "reverse_charge": _gst(document) and bool(supplier["gstin"]),
        "price_note": price_note(lines, tax_name(document)),
        "lines": rows,
        "foot": ends,
        "letters": letters(rows, ends),
        "taxes": taxes(document, money),
        "totals": totals(document, money),
        "payable_label": "Credited" if credit else "Payable",
        "payable": money.full(document.get("rounded_payable")),
        "words": str(document.get("amount_in_words") or ""),
        "payments": [payment(entry, money, credit) for entry in document.get("payments") or []],
        "change": change(document, money),
        "owed": money.full(unpaid(document)) if unpaid(document) else "",
    }


class _Money:
    """Writes amounts in the document's currency and grouping."""

    def __init__(self, document: Document) -> None:
        self.currency = str(document.get("currency") or "INR")
        self.locale = str(document.get("locale") or "en-IN")

    def plain(self, value: Any) -> str:
        return wording.grouped(value or 0, self.locale, self.currency)

    def or_dash(self, value: Any) -> str:
        return self.plain(value) if number_of(value) else NOTHING

    def notes(self, counts: dict[str, int] | None) -> list[dict[str, str]]:
        pairs = wording.notes(counts)
        return [{"value": wording.face(v), "count": str(n), "comes_to": self.plain(v * n)} for v, n in pairs]

    def full(self, value: Any) -> str:
        return wording.money(value or 0, self.currency, self.locale)


def title(document: Document) -> str:
    """A shop that is not registered may not call its bill a tax invoice, and one that is must not where no line bears
    tax: what is exempt goes out on a bill of supply (CGST Act, section 31(3)(c); Rule 49)."""
    if document.get("kind") == "credit-note":
        return "Credit note"
    if not (document.get("supplier") or {}).get("gstin"):
        return "Invoice"
    lines = document.get("lines") or []
    exempt = bool(lines) and not any(number_of(entry.get("tax_rate")) for entry in lines)
    return "Bill of supply" if exempt and _gst(document) else "Tax invoice"


def _gst(document: Document) -> bool:
    return bool(document.get("tax_regime", "gst-india") == "gst-india")


def party(source: Document | None) -> dict[str, Any]:
    """Supplier or recipient: name, lines of the address, GSTIN, state with its code, ways to reach them."""
    source = source or {}
    address = [part.strip() for part in str(source.get("address") or "").splitlines() if part.strip()]
    reach = [str(source[key]) for key in ("phone", "email") if source.get(key)]
    return {
        "name": str(source.get("name") or ""),
        "address": address,
        "gstin": str(source.get("gstin") or ""),
        "state": place({"state": source.get("state"), "name": source.get("state_name")}),
        "reach": reach,
        "upi_id": str(source.get("upi_id") or ""),
    }


def place(source: Document | None) -> str:
    """`Karnataka (29)`, or as much of it as is known."""
    name, code = str((source or {}).get("name") or ""), str((source or {}).get("state") or "")
    return f"{name} ({code})" if name and code else name or code


def original(source: Document | None) -> str:
    if not source:
        return ""
    issued_at = source.get("issued_at")
    return str(source.get("number", "")) + (f" of {wording.date(issued_at)}" if issued_at else "")


def tax_name(document: Document) -> str:
    return "GST" if _gst(document) else str(document.get("tax_name") or "Tax")


def price_note(lines: list[Document], name: str) -> str:
    """Says once how the price column is meant; a mixed bill marks its lines instead."""
    ways = {bool(entry.get("price_includes_tax")) for entry in lines if "price_includes_tax" in entry}
    if ways == {True}:
        return f"Prices include {name}"
    return f"Prices before {name}" if ways == {False} else ""


def line(entry: Document, money: _Money) -> dict[str, Any]:
    """One row. The discounts: the line's own as the figure, its share of the bill's beneath."""
    hsn, code, share = entry.get("hsn"), entry.get("product"), entry.get("bill_discount")
    text = str(entry.get("discount_text") or "")
    return {
        "position": str(entry.get("position", "")),
        "name": str(entry.get("name") or code or ""),
        "hsn": str(hsn or ""),
        "sub": " · ".join([*([str(code)] if code else []), *([f"HSN {hsn}"] if hsn else [])]),
        "quantity": wording.quantity(entry.get("quantity")),
        "unit": str(entry.get("unit") or ""),
        "amount": f"{wording.quantity(entry.get('quantity'))} {entry.get('unit') or ''}".strip(),
        "price": money.plain(entry.get("unit_price")),
        "inclusive": bool(entry.get("price_includes_tax")),
        "discount": money.or_dash(entry.get("discount")),
        "discount_text": text if "%" in text else "",
        "bill_discount": money.plain(share) if number_of(share) else "",
        "taxable": money.plain(entry.get("taxable")),
        "tax": money.or_dash(entry.get("tax")),
        "rate": wording.rate(entry.get("tax_rate")),
        "total": money.plain(entry.get("total")),
    }


def foot(document: Document, money: _Money) -> dict[str, str]:
    lines = document.get("lines") or []
    # `discount` of the document is the one on the whole bill, the sum of the lines' shares: not added once more.
    off = sum((number_of(e.get(key)) for e in lines for key in ("discount", "bill_discount")), Decimal("0.00"))
    return {
        "count": f"{len(lines)} line{'' if len(lines) == 1 else 's'}",
        "discount": money.or_dash(off),
        "taxable": money.plain(document.get("taxable_total")),
        "tax": money.plain(document.get("tax_total")),
        "total": money.plain(document.get("net_total")),
    }


def letters(rows: list[dict[str, Any]], ends: dict[str, str]) -> list[float | None]:
    """How many letters each column of the lines' table must hold. The description has what is left."""
    least = {
        "position": 2,
        "": 0,
        "amount": 8,
        "price": 6,
        "discount": 8,
        "taxable": 7,
        "rate": 8,
        "tax": 6,
        "total": 7,
    }
    longest = {key: max([least[key], *(_width(row[key]) for row in [*rows, ends] if key in row)]) for key in least}
    longest["amount"] = min(longest["amount"], QUANTITY_LETTERS_AT_MOST)
    return [longest[key] if key else None for key in least]


def _width(text: str) -> float:
    """In digits: a comma or a point is less than half as wide as one."""
    return len(text) - 0.6 * (text.count(",") + text.count("."))


def taxes(document: Document, money: _Money) -> dict[str, Any]:
    """The summary per rate: a row for each rate, a column for each head (CGST, SGST, UTGST, IGST, …)."""
    entries = document.get("taxes") or []
    heads = list(dict.fromkeys(str(e["name"]) for e in entries))
    rows: dict[Decimal, dict[str, Any]] = {}
    for e in entries:
        rate = number_of(e["rate"]) * (2 if e["name"] in HALVES else 1)
        row = rows.setdefault(rate, {"taxable": money.plain(e["taxable"]), "cells": {}})
        row["cells"][str(e["name"])] = {"rate": wording.rate(e["rate"]), "amount": money.plain(e["amount"])}
    untaxed = [e for e in document.get("lines") or [] if not number_of(e.get("tax_rate"))]
    if untaxed and Decimal(0) not in rows:
        taxable = sum((number_of(e.get("taxable")) for e in untaxed), Decimal("0.00"))
        rows[Decimal(0)] = {"taxable": money.plain(taxable), "cells": {}}
    missing = {"rate": "", "amount": NOTHING}
    for rate, row in rows.items():
        row.update(rate=wording.rate(rate), cells=[row["cells"].get(head, missing) for head in heads])
    return {"heads": heads, "rows": [rows[rate] for rate in sorted(rows)]}


def totals(document: Document, money: _Money) -> list[dict[str, str]]:
    """From taxable to net to what is payable; each figure as the invoice gives it."""
    heads: dict[str, Decimal] = {}
    for entry in document.get("taxes") or []:
        heads[str(entry["name"])] = heads.get(str(entry["name"]), Decimal("0.00")) + number_of(entry["amount"])
    rows = [("Taxable value", money.plain(document.get("taxable_total")), "")]
    rows += [(name, money.plain(amount), "") for name, amount in heads.items()]
    rows += [(f"Total {tax_name(document)}", money.plain(document.get("tax_total")), "")] if len(heads) != 1 else []
    rows += [("Net", money.plain(document.get("net_total")), "net")]
    rows += [("Round-off", money.plain(document.get("rounding")), "")]
    if number_of(document.get("waived")):
        rows += [("of which waived", money.plain(document["waived"]), "")]
    return [{"label": label, "value": value, "kind": kind} for label, value, kind in rows]


def payment(entry: Document, money: _Money, credit: bool) -> dict[str, Any]:
    method = str(entry.get("method") or "")
    return {
        "label": (REFUNDED if credit else RECEIVED).get(method, method.capitalize()),
        "reference": str(entry.get("reference") or ""),
        "amount": money.full(entry.get("amount")),
        "notes": money.notes(entry.get("notes")),
        "notes_text": wording.notes_in_words(entry.get("notes")),
    }


def change(document: Document, money: _Money) -> dict[str, Any] | None:
    """What was handed back, in notes. None where nothing was."""
    if not number_of(document.get("change_due")):
        return None
    return {
        "amount": money.full(document["change_due"]),
        "notes": money.notes(document.get("change")),
        "notes_text": wording.notes_in_words(document.get("change")),
    }
