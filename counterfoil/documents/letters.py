"""The letter that carries an invoice: subject, plain text and HTML, in the shop's name.

The two bodies say the same. The text is laid out here, the HTML in `templates/documents/letter.html`, by a template
engine of its own that needs no request and no settings and escapes every value.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from counterfoil.documents.sheet import NOTHING, sheet
from counterfoil.documents.upi import upi_uri
from counterfoil.documents.wording import one_line

TEMPLATES = Path(__file__).parent / "templates" / "documents"
WIDTH = 68  # columns of the plain text
LINES_AT_MOST = 60  # longer letters are clipped by mail programs; the PDF has every line
SUBJECT_NAME = 80  # letters of the shop's name in a subject


@dataclass(frozen=True, slots=True)
class Letter:
    """`subject` is one line whatever the invoice holds."""

    subject: str
    text: str
    html: str


def letter(document: dict[str, Any]) -> Letter:
    """What goes out with the PDF."""
    words = _tidy(sheet(document))
    words["subject"] = _subject(words)
    words["shown"] = words["lines"][:LINES_AT_MOST]
    words["unshown"] = str(max(len(words["lines"]) - LINES_AT_MOST, 0))
    words["upi_uri"] = (upi_uri(document) or "") if words["owed"] else ""
    html = _engine().get_template("letter.html").render(Context(words))
    return Letter(subject=words["subject"], text="\n".join(_text(words)) + "\n", html=html)


@cache
def _engine() -> Engine:
    return Engine(dirs=[str(TEMPLATES)], autoescape=True)


def _tidy(value: Any) -> Any:
    """Every string on one line, without control characters."""
    if isinstance(value, dict):
        return {key: _tidy(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_tidy(entry) for entry in value]
    return one_line(value) if isinstance(value, str) else value


def _subject(words: dict[str, Any]) -> str:
    """`Invoice A/26-27/000413 from Shree Ganesh General Store, ₹1,752.00`."""
    kind = "Credit note" if words["credit"] else "Invoice"
    name = words["supplier"]["name"]
    if len(name) > SUBJECT_NAME:
        name = name[: SUBJECT_NAME - 1].rstrip() + "…"
    return one_line(f"{kind} {words['number']}{f' from {name}' if name else ''}, {words['payable']}")


def _text(words: dict[str, Any]) -> Iterator[str]:
    yield from _opening(words)
    yield ""
    for entry in words["shown"]:
        yield from _entry(entry, words["tax_name"])
    if words["unshown"] != "0":
        yield f"  … and {words['unshown']} more lines, in the attached PDF"
    yield "  " + "-" * (WIDTH - 2)
    for row in words["totals"]:
        yield _leader(row["label"], row["value"])
    yield "  " + "=" * (WIDTH - 2)
    yield _leader(words["payable_label"].upper(), words["payable"])
    yield "  " + "=" * (WIDTH - 2)
    yield from _money(words)
    yield ""
    yield from _closing(words)


def _opening(words: dict[str, Any]) -> Iterator[str]:
    yield f"Dear {words['customer']['name'] or 'customer'},"
    yield ""
    shop = words["supplier"]["name"] or "our shop"
    thanks = f"This is your credit note from {shop}." if words["credit"] else f"Thank you for shopping at {shop}."
    yield from textwrap.wrap(thanks, WIDTH)
    yield from textwrap.wrap(f"{words['title']} {words['number']} of {words['date']} is attached as a PDF.", WIDTH)
    if words["original"]:
        yield from textwrap.wrap(f"It stands against invoice {words['original']}.", WIDTH)


def _entry(entry: dict[str, Any], tax_name: str) -> Iterator[str]:
    yield from textwrap.wrap(entry["name"], WIDTH - 2, initial_indent="  ", subsequent_indent="  ") or ["  –"]
    what = " ".join(filter(None, [entry["quantity"], entry["unit"], "×", entry["price"]]))
    yield _leader(f"    {what}, {tax_name} {entry['rate']}", entry["total"], indent=0)
    for label, amount in (("less", entry["discount"]), ("less, of the bill's discount", entry["bill_discount"])):
        if amount not in ("", NOTHING):
            yield f"    {label} {amount}"


def _money(words: dict[str, Any]) -> Iterator[str]:
    for row in words["payments"]:
        reference = f", ref. {row['reference']}" if row["reference"] else ""
        yield _leader(row["label"] + reference, row["amount"])
        if row["notes_text"]:
            yield f"    {row['notes_text']}"
    if words["change"]:
        yield _leader("Change given", words["change"]["amount"])
        if words["change"]["notes_text"]:
            yield f"    {words['change']['notes_text']}"
    if words["upi_uri"]:
        yield ""
        yield f"  To pay {words['owed']} by UPI: {words['supplier']['upi_id']}"


def _closing(words: dict[str, Any]) -> Iterator[str]:
    supplier = words["supplier"]
    if supplier["reach"]:
        yield from textwrap.wrap(f"Questions? You reach us at {' or '.join(supplier['reach'])}.", WIDTH)
        yield ""
    yield "-- "
    yield supplier["name"]
    yield from supplier["address"]
    if supplier["gstin"]:
        yield f"GSTIN {supplier['gstin']}"


def _leader(label: str, value: str, indent: int = 2) -> str:
    """A label and its amount, end-aligned."""
    start = " " * indent + label
    return f"{start}{value.rjust(max(WIDTH - len(start), len(value) + 2))}"
