"""The masters' edition: a mark that is another one after every change of a table that each sale reads and hardly
anybody writes. Who read such a table may keep what it read for as long as the mark stays (checkout/masters.py).

Triggers give the new mark within the transaction of the change, whoever makes it: before its commit nobody else sees
either, after it everybody sees both. It is random, so that the mark of a change that was rolled back never returns.
"""

from typing import Any

from django.db import migrations

from counterfoil.store import Rows, Statement

_POSTGRESQL = """
CREATE TABLE shop_edition (mark text NOT NULL);
INSERT INTO shop_edition VALUES (gen_random_uuid()::text);
CREATE FUNCTION shop_edition_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE shop_edition SET mark = gen_random_uuid()::text;
  RETURN NULL;
END $$
"""
_POSTGRESQL_TRIGGER = (
    "CREATE TRIGGER {table}_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION shop_edition_next()"
)
_SQLITE = (
    "CREATE TABLE shop_edition (mark text NOT NULL)",
    "INSERT INTO shop_edition VALUES (hex(randomblob(16)))",
)
_SQLITE_TRIGGER = (
    "CREATE TRIGGER {table}_edition_{verb} AFTER {verb} ON {table} "
    "BEGIN UPDATE shop_edition SET mark = hex(randomblob(16)); END"
)


def edition_of(*tables: str) -> migrations.RunPython:
    """The migration operation. Where SQLite rebuilds one of the tables later on, its triggers go with the old one."""

    def install(apps: Any, editor: Any) -> None:
        postgresql = editor.connection.vendor == "postgresql"
        for statement in (_POSTGRESQL,) if postgresql else _SQLITE:
            editor.execute(statement, params=None)
        for table in tables:
            for statement in _triggers(table, postgresql=postgresql):
                editor.execute(statement)

    return migrations.RunPython(install, migrations.RunPython.noop)


def _triggers(table: str, *, postgresql: bool) -> list[str]:
    if postgresql:
        return [_POSTGRESQL_TRIGGER.format(table=table)]
    return [_SQLITE_TRIGGER.format(table=table, verb=verb) for verb in ("INSERT", "UPDATE", "DELETE")]


def ask() -> Statement:
    """Answers the mark; none ("") is the same as no other."""
    return Statement("SELECT mark FROM shop_edition", (), _read)


def _read(rows: Rows) -> str:
    return str(rows[0][0]) if rows else ""
