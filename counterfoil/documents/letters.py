"""The letter that carries an invoice: subject, plain text and HTML, in the shop's name.

The two bodies say the same. The text is laid out here, the HTML in `templates/documents/letter.html`, by a template
engine of its own that needs no request and no settings and escapes every value. The words are in the shop's language
(LANGUAGE_CODE; catalogues in `locale/`), and English where there are no settings.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.template import Context, Engine
from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe

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
    _translate(words)
    words["subject"] = _subject(words)
    words["shown"] = words["lines"][:LINES_AT_MOST]
    words["unshown"] = str(max(len(words["lines"]) - LINES_AT_MOST, 0))
    words["upi_uri"] = (upi_uri(document) or "") if words["owed"] else ""
    sentences, values = _sentences(words["lang"], bool(words["customer"]["name"]), words["credit"]), _values(words)
    # Each value is escaped once, not in each sentence again; the sentences are the catalogue's own.
    escaped = {name: escape(value) for name, value in values.items()}
    escaped["number"] = format_html("<strong>{}</strong>", values["number"])
    words["say"] = {name: mark_safe(text.format_map(escaped)) for name, text in sentences.items()}
    html = _engine().get_template("letter.html").render(Context(words))
    said = {name: text.format_map(values) for name, text in sentences.items()}
    return Letter(subject=words["subject"], text="\n".join(_text(words, said)) + "\n", html=html)


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


# ---- In the shop's language -----------------------------------------------------------------------------------------


def _(text: str) -> str:
    return translation.gettext(text) if apps.ready else text


@cache
def _sentences(language: str, named: bool, credit: bool) -> dict[str, str]:
    """The letter's own words, with places for `_values`. The language is the one that is active."""
    return {
        "dear": _("Dear {customer},") if named else _("Dear customer,"),
        "thanks": _("This is your credit note from {shop}.") if credit else _("Thank you for shopping at {shop}."),
        "attached": _("{title} {number} of {date} is attached as a PDF."),
        "original": _("It stands against invoice {original}."),
        "unshown": _("… and {unshown} more lines, in the attached PDF"),
        "total": _("Total"),
        "less": _("less"),
        "bill_less": _("less, of the bill’s discount"),
        "reference": _("ref."),
        "change": _("Change given"),
        "pay": _("Pay {owed} by UPI"),
        "phone": _("on a phone, or to {upi_id}"),
        "to_pay": _("To pay {owed} by UPI: {upi_id}"),
        "reach": _("Questions? You reach us at {reach}."),
    }


def _values(words: dict[str, Any]) -> dict[str, str]:
    supplier = words["supplier"]
    plain = {name: words[name] for name in ("title", "number", "date", "original", "unshown", "owed")}
    reach = f" {_('or')} ".join(supplier["reach"])
    shop = supplier["name"] or _("our shop")
    return {**plain, "customer": words["customer"]["name"], "shop": shop, "upi_id": supplier["upi_id"], "reach": reach}


def _translate(words: dict[str, Any]) -> None:
    """The labels that paper and letter share: the paper's are English, see LABELS for those that come here."""
    tax_total = f"Total {words['tax_name']}"
    words["lang"] = (translation.get_language() if apps.ready else None) or "en"
    for name in ("title", "payable_label"):
        words[name] = _(words[name])
    for row in (*words["totals"], *words["payments"]):
        own = row["label"] == tax_total
        row["label"] = _("Total {tax}").format(tax=words["tax_name"]) if own else _(row["label"])
    count = len(words["lines"])
    words["foot"]["count"] = (_("{count} line") if count == 1 else _("{count} lines")).format(count=count)


def gettext_noop(text: str) -> str:
    """Marks a label for makemessages; Django's own asks for settings."""
    return text


LABELS = [
    gettext_noop("Tax invoice"),
    gettext_noop("Bill of supply"),
    gettext_noop("Invoice"),
    gettext_noop("Credit note"),
    gettext_noop("Payable"),
    gettext_noop("Credited"),
    gettext_noop("Taxable value"),
    gettext_noop("Net"),
    gettext_noop("Round-off"),
    gettext_noop("of which waived"),
    gettext_noop("Received in cash"),
    gettext_noop("Received by card"),
    gettext_noop("Received by UPI"),
    gettext_noop("On account, to be paid"),
    gettext_noop("Refunded in cash"),
    gettext_noop("Refunded to card"),
    gettext_noop("Refunded by UPI"),
    gettext_noop("Set off on account"),
]


# ---- Subject and plain text -----------------------------------------------------------------------------------------


def _subject(words: dict[str, Any]) -> str:
    """`Invoice A/26-27/000413 from Shree Ganesh General Store, ₹1,752.00`."""
    kind = _("Credit note") if words["credit"] else _("Invoice")
    name = words["supplier"]["name"]
    if len(name) > SUBJECT_NAME:
        name = name[: SUBJECT_NAME - 1].rstrip() + "…"
    text = _("{kind} {number} from {shop}, {payable}") if name else "{kind} {number}, {payable}"
    return one_line(text.format(kind=kind, number=words["number"], shop=name, payable=words["payable"]))


def _text(words: dict[str, Any], say: dict[str, str]) -> Iterator[str]:
    yield from _opening(words, say)
    yield ""
    for entry in words["shown"]:
        yield from _entry(entry, words["tax_name"], say)
    if words["unshown"] != "0":
        yield f"  {say['unshown']}"
    yield "  " + "-" * (WIDTH - 2)
    for row in words["totals"]:
        yield _leader(row["label"], row["value"])
    yield "  " + "=" * (WIDTH - 2)
    yield _leader(words["payable_label"].upper(), words["payable"])
    yield "  " + "=" * (WIDTH - 2)
    yield from _money(words, say)
    yield ""
    yield from _closing(words, say)


def _opening(words: dict[str, Any], say: dict[str, str]) -> Iterator[str]:
    yield say["dear"]
    yield ""
    yield from textwrap.wrap(say["thanks"], WIDTH)
    yield from textwrap.wrap(say["attached"], WIDTH)
    if words["original"]:
        yield from textwrap.wrap(say["original"], WIDTH)


def _entry(entry: dict[str, Any], tax_name: str, say: dict[str, str]) -> Iterator[str]:
    yield from textwrap.wrap(entry["name"], WIDTH - 2, initial_indent="  ", subsequent_indent="  ") or ["  –"]
    what = " ".join(filter(None, [entry["quantity"], entry["unit"], "×", entry["price"]]))
    yield _leader(f"    {what}, {tax_name} {entry['rate']}", entry["total"], indent=0)
    for label, amount in ((say["less"], entry["discount"]), (say["bill_less"], entry["bill_discount"])):
        if amount not in ("", NOTHING):
            yield f"    {label} {amount}"


def _money(words: dict[str, Any], say: dict[str, str]) -> Iterator[str]:
    for row in words["payments"]:
        reference = f", {say['reference']} {row['reference']}" if row["reference"] else ""
        yield _leader(row["label"] + reference, row["amount"])
        if row["notes_text"]:
            yield f"    {row['notes_text']}"
    if words["change"]:
        yield _leader(say["change"], words["change"]["amount"])
        if words["change"]["notes_text"]:
            yield f"    {words['change']['notes_text']}"
    if words["upi_uri"]:
        yield ""
        yield f"  {say['to_pay']}"


def _closing(words: dict[str, Any], say: dict[str, str]) -> Iterator[str]:
    supplier = words["supplier"]
    if supplier["reach"]:
        yield from textwrap.wrap(say["reach"], WIDTH)
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
