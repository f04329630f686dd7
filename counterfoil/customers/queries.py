"""Reading customers."""

from dataclasses import dataclass, fields

from django.db.models import QuerySet

from counterfoil.customers.models import Customer, email_key
from counterfoil.rules.errors import NotFound
from counterfoil.search import matching
from counterfoil.store import Rows, Statement, is_postgresql


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer as one sale sees it. `id` None: a walk-in, or one that the sale will add."""

    id: int | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    gstin: str = ""
    state: str = ""
    address: str = ""


_COLUMNS = ", ".join(f.name for f in fields(Buyer))


def ask(*, customer_id: int | None, email: str) -> Statement:
    """By id if given, else by e-mail without regard to case; answers a Buyer or None."""
    mark = "%s" if is_postgresql() else "?"
    column, value = ("id", customer_id) if customer_id is not None else ("email_key", email_key(email))
    cast = ("::bigint" if column == "id" else "::text") if is_postgresql() else ""
    return Statement(f"SELECT {_COLUMNS} FROM customers_customer WHERE {column} = {mark}{cast}", (value,), _read)


def _read(rows: Rows) -> Buyer | None:
    return Buyer(*rows[0]) if rows else None


def customers(*, search: str = "") -> QuerySet[Customer]:
    """`search` matches any part of name, e-mail, phone or GSTIN."""
    found = Customer.objects.all()
    if search:
        found = found.filter(pk__in=matching("customers_customer", search))
    return found


def customer(*, customer_id: int) -> Customer:
    found = Customer.objects.filter(id=customer_id).first()
    if found is None:
        raise NotFound(f"There is no customer {customer_id}.")
    return found
