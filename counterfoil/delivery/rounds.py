"""The postman's rounds: the same sweep and the same delivery as the workers', without a broker.

Two postmen on one database do no harm, because a claim is had by one only; a lock keeps the second one waiting all
the same.
"""

import logging
from contextlib import ExitStack
from datetime import timedelta
from typing import Protocol

from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils import timezone

from counterfoil.delivery import actions, outbox, smtp
from counterfoil.delivery.lock import only_one

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5
SWEEP_EVERY = timedelta(seconds=30)
LONGEST_PAUSE_SECONDS = 30.0
NAME = "postman"


class Stop(Protocol):
    """threading.Event, or anything that waits and tells like one."""

    def is_set(self) -> bool: ...

    def wait(self, timeout: float | None = None) -> bool: ...


def run(stop: Stop, poll_seconds: float = POLL_SECONDS) -> None:
    """Deliver until told to stop. A database that is away is waited for, longer each time."""
    pause = poll_seconds
    while not stop.is_set():
        try:
            with ExitStack() as stack:
                if only_one(stack):
                    pause = poll_seconds
                    _work(stop, poll_seconds)
        except DatabaseTrouble as error:
            log.warning("the postman waits for the database: %s", error)
            connection.close()
        stop.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _work(stop: Stop, poll_seconds: float) -> None:
    """With the lock held: whatever another postman had claimed, its process is gone."""
    worker = outbox.worker_name(NAME)
    due = actions.sweep(now=timezone.now(), dead_after=timedelta(0), worker=NAME)
    swept_at = timezone.now()
    while not stop.is_set():
        for delivery_id in due:
            actions.deliver(delivery_id, worker=worker)
            if stop.is_set():
                break
        if not due:
            smtp.hang_up_if_idle()
            stop.wait(poll_seconds)
        now = timezone.now()
        if now - swept_at >= SWEEP_EVERY:
            due, swept_at = actions.sweep(now=now), now
        else:
            due = outbox.due(now=now, at_most=100)
    smtp.hang_up_if_idle(at_once=True)
