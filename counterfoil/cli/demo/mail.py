"""The demo's mails, as they stand long after: most are sent, a few failed, none is ever handed to a mail server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection

from counterfoil.cli.rows import copy_in
from counterfoil.delivery.models import Delivery, State, Step
from counterfoil.store import moment

FAILED_SHARE = 0.03
UNKNOWN_SHARE = 0.01
SETTLED = ("state", "attempts", "next_attempt_at", "fail_count", "last_error", "sent_at", "ambiguous_attempts")
NO_SUCH_MAILBOX = "550 5.1.1 The mailbox does not exist."
LOST = "The connection broke after the letter was handed over: it may have arrived."


@contextmanager
def no_doorbell() -> Iterator[None]:
    """Nobody is told of mails that are settled already when they are written."""
    given, settings.CELERY_BROKER_URL = settings.CELERY_BROKER_URL, ""
    try:
        yield
    finally:
        settings.CELERY_BROKER_URL = given


def settled(random: Random, created_at: datetime) -> tuple[dict[str, Any], str]:
    """A delivery's columns once it is over, and the last step of its story."""
    at = created_at + timedelta(seconds=random.randrange(1, 9))
    luck = random.random()
    common: dict[str, Any] = {"attempts": 1, "next_attempt_at": None}
    if luck < FAILED_SHARE:
        failed = {"state": str(State.FAILED), "fail_count": 1, "last_error": NO_SUCH_MAILBOX, "sent_at": None}
        return {**common, **failed, "at": at}, f"Refused: {NO_SUCH_MAILBOX}"
    if luck < FAILED_SHARE + UNKNOWN_SHARE:
        lost = {"state": str(State.UNKNOWN), "fail_count": 1, "last_error": LOST, "sent_at": None}
        return {**common, **lost, "ambiguous_attempts": 1, "at": at}, LOST
    sent = {"state": str(State.SENT), "fail_count": 0, "last_error": "", "sent_at": at}
    return {**common, **sent, "at": at}, "Sent"


def settle(*, key: str, seed: int) -> None:
    """Close every delivery that this run of the demo queued, in the transaction that made them."""
    waiting = Delivery.objects.filter(invoice__idempotency_key__startswith=key, state=State.QUEUED).order_by("id")
    random = Random(f"mail {seed}")
    steps: list[dict[str, Any]] = []
    done: list[tuple[Any, ...]] = []
    for delivery_id, created_at in waiting.values_list("id", "created_at"):
        columns, story = settled(random, created_at)
        steps.append({"delivery_id": delivery_id, "at": columns.pop("at"), "text": story})
        values = (columns.get(name, 0) for name in SETTLED)
        done.append((*(moment(v) if isinstance(v, datetime) else v for v in values), delivery_id))
    if done:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE delivery_delivery SET {', '.join(f'{n} = %s' for n in SETTLED)} WHERE id = %s", done
            )
        copy_in(Step, steps)
