"""Customers."""

from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query
from pydantic import Field

from counterfoil.api import answers
from counterfoil.api.app import call, reply
from counterfoil.api.fields import GivenName
from counterfoil.api.paging import Searched, page, read_cursor
from counterfoil.checkout.sale import Address, Code, Email, Flag, Gstin, Input, State
from counterfoil.customers import actions, queries
from counterfoil.customers.models import Customer
from counterfoil.rules.errors import Invalid, NotFound
from counterfoil.rules.tax import STATES

ID_MOST = 2**63 - 1


class CustomerChange(Input):
    """Only what is given is changed. The state follows from the GSTIN where it is not given."""

    id: Annotated[int, Field(strict=True, ge=1, le=ID_MOST)] | None = None
    name: GivenName = ""
    email: Email = ""
    phone: Code = ""
    gstin: Gstin = ""
    state: State = ""
    address: Address = ""
    enabled: Flag = True


class NewCustomer(CustomerChange):
    id: None = None
    name: GivenName


class CustomerQuery(Searched):
    enabled: bool | None = None


EXAMPLE = {"name": "Asha Rao", "email": "asha@example.com", "phone": "+91 98220 11111"}


@call("GET", "/customers", may="look", answers=answers.Customers, tag="Customers")
def list_customers(request: HttpRequest, query: Annotated[CustomerQuery, Query(...)]) -> HttpResponse:
    """Customers by name; `search` looks in name, e-mail, phone and GSTIN."""
    found = queries.customers(search=query.search)
    if query.enabled is not None:
        found = found.filter(enabled=query.enabled)
    if query.cursor:
        name, row_id = read_cursor(query.cursor, str, int)
        found = found.filter(Q(name__gt=name) | Q(name=name, id__gt=row_id))
    rows = list(found.order_by("name", "id")[: query.limit + 1])
    return reply(page(rows, limit=query.limit, show=show, after=lambda row: (row.name, row.pk)))


@call("POST", "/customers", may="sell", answers=answers.Customer, status=201, tag="Customers", example=EXAMPLE)
def create_customer(request: HttpRequest, body: NewCustomer) -> HttpResponse:
    """Add a customer. An e-mail, without regard to case, belongs to one customer."""
    customer = actions.add_customer(values=_columns(body), now=timezone.now())
    return reply(show(customer), status=201, Location=f"/api/v1/customers/{customer.pk}")


@call("GET", "/customers/{int:id}", may="look", answers=answers.Customer, tag="Customers")
def get_customer(request: HttpRequest, id: int) -> HttpResponse:
    """One customer."""
    return reply(show(queries.customer(customer_id=_known(id))))


@call("PATCH", "/customers/{int:id}", may="masters", answers=answers.Customer, tag="Customers",
      example={"email": "asha.rao@example.com"})  # fmt: skip
def change_customer(request: HttpRequest, id: int, body: CustomerChange) -> HttpResponse:
    """Change a customer; what is not given stays. Issued invoices keep what they say."""
    if body.id not in (None, id):
        raise Invalid("A customer's id does not change.", field="id")
    return reply(show(actions.change_customer(customer_id=_known(id), changes=_columns(body), now=timezone.now())))


@call("DELETE", "/customers/{int:id}", may="masters", answers=None, status=204, tag="Customers")
def delete_customer(request: HttpRequest, id: int) -> HttpResponse:
    """Delete a customer who never bought; others can only be disabled."""
    actions.remove_customer(customer_id=_known(id), now=timezone.now())
    return HttpResponse(status=204)


def _known(customer_id: int) -> int:
    if customer_id > ID_MOST:
        raise NotFound("There is no such customer.")
    return customer_id


def _columns(body: CustomerChange) -> dict[str, Any]:
    given = {name: getattr(body, name) for name in body.model_fields_set - {"id"}}
    state = given.get("gstin", "")[:2]
    if state in STATES and not given.get("state"):
        given["state"] = state
    return given


def show(customer: Customer) -> dict[str, Any]:
    names = ("name", "email", "phone", "gstin", "state", "address", "enabled")
    return {"id": customer.pk, **{name: getattr(customer, name) for name in names}}
