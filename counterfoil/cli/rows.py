"""Many rows of one table at once, for the demo in bulk and for restoring a backup."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, models

from counterfoil.store import column_types, insert, is_postgresql, send


def copy_in(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """COPY on PostgreSQL, one prepared statement on SQLite. Every row names the same columns; JSON columns are
    given as values."""
    if not rows:
        return
    if not is_postgresql():
        send(insert(model, rows))
        return
    columns = ", ".join(f'"{name}"' for name in rows[0])
    types = column_types(model)
    with connection.cursor() as cursor:
        raw: Any = cursor.cursor
        # In the binary form: writing out and reading a moment as text costs more than all else of its row.
        with raw.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN (FORMAT BINARY)') as copy:
            copy.set_types([types[name].partition("(")[0] for name in rows[0]])
            for row in rows:
                copy.write_row(list(row.values()))


def as_column(value: UUID) -> UUID | str:
    """A UUID as the database in use is given it."""
    return value if is_postgresql() else value.hex
