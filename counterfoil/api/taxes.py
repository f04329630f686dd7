"""Tax classes: kinds of goods, each with rates that begin on a day."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query
from pydantic import Field

from counterfoil.api import answers
from counterfoil.api.app import call, reply
from counterfoil.api.fields import ClassName, GivenDay, InPath
from counterfoil.api.paging import Paged, page, read_cursor
from counterfoil.api.products import today
from counterfoil.catalog import queries, taxes
from counterfoil.catalog.models import TaxClass
from counterfoil.checkout.sale import Input, Rate
from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import format_rate


class RateIn(Input):
    from_: Annotated[GivenDay, Field(alias="from")]
    rate: Rate


class TaxClassIn(Input):
    name: ClassName
    rates: Annotated[list[RateIn], Field(min_length=1, max_length=100)]


@call("GET", "/tax-classes", may="look", answers=answers.TaxClasses, tag="Products")
def list_tax_classes(request: HttpRequest, query: Annotated[Paged, Query(...)]) -> HttpResponse:
    """Tax classes, the oldest first, each with its rates."""
    found = TaxClass.objects.prefetch_related("rates")
    if query.cursor:
        (row_id,) = read_cursor(query.cursor, int)
        found = found.filter(id__gt=row_id)
    rows = list(found.order_by("id")[: query.limit + 1])
    return reply(page(rows, limit=query.limit, show=show, after=lambda row: (row.pk,)))


@call("POST", "/tax-classes", may="masters", answers=answers.TaxClass, status=201, tag="Products",
      example={"name": "Sweets", "rates": [{"from": "2026-04-01", "rate": "12.00"}]})  # fmt: skip
def create_tax_class(request: HttpRequest, body: TaxClassIn) -> HttpResponse:
    """Add a tax class. Each rate holds from its day until the next one."""
    rates = {rate.from_: rate.rate for rate in body.rates}
    if len(rates) != len(body.rates):
        raise Invalid("Two rates begin on one day.", field="rates")
    made = taxes.add_tax_class(name=body.name, rates_bp=rates, now=timezone.now())
    return reply(show(made), status=201)


@call("POST", "/tax-classes/{path:name}/rates", may="masters", answers=answers.TaxClass, status=201, tag="Products",
      example={"from": "2099-04-01", "rate": "18.00"})  # fmt: skip
def add_tax_rate(request: HttpRequest, name: InPath, body: RateIn) -> HttpResponse:
    """Change a rate from a day on, today at the earliest; issued invoices keep theirs."""
    changed = taxes.add_rate(name=name, from_day=body.from_, rate_bp=body.rate, today=today(), now=timezone.now())
    return reply(show(changed), status=201)


def show(tax_class: TaxClass) -> dict[str, Any]:
    rates = sorted(tax_class.rates.all(), key=lambda rate: rate.from_day)
    return {
        "name": tax_class.name,
        "rate": format_rate(queries.rate_of(tax_class, day=today()) * 100),
        "rates": [{"from": rate.from_day.isoformat(), "rate": format_rate(rate.rate_bp * 100)} for rate in rates],
    }
