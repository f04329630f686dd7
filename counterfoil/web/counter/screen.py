"""What the counter shows: from a draft and its priced sale to the parts of the page. Each figure is the quote's own."""

import re
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.billing import drafts
from counterfoil.billing.models import Draft
from counterfoil.customers import queries as customers
from counterfoil.rules.change import format_value, make_change
from counterfoil.rules.errors import Refusal
from counterfoil.rules.money import format_amount, parse_amount
from counterfoil.shop import queries as shop
from counterfoil.till import queries as tills
from counterfoil.web.counter.bill import Bill
from counterfoil.web.counter.desk import Desk, bill_of
from counterfoil.web.templatetags.shopui import money

PARTS = ("lines", "sums", "stub")  # what every change may touch
TENDER_PARTS = (*PARTS, "pad", "nochange")  # what is seen in tender only
KEYS = {50000: "1", 20000: "2", 10000: "3", 5000: "4", 2000: "5", 1000: "6", 500: "7", 200: "8", 100: "9"}
NOBODY = {"id": "", "name": "", "email": "", "phone": ""}  # what the templates ask of a customer
_LINE = re.compile(r"lines\[(\d+)\]")


def context(
    desk: Desk, draft: Draft | None, refusal: Refusal | None = None, priced: dict[str, Any] | None = None
) -> dict[str, Any]:
    """All that the templates need for a bill that is being rung up; priced here unless it has been already."""
    bill = bill_of(draft)
    if priced is None:
        priced, unpriced = price_or_none(desk, bill)
        refusal = refusal or unpriced
    problems = priced["problems"] if priced else []
    values = tills.enabled_values()
    change = next((p for p in problems if p["code"] == "change-unavailable"), None)
    return {
        "desk": desk,
        "till": desk.till,
        "draft": draft,
        "bill": bill,
        "priced": priced,
        "view": "tender" if bill.state.get("view") == "tender" and priced else "lines",
        "line": _selected(bill),
        "rows": _rows(bill, priced, _line_errors(problems, refusal)),
        "taxes": _taxes(priced),
        "who": _who(bill, priced),
        "received": _received(bill),
        "left_paise": _left(priced),
        "given": _given(priced, values) if priced and not bill.payments else [],
        "pad": _pad(bill, values),
        "many": len(values) > len(KEYS),
        "pay_error": _pay_error(problems, refusal),
        "nochange": _nochange(desk, bill, change, priced, values),
        "held": drafts.waiting(user_id=desk.user.pk, till_id=desk.till.pk).count(),
    }


def price_or_none(desk: Desk, bill: Bill) -> tuple[dict[str, Any] | None, Refusal | None]:
    """A kept bill that today's settings refuse (a limit was lowered) still shows its lines, and why."""
    try:
        return desk.price(bill), None
    except Refusal as refusal:
        return None, refusal


def parts(shown: dict[str, Any], request: HttpRequest, names: tuple[str, ...] = ()) -> dict[str, str]:
    names = names or (TENDER_PARTS if shown["view"] == "tender" else PARTS)
    return {name: render_to_string(f"counter/parts.html#{name}", shown, request) for name in names}


def _selected(bill: Bill) -> int:
    line = bill.state.get("line", -1)
    last = len(bill.sale.get("lines", [])) - 1
    return min(line, last) if isinstance(line, int) and line >= 0 else last


def _line_errors(problems: list[dict[str, Any]], refusal: Refusal | None) -> dict[int, str]:
    """{line: what is wrong with it}, from the quote and from a save that was refused."""
    errors = [(e["field"], e["message"]) for problem in problems for e in problem["errors"]]
    errors += [(e.field, e.message) for e in refusal.errors] if refusal else []
    return {int(found[1]): message for name, message in errors if (found := _LINE.match(name))}


def _rows(bill: Bill, priced: dict[str, Any] | None, errors: dict[int, str]) -> list[dict[str, Any]]:
    """One for each line of the draft; a product that is gone keeps its place, with what is wrong."""
    shown = {line["position"]: line for line in priced["lines"]} if priced else {}
    return [
        {"index": n, "typed": line, "line": shown.get(n + 1), "error": errors.get(n, "")}
        for n, line in enumerate(bill.sale.get("lines", []))
    ]


def _taxes(priced: dict[str, Any] | None) -> list[tuple[str, str]]:
    """The tax heads, rates of one head added up (as the quote has them)."""
    heads: dict[str, int] = {}
    for tax in priced["taxes"] if priced else []:
        heads[tax["name"]] = heads.get(tax["name"], 0) + parse_amount(tax["amount"])
    return [(name, format_amount(paise)) for name, paise in heads.items()]


def _who(bill: Bill, priced: dict[str, Any] | None) -> dict[str, Any]:
    """The customer as the sale sees them, and when they were here last."""
    given = dict(bill.sale.get("customer") or {})
    if not given:
        return {}
    found = (priced or {}).get("customer") or given
    shown = {**given, **{k: v for k, v in found.items() if v}}
    if not priced and "id" in given:
        known = customers.customers().filter(id=given["id"]).first()
        shown = {"name": known.name, "email": known.email, **given} if known else shown
    last = drafts.last_bill_of(customer_id=shown["id"]) if shown.get("id") else None
    return {**NOBODY, **shown, "last": last, "new": not shown.get("id")}


def _received(bill: Bill) -> dict[str, Any]:
    payments = bill.sale.get("payments", [])
    notes: dict[str, int] = next((p["notes"] for p in payments if "notes" in p), {})
    ordered = sorted(notes.items(), key=lambda item: -parse_amount(item[0]))
    return {"notes": dict(ordered), "others": [p for p in payments if "notes" not in p], "any": bool(payments)}


