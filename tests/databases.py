"""Databases for the tests: where each worker's lies, how it is emptied, and new empty ones for programs.

Transactional tests empty the whole database at their end, and Django's flush knows neither the guards of the
append-only tables nor what the migrations put in. So after migrating, a copy of every row is kept beside its table;
emptying lifts the guards, deletes, sets the guards again and puts the copies back. The small shop, which most tests
begin with, is kept beside them too: opening it by its hundred statements for each test took a minute of the suite.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from counterfoil.fields import written

ROOT = Path(__file__).resolve().parent.parent
COPY, KEPT = "seeded_", "kept_"  # the prefix of the table that holds the copy


def server_url(database: str) -> str:
    """The PostgreSQL of this run, with another database's name."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))


@contextmanager
def fresh_database(folder: Path, *, template: str = "") -> Iterator[str]:
    """The URL of a new database of the kind this run is about: empty, or a copy of the one that `template` names."""
    if os.environ["COUNTERFOIL_TEST_DATABASE"] == "sqlite":
        path = folder / f"shop-{secrets.token_hex(4)}.sqlite3"
        if template:
            shutil.copy(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    name, like = f"test_shop_{secrets.token_hex(4)}", urlsplit(template).path.strip("/") or "template1"
    with psycopg.connect(server_url("postgres"), autocommit=True) as server:
        named = [sql.Identifier(each) for each in (name, like)]
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*named))
        try:
            yield server_url(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named[0]))


@contextmanager
def migrated_database(folder: Path) -> Iterator[str]:
    """The URL of one that is migrated, to be the template of others: it takes seconds, and every shop needs it."""
    with fresh_database(folder) as url:
        environment = {**os.environ, "DATABASE_URL": url, "COUNTERFOIL_DATA_DIR": str(folder)}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
        yield url


# Emptying


def keep_what_migrations_seeded() -> None:
    """Called once, right after the test database was made."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        filled = []
        for table in tables:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quote(table)})")
            if cursor.fetchone()[0]:
                cursor.execute(f"CREATE TABLE {quote(COPY + table)} AS SELECT * FROM {quote(table)}")
                filled.append(table)

    def empty(statements: Iterable[str]) -> None:
        with transaction.atomic(), guards_lifted(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            for table in filled:
                cursor.execute(_copied(table, COPY))

    setattr(connection.ops, "execute_sql_flush", empty)  # noqa: B010 (mypy: a method is no variable)


def _copied(table: str, of: str) -> str:
    """The statement that puts the rows back; what the database works out of them it does again."""
    quote = connection.ops.quote_name
    model = next(m for m in apps.get_models(include_auto_created=True) if m._meta.db_table == table)
    columns = ", ".join(quote(str(field.column)) for field in written(model))
    return f"INSERT INTO {quote(table)} ({columns}) SELECT {columns} FROM {quote(of + table)}"


# What many tests begin with

_kept: dict[str, str] = {}  # table → its key
_sequences: dict[str, tuple[str, int]] = {}  # table → what numbers it, the highest id kept


def keep(begin: Callable[[], object]) -> None:
    """Called once, in the emptied database: what `begin` writes is kept, and the database emptied again."""
    begin()
    keys = {model._meta.db_table: str(model._meta.pk.column) for model in apps.get_models(include_auto_created=True)}
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            seeded = f" EXCEPT SELECT * FROM {quote(COPY + table)}" if COPY + table in there else ""
            cursor.execute(f"CREATE TABLE {quote(KEPT + table)} AS SELECT * FROM {quote(table)}{seeded}")
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quote(KEPT + table)})")
            if cursor.fetchone()[0]:
                _kept[table] = keys[table]
                _numbered(cursor, table)
    # Ids that the kept rows have are not given out again.
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True, reset_sequences=False)


def put_back() -> bool:
    """What was kept, as it was. False: nothing was, in this process."""
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for table, key in _kept.items():
            kept = f"SELECT {quote(key)} FROM {quote(KEPT + table)}"
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quote(table)} WHERE {quote(key)} IN ({kept}))")
            if cursor.fetchone()[0]:  # a row that was changed, not added
                cursor.execute(f"DELETE FROM {quote(table)} WHERE {quote(key)} IN ({kept})")
            cursor.execute(_copied(table, KEPT))
            if table in _sequences:  # a restored backup sets them back
                sequence, highest = _sequences[table]
                cursor.execute(f"SELECT setval('{sequence}', {highest}) FROM {sequence} WHERE last_value < {highest}")
    return bool(_kept)


def _numbered(cursor: Any, table: str) -> None:
    """PostgreSQL's sequences know nothing of ids that were not drawn from them; SQLite's do."""
    if connection.vendor != "postgresql":
        return
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, _kept[table]])
    if sequence := cursor.fetchone()[0]:
        cursor.execute(f"SELECT MAX({connection.ops.quote_name(_kept[table])}) FROM {KEPT}{table}")
        _sequences[table] = sequence, cursor.fetchone()[0]


@contextmanager
def guards_lifted() -> Iterator[None]:
    """No triggers inside, the same ones afterwards. PostgreSQL's TRUNCATE does not meet them."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        yield
        for _, statement in triggers:
            cursor.execute(statement)
