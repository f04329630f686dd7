"""A worker killed with SIGKILL at each stage: the letter is sent once, or its state says what nobody can know.

The workers are processes of their own; the killing is real.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from counterfoil.delivery import actions, outbox, policy, smtp
from counterfoil.delivery.models import Delivery, State
from tests.databases import server_url
from tests.delivery.mailserver import RawServer
from tests.delivery.post import Clock, environment, sell, steps
from tests.shop import open_small_shop

pytestmark = [pytest.mark.django_db(transaction=True)]
Kill = Callable[[str, Delivery], None]


@pytest.fixture(scope="module")
def gallows(django_db_setup: None) -> Iterator[subprocess.Popen[str]]:
    """The process that forks the workers, see tests.delivery.stopping."""
    command = [sys.executable, "-m", "tests.delivery.stopping"]
    ours = {**os.environ, **environment(1)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ours) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def killed_at(gallows: subprocess.Popen[str], raw_mail: RawServer) -> Kill:
    def kill(stage: str, delivery: Delivery) -> None:
        assert gallows.stdin is not None
        assert gallows.stdout is not None
        gallows.stdin.write(f"{stage} {delivery.pk} {raw_mail.port}\n")
        gallows.stdin.flush()
        assert gallows.stdout.readline() == f"killed at {stage}\n"
        delivery.refresh_from_db()

    return kill


@pytest.mark.parametrize("stage", ["claimed", "written", "connect", "ehlo", "mail", "rcpt", "data", "text"])
def test_killed_before_the_letter_was_handed_over_it_is_sent_again(
    raw_mail: RawServer, killed_at: Kill, stage: str
) -> None:
    open_small_shop()
    delivery = sell()
    killed_at(stage, delivery)
    assert (delivery.state, delivery.accepted_at_risk) == (State.SENDING, False)
    now = timezone.now()
    assert actions.sweep(now=now) == [], "the worker may be slow, not dead"
    assert not actions.deliver(delivery.pk), "and nobody else takes its letter"

    later = Clock(now + policy.DEAD_AFTER)
    assert actions.sweep(now=later()) == [delivery.pk]
    assert actions.deliver(delivery.pk, now=later)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.ambiguous_attempts, delivery.fail_count) == (State.SENT, 0, 1)
    assert raw_mail.ids == [delivery.message_id]
    assert steps(delivery) == [
        "The worker died before the letter was handed over. Queued again",
        "Sent, accepted by the mail server, at try 2",
    ]


@pytest.mark.parametrize("stage, arrived", [("end", 0), ("accepted", 1)])
def test_killed_after_that_it_is_parked_as_unknown(
    raw_mail: RawServer, killed_at: Kill, stage: str, arrived: int
) -> None:
    open_small_shop()
    delivery = sell()
    killed_at(stage, delivery)
    assert (delivery.state, delivery.accepted_at_risk) == (State.SENDING, True)
    later = timezone.now() + policy.DEAD_AFTER
    assert actions.sweep(now=later) == []
    delivery.refresh_from_db()
    assert (delivery.state, delivery.ambiguous_attempts) == (State.UNKNOWN, 1)
    assert delivery.last_error == "The worker died while the mail server had the letter: it may have arrived."
    assert len(raw_mail.letters) == arrived
    assert actions.sweep(now=later + timedelta(days=4)) == []

    actions.retry(delivery_id=delivery.pk, now=later)  # a person decides
    assert actions.deliver(delivery.pk, now=Clock(later))
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert raw_mail.ids == [delivery.message_id] * (arrived + 1)
    assert len(raw_mail.ids) <= 1 + delivery.ambiguous_attempts


def test_killed_before_the_claim_nothing_has_happened(raw_mail: RawServer, killed_at: Kill) -> None:
    open_small_shop()
    delivery = sell()
    killed_at("claim", delivery)
    assert (delivery.state, delivery.attempts) == (State.QUEUED, 0)
    assert actions.deliver(delivery.pk)
    assert raw_mail.ids == [delivery.message_id]


def test_a_new_postman_need_not_wait_for_what_the_dead_one_held(raw_mail: RawServer, killed_at: Kill) -> None:
    open_small_shop()
    delivery = sell()
    killed_at("rcpt", delivery)
    assert actions.sweep(now=timezone.now(), dead_after=timedelta(0), worker="celery") == []
    assert actions.sweep(now=timezone.now(), dead_after=timedelta(0), worker="postman") == [delivery.pk]


def test_a_letter_that_kills_its_workers_is_given_up(raw_mail: RawServer) -> None:
    open_small_shop()
    delivery, clock = sell(), Clock(timezone.now())
    for _ in range(policy.TRIES_AT_MOST):
        clock.move(hours=8)
        assert outbox.claim(delivery_id=delivery.pk, now=clock(), worker="doomed")
        clock.move(minutes=6)
        actions.sweep(now=clock())
    delivery.refresh_from_db()
    assert delivery.state == State.FAILED
    assert steps(delivery)[-1] == "The worker died before the letter was handed over. Given up after 20 tries"


# A worker that was only slow


def test_a_worker_taken_for_dead_cannot_send_any_more(raw_mail: RawServer) -> None:
    open_small_shop()
    delivery, clock = sell(), Clock(timezone.now())

    def give_it_away(stage: str) -> None:
        if stage == "text":
            clock.move(minutes=6)
            assert actions.sweep(now=clock()) == [delivery.pk]

    assert actions.deliver(delivery.pk, now=clock, watch=give_it_away)
    assert raw_mail.letters == []
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED
    assert actions.deliver(delivery.pk, now=clock)
    assert raw_mail.ids == [delivery.message_id]


def test_a_slow_worker_that_was_parked_as_unknown_still_says_that_it_sent(raw_mail: RawServer) -> None:
    open_small_shop()
    delivery, clock = sell(), Clock(timezone.now())

    def park_it(stage: str) -> None:
        if stage == "end":
            clock.move(minutes=6)
            actions.sweep(now=clock())
            assert Delivery.objects.get().state == State.UNKNOWN

    assert actions.deliver(delivery.pk, now=clock, watch=park_it)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (State.SENT, "")
    assert raw_mail.ids == [delivery.message_id]


@pytest.mark.parametrize("stage, expected", [("text", State.SENDING), ("accepted", State.SENT)])
def test_the_database_goes_away_under_the_worker(raw_mail: RawServer, stage: str, expected: str) -> None:
    """As in a restart of PostgreSQL: the worker's connection is closed under its feet."""
    if connection.vendor != "postgresql":
        pytest.skip("a file is not restarted")
    open_small_shop()
    delivery = sell()

    def cut(reached: str) -> None:
        if reached == stage:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid = cursor.fetchone()[0]
            with psycopg.connect(server_url("postgres"), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    def work() -> None:
        try:
            actions.deliver(delivery.pk, watch=cut)
        except DatabaseError:
            connection.close()  # Celery and the postman go on with a new one
        smtp.hang_up_if_idle(at_once=True)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    delivery.refresh_from_db()
    assert delivery.state == expected
    later = Clock(timezone.now() + policy.DEAD_AFTER)
    for due in actions.sweep(now=later()):
        actions.deliver(due, now=later)
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert raw_mail.ids == [delivery.message_id]
