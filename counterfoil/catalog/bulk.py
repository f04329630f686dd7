"""Writing many products at once: the very rows that `catalog.actions` writes one by one, in few statements."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.catalog.actions import FIELDS
from counterfoil.catalog.models import Product, Reason, StockMovement
from counterfoil.rules.errors import Invalid

BATCH = 1000
MEANWHILE = "Somebody changed the products meanwhile: look at the rows again."

Count = Callable[[int], object]
Change = tuple[int, Mapping[str, Any], Mapping[str, Any]]  # id, the columns as they were seen, the new ones


@transaction.atomic
def add_products(*, rows: Sequence[Mapping[str, Any]], now: datetime, count: Count = lambda written: None) -> None:
    """Each row by column, `stock_milli` among them. One code or barcode that is taken by now refuses them all."""
    for batch in batched(rows, BATCH, strict=False):
        products = [Product(**{**row, "barcode": row.get("barcode") or None}) for row in batch]
        try:
            with transaction.atomic():
                Product.objects.bulk_create(products)
        except IntegrityError as error:
            raise Invalid(MEANWHILE, field="file") from error
        opened = [(product, product.stock_milli or 0, Reason.OPENING, "") for product in products]
        _move(opened, now)
        audit.note_all(
            audit.entry(verb="created", what="product", which=p.code, now=now, after=audit.values_of(p))
            for p in products
        )
        count(len(batch))


@transaction.atomic
def change_products(*, changes: Sequence[Change], now: datetime, count: Count = lambda written: None) -> None:
    """Rows are locked by id, in the order that a sale locks them. One that is not as it was seen refuses them all."""
    for batch in batched(sorted(changes, key=lambda change: change[0]), BATCH, strict=False):
        wanted = {product_id: (seen, new) for product_id, seen, new in batch}
        products = list(Product.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        if len(products) < len(wanted):
            raise Invalid(MEANWHILE, field="file")
        moved: list[Moved] = []
        notes = []
        for product in products:
            seen, new = wanted[product.pk]
            if any(getattr(product, name) != value for name, value in seen.items()):
                raise Invalid(MEANWHILE, field="file")
            before = audit.values_of(product)
            moved += _set(product, new)
            after = audit.values_of(product)
            notes.append(
                audit.entry(verb="changed", what="product", which=product.code, now=now, before=before, after=after)
            )
        _save(products)
        _move(moved, now)
        audit.note_all(notes)
        count(len(batch))


Moved = tuple[Product, int, str, str]


def _set(product: Product, new: Mapping[str, Any]) -> list[Moved]:
    for name in FIELDS:
        if name in new:
            setattr(product, name, (new[name] or None) if name == "barcode" else new[name])
    if "stock_milli" not in new or new["stock_milli"] == product.stock_milli:
        return []
    held, product.stock_milli = product.stock_milli or 0, new["stock_milli"]
    note = "no longer tracked" if product.stock_milli is None else ""
    return [(product, (product.stock_milli or 0) - held, Reason.ADJUSTED, note)]


def _save(products: list[Product]) -> None:
    """The rows are there and locked, so that the conflict is certain and the insert is an update of many rows."""
    try:
        with transaction.atomic():
            Product.objects.bulk_create(
                products, update_conflicts=True, unique_fields=["id"], update_fields=[*FIELDS, "stock_milli"]
            )
    except IntegrityError as error:
        raise Invalid(MEANWHILE, field="file") from error


def _move(moved: Sequence[Moved], now: datetime) -> None:
    StockMovement.objects.bulk_create(
        [
            StockMovement(product=product, quantity_milli=quantity_milli, reason=reason, note=note, at=now)
            for product, quantity_milli, reason, note in moved
            if quantity_milli
        ],
        batch_size=BATCH,
    )
