"""Reading the file back: one transaction, so that a restore that fails leaves what was there."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader

from counterfoil.cli.backup.keep import FORMAT, MANIFEST, entry
from counterfoil.cli.backup.tables import ROWS_AT_A_TIME, columns, reader, tables
from counterfoil.cli.refused import Refused
from counterfoil.cli.rows import copy_in
from counterfoil.search import SEARCHED
from counterfoil.store import is_postgresql

MANIFEST_AT_MOST_BYTES = 10_000_000
GUARDS = ("_no_update", "_no_delete")  # how their triggers' names end on SQLite
BROKEN = "The file is damaged: {}. Nothing was changed."


def read_manifest(source: Path) -> dict[str, Any]:
    """What the file says of itself; refuses what this program cannot restore."""
    try:
        with zipfile.ZipFile(source) as archive:
            if archive.getinfo(MANIFEST).file_size > MANIFEST_AT_MOST_BYTES:
                raise Refused(f"{source} is no backup of a shop.")
            manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
    except OSError as error:
        raise Refused(f"Cannot read {source}: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, zlib.error) as error:
        raise Refused(f"{source} is no backup of a shop, or is damaged: {error}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise Refused(f"{source} was written in a form that this program does not know.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(connection).disk_migrations}
    newer = sorted(name for name in manifest["migrations"] if name not in known)
    if newer:
        raise Refused(f"{source} comes from a newer program ({manifest['program']}): restore it with that one.")
    return manifest


def bring(source: Path, manifest: dict[str, Any], *, seen: Callable[[int], object]) -> None:
    """Replace all that is there by what the file has, once it is known to be whole."""
    done = 0
    with zipfile.ZipFile(source) as archive:
        wanted = [model for model in tables() if model._meta.db_table in manifest["tables"]]
        for model in wanted:
            _check(archive, model, manifest["tables"][model._meta.db_table])
        with transaction.atomic(), guards_lifted():
            _empty()  # a table that is newer than the backup stays so
            for model in wanted:
                names = manifest["tables"][model._meta.db_table]["columns"]
                for portion in _portions(archive, model, names):
                    copy_in(model, portion)
                    done += len(portion)
                    seen(done)
            if is_postgresql():
                _set_sequences()


def _check(archive: zipfile.ZipFile, model: type[models.Model], said: dict[str, Any]) -> None:
    """Every line that the manifest speaks of is there, unchanged."""
    unknown = set(said["columns"]) - set(columns(model))
    if unknown:
        raise Refused(f"The backup has columns that this program does not know: {', '.join(sorted(unknown))}.")
    digest, count = hashlib.sha256(), 0
    try:
        with archive.open(entry(model)) as file:
            for line in file:
                digest.update(line)
                count += 1
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error) as error:
        raise Refused(BROKEN.format(error)) from error
    if count != said["rows"] or digest.hexdigest() != said["sha256"]:
        raise Refused(BROKEN.format(f"{model._meta.db_table} is not what the manifest says"))


def _portions(archive: zipfile.ZipFile, model: type[models.Model], names: list[str]) -> Iterator[list[dict[str, Any]]]:
    read = reader(model, names)
    with archive.open(entry(model)) as file:
        while portion := [read(line) for line in islice(file, ROWS_AT_A_TIME)]:
            yield portion


@contextmanager
def guards_lifted() -> Iterator[None]:
    """No guards inside, the same ones afterwards; what keeps the searched texts in step stays. PostgreSQL's TRUNCATE
    does not meet them."""
    if is_postgresql():
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [row for row in cursor.fetchall() if row[0].endswith(GUARDS)]
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)


def _empty() -> None:
    names = [connection.ops.quote_name(model._meta.db_table) for model in tables()]
    with connection.cursor() as cursor:
        if is_postgresql():
            # TRUNCATE cannot wait for checks that are still due in the caller's transaction.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            texts = [connection.ops.quote_name(f"{table}_text") for table in SEARCHED]
            cursor.execute(f"TRUNCATE {', '.join([*names, *texts])} CASCADE")
            return
        for name in names:
            cursor.execute(f"DELETE FROM {name}")


def _set_sequences() -> None:
    """The next id comes after the highest one."""
    with connection.cursor() as cursor:
        for model in tables():
            table, pk = model._meta.db_table, model._meta.pk
            if isinstance(pk, models.AutoField):  # as Django counts it, BigAutoField too
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', '{pk.column}'), "
                    f'COALESCE(MAX("{pk.column}"), 1), MAX("{pk.column}") IS NOT NULL) FROM "{table}"'
                )
