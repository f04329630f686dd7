"""What belongs to a shop, and a row as a line of JSON and back."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from counterfoil.cli.rows import as_column
from counterfoil.fields import written

ROWS_AT_A_TIME = 5_000


def tables() -> list[type[models.Model]]:
    """Every table of this program's own."""
    return [model for model in apps.get_models() if model.__module__.startswith("counterfoil.")]


def columns(model: type[models.Model]) -> list[str]:
    return [str(field.column) for field in written(model)]


def lines(model: type[models.Model]) -> Iterator[bytes]:
    """Each row as one line, in the order of its key; read in portions."""
    names = [field.attname for field in written(model)]
    found = model._base_manager.order_by("pk").values_list(*names)
    for row in found.iterator(chunk_size=ROWS_AT_A_TIME):
        yield json.dumps(row, default=_as_text, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _as_text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a backup")


def reader(model: type[models.Model], names: list[str]) -> Any:
    """From a line to {column: value}. A column that is newer than the backup gets its default."""
    fields = {str(field.column): field for field in written(model)}
    kinds = [_kind(fields[name]) for name in names]
    missing = {name: field.get_default() for name, field in fields.items() if name not in names}

    def read(line: bytes) -> dict[str, Any]:
        values = json.loads(line)
        row = {
            name: value if kind is None or value is None else kind(value)
            for name, kind, value in zip(names, kinds, values, strict=True)
        }
        return {**row, **missing}

    return read


def _kind(field: Any) -> Any:
    kind = (field.target_field if field.is_relation else field).get_internal_type()
    known: dict[str, Any] = {
        "DateTimeField": datetime.fromisoformat,
        "DateField": date.fromisoformat,
        "UUIDField": lambda text: as_column(UUID(text)),
    }
    return known.get(kind)
