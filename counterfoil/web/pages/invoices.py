"""One issued document: its page, its PDF, its mail, and taking goods back."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil import documents
from counterfoil.billing.models import Invoice
from counterfoil.billing.queries import invoice as invoice_of
from counterfoil.checkout import returns
from counterfoil.checkout.actions import read_document
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.sale import read
from counterfoil.delivery import actions as delivery
from counterfoil.delivery.models import Delivery
from counterfoil.rules.errors import AlreadyReturned, ChangeUnavailable, Invalid, Refusal
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.templatetags.shopui import money

REFUSED_AT = {"refund": "method", "refund[0].method": "method", "refund[0].reference": "reference", "lines": ""}
REFUNDS = (("cash", "Cash"), ("card", "Card"), ("upi", "UPI"), ("account", "On account"))


@allow("look")
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    return _invoice_page(request, number)


def _invoice_page(request: HttpRequest, number: str, **more: Any) -> HttpResponse:
    document = read_document(number=number)
    context = {
        "document": document, "deliveries": _deliveries(number), "taken_all": _taken_all(number, document),
        "taxes": documents.tax_tables(document), "paper_title": documents.title(document),
    }  # fmt: skip
    status = more.pop("status", 200)
    return answers.page(request, "web/invoice.html", {**context, **more}, status=status)


def _deliveries(number: str) -> list[Delivery]:
    return list(Delivery.objects.filter(invoice__number=number).prefetch_related("steps"))


def _taken_all(number: str, document: dict[str, Any]) -> bool:
    """Nothing is left to take back."""
    if document["kind"] != "invoice" or not document["credit_notes"]:
        return document["kind"] != "invoice"
    return not any(line["left_milli"] for line in _left(invoice_of(number=number)))


@allow("look")
def pdf(request: HttpRequest, number: str) -> HttpResponse:
    document = read_document(number=number)
    made = documents.pdf(document, format="receipt" if request.GET.get("format") == "receipt" else "a4")
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{documents.filename(document)}"'
    return answer


@allow("sell")
def send_again(request: HttpRequest, number: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("invoice", number)
    to = request.POST.get("to", "")
    try:
        delivery.send_again(
            invoice=invoice_of(number=number), to=to,
            asked_by=request.user.get_username(), now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        errors = problems.by_field(refusal)
        errors = {"to": errors.get("to") or errors.get("email") or refusal.detail}
        return _invoice_page(request, number, errors=errors, values={"to": to}, status=problems.status_of(refusal))
    return answers.done(request, _("The invoice is in the outbox."), "invoice", number)


# ---- Taking back ---------------------------------------------------------------------------------------------------


@allow("sell")
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    original = invoice_of(number=number)
    if original.kind != "invoice":
        raise AlreadyReturned(f"{number} is a credit note: it cannot be returned.")
    if request.method != "POST":
        return _return_page(request, original, values={"method": "cash"}, key=uuid.uuid4().hex)
    given = request.POST
    positions = [line.position for line in original.lines.all()]
    asked = [n for n in positions if given.get(f"quantity-{n}", "").strip()]
    data: dict[str, Any] = {
        "lines": [{"position": n, "quantity": given[f"quantity-{n}"].strip()} for n in asked],
        "refund": [{"method": given.get("method", "cash"), "reference": given.get("reference", "").strip()}],
        "reason": given.get("reason", ""), "write_off": "write_off" in given,
    }  # fmt: skip
    if given.get("what") == "all":
        data["lines"] = None
    key = given.get("key", "")[:64]
    try:
        if data["lines"] == []:
            raise Invalid(_("Say how many of which line come back."))
        outcome = returns.take_back(
            number=number, request=read(returns.ReturnIn, data), key=f"return-{key}",
            cashier=_cashier(request), now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        errors = _by_position(refusal, asked)
        return _return_page(
            request, original, values=given.dict(), errors=errors, key=key, status=problems.status_of(refusal)
        )
    refunded = money(outcome.document["rounded_payable"])
    text = _("%(number)s is issued: hand back %(amount)s.") % {"number": outcome.document["number"], "amount": refunded}
    return answers.done(request, text, "invoice", outcome.document["number"])


def _by_position(refusal: Refusal, asked: list[int]) -> dict[str, str]:
    """Beside the line it is about: named by its position, or as `lines[1].quantity`, the second that was asked for."""
    if isinstance(refusal, ChangeUnavailable):
        text = _("The drawer has no notes that make the refund: bring change into it first, or refund another way.")
        return {"method": text}
    if "line" in refusal.more:
        return {f"quantity-{refusal.more['line']}": refusal.detail}
    found: dict[str, str] = {}
    for field, message in problems.by_field(refusal).items():
        if field.startswith("lines["):
            index = int(field[6 : field.index("]")])
            field = f"quantity-{asked[index]}" if index < len(asked) else ""
        found.setdefault(REFUSED_AT.get(field, field), message)
    return found


def _cashier(request: HttpRequest) -> Cashier:
    user = request.user
    return Cashier(user.pk, user.first_name or user.get_username())  # type: ignore[union-attr]


def _left(original: Invoice) -> list[dict[str, Any]]:
    taken = returns.returned_so_far(original)
    return [
        {"line": line, "left_milli": line.quantity_milli - taken.get(line.position, 0)} for line in original.lines.all()
    ]


def _return_page(request: HttpRequest, original: Invoice, *, status: int = 200, **context: Any) -> HttpResponse:
    rows = _left(original)
    for row in rows:
        name = f"quantity-{row['line'].position}"
        row |= {
            "name": name, "value": context["values"].get(name, ""), "error": context.get("errors", {}).get(name, "")
        }  # fmt: skip
    context |= {"invoice": original, "rows": rows, "nothing_left": not any(row["left_milli"] for row in rows)}
    context["methods"] = [(value, _(name)) for value, name in REFUNDS]
    return answers.page(request, "web/return.html", context, status=status)
