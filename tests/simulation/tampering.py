"""`python -m tests.simulation.tampering --places 1000 --seed S --database sqlite|postgres`: one value changed, or rows
swapped, removed or added, at a random place of a shop whose guards were taken off; `verify` must say so and name the
document. Each place is put right again before the next.

A place is drawn from every column of every table that holds issued documents and the books. Not among them: row ids
to which nothing points, the keys of forms, how far a letter has come, and the masters, which may change.
"""

import argparse
import os
import secrets
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.servers import temporary_folder

# table: the columns that are no content
TABLES: dict[str, set[str]] = {
    "billing.Invoice": set(), "billing.InvoiceLine": set(), "billing.InvoiceTax": set(), "billing.Payment": set(),
    "billing.NumberSeries": set(), "shop.Identity": set(), "catalog.StockMovement": set(),
    "till.DrawerMovement": set(), "till.DrawerNote": set(), "till.Session": set(), "till.Deed": {"key"},
    "audit.Entry": set(),
    "till.Till": {"name", "enabled", "counted", "counted_at"},
    "catalog.Product": {
        "code", "name", "barcode", "category", "unit", "hsn", "unit_price_paise", "price_includes_tax", "tax_class_id",
        "reorder_level_milli", "enabled",
    },
    "delivery.Delivery": {
        "state", "next_attempt_at", "attempts", "fail_count", "last_error", "claimed_at", "claimed_by",
        "accepted_at_risk", "ambiguous_attempts", "sent_at",
    },
}  # fmt: skip
ROWS_COME_AND_GO = ("billing.InvoiceLine", "billing.InvoiceTax", "billing.Payment", "catalog.StockMovement",
                    "till.DrawerMovement", "billing.Invoice", "delivery.Delivery")  # fmt: skip
WAYS = {"change": 80, "swap": 8, "remove": 6, "add": 6}


@dataclass
class Tally:
    places: int = 0
    refused: int = 0  # by the table's own rules: drawn again
    missed: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    by: Counter[str] = field(default_factory=Counter)


