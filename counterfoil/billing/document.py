"""An issued (or priced) document as the outside world sees it: the JSON of the API, and what pages, PDF and mail show.

Nothing is computed here: every figure is the record's own.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from counterfoil.billing.record import Record, Row, notes_from_json
from counterfoil.rules.change import format_notes
from counterfoil.rules.money import format_amount, format_quantity, format_rate, in_words, minor_digits
from counterfoil.rules.tax import STATES

NO_MAIL = {"state": "none", "sent": False, "fail_count": 0, "last_error": "", "to": "", "next_attempt_at": None}


def document(
    record: Record,
    *,
    time_zone: str,
    customer_id: int | None,
    email: Mapping[str, Any] | None = None,
    credit_notes: Iterable[str] = (),
    original_issued_at: Any = None,
) -> dict[str, Any]:
    """The invoice of the contract, with what a printed one needs beside it. Amounts are strings."""
    header, currency = record.header, record.supplier["currency"]
    digits = minor_digits(currency)
    zone = ZoneInfo(time_zone)

    def amount(name: str) -> str:
        return format_amount(header[name], decimals=digits)

    shown = {
        "number": header["number"],
        "kind": header["kind"],
        "issued_at": header["issued_at"].astimezone(zone).isoformat(timespec="seconds"),
        "till": record.till,
        "cashier": header["cashier_name"],
        "customer": _customer(header, customer_id),
        "lines": [_line(row, digits) for row in record.lines],
        "discount": amount("discount_paise"),
        "taxable_total": amount("taxable_paise"),
        "tax_total": amount("tax_paise"),
        "net_total": amount("net_paise"),
        "taxes": [_tax(row, digits) for row in record.taxes],
        "rounding": amount("rounding_paise"),
        "waived": amount("waived_paise"),
        "rounded_payable": amount("payable_paise"),
        "paid": amount("paid_paise"),
        "change_due": amount("change_paise"),
        "change": format_notes(notes_from_json(header["change_notes"])),
        "payments": [_payment(row, digits) for row in record.payments],
        "email": mail_at(email or NO_MAIL, zone),
        "credit_notes": list(credit_notes),
        "digest": header.get("digest", ""),
        "supplier": {**record.supplier, "state_name": STATES.get(record.supplier["state"], "")},
        "place_of_supply": _place(header["place_of_supply"]),
        "currency": currency,
        "locale": "en-IN",
        "tax_regime": record.supplier["tax_regime"],
        "tax_name": record.supplier["tax_name"],
        "amount_in_words": in_words(header["payable_paise"], currency=currency),
    }
    if record.original_number:
        issued = original_issued_at.astimezone(zone).isoformat(timespec="seconds") if original_issued_at else None
        shown["original"] = {"number": record.original_number, "issued_at": issued}
        shown["reason"] = header["reason"]
    return shown


def mail_at(email: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """How a letter stands, with its time as all other times: in the shop's time zone."""
    due = email["next_attempt_at"]
    at = datetime.fromisoformat(due).astimezone(zone).isoformat(timespec="seconds") if due else None
    return {**email, "next_attempt_at": at}


def _customer(header: Row, customer_id: int | None) -> dict[str, Any] | None:
    if customer_id is None and not header["customer_name"] and not header["customer_email"]:
        return None
    return {
        "id": customer_id,
        "name": header["customer_name"],
        "email": header["customer_email"],
        "phone": header["customer_phone"],
        "gstin": header["customer_gstin"],
        "state": header["customer_state"],
        "state_name": STATES.get(header["customer_state"], ""),
        "address": header["customer_address"],
    }


def _place(state: str) -> dict[str, str] | None:
    return {"state": state, "name": STATES.get(state, "")} if state else None


def _line(row: Row, digits: int) -> dict[str, Any]:
    shown = {
        "position": row["position"],
        "product": row["code"] or None,
        "name": row["name"],
        "hsn": row["hsn"],
        "unit": row["unit"],
        "quantity": format_quantity(row["quantity_milli"]),
        "unit_price": format_amount(row["unit_price_paise"], decimals=digits),
        "price_includes_tax": bool(row["price_includes_tax"]),
        "value": format_amount(row["value_paise"], decimals=digits),
        "discount": format_amount(row["discount_paise"], decimals=digits),
        "bill_discount": format_amount(row["bill_discount_paise"], decimals=digits),
        "tax_rate": format_rate(row["tax_rate_bp"] * 100),
        "taxable": format_amount(row["taxable_paise"], decimals=digits),
        "tax": format_amount(row["tax_paise"], decimals=digits),
        "total": format_amount(row["total_paise"], decimals=digits),
    }
    if row.get("original_position") is not None:
        shown["original_position"] = row["original_position"]
    return shown


def _tax(row: Row, digits: int) -> dict[str, str]:
    return {
        "name": row["name"],
        "rate": format_rate(row["rate_ppm"]),
        "taxable": format_amount(row["taxable_paise"], decimals=digits),
        "amount": format_amount(row["amount_paise"], decimals=digits),
    }


def _payment(row: Row, digits: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"method": row["method"], "amount": format_amount(row["amount_paise"], decimals=digits)}
    if row["reference"]:
        shown["reference"] = row["reference"]
    if row["notes"]:
        shown["notes"] = format_notes(notes_from_json(row["notes"]))
    return shown
