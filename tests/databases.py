"""Databases for the tests: where each worker's lies, how it is emptied, and new empty ones for programs.

Transactional tests empty the whole database at their end, and Django's flush knows neither the guards of the
append-only tables nor what the migrations put in. So after migrating, a copy of every row is kept beside its table;
emptying lifts the guards, deletes, sets the guards again and puts the copies back.
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connection, transaction
from psycopg import sql

COPY = "seeded_"  # the prefix of the table that holds the copy


def server_url(database: str) -> str:
    """The PostgreSQL of this run, with another database's name."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}"))


@contextmanager
def fresh_database(folder: Path) -> Iterator[str]:
    """The URL of a new, empty database of the kind this run is about."""
    if os.environ["COUNTERFOIL_TEST_DATABASE"] == "sqlite":
        yield f"sqlite:///{folder / f'shop-{secrets.token_hex(4)}.sqlite3'}"
        return
    name = f"test_shop_{secrets.token_hex(4)}"
    with psycopg.connect(server_url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield server_url(name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


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
                cursor.execute(f"INSERT INTO {quote(table)} SELECT * FROM {quote(COPY + table)}")

    setattr(connection.ops, "execute_sql_flush", empty)  # noqa: B010 (mypy: a method is no variable)


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