class Tamper:
    """In a shop that is in order, its guards off. `strike` leaves everything as it was."""

    def __init__(self, dice: Random) -> None:
        from django.apps import apps

        from counterfoil.fields import written

        self.dice, self.tally = dice, Tally()
        self.models = {name: apps.get_model(name) for name in TABLES}
        self.places = [
            (name, f) for name, model in self.models.items() for f in written(model)
            if not f.primary_key and f.attname not in TABLES[name]
        ]  # fmt: skip

    def run(self, places: int, *, told: bool = False) -> Tally:
        since = time.monotonic()
        while self.tally.places < places:
            self.strike()
            if told and time.monotonic() - since > 10:
                since = time.monotonic()
                print(f"{self.tally.places} places", file=sys.stderr, flush=True)
        return self.tally

    def strike(self) -> None:
        from django.db import DatabaseError, transaction

        way = self.dice.choices(list(WAYS), list(WAYS.values()))[0]
        act = {"change": self._change, "swap": self._swap, "remove": self._remove, "add": self._add}[way]
        with transaction.atomic():
            try:
                with transaction.atomic():
                    done = act()
            except DatabaseError:
                self.tally.refused += 1
                done = None
            if done:
                self._look(way, *done)
            transaction.set_rollback(True)

    def _look(self, way: str, what: str, numbers: set[str]) -> None:
        from counterfoil.cli.verify.command import examine

        said = [b.line() for b in examine().breaches if b.check != "guards"]
        self.tally.places += 1
        self.tally.by[f"{way} {what.split()[0].partition(':')[0]}"] += 1
        if not said:
            self.tally.missed.append(f"{way} {what}")
        elif not any(number in line for number in numbers for line in said):
            self.tally.unnamed.append(f"{way} {what}: {numbers}, but verify says {said[:3]}")

    # The ways. Each answers what it did, and the names of which one must be said; None: nothing was changed.

    def _change(self) -> tuple[str, set[str]] | None:
        name, column = self.dice.choice(self.places)
        row = self._row(name)
        if row is None:
            return None
        before = getattr(row, column.attname)
        after = self._another(name, column, row, before)
        if after == before:
            return None
        numbers = self._named(name, row)
        self.models[name]._base_manager.filter(pk=row.pk).update(**{column.attname: after})
        return f"{name}: {column.attname} of {row.pk} from {before!r} to {after!r}", numbers

    def _swap(self) -> tuple[str, set[str]] | None:
        """Two rows exchange all that they say, or what they belong to."""
        name = self.dice.choice(ROWS_COME_AND_GO[:5])
        one, other = self._row(name), self._row(name)
        if one is None or other is None or one.pk == other.pk or one.invoice_id == other.invoice_id:
            return None
        manager, numbers = self.models[name]._base_manager, self._named(name, one) | self._named(name, other)
        saying = [f.attname for f in one._meta.concrete_fields if not f.primary_key and f.attname != "invoice_id"]
        if all(getattr(one, n) == getattr(other, n) for n in saying):
            return None
        if hasattr(one, "position") and one.position != other.position:
            return None
        for row, theirs in ((one, other), (other, one)):
            manager.filter(pk=row.pk).update(**{n: getattr(theirs, n) for n in saying})
        return f"{name}: {one.pk} with {other.pk}", numbers

    def _remove(self) -> tuple[str, set[str]] | None:
        name = self.dice.choice(ROWS_COME_AND_GO)
        row = self._row(name)
        if row is None or (
            name == "delivery.Delivery" and row.round
        ):  # a letter sent again is no promise of the sale's
            return None
        numbers = self._named(name, row)
        if name == "billing.Invoice":
            numbers |= {self._series(row)}
            for related in row._meta.related_objects:
                children = related.field.model._base_manager.filter(**{related.field.name: row})
                if related.field.model is type(row):
                    if children.exists():
                        return None
                else:
                    for child in children:
                        self._delete(child)
        self._delete(row)
        return f"{name}: {row.pk}", numbers

    def _delete(self, row: Any) -> None:
        if row._meta.label == "delivery.Delivery":
            row.steps.all()._raw_delete("default")
        type(row)._base_manager.filter(pk=row.pk)._raw_delete("default")

    def _add(self) -> tuple[str, set[str]] | None:
        """A row like another one."""
        name = self.dice.choice(ROWS_COME_AND_GO)
        row = self._row(name)
        if row is None:
            return None
        numbers, pk = self._named(name, row), row.pk
        row.pk = None
        if hasattr(row, "position"):
            row.position += 17
        if name == "billing.Invoice":
            row.sequence += 900
            row.number = f"{row.number[:-3]}9{row.number[-2:]}"
            row.idempotency_key += "-again"
            numbers = {row.number}
        if name == "delivery.Delivery":
            row.round += 1
            row.message_id = f"x{row.message_id}"
        row.save(force_insert=True)
        return f"{name}: like {pk}", numbers

    # What can be drawn

    def _row(self, name: str) -> Any:
        rows = self.models[name]._base_manager.order_by("pk")
        if name == "shop.Identity":  # versions under which nothing was issued are nobody's
            from counterfoil.billing.models import Invoice

            rows = rows.filter(pk__in=Invoice.objects.values("supplier_id"))
        if name == "till.Till":
            rows = rows.filter(invoices__isnull=False).distinct()
        return self.dice.choice(list(rows)) if rows.exists() else None

    def _another(self, name: str, column: Any, row: Any, before: Any) -> Any:
        """Plausible: what another row says there, or a little more, less or else."""
        if column.is_relation:
            parents = [p for p in column.related_model._base_manager.values_list("pk", flat=True) if p != before]
            return self.dice.choice([*parents, *([None] if column.null else [])] or [before])
        others = [v for v in self.models[name]._base_manager.values_list(column.attname, flat=True) if v != before]
        if others and self.dice.random() < 0.5:
            return self.dice.choice(others)
        return self._a_little_else(before, column)

    def _a_little_else(self, value: Any, column: Any) -> Any:
        kind = column.get_internal_type()
        if isinstance(value, bool):
            return not value
        if value is None:
            return {"IntegerField": 1, "BigIntegerField": 1, "DateTimeField": datetime.now().astimezone(),
                    "JSONField": {"500": 1}}.get(kind, "x")  # fmt: skip
        if isinstance(value, int):
            return value + self.dice.choice([1, -1, 10, 100])
        if isinstance(value, datetime):
            return value + timedelta(seconds=self.dice.choice([1, -60, 86400]))
        if isinstance(value, date):
            return value + timedelta(days=self.dice.choice([1, -1, 30]))
        if isinstance(value, dict):
            return self._other_notes(value)
        if not value:
            return "x"
        at = self.dice.randrange(len(value))
        return value[:at] + self.dice.choice([c for c in "AKM179" if c != value[at]]) + value[at + 1 :]

    def _other_notes(self, value: dict[str, Any]) -> dict[str, Any]:
        if not value or self.dice.random() < 0.3:
            return {**value, "700": 2}
        name = self.dice.choice(sorted(value))
        inner = value[name]
        if isinstance(inner, dict):
            return {**value, name: self._other_notes(inner)}
        return {**value, name: inner + 1 if isinstance(inner, int) and not isinstance(inner, bool) else "else"}

    # What must be named

    def _named(self, name: str, row: Any) -> set[str]:
        from counterfoil.billing.models import Invoice

        if name == "billing.Invoice":
            return {row.number}
        if getattr(row, "invoice_id", None):
            return {Invoice.objects.get(pk=row.invoice_id).number}
        if name in ("shop.Identity", "till.Till"):
            mine = {"supplier_id": row.pk} if name == "shop.Identity" else {"till_id": row.pk}
            return set(Invoice.objects.filter(**mine).values_list("number", flat=True))
        if name == "billing.NumberSeries":
            return {self._series_name(row), *Invoice.objects.filter(series=row).values_list("number", flat=True)}
        return {""}  # no document's: that it is said is enough

    def _series(self, invoice: Any) -> str:
        return self._series_name(invoice.series)

    def _series_name(self, series: Any) -> str:
        return f"{series.till.code}/{'C' if series.kind == 'credit-note' else ''}{series.year}"


