"""Writing many products at once: the very rows that `catalog.actions` writes one by one, in few statements."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.catalog import stock
from counterfoil.catalog.actions import FIELDS
from counterfoil.catalog.models import Product, Reason, StockMovement
from counterfoil.rules.errors import Invalid
from counterfoil.store import insert, new_ids, rewrite, send

BATCH = 1000
MEANWHILE = "Somebody changed the products meanwhile: look at the rows again."
COLUMNS = (*FIELDS, "stock_milli")

Count = Callable[[int], object]
Change = tuple[int, Mapping[str, Any], Mapping[str, Any]]  # id, the columns as they were seen, the new ones
Moved = tuple[int, int, str, str]  # product id, thousandths, reason, note


@transaction.atomic
def add_products(*, rows: Sequence[Mapping[str, Any]], now: datetime, count: Count = lambda written: None) -> None:
    """Each row has all of COLUMNS. One code or barcode that is taken by now refuses them all."""
    for batch in batched(rows, BATCH, strict=False):
        values = [{name: _plain(name, row[name]) for name in COLUMNS} for row in batch]
        ids = list(new_ids(Product, len(values)))
        try:
            with transaction.atomic():
                send(insert(Product, [{"id": pk, **row} for pk, row in zip(ids, values, strict=True)]))
        except IntegrityError as error:
            raise Invalid(MEANWHILE, field="file") from error
        opening = str(Reason.OPENING)
        _move([(pk, row["stock_milli"] or 0, opening, "") for pk, row in zip(ids, values, strict=True)], now)
        audit.note_all(
            audit.entry(verb="created", what="product", which=row["code"], now=now, after=row) for row in values
        )
        count(len(batch))


@transaction.atomic
def change_products(*, changes: Sequence[Change], now: datetime, count: Count = lambda written: None) -> None:
    """Rows are locked by id, in the order that a sale locks them. One that is not as it was seen refuses them all."""
    for batch in batched(sorted(changes, key=lambda change: change[0]), BATCH, strict=False):
        wanted = {product_id: (seen, new) for product_id, seen, new in batch}
        locked = Product.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
        held = list(locked.values_list("pk", *COLUMNS))
        if len(held) < len(wanted):
            raise Invalid(MEANWHILE, field="file")
        rows, moved, notes = [], [], []
        for row_id, *values in held:
            before = dict(zip(COLUMNS, values, strict=True))
            seen, new = wanted[row_id]
            if any(before[name] != value for name, value in seen.items()):
                raise Invalid(MEANWHILE, field="file")
            after = {**before, **{name: _plain(name, value) for name, value in new.items() if name in COLUMNS}}
            rows.append({"id": row_id, **after})
            moved.append(_adjustment(row_id, before["stock_milli"], after["stock_milli"]))
            which = before["code"]
            notes.append(audit.entry(verb="changed", what="product", which=which, now=now, before=before, after=after))
        try:
            with transaction.atomic():
                send(rewrite(Product, rows))
        except IntegrityError as error:
            raise Invalid(MEANWHILE, field="file") from error
        _move(moved, now)
        audit.note_all(notes)
        count(len(batch))


def _plain(name: str, value: Any) -> Any:
    return value or None if name == "barcode" else value


def _adjustment(product_id: int, held_milli: int | None, wanted_milli: int | None) -> Moved:
    note = "no longer tracked" if wanted_milli is None else ""
    return (product_id, (wanted_milli or 0) - (held_milli or 0), str(Reason.ADJUSTED), note)


def _move(moved: Sequence[Moved], now: datetime) -> None:
    rows = [stock.by_hand(product_id, milli, why, note, now) for product_id, milli, why, note in moved if milli]
    if rows:
        send(insert(StockMovement, rows))
