"""The masters' edition: a mark that is another one after every change of a table that each sale reads and hardly
anybody writes. Who read such a table may keep what it read for as long as the mark stays (checkout/masters.py).

Triggers give the new mark within the transaction of the change, whoever makes it: before its commit nobody else sees
either, after it everybody sees both. It is random, so that the mark of a change that was rolled back never returns.
"""

from collections.abc import Sequence
from typing import Any

from django.db import migrations

from counterfoil.store import Rows, Statement

_POSTGRESQL = """
CREATE TABLE shop_edition (id smallint PRIMARY KEY CHECK (id = 1), mark text NOT NULL);
INSERT INTO shop_edition VALUES (1, gen_random_uuid()::text);
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
    "CREATE TABLE shop_edition (id integer PRIMARY KEY CHECK (id = 1), mark text NOT NULL)",
    "INSERT INTO shop_edition VALUES (1, hex(randomblob(16)))",
)
_SQLITE_TRIGGER = (
    "CREATE TRIGGER {table}_edition_{verb} AFTER {verb} ON {table} "
    "BEGIN UPDATE shop_edition SET mark = hex(randomblob(16)); END"
)


def begin_editions() -> migrations.RunPython:
    """The migration operation: the first mark."""
    return _operation([_POSTGRESQL], _SQLITE)


def edition_of(*tables: str) -> migrations.RunPython:
    """The migration operation: from now on each change of these tables gives a new mark. To be had again after an
    operation for which SQLite rebuilt one of them, and dropped its triggers with the old one."""
    return _operation(
        [_POSTGRESQL_TRIGGER.format(table=table) for table in tables],
        [_SQLITE_TRIGGER.format(table=table, verb=verb) for table in tables for verb in ("INSERT", "UPDATE", "DELETE")],
    )


def _operation(on_postgresql: Sequence[str], on_sqlite: Sequence[str]) -> migrations.RunPython:
    def run(apps: Any, editor: Any) -> None:
        for statement in on_postgresql if editor.connection.vendor == "postgresql" else on_sqlite:
            editor.execute(statement, params=None)

    return migrations.RunPython(run, migrations.RunPython.noop)


def ask() -> Statement:
    """Answers the mark; none ("") is the same as no other."""
    return Statement("SELECT mark FROM shop_edition", (), _read)


def _read(rows: Rows) -> str:
    return str(rows[0][0]) if rows else ""