def guards_off() -> None:
    from django.db import connection

    from counterfoil import guards
    from counterfoil.cli.verify.database import APPEND_ONLY

    for table in APPEND_ONLY:
        guards.drop(connection, table)


def summary(tally: Tally) -> str:
    wrong = len(tally.missed) + len(tally.unnamed)
    verdict = f"{len(tally.missed)} NOT SEEN, {len(tally.unnamed)} NOT NAMED" if wrong else "every one seen and named"
    return f"{tally.places} places ({tally.refused} more were refused by the tables' own rules): {verdict}"


def open_shop(url: str, folder: Path) -> None:
    """A varied shop in a new database, in this process."""
    os.environ.update(
        DATABASE_URL=url, COUNTERFOIL_DATA_DIR=str(folder / "data"), CELERY_BROKER_URL="", SECRET_KEY="", EMAIL_HOST="",
        DJANGO_SETTINGS_MODULE="counterfoil.config.settings",
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.simulation.varied import VariedShop

    VariedShop().open()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.database}, {options.places} places", flush=True)
    from tests.simulation.machines import Postgres

    with temporary_folder() as folder:
        postgres = Postgres(folder) if options.database == "postgres" else None
        try:
            if postgres:
                postgres.start()
            open_shop(postgres.url if postgres else f"sqlite:///{folder / 'shop.sqlite3'}", folder)
            tally = _tampered(options)
        finally:
            if postgres:
                postgres.stop()
    for line in (*tally.missed, *tally.unnamed):
        print(line)
    print(f"seed {options.seed}, {options.database}: {summary(tally)}")
    return 1 if tally.missed or tally.unnamed else 0


def _tampered(options: argparse.Namespace) -> Tally:
    from django.db import connection

    from counterfoil.cli.verify.command import examine

    clean = examine()
    if not clean.ok:
        raise SystemExit(f"Nothing was changed yet: {clean.breaches}")
    print(f"{clean.documents} documents, verified in {clean.seconds:.2f} s")
    guards_off()
    try:
        return Tamper(Random(options.seed)).run(options.places, told=True)
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
