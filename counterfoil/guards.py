"""Append-only tables: triggers that refuse UPDATE and DELETE, on both databases, whoever asks.

TRUNCATE on PostgreSQL needs the table's owner and fires no row trigger; it stays possible for whoever owns the
database (tests empty tables with it), and `counterfoil verify` against a head kept elsewhere shows it.
"""

from typing import Any

from django.db import migrations

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION counterfoil_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
"""


def install(schema_editor: Any, *tables: str) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL_FUNCTION, params=None)  # no parameters: its % are its own
    for table in tables:
        for statement in trigger_sql(table, schema_editor.connection.vendor):
            schema_editor.execute(statement)


def trigger_sql(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION counterfoil_refuse()"
        ]
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb} refused'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def drop(connection: Any, table: str) -> None:
    """Take the guard off one table: for tests that tamper, and for emptying a test database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
        else:
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")


def append_only(*tables: str) -> migrations.RunPython:
    """The migration operation."""
    return migrations.RunPython(lambda apps, editor: install(editor, *tables), migrations.RunPython.noop)
