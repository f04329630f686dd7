"""The UPI payment link of an invoice, and its QR code.

The link follows NPCI's deep-linking form. Its parts are percent-encoded, so a name can add no parameter of its own.
"""

import io
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import segno

from counterfoil.documents.wording import number_of, one_line

LONGEST = 50  # of a name or a note in the link: what payment apps show, and far below what a QR code can hold


def unpaid(document: dict[str, Any]) -> Decimal:
    """What the customer still owes: the part on account. A credit note asks for nothing."""
    if document.get("kind") == "credit-note":
        return Decimal(0)
    payments = document.get("payments") or []
    return sum((number_of(p.get("amount")) for p in payments if p.get("method") == "account"), Decimal(0))


def upi_uri(document: dict[str, Any]) -> str | None:
    """The link for what is owed, else for the whole bill. None where no money can be asked for."""
    supplier = document.get("supplier") or {}
    amount = unpaid(document) or number_of(document.get("rounded_payable"))
    no_reason = document.get("kind") == "credit-note" or document.get("currency", "INR") != "INR"
    if no_reason or not supplier.get("upi_id") or amount <= 0:
        return None
    parts = {
        "pa": one_line(supplier["upi_id"]),
        "pn": one_line(supplier.get("name") or "")[:LONGEST],
        "am": f"{amount:.2f}",
        "tn": one_line(document.get("number", ""))[:LONGEST],
        "cu": "INR",
    }
    return "upi://pay?" + "&".join(f"{key}={quote(value, safe='@')}" for key, value in parts.items())


def upi_qr_svg(document: dict[str, Any], *, border: int = 4) -> str | None:
    """The link as a self-contained SVG without a style attribute, fit for a page with a strict policy.

    `border` is the quiet zone in modules: paper that is white around the code needs none of its own.
    """
    uri = upi_uri(document)
    if uri is None:
        return None
    out = io.BytesIO()
    code = segno.make(uri, error="m", micro=False)
    code.save(out, kind="svg", border=border, xmldecl=False, light="#fff", dark="#000")
    return out.getvalue().decode()
