"""Many rows of one table at once, for the demo in bulk and for restoring a backup."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, models

from counterfoil.store import insert, is_postgresql, send


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


def copy_in(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """COPY on PostgreSQL, one prepared statement on SQLite. Every row names the same columns."""
    if not rows:
        return
    if not is_postgresql():
        send(insert(model, rows))
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        with raw.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
            json_fields = [f for f in model._meta.fields if isinstance(f, models.JSONField)]
            as_json = [str(f.column) for f in json_fields if f.column in rows[0]]
            for row in rows:
                written = {**row, **{name: _as_json(row[name]) for name in as_json}} if as_json else row
                copy.write_row(list(written.values()))


def _as_json(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def as_column(value: UUID) -> str:
    """A UUID as the database in use keeps it."""
    return str(value) if is_postgresql() else value.hex
