"""Checks of the database itself: the guards that refuse changes are there, no row points to nothing, the schema is
this program's (invariant 4)."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db.models import CharField, DateField, JSONField, Model, TextField

from counterfoil.cli.verify.breach import ASK, RESTORE, Breach
from counterfoil.cli.verify.reading import rows
from counterfoil.guards import POSTGRESQL_FUNCTION, trigger_sql
from counterfoil.store import is_postgresql

APPEND_ONLY = (
    "billing_invoice", "billing_invoiceline", "billing_invoicetax", "billing_payment", "catalog_stockmovement",
    "till_drawermovement", "till_deed", "shop_identity", "audit_entry",
)  # fmt: skip
SET_AGAIN = "Somebody took it away. Set it again, as counterfoil/guards.py writes it, and look who did it."


def check_guards() -> Iterator[Breach]:
    """The append-only tables refuse UPDATE and DELETE, of every row and column, by the function that we wrote."""
    if is_postgresql():
        there = {
            row[0]
            for row in rows(
                "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p "
                "ON p.oid = t.tgfoid WHERE c.relnamespace = current_schema()::regnamespace "
                "AND p.proname = 'counterfoil_refuse' AND t.tgenabled IN ('O', 'A') AND t.tgtype & 27 = 27 "
                "AND t.tgqual IS NULL AND t.tgattr = '' AND p.prosrc = %s",
                [POSTGRESQL_FUNCTION.split("$$")[1]],
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


def check_texts() -> Iterator[Breach]:
    """SQLite takes bytes where a text belongs, which look like it and are not equal to it."""
    if is_postgresql():
        return
    for model in apps.get_models():
        texts = [f for f in model._meta.concrete_fields if isinstance(f, CharField | TextField | JSONField | DateField)]
        if model.__module__.startswith("counterfoil.") and texts:
            where = " OR ".join(f"typeof(\"{field.column}\") = 'blob'" for field in texts)
            table, key = model._meta.db_table, model._meta.pk.column
            for (row,) in rows(f'SELECT "{key}" FROM "{table}" WHERE {where} LIMIT 100'):
                yield Breach("values", f"{table} row {row}", "holds bytes where a text belongs", RESTORE)


def check_constraints() -> Iterator[Breach]:
    """The tables' own rules are there and in force."""
    there, in_force = _rules(), column_rules()
    for model in apps.get_models():
        if not model.__module__.startswith("counterfoil."):
            continue
        for constraint in model._meta.constraints:
            if constraint.name not in there:
                row = f"table {model._meta.db_table}"
                yield Breach("constraints", row, f"the rule {constraint.name} is missing", ASK)
        for column, kind in _promised(model):
            if (model._meta.db_table, column, kind) not in in_force:
                yield Breach("constraints", f"table {model._meta.db_table}", f"{column} is no {kind} any more", ASK)
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


def _promised(model: type[Model]) -> Iterator[tuple[str, str]]:
    """(column, "unique" or "reference") of a table, but for the primary key."""
    for column in model._meta.concrete_fields:
        if column.unique and not column.primary_key:
            yield str(column.column), "unique"
        if column.is_relation:
            yield str(column.column), "reference"


def column_rules() -> set[tuple[str, str, str]]:
    """(table, column, "unique" or "reference") of what the database itself sees to."""
    if is_postgresql():
        here = "current_schema()::regnamespace"
        found = rows(
            "SELECT c.relname, a.attname, 'unique' FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] WHERE x.indisunique AND x.indisvalid "
            f"AND x.indnkeyatts = 1 AND x.indpred IS NULL AND c.relnamespace = {here} UNION ALL "
            "SELECT c.relname, a.attname, 'reference' FROM pg_constraint r JOIN pg_class c ON c.oid = r.conrelid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = r.conkey[1] "
            f"WHERE r.contype = 'f' AND r.connamespace = {here}"
        )
    else:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%%'"
        found = rows(
            f"SELECT t.name, i.name, 'unique' FROM ({tables}) t, pragma_index_list(t.name) x, "
            "pragma_index_info(x.name) i "
            'WHERE x."unique" AND NOT x.partial GROUP BY t.name, x.name HAVING COUNT(*) = 1 UNION ALL '
            f"SELECT t.name, r.\"from\", 'reference' FROM ({tables}) t, pragma_foreign_key_list(t.name) r"
        )
    return {(table, column, kind) for table, column, kind in found}
