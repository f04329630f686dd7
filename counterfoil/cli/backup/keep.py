"""Writing the file: everything as it is at one moment, while the shop goes on selling."""

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection, models
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from counterfoil.cli.arguments import version
from counterfoil.cli.backup.tables import columns, lines, tables
from counterfoil.cli.refused import Refused
from counterfoil.cli.verify.reading import one_moment

FORMAT = 1
MANIFEST = "manifest.json"
COMPRESSION = 4  # of 9: half the time of the highest, for a tenth more
OWNER_ONLY = 0o600


def keep(target: Path, *, seen: Callable[[int], object]) -> dict[str, Any]:
    """Write the backup beside its name first: a half-written one never has it."""
    part = target.with_name(target.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    except OSError as error:
        raise Refused(f"Cannot write {part}: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive, one_moment():
                manifest = _write(archive, seen)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(archive: zipfile.ZipFile, seen: Callable[[int], object]) -> dict[str, Any]:
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "program": version(),
        "at": timezone.localtime().isoformat(timespec="seconds"),
        "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
        "rows": 0,
        "tables": {},
    }
    for model in tables():
        name = model._meta.db_table
        manifest["tables"][name] = {"columns": columns(model), **_write_table(archive, model, manifest["rows"], seen)}
        manifest["rows"] += manifest["tables"][name]["rows"]
    manifest["invoices"] = manifest["tables"]["billing_invoice"]["rows"]
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return manifest


def _write_table(
    archive: zipfile.ZipFile, model: type[models.Model], before: int, seen: Callable[[int], object]
) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    with archive.open(entry(model), "w", force_zip64=True) as file:
        for line in lines(model):
            file.write(line)
            digest.update(line)
            count += 1
            seen(before + count)
    return {"rows": count, "sha256": digest.hexdigest()}


def entry(model: type[models.Model]) -> str:
    return f"{model._meta.db_table}.jsonl"