def _left(priced: dict[str, Any] | None) -> int:
    """What is still to be paid; 0 where enough was given."""
    if not priced:
        return 0
    return max(parse_amount(priced["rounded_payable"]) - parse_amount(priced["paid"]), 0)


def _given(priced: dict[str, Any], values: tuple[int, ...]) -> list[tuple[int, int]]:
    """What a customer is likely to hand over, and what would go back: the payable in larger and larger notes."""
    payable = parse_amount(priced["rounded_payable"])
    likely = {-(-payable // value) * value for value in values if value <= 50000 and payable}
    return [(given, given - payable) for given in sorted(likely - {payable})[-3:]]


def _pad(bill: Bill, enabled: tuple[int, ...]) -> list[dict[str, Any]]:
    got = _received(bill)["notes"]
    values = {*enabled, *(parse_amount(v) for v in got)}
    return [
        {
            "paise": v,
            "face": format_value(v),
            "key": KEYS.get(v, ""),
            "count": got.get(format_value(v), 0),
            "sum_paise": v * got.get(format_value(v), 0),
        }
        for v in sorted(values, reverse=True)
    ]


def _pay_error(problems: list[dict[str, Any]], refusal: Refusal | None) -> str:
    """What is wrong with the payment. Too little is no error yet while it is being counted, but after a save it is."""
    own = {"paid-too-much", "denomination-unknown"}
    for problem in problems:
        at_money = any(e["field"].startswith(("payments", "waive")) for e in problem["errors"])
        if problem["code"] in own or (at_money and problem["code"] != "paid-too-little"):
            return str(problem["message"])
    if refusal and any(e.field.startswith(("payments", "waive", "customer", "lines", "till")) for e in refusal.errors):
        return "" if _line_errors([], refusal) else refusal.detail
    return ""


def _nochange(
    desk: Desk, bill: Bill, problem: dict[str, Any] | None, priced: dict[str, Any] | None, values: tuple[int, ...]
) -> dict[str, Any] | None:
    """What the dialog says where the drawer cannot make the change."""
    if problem is None or priced is None:
        return None
    asked = problem["ask_for"]
    got = {parse_amount(v): n for v, n in _received(bill)["notes"].items()}
    held = tills.notes(desk.till) if desk.till.counted else {}
    found: dict[str, Any] = {
        "due": priced["change_due"],
        "drawer": [(v, held.get(v, 0) + got.get(v, 0)) for v in sorted({*values, *got}, reverse=True)]
        if desk.till.counted
        else [],
        "without": bill.sale.get("without", []),
    }
    if asked:
        limit = shop.settings().waive_limit_paise
        amount = parse_amount(asked["amount"])
        back = sum(parse_amount(v) * n for v, n in asked["change"].items())
        found |= {
            "ask": asked["amount"],
            "give": asked["change"],
            "back": format_amount(back),
            "limit_paise": limit,
            "ask_notes": make_change(amount, denominations=values, notes=None) or {},
            "may_waive": amount <= limit,
        }
    return found


def said(shown: dict[str, Any], title: str, more: str, added: bool) -> dict[str, str]:
    """The status line: the last thing that happened."""
    row = shown["rows"][shown["line"]] if added and shown["rows"] else None
    if row and row["line"]:
        line = row["line"]
        text = _("Line %(n)s, %(quantity)s for %(total)s") % {
            "n": row["index"] + 1,
            "quantity": line["quantity"].removesuffix(".000"),
            "total": money(line["total"]),
        }
        return {"title": title, "text": row["error"] or text, "bad": "1" if row["error"] else ""}
    return {"title": title, "text": more, "bad": ""} if title else summary(shown)


def summary(shown: dict[str, Any]) -> dict[str, str]:
    """What stands there when nothing has just happened, or what happened says itself."""
    lines = len(shown["rows"])
    if not lines:
        return {"title": _("Ready"), "text": _("A scan begins a bill"), "bad": ""}
    title = ngettext("%(n)s line", "%(n)s lines", lines) % {"n": lines}
    if shown["priced"]:
        title = _("%(lines)s, net %(net)s") % {"lines": title, "net": money(shown["priced"]["net_total"])}
    return {"title": title, "text": _("A scan adds a line"), "bad": ""}


def saved_context(desk: Desk, document: dict[str, Any]) -> dict[str, Any]:
    """The slip: what goes back, large, until the next scan."""
    drawer = tills.notes(desk.till) if desk.till.counted and not desk.blind else None
    values = tills.enabled_values()
    return {
        "desk": desk,
        "till": desk.till,
        "view": "saved",
        "invoice": document,
        "priced": document,
        "draft": None,
        "bill": Bill(),
        "rows": [],
        "line": -1,
        "who": {**NOBODY, **document["customer"]} if document["customer"] else {},
        "received": {
            "notes": next((p["notes"] for p in document["payments"] if p.get("notes")), {}),
            "others": [p for p in document["payments"] if not p.get("notes")],
            "any": bool(document["payments"]),
        },
        "saved_at": datetime.fromisoformat(document["issued_at"]),
        "taxes": _taxes(document),
        "left_paise": 0,
        "given": [],
        "pad": _pad(Bill(), values),
        "nochange": None,
        "many": len(values) > len(KEYS),
        "pay_error": "",
        "drawer_paise": sum(v * n for v, n in drawer.items()) if drawer is not None else None,
        "held": drafts.waiting(user_id=desk.user.pk, till_id=desk.till.pk).count(),
    }
