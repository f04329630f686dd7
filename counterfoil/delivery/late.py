"""When nobody rings. A worker looks for itself now and then, so that no letter waits for a broker, for beat, or for a
worker that has lost its broker and does not notice (Celery's are known to go deaf after a broken connection).

What is due is the sweep's and the workers'; only what has been due for longer than they need is taken here.
"""

import logging
import threading
from datetime import datetime, timedelta

from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils import timezone

from counterfoil.delivery import actions, outbox, smtp

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 30.0
LATE_AFTER = timedelta(seconds=75)  # two sweeps, and some time for the letter
LETTERS_AT_A_LOOK = 500


def start() -> None:
    """In a thread of its own, beside the pool, for as long as the worker lives."""
    threading.Thread(target=_watch, name="late", daemon=True).start()


def look(*, now: datetime) -> int:
    """Free what dead workers held, and deliver what is late; answer how many were tried."""
    actions.sweep(now=now)
    tried = actions.deliver_due(
        worker=outbox.worker_name("late"), letters=LETTERS_AT_A_LOOK, seconds=LOOK_EVERY_SECONDS, due_for=LATE_AFTER
    )
    if tried:
        log.warning("%d letters were late: is the broker there, and does beat run?", tried)
    return tried


def _watch() -> None:
    while True:
        try:
            look(now=timezone.now())
        except DatabaseTrouble as error:
            log.warning("looking for late letters: %s", error)
        finally:
            smtp.hang_up_if_idle(at_once=True)
            connection.close()
        threading.Event().wait(LOOK_EVERY_SECONDS)
