"""Checks of the database itself: the guards that refuse changes are there, no row points to nothing, the schema is
this program's (invariant 4)."""

import re
from collections.abc import Iterator

from django.apps import apps

from counterfoil.cli.verify.breach import ASK, RESTORE, Breach
from counterfoil.cli.verify.reading import rows
from counterfoil.guards import trigger_sql
from counterfoil.store import is_postgresql

APPEND_ONLY = (
    "billing_invoice", "billing_invoiceline", "billing_invoicetax", "billing_payment", "catalog_stockmovement",
    "till_drawermovement", "till_deed", "shop_identity", "audit_entry",
)  # fmt: skip
SET_AGAIN = "Somebody took it away. Set it again, as counterfoil/guards.py writes it, and look who did it."


def check_guards() -> Iterator[Breach]:
    """The append-only tables refuse UPDATE and DELETE."""
    if is_postgresql():
        there = {
            row[0]
            for row in rows(
                "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p "
                "ON p.oid = t.tgfoid WHERE c.relnamespace = current_schema()::regnamespace "
                "AND p.proname = 'counterfoil_refuse' AND t.tgenabled IN ('O', 'A') AND t.tgtype & 27 = 27"
            )
        }
        missing = [table for table in APPEND_ONLY if table not in there]
    else:
        there = {_plain(row[0]) for row in rows("SELECT sql FROM sqlite_master WHERE type = 'trigger'")}
        missing = [table for table in APPEND_ONLY if any(_plain(s) not in there for s in trigger_sql(table, "sqlite"))]
    for table in missing:
        yield Breach("guards", f"table {table}", "does not refuse changes: its trigger is missing or off", SET_AGAIN)


def _plain(sql: str) -> str:
    return " ".join(sql.replace('"', "").split())


def check_references() -> Iterator[Breach]:
    """Every row that names another one finds it."""
    if not is_postgresql():
        for table, row, parent, _ in rows("PRAGMA foreign_key_check"):
            yield Breach("references", f"{table} row {row}", f"points to a row of {parent} that is not there", RESTORE)
        return
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model and model._meta.managed:
                parent = field.related_model._meta
                for (row,) in rows(
                    f'SELECT c."{model._meta.pk.column}" FROM "{model._meta.db_table}" c '
                    f'LEFT JOIN "{parent.db_table}" p ON p."{parent.pk.column}" = c."{field.column}" '
                    f'WHERE c."{field.column}" IS NOT NULL AND p."{parent.pk.column}" IS NULL LIMIT 100'
                ):
                    wrong = f"points to a row of {parent.db_table} that is not there"
                    yield Breach("references", f"{model._meta.db_table} row {row}", wrong, RESTORE)


def check_constraints() -> Iterator[Breach]:
    """The tables' own rules are there and in force."""
    there = _rules()
    for model in apps.get_models():
        if not model.__module__.startswith("counterfoil."):
            continue
        for constraint in model._meta.constraints:
            if constraint.name not in there:
                row = f"table {model._meta.db_table}"
                yield Breach("constraints", row, f"the rule {constraint.name} is missing", ASK)
    if is_postgresql():
        for table, name in rows(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE NOT convalidated "
            "AND connamespace = current_schema()::regnamespace"
        ):
            yield Breach("constraints", f"table {table}", f"the rule {name} was never checked against its rows", ASK)


def _rules() -> set[str]:
    """The names of all constraints and unique indexes."""
    if is_postgresql():
        here = "current_schema()::regnamespace"
        return {
            row[0]
            for row in rows(
                f"SELECT conname FROM pg_constraint WHERE connamespace = {here} UNION ALL "
                f"SELECT relname FROM pg_class WHERE relkind = 'i' AND relnamespace = {here}"
            )
        }
    written = [row[0] for row in rows("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
    return {name for sql in written for name in re.findall(r'(?:CONSTRAINT|UNIQUE INDEX) "(\w+)"', sql)}
