"""Writing many customers at once: the very rows that `customers.actions` writes one by one, in few statements."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.customers.actions import FIELDS
from counterfoil.customers.models import Customer, email_key
from counterfoil.fields import written
from counterfoil.rules.errors import Invalid
from counterfoil.store import insert, new_ids, rewrite, send

BATCH = 1000
MEANWHILE = "Somebody changed the customers meanwhile: look at the rows again."
COLUMNS = (*FIELDS, "email_key", "created_at")

Count = Callable[[int], object]
Change = tuple[int, Mapping[str, Any], Mapping[str, Any]]  # id, the columns as they were seen, the new ones


@transaction.atomic
def add_customers(*, rows: Sequence[Mapping[str, Any]], now: datetime, count: Count = lambda written: None) -> None:
    """One e-mail that is taken by now refuses them all."""
    for batch in batched(rows, BATCH, strict=False):
        made = [
            {**_defaults(), **row, "email_key": email_key(row.get("email", "")), "created_at": now} for row in batch
        ]
        ids = list(new_ids(Customer, len(made)))
        try:
            with transaction.atomic():
                send(insert(Customer, [{"id": pk, **values} for pk, values in zip(ids, made, strict=True)]))
        except IntegrityError as error:
            raise Invalid(MEANWHILE, field="file") from error
        moment = str(now)
        audit.note_all(
            audit.entry(verb="created", what="customer", which=str(pk), now=now, after={**values, "created_at": moment})
            for pk, values in zip(ids, made, strict=True)
        )
        count(len(batch))


@transaction.atomic
def change_customers(*, changes: Sequence[Change], now: datetime, count: Count = lambda written: None) -> None:
    """One that is not as it was seen refuses them all."""
    for batch in batched(sorted(changes, key=lambda change: change[0]), BATCH, strict=False):
        wanted = {customer_id: (seen, new) for customer_id, seen, new in batch}
        customers = list(Customer.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        if len(customers) < len(wanted):
            raise Invalid(MEANWHILE, field="file")
        rows, notes = [], []
        for customer in customers:
            seen, new = wanted[customer.pk]
            if any(getattr(customer, name) != value for name, value in seen.items()):
                raise Invalid(MEANWHILE, field="file")
            before = audit.values_of(customer)
            for name in FIELDS:
                if name in new:
                    setattr(customer, name, new[name])
            customer.email_key = email_key(customer.email)
            after = audit.values_of(customer)
            which = str(customer.pk)
            notes.append(audit.entry(verb="changed", what="customer", which=which, now=now, before=before, after=after))
            rows.append({"id": customer.pk, **{name: getattr(customer, name) for name in COLUMNS}})
        try:
            with transaction.atomic():
                send(rewrite(Customer, rows))
        except IntegrityError as error:
            raise Invalid(MEANWHILE, field="file") from error
        audit.note_all(notes)
        count(len(batch))


@cache
def _defaults() -> Mapping[str, Any]:
    """Every column but the id, in the order of the model: as the audit trail tells them of a single customer."""
    return {field.attname: field.get_default() for field in written(Customer) if not field.primary_key}
