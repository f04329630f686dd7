"""The UPI payment link of an invoice, and its QR code.

The link follows NPCI's deep-linking form. Its parts are percent-encoded, so a name can add no parameter of its own.
"""

import io
from typing import Any
from urllib.parse import quote

import segno

from counterfoil.documents.wording import number_of

LONGEST = 50  # of a name or a note in the link: what payment apps show, and far below what a QR code can hold


def unpaid(document: dict[str, Any]) -> str:
    """What is still owed: the part on account."""
    owed = [number_of(p.get("amount")) for p in document.get("payments") or [] if p.get("method") == "account"]
    return f"{sum(owed):f}" if sum(owed) else "0.00"


def upi_uri(document: dict[str, Any]) -> str | None:
    """The link for what is owed, else for the whole bill. None where no money can be asked for."""
    supplier = document.get("supplier") or {}
    owed = unpaid(document)
    amount = owed if number_of(owed) else str(document.get("rounded_payable", "0"))
    no_reason = document.get("kind") == "credit-note" or document.get("currency", "INR") != "INR"
    if no_reason or not supplier.get("upi_id") or number_of(amount) <= 0:
        return None
    parts = {
        "pa": str(supplier["upi_id"]),
        "pn": str(supplier.get("name") or "")[:LONGEST],
        "am": f"{number_of(amount):.2f}",
        "tn": str(document.get("number", ""))[:LONGEST],
        "cu": "INR",
    }
    return "upi://pay?" + "&".join(f"{key}={quote(value, safe='@')}" for key, value in parts.items())


def upi_qr_svg(document: dict[str, Any]) -> str | None:
    """The link as a self-contained SVG without a style attribute, fit for a page with a strict policy."""
    uri = upi_uri(document)
    if uri is None:
        return None
    out = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(out, kind="svg", border=4, xmldecl=False, light="#fff", dark="#000")
    return out.getvalue().decode()
