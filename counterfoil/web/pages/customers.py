"""Customer Master: the list, one customer's page with all they bought, editing."""

from typing import Any
from urllib.parse import quote

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil.billing import queries as billing
from counterfoil.billing.models import DocumentKind
from counterfoil.customers import actions, queries
from counterfoil.delivery import queries as delivery
from counterfoil.history import facts, rollups
from counterfoil.history import queries as history
from counterfoil.rules.errors import Refusal
from counterfoil.rules.tax import STATES
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.inputs import CustomerIn, read_posted
from counterfoil.web.ledger import Ledger
from counterfoil.web.masters import Customers

ROWS, PURCHASES = 50, 20
STATE_CHOICES = [("", "–"), *((code, f"{code} {name}") for code, name in STATES.items())]


@allow("look")
def customers(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").replace("\0", "")[:200]
    found = queries.customers(search=search.strip()).order_by("name", "id").values_list(*Customers.COLUMNS, named=True)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    bought, listed = facts.bought_by([each.id for each in page.object_list]), Customers(search=search)
    context = {
        "page": page, "values": {"search": search},
        "rows": [listed.row(each, bought.get(each.id, facts.Bought())) for each in page.object_list],
        "query": answers.query(search=search),
    }  # fmt: skip
    return answers.page(request, "web/customers.html", context, part="listing")


@allow("look")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.customer(customer_id=pk)
    context = rollups.exact(lambda tail: _purchases(request, found.pk))
    context |= {"customer": found, "state_name": STATES.get(found.state, "")}
    return answers.page(request, "web/customer.html", context)


def _purchases(request: HttpRequest, pk: int) -> dict[str, Any]:
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    own = history.invoices(customer_id=pk)
    page = history.page_of_rows(own, limit=PURCHASES, older_than=older, newer_than=newer)
    ids = [invoice.id for invoice in page.items]
    methods, mails = billing.methods_of(ids), delivery.shown_states(ids)
    ledger = Ledger(root=reverse("invoices"), zone=timezone.get_current_timezone())
    rows = []
    for invoice in page.items:
        sale = invoice.kind == DocumentKind.INVOICE
        row = ledger.row(invoice, methods.get(invoice.id, []) if sale else [], mails.get(invoice.id, "none"))
        rows.append((row, quote(invoice.number, safe="") if sale else ""))
    return {"page": page, "rows": rows, "last": history.last_sale(own), "facts": facts.customer_facts(customer_id=pk)}


def _form(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    return answers.page(request, "web/customer-form.html", {"states": STATE_CHOICES, **context}, status=status)


@allow("sell")
def new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request, values={"enabled": True})
    try:
        values = read_posted(CustomerIn, {**request.POST.dict(), "enabled": "on"}).model_dump()
        added = actions.add_customer(values=values, now=timezone.now())
    except Refusal as refusal:
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _form(request, values=request.POST.dict(), errors=errors, status=status)
    return answers.done(request, _("Added: %(name)s.") % {"name": added.name}, "customer", added.pk)


@allow("masters")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.customer(customer_id=pk)
    if request.method != "POST":
        return _form(request, customer=found, values={name: getattr(found, name) for name in actions.FIELDS})
    try:
        changes = read_posted(CustomerIn, request.POST).model_dump()
        changed = actions.change_customer(customer_id=pk, changes=changes, now=timezone.now())
    except Refusal as refusal:
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _form(request, customer=found, values=request.POST.dict(), errors=errors, status=status)
    return answers.done(request, _("Saved: %(name)s.") % {"name": changed.name}, "customer", pk)


@allow("masters")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.customer(customer_id=pk)
    if request.method != "POST":
        return redirect("customer-edit", pk)
    try:
        actions.remove_customer(customer_id=pk, now=timezone.now())
    except Refusal as refusal:
        values = {name: getattr(found, name) for name in actions.FIELDS}
        status = problems.status_of(refusal)
        return _form(request, customer=found, values=values, errors={"": refusal.detail}, status=status)
    return answers.done(request, _("Deleted: %(name)s.") % {"name": found.name}, "customers")
