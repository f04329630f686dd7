"""The tax summary: by month and rate, the heads side by side; as a page, and as CSV for the accountant."""

from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from counterfoil.exchange.writing import Figure, Line, csv_chunks
from counterfoil.history import ranges, taxes
from counterfoil.rules.money import format_amount, format_grouped, format_rate
from counterfoil.web import answers
from counterfoil.web.access import allow
from counterfoil.web.templatetags.shopui import grouped


@allow("day")
def tax_summary(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Of the days asked for, both included; without any, of this financial year until today."""
    today = timezone.localdate()
    year = next(each for each in ranges.ranges(today) if each.key == "financial-year")
    errors: dict[str, str] = {}
    first = _day(request, "from", errors) or year.first
    last = _day(request, "to", errors) or max(first, today)
    listed = taxes.lines(taxes.by_month(date_from=first, date_to=last)) if first <= last else []
    heads = taxes.head_names(listed)
    if request.GET.get("format") == "csv":
        return _csv(listed, heads, first, last)
    context: dict[str, Any] = {
        "rows": _rows(listed, heads), "heads": heads,
        "values": {"from": first.isoformat(), "to": last.isoformat()}, "errors": errors,
        "taxable_paise": sum(line.taxable_paise for line in listed),
        "tax_paise": sum(line.tax_paise for line in listed),
        "sums": [sum(line.heads.get(name, 0) for line in listed) for name in heads],
    }  # fmt: skip
    return answers.page(request, "web/taxsummary.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """A line as texts, ready to be set: three years have some two hundred."""

    month: str
    rate: str
    documents: str
    taxable: str
    heads: str
    tax: str


def _rows(listed: list[taxes.Line], heads: list[str]) -> list[Row]:
    month = cache(partial(date_format, format="M Y"))
    return [
        Row(
            month(line.month), line.rate, str(line.documents), format_grouped(line.taxable_paise),
            format_html_join("", '<td class="num">{}</td>', ((grouped(line.heads.get(name)),) for name in heads)),
            format_grouped(line.tax_paise),
        )
        for line in listed
    ]  # fmt: skip


def _day(request: HttpRequest, name: str, errors: dict[str, str]) -> date | None:
    given = request.GET.get(name, "").strip()
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        errors[name] = _("Write a day like 2026-11-22.")
        return None


def _csv(listed: list[taxes.Line], heads: list[str], first: date, last: date) -> StreamingHttpResponse:
    rows: list[Line] = [
        (
            f"{line.month:%Y-%m}", Figure(format_rate(line.rate_ppm)), line.documents,
            *(Figure(format_amount(paise)) for paise in (line.taxable_paise, *(line.heads.get(h, 0) for h in heads))),
            Figure(format_amount(line.tax_paise)),
        )
        for line in listed
    ]  # fmt: skip
    headings = ["Month", "Rate %", "Documents", "Taxable", *heads, "Tax"]
    answer = StreamingHttpResponse(csv_chunks(headings, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="tax-{first}-{last}.csv"'
    return answer
