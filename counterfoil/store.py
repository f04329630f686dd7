"""How statements reach the database: built once per model, sent in batches. This module names no table.

A capability turns a verb into `Statement` values: the SQL, its parameters, and how to read the answer (which may
raise a refusal). `send` runs a batch: on PostgreSQL in one piece (pipeline.py), so that nobody waits between two of
them; on SQLite one after another. Call it inside `transaction.atomic()`.
"""

import atexit
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from itertools import count
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pydantic_core import to_json

from counterfoil import pipeline
from counterfoil.checkpoints import Checkpoints

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    """One SQL statement for the database in use; `read` turns its rows into the verb's answer, or refuses."""

    sql: str
    params: Sequence[Any]
    read: Callable[[Rows], Any] = lambda rows: rows
    many: bool = False  # SQLite only: `params` is a list of rows for executemany


@cache
def is_postgresql() -> bool:
    """One process has one database."""
    return connection.vendor == "postgresql"


def send(*statements: Statement) -> list[Any]:
    """Run the statements in order; answer what each one's `read` makes of its rows.

    Errors come out as Django's own exceptions whichever statement they belong to; the batch ends there.
    """
    own = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up at each of the next lines
    own.ensure_connection()
    raw = own.connection
    with own.wrap_database_errors:
        if not is_postgresql():
            return [s.read(_run_sqlite(raw, s)) for s in statements]
        answers = pipeline.run(raw, [(s.sql, s.params) for s in statements])
        return [s.read(rows) for s, rows in zip(statements, answers, strict=True)]


def _run_sqlite(raw: Any, statement: Statement) -> Rows:
    """`raw` is sqlite3's own connection, so "?" is the mark and nothing is translated."""
    if statement.many:
        raw.executemany(statement.sql, statement.params)
        return []
    return list(raw.execute(statement.sql, statement.params))


