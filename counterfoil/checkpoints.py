"""SQLite's checkpoints, beside the sales instead of inside one of them.

What is committed stands in a log (`…-wal`, synced at each commit) until a checkpoint copies it into the database.
SQLite does that within whichever commit has made the log long, and that customer waits for all of it. Here a thread
does it with a connection of its own: most of it while sales go on, the last few pages while none is written, since the
log begins anew only once all of it is copied. Where the thread does not get to it SQLite still does it itself, with a
longer log (`wal_autocheckpoint` in config/settings.py).
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

EVERY = 100  # sales, each some forty pages of the log
PASSES_AT_MOST = 4

log = logging.getLogger(__name__)


class Checkpoints:
    """Of one database, in one process. `alone`: while it is held nobody writes."""

    def __init__(self, database: str, alone: Callable[[], AbstractContextManager[object]]) -> None:
        self.database, self.alone = database, alone
        self.written = 0
        self.due, self.ended = threading.Event(), False
        self.thread: threading.Thread | None = None

    def sold(self) -> None:
        """Called after each sale by whoever wrote it, while nobody else writes."""
        self.written += 1
        if self.written % EVERY == 0:
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
                self.thread.start()
            self.due.set()

    def stop(self) -> None:
        """Ends the thread and closes its connection."""
        if self.thread is not None:
            self.ended = True
            self.due.set()
            self.thread.join()

    def _run(self) -> None:
        connection = sqlite3.connect(self.database, isolation_level=None, uri=self.database.startswith("file:"))
        try:
            connection.execute("PRAGMA synchronous=FULL")
            while self.due.wait() and not self.ended:
                self.due.clear()
                self._carry_over(connection)
        finally:
            connection.close()

    def _carry_over(self, connection: sqlite3.Connection) -> None:
        try:
            carry_over(connection, self.alone)
        except sqlite3.Error as error:  # a full disk, for instance: the log keeps what is committed
            log.warning("The log of %s was not copied: %s", self.database, error)


def carry_over(connection: sqlite3.Connection, alone: Callable[[], AbstractContextManager[object]]) -> None:
    """Copies the log into the database. Readers of an older state keep the rest of it for the next time."""
    for _ in range(PASSES_AT_MOST):
        if _pass(connection):  # then the database is synced as well, and little is left to be so below
            break
    with alone():
        _pass(connection)


def _pass(connection: sqlite3.Connection) -> bool:
    """Whether the whole log was copied. It waits for nobody: what is in use stays in the log."""
    _, pages, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return bool(pages == copied)
