"""The log of an SQLite database is copied beside its writers, whole, and begins anew."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from counterfoil.checkpoints import EVERY, Checkpoints, carry_over

pytestmark = pytest.mark.pure


Open = Callable[[], sqlite3.Connection]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Connections that never copy the log by themselves."""
    with ExitStack() as stack:

        def opened() -> sqlite3.Connection:
            made = sqlite3.connect(tmp_path / "shop.sqlite3", isolation_level=None, check_same_thread=False)
            connection = stack.enter_context(closing(made))
            connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;")
            connection.execute("CREATE TABLE IF NOT EXISTS sale (id INTEGER PRIMARY KEY, what TEXT)")
            return connection

        yield opened


def sell(connection: sqlite3.Connection, times: int) -> None:
    for _ in range(times):
        connection.execute("INSERT INTO sale (what) VALUES (?)", ["tea" * 1000])


def in_database(folder: Path) -> int:
    """How many sales the database has without its log: what a copy of the one file would hold."""
    copy = folder / "copy.sqlite3"
    copy.write_bytes((folder / "shop.sqlite3").read_bytes())
    with closing(sqlite3.connect(f"file:{copy}?immutable=1", uri=True)) as alone:
        return int(alone.execute("SELECT COUNT(*) FROM sale").fetchone()[0])


def test_all_of_it_is_copied_while_others_write_and_the_log_begins_anew(tmp_path: Path, opened: Open) -> None:
    writer, copier, writing = opened(), opened(), threading.Lock()
    began, ended = threading.Event(), threading.Event()

    def write_on() -> None:
        while not ended.is_set():
            with writing:
                sell(writer, 1)
            began.set()

    thread = threading.Thread(target=write_on)
    thread.start()
    held: list[int] = []

    @contextmanager
    def alone() -> Iterator[None]:
        with writing:
            yield
            held.append(in_database(tmp_path))
            held.append(copier.execute("SELECT COUNT(*) FROM sale").fetchone()[0])

    began.wait(10)
    for _ in range(20):
        carry_over(copier, alone)
    ended.set()
    thread.join()
    assert held[0] > 0
    assert held[::2] == held[1::2]  # nothing was only in the log when the last pass was over
    sell(writer, 50)  # longer than what follows, however little the thread left in the log
    carry_over(copier, lambda: writing)
    long = (tmp_path / "shop.sqlite3-wal").stat().st_size
    sell(writer, 5)
    assert (tmp_path / "shop.sqlite3-wal").stat().st_size == long  # written over from its beginning


def test_who_reads_an_older_state_goes_on_reading_it_and_nobody_waits(tmp_path: Path, opened: Open) -> None:
    writer, copier, reader = opened(), opened(), opened()
    sell(writer, 3)
    reader.execute("BEGIN")
    assert reader.execute("SELECT COUNT(*) FROM sale").fetchone() == (3,)
    sell(writer, 3)
    carry_over(copier, threading.Lock)
    _, pages, copied = copier.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    assert copied < pages
    assert reader.execute("SELECT COUNT(*) FROM sale").fetchone() == (3,)
    reader.execute("COMMIT")
    carry_over(copier, threading.Lock)
    assert in_database(tmp_path) == 6


def test_so_many_sales_wake_it_and_it_outlives_an_error(
    tmp_path: Path, opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    writer = opened()
    done = threading.Semaphore(0)
    fail = [True]

    @contextmanager
    def alone() -> Iterator[None]:
        if fail.pop() if fail else False:
            done.release()
            raise sqlite3.OperationalError("disk I/O error")
        yield
        done.release()

    checkpoints = Checkpoints(str(tmp_path / "shop.sqlite3"), alone)
    for expected in (EVERY, 2 * EVERY):
        sell(writer, EVERY)
        for _ in range(EVERY - 1):
            checkpoints.sold()
        assert not done.acquire(blocking=False)  # not before
        checkpoints.sold()
        assert done.acquire(timeout=10)
        assert checkpoints.written == expected
    checkpoints.stop()
    assert in_database(tmp_path) == 2 * EVERY
    assert "disk I/O error" in caplog.text
    assert checkpoints.thread is not None
    assert not checkpoints.thread.is_alive()
