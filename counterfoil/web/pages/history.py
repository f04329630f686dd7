"""Previous purchases: the list, and the same as CSV."""

import csv
from collections.abc import Iterator
from itertools import batched
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from counterfoil.billing.document import NO_MAIL
from counterfoil.billing.models import Invoice, Method
from counterfoil.delivery import queries as delivery
from counterfoil.history import queries, ranges
from counterfoil.rules.money import format_amount
from counterfoil.till import queries as till
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.filters import MORE, Filters

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
    filters = Filters(request.GET)
    found = filters.found()
    page = queries.page_of(
        found.select_related("till").prefetch_related("payments"), limit=ROWS, older_than=request.GET.get("older", ""),
        newer_than=request.GET.get("newer", ""),
    )  # fmt: skip
    mails = delivery.mail_states(invoice.pk for invoice in page.items)
    today = timezone.localdate()
    context: dict[str, Any] = {
        "filters": filters, "values": filters.shown, "errors": filters.errors, "query": filters.query,
        "rows": [(invoice, mails.get(invoice.pk, NO_MAIL)) for invoice in page.items], "page": page,
        "totals": queries.totals(found), "page_totals": queries.totals_of(page.items),
        "ranges": [_range(filters, each) for each in ranges.ranges(today)], "today": today,
        "mail_states": MAIL_STATES, "kinds": KINDS, "methods": [("", _("Any")), *Method.choices],
        "tills": [("", _("Any")), *((each.code, each.name or each.code) for each in till.tills())],
        "without_name": filters.with_(customer_name=""), "all_dates": filters.with_(**{"from": "", "to": ""}),
        "more": any(filters.shown[name] for name in MORE),
    }  # fmt: skip
    return answers.page(request, "web/history.html", context, part="listing")


def _range(filters: Filters, each: ranges.Range) -> dict[str, Any]:
    name = str(RANGES[each.key])
    if each.key == "financial-year":
        name = f"{name} {ranges.year_name(each.first)}"
    first, last = each.first.isoformat(), each.last.isoformat()
    chosen = (filters.shown.get("from"), filters.shown.get("to")) == (first, last)
    return {"name": name, "query": filters.with_(**{"from": first, "to": last}), "chosen": chosen}


# ---- CSV -----------------------------------------------------------------------------------------------------------

COLUMNS = (
    "number", "kind", "date", "time", "till", "cashier", "customer_name", "customer_email", "customer_gstin", "taxable",
    "tax", "net", "rounding", "payable", "paid_by", "mail",
)  # fmt: skip


@allow("export")
def export_csv(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Exactly what is filtered, streamed; the list's totals are the sums of its columns."""
    filters = Filters(request.GET)
    if filters.errors:
        return problems.as_page(request, filters.refusal())
    zone = ZoneInfo(request.shop.time_zone)  # type: ignore[attr-defined]
    answer = StreamingHttpResponse(_lines(filters, zone), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="invoices-{timezone.localdate():%Y-%m-%d}.csv"'
    return answer


def _lines(filters: Filters, zone: ZoneInfo) -> Iterator[str]:
    yield "\ufeff" + _line(COLUMNS)  # with its mark Excel reads it as UTF-8
    yield from (_line(row) for row in _rows(filters, zone))


def _rows(filters: Filters, zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    for batch in batched(queries.streamed(filters.found()), 500, strict=False):
        mails = delivery.mail_states(invoice.pk for invoice in batch)
        for invoice in batch:
            yield _row(invoice, mails.get(invoice.pk, NO_MAIL)["state"], zone)


def _row(invoice: Invoice, mail: str, zone: ZoneInfo) -> tuple[Any, ...]:
    at = invoice.issued_at.astimezone(zone)
    sign = -1 if invoice.kind == "credit-note" else 1
    figures = (
        invoice.taxable_paise, invoice.tax_paise, invoice.net_paise, invoice.rounding_paise, invoice.payable_paise
    )  # fmt: skip
    return (
        invoice.number, invoice.kind, f"{at:%Y-%m-%d}", f"{at:%H:%M:%S}", invoice.till.code, safe(invoice.cashier_name),
        safe(invoice.customer_name), safe(invoice.customer_email), invoice.customer_gstin,
        *(format_amount(sign * paise) for paise in figures),
        "+".join(dict.fromkeys(payment.method for payment in invoice.payments.all())), mail,
    )  # fmt: skip


def safe(text: str) -> str:
    """A cell that a spreadsheet takes for a formula is given an apostrophe, so that it stays text."""
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r", "\n") else text


class _Echo:
    def write(self, text: str) -> str:
        return text


_writer = csv.writer(_Echo())


def _line(row: tuple[Any, ...]) -> str:
    return str(_writer.writerow(row))
