"""Telling a worker that there is mail. The outbox row is the truth; ringing may fail and nothing is lost.

A sale never waits for the broker: `ring` hands the id to a thread of its own and is done in microseconds, whatever
the broker (refusing, silent, its name unresolvable) does to that thread. After a failure the thread leaves the broker
alone for a while. What could not be rung is written on the delivery, and found by the sweep.
"""

import atexit
import logging
import os
import queue
import threading
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F

from counterfoil.delivery.models import Delivery, State

log = logging.getLogger(__name__)

PAUSE_SECONDS = 30.0
WAITING_AT_MOST = 1000  # ids; more are left to the sweep
LAST_WORD_SECONDS = 0.3  # at the end of a process
STUCK_SECONDS = 2.0
FOR_ALL = 0  # in place of an invoice's id: sweep


def ring(*, invoice_id: int) -> None:
    """After commit: ring once. Without a broker the postman looks for itself."""
    if settings.CELERY_BROKER_URL:
        _ringer_here().ask(invoice_id)


def ring_for_all() -> None:
    """Many became due at once: ask for a sweep."""
    ring(invoice_id=FOR_ALL)


def trouble() -> str:
    """What is wrong with the broker as this process knows it, or nothing; for rows that are being written."""
    if not settings.CELERY_BROKER_URL or _ringer is None or _ringer.process != os.getpid():
        return ""
    return _ringer.trouble()


def wait_until_rung(seconds: float = 10.0) -> bool:
    """Until nothing waits to be rung, or recorded; for the end of a process, and for tests."""
    return _ringer is None or _ringer.process != os.getpid() or _ringer.idle(seconds)


class Ringer:
    """The thread and its breaker. `open_until` is in the future while the broker is left alone."""

    def __init__(self, publish: Any = None, pause_seconds: float = PAUSE_SECONDS) -> None:
        self.process = os.getpid()
        self.publish = publish or publish_to_broker
        self.pause_seconds = pause_seconds
        self.open_until = 0.0
        self.error = ""
        self.busy_since: float | None = None
        self.full = False
        self.jobs: queue.Queue[int] = queue.Queue(WAITING_AT_MOST)
        threading.Thread(target=self._run, name="doorbell", daemon=True).start()

    def ask(self, invoice_id: int) -> None:
        if time.monotonic() < self.open_until:
            return  # the row says so already, see trouble()
        try:
            self.jobs.put_nowait(invoice_id)
        except queue.Full:
            if not self.full:  # said once, not for every sale
                self.full = True
                log.warning("the doorbell has a thousand waiting; the sweep will find the rest")

    def trouble(self) -> str:
        if time.monotonic() < self.open_until:
            return self.error
        since = self.busy_since
        if since is not None and time.monotonic() - since > STUCK_SECONDS:
            return "The queue does not answer; the letter goes out with the next sweep."
        return ""

    def idle(self, seconds: float) -> bool:
        with self.jobs.all_tasks_done:
            return self.jobs.all_tasks_done.wait_for(lambda: not self.jobs.unfinished_tasks, seconds)

    def _run(self) -> None:
        while True:
            ids = [self.jobs.get()]
            try:
                self._ring(ids)
            finally:
                self.busy_since, self.full = None, False
                for _ in ids:
                    self.jobs.task_done()

    def _ring(self, ids: list[int]) -> None:
        self.busy_since = time.monotonic()
        try:
            self.publish(ids[0])
        except Exception as error:  # noqa: BLE001 (whatever a broker's client raises: it is recorded, and the sweep comes)
            self.error = f"The queue could not be reached ({explain(error)}); the letter goes out with the next sweep."
            self.open_until = time.monotonic() + self.pause_seconds
            log.warning("%s", self.error)
            while not self.jobs.empty():  # those that came meanwhile
                ids.append(self.jobs.get_nowait())
            record(ids, self.error)
        else:
            self.open_until = 0.0


def publish_to_broker(invoice_id: int) -> None:
    """One short try over a connection of its own, whose waits are shorter than a worker's."""
    from counterfoil.delivery import tasks  # Celery is imported only where there is a broker, and not in a sale's time

    tasks.publish(invoice_id)


def record(invoice_ids: list[int], error: str) -> None:
    """Show the failure on the deliveries that wait, in a transaction of its own."""
    rows = Delivery.objects.filter(invoice_id__in=invoice_ids, state=State.QUEUED)
    try:
        rows.update(fail_count=F("fail_count") + 1, last_error=error[:500])
    except DatabaseError:
        log.exception("the doorbell's failure could not be written down")
    finally:
        connection.close()


def explain(error: BaseException) -> str:
    """The innermost cause in a few words."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:200] or type(error).__name__


_ringer: Ringer | None = None
_making = threading.Lock()


def _ringer_here() -> Ringer:
    """This process's ringer: threads do not survive a fork."""
    global _ringer
    if _ringer is None or _ringer.process != os.getpid():
        with _making:
            if _ringer is None or _ringer.process != os.getpid():
                _ringer = Ringer()
    return _ringer


atexit.register(wait_until_rung, LAST_WORD_SECONDS)
