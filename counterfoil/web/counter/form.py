"""The plain form: a sale without a script. Rows, notes received, and what a save would say, worked out on the server.

It keeps no draft: what was typed comes back with every answer.
"""

import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from counterfoil.checkout.actions import complete_sale
from counterfoil.checkout.quote import price_sale
from counterfoil.checkout.sale import read_sale
from counterfoil.rules.change import format_value
from counterfoil.rules.errors import FieldError, Invalid, Refusal
from counterfoil.till import queries as tills
from counterfoil.web.access import allow
from counterfoil.web.counter import find
from counterfoil.web.counter.bill import LINES_AT_MOST
from counterfoil.web.counter.desk import SAVED, Desk, desk_of
from counterfoil.web.problems import status_of

ROWS = 5
_COUNT = re.compile(r"[0-9]{1,4}")


@require_http_methods(["GET", "POST"])
@allow("sell")
def page(request: HttpRequest) -> HttpResponse:
    desk, typed = desk_of(request), request.POST
    rows = _rows(request)
    shown: dict[str, Any] = {
        "till": desk.till,
        "rows": rows,
        "key": typed.get("key") or f"form-{uuid.uuid4()}",
        "values": {
            name: typed.get(name, "") for name in ("customer_name", "customer_email", "other_amount", "other_method")
        },
        "notes": [
            {"face": format_value(v), "paise": v, "count": typed.get(f"note_{v}", "")} for v in tills.enabled_values()
        ],
        "errors": {},
    }
    status = 200
    if request.method == "POST" and typed.get("action") != "rows":
        try:
            sale = _sale(desk, shown)
            if typed.get("action") == "save":
                outcome = complete_sale(sale=read_sale(sale), key=shown["key"], cashier=desk.cashier, now=desk.now)
                request.session[SAVED] = outcome.document["number"]
                return redirect("counter")
            shown["priced"] = price_sale(sale=read_sale(sale), now=desk.now)
            _show(
                shown,
                [(e["field"], e["message"]) for p in shown["priced"]["problems"] for e in p["errors"]]
                or [("", p["message"]) for p in shown["priced"]["problems"]],
            )
        except Refusal as refusal:
            status = status_of(refusal)
            _show(shown, [(e.field, e.message) for e in refusal.errors] or [("", refusal.detail)])
    return render(request, "counter/form.html", shown, status=status)


def _rows(request: HttpRequest) -> list[dict[str, str]]:
    """As typed, and at least some empty ones to type in."""
    codes, quantities = request.POST.getlist("product")[:LINES_AT_MOST], request.POST.getlist("quantity")
    rows = [
        {"product": code, "quantity": quantities[n] if n < len(quantities) else ""} for n, code in enumerate(codes)
    ] or [{"product": request.GET.get("q", "")[:120], "quantity": ""}]
    more = ROWS if request.POST.get("action") == "rows" else max(ROWS - len(rows), 0)
    return rows + [{"product": "", "quantity": ""} for _row in range(more)]


def _sale(desk: Desk, shown: dict[str, Any]) -> dict[str, Any]:
    """The form as a sale; each row keeps which line it became, so that a refusal finds its way back."""
    lines: list[dict[str, str]] = []
    for row in shown["rows"]:
        if not row["product"].strip():
            continue
        found = find.scanned(row["product"].strip()[:40].replace("\0", ""), desk.now)
        row["line"] = str(len(lines))
        lines.append({"product": found.code if found else row["product"], "quantity": row["quantity"].strip() or "1"})
    sale: dict[str, Any] = {"till": desk.till.code, "lines": lines, "payments": _payments(shown)}
    customer = {"name": shown["values"]["customer_name"], "email": shown["values"]["customer_email"]}
    if any(customer.values()):
        sale["customer"] = customer
    if not lines:
        raise Invalid(_("Give at least one product."), field="lines[0].product")
    return sale


def _payments(shown: dict[str, Any]) -> list[dict[str, Any]]:
    notes: dict[str, int] = {}
    wrong: list[FieldError] = []
    for note in shown["notes"]:
        text = str(note["count"]).strip()
        if text and not _COUNT.fullmatch(text):
            wrong.append(FieldError(f"note_{note['paise']}", _("Give a whole number of notes.")))
        elif text and int(text):
            notes[note["face"]] = int(text)
    if wrong:
        raise Invalid(_("Look at the notes received."), errors=wrong)
    payments: list[dict[str, Any]] = [{"method": "cash", "notes": notes}] if notes else []
    if amount := shown["values"]["other_amount"].strip():
        method = shown["values"]["other_method"]
        payments.append({"method": method if method in ("card", "upi") else "card", "amount": amount})
    return payments


def _show(shown: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    """Each message beside the field it is about; the rest above the form."""
    for name, message in errors:
        line = re.match(r"lines\[(\d+)\]\.?(\w*)", name)
        rows = [row for row in shown["rows"] if line and row.get("line", "0") == line[1]]
        if line and rows:
            rows[0]["quantity_error" if line[2] == "quantity" else "product_error"] = message
        elif name.startswith("note_"):
            next(n for n in shown["notes"] if name == f"note_{n['paise']}")["error"] = message
        else:
            field = {"customer.email": "customer_email", "customer.name": "customer_name"}.get(name, name)
            field = "payments" if field.startswith("payments") else field
            shown["errors"].setdefault(field, message)
