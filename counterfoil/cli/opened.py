"""Making the shop ready to be used by a command: Django set up, the tables there."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from counterfoil.cli.refused import Refused


def open_shop() -> None:
    """Set Django up, and bring the tables up to date where they are not."""
    set_up()
    migrate(sys.stderr)


def set_up() -> None:
    """Settings are read here: the data folder and the secret key are made if they are missing."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise Refused(f"The settings cannot be used: {error}") from error


def migrate(out: TextIO) -> None:
    """Run what is to be migrated; looking whether anything is takes milliseconds."""
    from django.core.management import call_command
    from django.db import OperationalError

    try:
        if not waiting_migrations():
            return
        print("Preparing the database ...", file=out, flush=True)
        with alone():
            call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        raise Refused(
            f"The database cannot be used: {error}\nLook at DATABASE_URL, and whether it is running."
        ) from error


def waiting_migrations() -> bool:
    """Django's own check, without its look for conflicts and model states."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    applied = loader.applied_migrations or {}
    return any(node not in applied for node in loader.graph.nodes)


PREPARING = 0x436F756E746572  # the lock's number on PostgreSQL; any, but always the same


@contextmanager
def alone() -> Iterator[None]:
    """Two machines that start at once must not both migrate or both fill an empty shop."""
    from django.conf import settings
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [PREPARING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [PREPARING])
        return
    with open(settings.DATA_DIR / "preparing.lock", "ab") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except ImportError:
            pass  # Windows: SQLite's own lock has to do
        yield