def insert(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> Statement:
    """Insert rows given as {column: value}; every row names the same columns. JSON values are given as text."""
    listed = list(rows)
    columns = tuple(listed[0])
    if is_postgresql():
        return Statement(_insert_json(model, columns), (as_json(listed),))
    take, other = itemgetter(*columns), _in_another_form(model, columns)
    return Statement(_insert_values(model, columns), [_for_sqlite(take(row), other) for row in listed], many=True)


def rewrite(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> Statement:
    """Rows that are there and locked get these values: {column: value}, all of the row's, its id among them."""
    listed = list(rows)
    statement = insert(model, listed)
    values = ", ".join(f'"{column}" = excluded."{column}"' for column in listed[0] if column != "id")
    return statement._replace(sql=f"{statement.sql} ON CONFLICT (id) DO UPDATE SET {values}")


def array(values: Iterable[int]) -> str:
    """A bigint[] parameter as text, to be cast: Python integers travel as int2, int4 or int8 by their size, and each
    size would be a statement of its own to prepare."""
    return "{" + ",".join(map(str, values)) + "}"


def listed(ids: Iterable[int]) -> tuple[str, str]:
    """A query of these ids, for IN, and its one parameter: fifty of them cost more to write out than to look up."""
    if is_postgresql():
        return "SELECT unnest(%s::bigint[])", array(ids)
    return "SELECT value FROM json_each(%s)", as_json(list(ids))


def as_json(value: Any) -> str:
    """A parameter that a statement takes apart: times in it as RFC 3339. A quarter of the time that `json` takes."""
    return to_json(value).decode()


def moment(value: datetime) -> datetime | str:
    """A time as a parameter of a raw statement: SQLite keeps UTC as text, in the very form that Django reads."""
    return value if is_postgresql() else _utc_text(value)


@lru_cache(maxsize=64)  # a sale writes its one moment into some fifteen rows
def _utc_text(value: datetime) -> str:
    return str(value.astimezone(UTC).replace(tzinfo=None))


@cache
def _in_another_form(model: type[models.Model], columns: tuple[str, ...]) -> tuple[int, ...]:
    """Which of the columns SQLite keeps as text without knowing what it means."""
    kinds = {f.column: f for f in model._meta.fields if isinstance(f, models.DateField | models.JSONField)}
    return tuple(n for n, column in enumerate(columns) if column in kinds)


def _for_sqlite(values: Sequence[Any], other: tuple[int, ...]) -> Sequence[Any]:
    if other:
        values = list(values)
        for n in other:
            values[n] = _as_sqlite(values[n])
    return values


def _as_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return _utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return as_json(value) if isinstance(value, dict | list) else value


def new_ids(model: type[models.Model], count: int) -> Iterator[int]:
    """Ids for rows to come: from the sequence, or (one writer) the next ones on SQLite."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if is_postgresql():
            sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(sql, [table, count])
            return iter([row[0] for row in cursor.fetchall()])
        cursor.execute("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [table])
        first = cursor.fetchone()[0] + 1
    return iter(range(first, first + count))


@cache
def column_types(model: type[models.Model]) -> Mapping[str, str]:
    """{column: its type in the database}, such as "varchar(40)"."""
    fields = model._meta.fields
    types = {f.column: f.rel_db_type(connection) if f.is_relation else f.db_type(connection) for f in fields}
    return {str(column): _plain(str(db_type)) for column, db_type in types.items()}


@cache
def _insert_json(model: type[models.Model], columns: tuple[str, ...]) -> str:
    types = column_types(model)
    shape = ", ".join(f'"{c}" {types[c]}' for c in columns)
    names = ", ".join(f'"{c}"' for c in columns)
    into = f'INSERT INTO "{model._meta.db_table}" ({names})'
    return f"{into} SELECT {names} FROM json_to_recordset(%s::json) AS x({shape})"


def _plain(db_type: str) -> str:
    """The bare type: an identity column's or a sequence's own words do not belong in a record's shape."""
    return {"bigserial": "bigint", "serial": "integer"}.get(db_type, db_type)


@cache
def _insert_values(model: type[models.Model], columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{c}"' for c in columns)
    marks = ", ".join("?" for _ in columns)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})'


# ---- Dying on purpose ------------------------------------------------------------------------------------------------

_CRASH_AT, _, _crash_turn = os.environ.get("COUNTERFOIL_CRASH_AT", "").partition(":")
_passing = count(1)


def crash_point(name: str) -> None:
    """Nothing, in a shop. For tests the process dies here, as a power cut ends it, when COUNTERFOIL_CRASH_AT is
    `name`, or `name:3` for the third time."""
    if name == _CRASH_AT and next(_passing) >= int(_crash_turn or 1):
        os.kill(os.getpid(), signal.SIGKILL)


# ---- One writer at a time on SQLite ---------------------------------------------------------------------------------

_thread_lock = threading.Lock()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction that writes a sale. On SQLite writers queue here first, threads by a lock and processes by a lock
    on a file: its own busy handler polls, and lets a waiting till starve."""
    if is_postgresql() or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with alone():
        with one_connection(), transaction.atomic():
            yield
        _checkpoints_here().sold()


@contextmanager
def alone() -> Iterator[None]:
    """While it is held nobody else writes a sale into this SQLite database."""
    with _thread_lock, _file_lock(str(connection.settings_dict["NAME"])):
        yield


@contextmanager
def one_connection() -> Iterator[None]:
    """The process's own connection for writing, lent to the thread that holds the lock. SQLite forgets what it has in
    memory of the file as soon as another connection wrote to it: sales that come by turns on the threads of a web
    server would each read it anew."""
    own = connections[DEFAULT_DB_ALIAS]
    writer = _writer_here()
    connections[DEFAULT_DB_ALIAS] = writer
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = own
        writer.close_if_unusable_or_obsolete()


_writers: dict[int, BaseDatabaseWrapper] = {}  # process → its connection: a copied one must never be used


def _writer_here() -> BaseDatabaseWrapper:
    writer = _writers.get(os.getpid())
    if writer is None:
        writer = _writers[os.getpid()] = connections.create_connection(DEFAULT_DB_ALIAS)
        writer.inc_thread_sharing()  # one thread after another, under the lock
    return writer


_checkpoints: dict[int, Checkpoints] = {}  # process → its own, as with the writers


def _checkpoints_here() -> Checkpoints:
    checkpoints = _checkpoints.get(os.getpid())
    if checkpoints is None:
        database = str(connection.settings_dict["NAME"])
        checkpoints = _checkpoints[os.getpid()] = Checkpoints(database, alone)
    return checkpoints


def close_writer() -> None:
    """Before this process is copied, and at its end."""
    if checkpoints := _checkpoints.pop(os.getpid(), None):
        checkpoints.stop()
    with _thread_lock:
        if writer := _writers.pop(os.getpid(), None):
            writer.close()


atexit.register(close_writer)


@contextmanager
def _file_lock(database: str) -> Iterator[None]:
    if fcntl is None or "memory" in database:  # Windows: the busy handler alone
        yield
        return
    file = os.open(f"{database}.writer", os.O_WRONLY | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)  # releases the lock
