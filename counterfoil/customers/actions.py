"""Writing customers."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.customers.models import Customer, email_key
from counterfoil.customers.queries import Buyer
from counterfoil.rules.errors import Invalid, NotFound
from counterfoil.store import Rows, Statement, is_postgresql, moment

FIELDS = ("name", "email", "phone", "gstin", "state", "address", "enabled")

# A twin on another till may add the same address first: the update makes this one wait and get the winner's row. It
# sets no column of a key: that would lock the row against a sale that refers to it already, which may hold our goods.
_ADD = """
INSERT INTO customers_customer (name, email, email_key, phone, gstin, state, address, enabled, created_at)
VALUES ({}) ON CONFLICT (email_key) DO UPDATE SET enabled = customers_customer.enabled RETURNING id"""


def add_if_new(*, buyer: Buyer, now: datetime) -> list[Statement]:
    """The statement that adds a buyer whom the master does not know by e-mail; answers the id. None for a walk-in."""
    if buyer.id is not None or not buyer.email:
        return []
    values = (
        buyer.name or buyer.email,
        buyer.email,
        email_key(buyer.email),
        buyer.phone,
        buyer.gstin,
        buyer.state,
        buyer.address,
        True,
        moment(now),
    )
    mark = "%s" if is_postgresql() else "?"
    return [Statement(_ADD.format(", ".join([mark] * len(values))), values, _read_id)]


def _read_id(rows: Rows) -> int:
    return int(rows[0][0])


@transaction.atomic
def add_customer(*, values: dict[str, Any], now: datetime) -> Customer:
    customer = Customer(**values, email_key=email_key(values.get("email", "")), created_at=now)
    _save(customer)
    audit.note(verb="created", what="customer", which=str(customer.pk), now=now, after=audit.values_of(customer))
    return customer


@transaction.atomic
def change_customer(*, customer_id: int, changes: dict[str, Any], now: datetime) -> Customer:
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    before = audit.values_of(customer)
    for name in FIELDS:
        if name in changes:
            setattr(customer, name, changes[name])
    customer.email_key = email_key(customer.email)
    _save(customer)
    after = audit.values_of(customer)
    audit.note(verb="changed", what="customer", which=str(customer.pk), now=now, before=before, after=after)
    return customer


@transaction.atomic
def remove_customer(*, customer_id: int, now: datetime) -> None:
    """Delete one who never bought; others can only be disabled."""
    customer = Customer.objects.filter(id=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    if customer.invoices.exists():
        raise Invalid(f"{customer.name} has invoices: disable the entry instead.", field="name")
    before = audit.values_of(customer)
    customer.delete()
    audit.note(verb="removed", what="customer", which=str(customer_id), now=now, before=before)


def _save(customer: Customer) -> None:
    try:
        with transaction.atomic():
            customer.save()
    except IntegrityError as error:
        raise Invalid(f"Another customer has the e-mail {customer.email}.", field="email") from error
