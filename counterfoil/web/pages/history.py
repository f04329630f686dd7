"""Previous purchases: the list. The same as CSV and XLSX is in counterfoil.web.exchange."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from counterfoil.billing import queries as billing
from counterfoil.billing.models import Method
from counterfoil.delivery import queries as delivery
from counterfoil.history import queries, ranges, rollups
from counterfoil.till import queries as till
from counterfoil.web import answers
from counterfoil.web.access import allow
from counterfoil.web.filters import MORE, Filters
from counterfoil.web.ledger import Ledger, Row

ROWS = 50
RANGES = {
    "today": _("Today"), "yesterday": _("Yesterday"), "this-week": _("This week"), "this-month": _("This month"),
    "last-month": _("Last month"), "financial-year": _("Financial year"),
}  # fmt: skip
MAIL_STATES = (
    ("", _("Any")), ("none", _("No address")), ("queued", _("Queued")), ("sending", _("Sending")), ("sent", _("Sent")),
    ("failed", _("Failed")), ("unknown", _("Unknown")),
)  # fmt: skip
KINDS = (("", _("Invoices")), ("credit-note", _("Credit notes")), ("all", _("Both")))


@allow("look")
def history(request: HttpRequest) -> HttpResponse:
    return _list(request, worked_out=False)


@allow("look")
def totals(request: HttpRequest) -> HttpResponse:
    """The totals, added up however long it takes: asked for where the list does not tell them by itself."""
    if not answers.in_place(request):
        return _list(request, worked_out=True)
    filters = Filters(request.GET)
    context = {"totals": queries.totals(filters.found()), "query": filters.query}
    return answers.page(request, "web/history.html", context, part="totals")


def _list(request: HttpRequest, *, worked_out: bool) -> HttpResponse:
    filters = Filters(request.GET)
    page, totals = rollups.exact(lambda tail: _read(filters, request, worked_out=worked_out))
    today = timezone.localdate()
    context: dict[str, Any] = {
        "filters": filters, "values": filters.shown, "errors": filters.errors, "query": filters.query,
        "rows": _rows(page, filters, today), "page": page,
        "totals": totals, "page_totals": queries.totals_of(page.items),
        "ranges": [_range(filters, each) for each in ranges.ranges(today)], "today": today,
        "mail_states": MAIL_STATES, "kinds": KINDS, "methods": [("", _("Any")), *Method.choices],
        "tills": [("", _("Any")), *((each.code, each.name or each.code) for each in till.tills())],
        "without_name": filters.with_(customer_name=""), "all_dates": filters.with_(**{"from": "", "to": ""}),
        "more": any(filters.shown[name] for name in MORE),
    }  # fmt: skip
    return answers.page(request, "web/history.html", context, part="listing")


def _rows(page: queries.Page, filters: Filters, today: date) -> list[Row]:
    ids = [invoice.id for invoice in page.items]
    methods, mails = billing.methods_of(ids), delivery.shown_states(ids)
    zone = timezone.get_current_timezone()
    ledger = Ledger(root=reverse("invoices"), zone=zone, year=today.year, searched=filters.shown)
    return [ledger.row(each, methods.get(each.id, []), mails.get(each.id, "none")) for each in page.items]


def _read(
    filters: Filters, request: HttpRequest, *, worked_out: bool
) -> tuple[queries.Page, queries.Totals | None]:  # fmt: skip
    found = filters.find()
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    page, totals = queries.page_with_totals(found, limit=ROWS, older_than=older, newer_than=newer)
    return page, queries.totals(found.invoices) if worked_out and totals is None else totals


def _range(filters: Filters, each: ranges.Range) -> dict[str, Any]:
    name = str(RANGES[each.key])
    if each.key == "financial-year":
        name = f"{name} {ranges.year_name(each.first)}"
    first, last = each.first.isoformat(), each.last.isoformat()
    chosen = (filters.shown.get("from"), filters.shown.get("to")) == (first, last)
    return {"name": name, "query": filters.with_(**{"from": first, "to": last}), "chosen": chosen}
