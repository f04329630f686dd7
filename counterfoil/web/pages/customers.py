"""Customer Master: the list, one customer's page with all they bought, editing."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil.customers import actions, queries
from counterfoil.delivery import queries as delivery
from counterfoil.history import facts
from counterfoil.history import queries as history
from counterfoil.rules.errors import Refusal
from counterfoil.rules.tax import STATES
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.inputs import CustomerIn, read_posted

ROWS = 50
STATE_CHOICES = [("", "–"), *((code, f"{code} {name}") for code, name in STATES.items())]


@allow("look")
def customers(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").replace("\0", "")[:200]
    page = Paginator(queries.customers(search=search.strip()).order_by("name", "id"), ROWS).get_page(
        request.GET.get("page")
    )
    bought = facts.bought_by([row.pk for row in page.object_list])
    context = {
        "page": page, "values": {"search": search},
        "rows": [(row, bought.get(row.pk, facts.Bought())) for row in page.object_list],
        "query": answers.query(search=search),
    }  # fmt: skip
    return answers.page(request, "web/customers.html", context, part="listing")


@allow("look")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    found = queries.customer(customer_id=pk)
    own = history.invoices(customer_id=pk)
    page = history.page_of(
        own.prefetch_related("payments"), limit=20, older_than=request.GET.get("older", ""),
        newer_than=request.GET.get("newer", ""),
    )  # fmt: skip
    mails = delivery.mail_states(invoice.pk for invoice in page.items)
    last = own.filter(kind="invoice").order_by("-issued_at", "-id").values_list("number", flat=True).first()
    context = {
        "customer": found, "facts": facts.customer_facts(customer_id=pk), "page": page, "last": last,
        "rows": [(invoice, mails.get(invoice.pk)) for invoice in page.items], "today": timezone.localdate(),
        "state_name": STATES.get(found.state, ""),
    }  # fmt: skip
    return answers.page(request, "web/customer.html", context)


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
