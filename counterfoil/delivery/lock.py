"""One postman at a time: an advisory lock in PostgreSQL, a lock on a file beside a SQLite database."""

import sys
from contextlib import ExitStack
from pathlib import Path

from django.db import connection

from counterfoil.store import is_postgresql

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

KEY = 0x0C0F0117  # any number, as long as nobody else takes it


def only_one(stack: ExitStack) -> bool:
    """Whether the lock was free; it is held until the stack closes, or this process dies."""
    return _in_postgresql(stack) if is_postgresql() else _beside_sqlite(stack)


def _in_postgresql(stack: ExitStack) -> bool:
    """Held by the session: lost with the connection, whose loss ends the postman's round as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [KEY])
        if not cursor.fetchone()[0]:
            return False
    stack.callback(_unlock)
    return True


def _unlock() -> None:
    if connection.connection is not None and connection.is_usable():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [KEY])


def _beside_sqlite(stack: ExitStack) -> bool:
    path = Path(f"{connection.settings_dict['NAME']}.postman")
    file = stack.enter_context(path.open("ab"))
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
