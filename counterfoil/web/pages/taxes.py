"""Tax classes: kinds of goods, each with rates that begin on a day. What was billed before keeps its rate."""

from datetime import date
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from counterfoil.catalog import queries
from counterfoil.catalog import taxes as actions
from counterfoil.catalog.models import TaxClass
from counterfoil.rules.errors import Invalid, Refusal
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.inputs import TaxClassIn, TaxRateIn, read_posted


@allow("settings")
def taxes(request: HttpRequest) -> HttpResponse:
    """The classes; posted, a new one, whose rate holds from today on (and before, where nothing else does)."""
    if request.method != "POST":
        return _page(request, values={})
    try:
        given = read_posted(TaxClassIn, request.POST)
        rates = {timezone.localdate(): given.rate}
        actions.add_tax_class(name=given.name, rates_bp=rates, now=timezone.now())
    except Refusal as refusal:
        status, errors = problems.status_of(refusal), problems.by_field(refusal)
        return _page(request, values=request.POST.dict(), errors=errors, status=status)
    return answers.done(request, _("Added: %(name)s.") % {"name": given.name}, "taxes")


@allow("settings")
def tax_class(request: HttpRequest, pk: int) -> HttpResponse:
    """One class with its rates; posted, a rate from a day on."""
    found = get_object_or_404(TaxClass, pk=pk)
    if request.method != "POST":
        return _class_page(request, found, values={})
    try:
        given = read_posted(TaxRateIn, request.POST)
        actions.add_rate(
            name=found.name, from_day=given.day, rate_bp=given.rate, today=timezone.localdate(), now=timezone.now()
        )
    except Refusal as refusal:
        errors = {{"from": "day"}.get(name, name): said for name, said in problems.by_field(refusal).items()}
        values, status = request.POST.dict(), problems.status_of(refusal)
        return _class_page(request, found, values=values, errors=errors, status=status)
    return answers.done(request, _("The new rate is noted. Issued invoices keep theirs."), "tax-class", pk)


@require_POST
@allow("settings")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """A rate that has not begun."""
    found = get_object_or_404(TaxClass, pk=pk)
    try:
        day = _day(request.POST.get("day", ""))
        actions.withdraw_rate(name=found.name, from_day=day, today=timezone.localdate(), now=timezone.now())
    except Refusal as refusal:
        errors, status = {"": refusal.detail}, problems.status_of(refusal)
        return _class_page(request, found, values={}, errors=errors, status=status)
    return answers.done(request, _("The rate is withdrawn."), "tax-class", pk)


@require_POST
@allow("settings")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(TaxClass, pk=pk)
    try:
        actions.remove_tax_class(name=found.name, now=timezone.now())
    except Refusal as refusal:
        errors, status = {"": refusal.detail}, problems.status_of(refusal)
        return _class_page(request, found, values={}, errors=errors, status=status)
    return answers.done(request, _("Deleted: %(name)s.") % {"name": found.name}, "taxes")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("Write a day like 2026-11-22."), field="day") from error


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    today = timezone.localdate()
    classes = TaxClass.objects.prefetch_related("rates").annotate(count=Count("products"))
    context["rows"] = [
        {"class": each, "rate_bp": queries.rate_of(each, day=today), "next": _next(each, today)} for each in classes
    ]
    return answers.page(request, "web/taxes.html", {"tab": "taxes", **context}, status=status)


def _next(found: TaxClass, today: date) -> Any:
    return next((rate for rate in found.rates.all() if rate.from_day > today), None)


def _class_page(request: HttpRequest, found: TaxClass, *, status: int = 200, **context: Any) -> HttpResponse:
    today = timezone.localdate()
    rates = list(found.rates.order_by("-from_day"))
    begun = [rate.from_day for rate in rates if rate.from_day <= today] or [rates[-1].from_day]
    context |= {
        "tab": "taxes", "class": found, "today": today, "products": found.products.count(),
        "rates": [
            {"rate": rate, "now": rate.from_day == begun[0], "to_come": rate.from_day > begun[0]} for rate in rates
        ],
    }  # fmt: skip
    return answers.page(request, "web/tax-class.html", context, status=status)
