"""What stands on an X or Z report, worded: the report's dict in (history.zreport), strings for the templates out."""

from typing import Any

from counterfoil.documents import wording
from counterfoil.documents.wording import number_of
from counterfoil.rules.money import MINUS

NOTHING = "–"
METHODS = {"cash": "Cash, less change", "card": "Card", "upi": "UPI", "account": "On account"}
CASH = {"cash-in": "Cash in", "cash-out": "Cash out", "safe-drop": "Drop to the safe"}
COLUMNS = {
    "opening": "Opening", "received": "Received", "change": "Change", "refund": "Refunds", "cash_in": "Cash in",
    "cash_out": "Cash out", "safe_drop": "To the safe", "corrected": "Corrected", "expected": "Expected",
    "counted": "Counted", "variance": "Difference",
}  # fmt: skip
ALWAYS = ("opening", "received", "change", "expected")  # the others only where anything moved
Document = dict[str, Any]


def report_sheet(document: Document) -> dict[str, Any]:
    supplier = document.get("supplier") or {}
    currency = str(document.get("currency") or "INR")
    closed = document["kind"] == "z"
    return {
        "title": "Z report" if closed else "X report",
        "number": f"{document['till']} {document['number']}",
        "buyer": "",
        "supplier": {
            "name": str(supplier.get("name") or ""),
            "gstin": str(supplier.get("gstin") or ""),
            "address": [part.strip() for part in str(supplier.get("address") or "").splitlines() if part.strip()],
        },
        "till": str(document.get("till_name") or document["till"]),
        "facts": facts(document),
        "sales": sales(document, currency),
        "methods": [
            {
                "label": str(METHODS.get(row["method"]) or row["method"]),
                "count": str(row["documents"]),
                "value": wording.money(row["amount"], currency),
            }
            for row in document["methods"]
        ],
        "taxes": [
            {
                "label": f"{row['name']} {wording.rate(row['rate'])}",
                "taxable": wording.grouped(row["taxable"]),
                "value": wording.grouped(row["amount"]),
            }
            for row in document["taxes"]
        ],
        "cash": [_cash(row) for row in document["cash"]],
        "drawer": drawer(document),
        "result": result(document, currency),
        "opening_difference": _opening(document.get("opening_difference")),
        "signed": closed,
    }


def facts(document: Document) -> list[dict[str, str]]:
    """When, by whom, from and to whom."""
    rows = [("Opened", _when(document["opened_at"], document["opened_by"]))]
    if document.get("handed_from"):
        rows.append(("Taken over from", document["handed_from"]))
    if document["closed_at"]:
        rows.append(("Closed", _when(document["closed_at"], document["closed_by"])))
    else:
        rows.append(("Until", wording.date_and_time(document["until"])))
    if document.get("handed_to"):
        rows.append(("Handed over to", document["handed_to"]))
    if document["first_number"]:
        rows.append(("Bills", f"{document['first_number']} to {document['last_number']}"))
    return [{"label": label, "value": value} for label, value in rows]


def _when(at: str, by: str) -> str:
    return wording.date_and_time(at) + (f", {by}" if by else "")


def sales(document: Document, currency: str) -> list[dict[str, str]]:
    count, back = document["invoices"], document["credit_notes"]
    rows = [
        (f"{count} bill{'' if count == 1 else 's'}: taxable", document["taxable"], ""),
        ("Tax", document["tax"], ""),
        *([("Rounding", document["rounding"], "")] if number_of(document["rounding"]) else []),
        ("Sold", document["payable"], "net"),
        *([(f"{back} credit note{'' if back == 1 else 's'}", f"-{document['refunded']}", "")] if back else []),
        *([("Kept", document["kept"], "net")] if back else []),
    ]
    return [{"label": label, "value": wording.money(amount, currency), "kind": kind} for label, amount, kind in rows]


def drawer(document: Document) -> dict[str, Any]:
    """The columns that have anything in them, and a row for each denomination."""
    notes = document["notes"]
    closed = document["kind"] == "z"
    names = [
        name
        for name in COLUMNS
        if name in ALWAYS or (name in ("counted", "variance") and closed) or any(row.get(name) for row in notes)
    ]
    return {
        "heads": [COLUMNS[name] for name in names],
        "rows": [{"value": row["value"], "cells": [_count(row.get(name), name) for name in names]} for row in notes],
        "short": [
            {
                "value": row["value"],
                "expected": str(row["expected"]),
                "counted": _count(row.get("counted"), "counted"),
                "variance": _count(row.get("variance"), "variance"),
            }
            for row in notes
        ],
    }


def _count(count: int | None, name: str) -> str:
    if count is None or (not count and name not in ("expected", "counted", "opening", "variance")):
        return NOTHING
    return _signed(count) if name == "variance" else str(count).replace("-", MINUS)


def _signed(count: int) -> str:
    return f"{count:+}".replace("-", MINUS) if count else "0"


def result(document: Document, currency: str) -> dict[str, Any]:
    """What the drawer should hold; after the count also what it held, and what is off, with where it may come from."""
    suspects = document.get("suspects") or {}
    return {
        "expected": wording.money(document["expected_total"], currency),
        "counted": wording.money(document["counted_total"], currency) if document["counted_total"] else "",
        "variance": wording.money(document["variance_total"], currency) if document["variance_total"] else "",
        "off": [
            {"label": f"{_signed(count)} × {value}", "suspects": ", ".join(suspects.get(value, []))}
            for value, count in document["variance"].items()
        ],
    }


def _opening(difference: dict[str, int] | None) -> str:
    if not difference:
        return ""
    return ", ".join(f"{_signed(count)} × {value}" for value, count in difference.items())


def _cash(row: Document) -> dict[str, str]:
    about = " · ".join(part for part in (row["reason"], row["by"]) if part)
    sign = "" if row["kind"] == "cash-in" else "-"
    return {
        "label": str(CASH.get(row["kind"]) or row["kind"]),
        "about": about,
        "at": wording.date_and_time(row["at"]),
        "notes": wording.notes_in_words(row["notes"]),
        "value": wording.grouped(f"{sign}{row['amount']}"),
    }
