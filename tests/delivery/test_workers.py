"""Real Celery workers, a real broker, real sales: what happens to the mail when either of them fails."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from counterfoil.celery import app
from counterfoil.delivery import actions, doorbell, policy, tasks
from counterfoil.delivery.models import Delivery, State
from tests.delivery.gate import Gate
from tests.delivery.mailserver import HANG, RawServer
from tests.delivery.post import Clock, environment, sell, wait_for_state
from tests.processes import Program
from tests.shop import open_small_shop

pytestmark = [pytest.mark.django_db(transaction=True)]
Worker = Callable[..., AbstractContextManager[Program]]
READY = r"celery@\S+ ready"


@pytest.fixture(autouse=True)
def new_ringer() -> Iterator[None]:
    doorbell._ringer = None
    yield
    assert doorbell.wait_until_rung(30)
    doorbell._ringer = None


def worker(server: RawServer, broker: str, *, pool: str = "solo", concurrency: int = 1, **environ: str) -> Program:
    command = [sys.executable, "-m", "celery", "-A", "counterfoil", "worker", "--loglevel=INFO", f"--pool={pool}"]
    command += [f"--concurrency={concurrency}", "--without-gossip", "--without-mingle"]
    return Program(command, environment={**environment(server.port), "CELERY_BROKER_URL": broker, **environ})


def now_selling(key: str = "sale-0001") -> Delivery:
    """A sale at the time of the clock on the wall, for workers that read that one."""
    return sell(key, now=timezone.now())


def sweep_through(broker: str) -> None:
    """What beat does, without waiting for it."""
    with app.connection_for_write(broker) as line:
        tasks.sweep.apply_async(connection=line)


def test_a_sale_is_mailed_by_a_worker_with_threads(broker: str, raw_server: RawServer) -> None:
    """Those with processes (prefork) and with neither (solo) work in the tests below."""
    open_small_shop()
    late = sell("sale-0000", now=timezone.now() - timedelta(minutes=2))
    assert doorbell.wait_until_rung(30)
    with Redis.from_url(broker) as client:
        client.flushdb()  # nobody rings for that one any more
    with worker(raw_server, broker, pool="threads", concurrency=2) as program:
        program.wait_for(READY, seconds=60)
        wait_for_state(late, State.SENT, seconds=60)
        delivery = wait_for_state(now_selling(), State.SENT, seconds=60)
    assert raw_server.ids == [late.message_id, delivery.message_id]
    assert late.claimed_by.startswith("late ")
    assert delivery.claimed_by.startswith("celery ")


def test_messages_that_come_twice_and_at_once_send_one_letter(broker: str, raw_server: RawServer) -> None:
    open_small_shop()
    deliveries = [now_selling(f"sale-{n:04}") for n in range(5)]
    for delivery in deliveries * 6:
        tasks.publish(delivery.invoice_id)
    with worker(raw_server, broker, pool="prefork", concurrency=2) as program:
        program.wait_for(READY, seconds=60)
        for delivery in deliveries:
            wait_for_state(delivery, State.SENT, seconds=60)
    assert sorted(raw_server.ids) == sorted(delivery.message_id for delivery in deliveries)


def test_a_broker_that_lost_its_memory_loses_no_mail(broker: str, raw_server: RawServer) -> None:
    open_small_shop()
    with Gate(broker) as gate, worker(raw_server, gate.url) as program:
        program.wait_for(READY, seconds=60)
        wait_for_state(now_selling("sale-0001"), State.SENT, seconds=60)
        gate.shut()  # the broker goes down, and comes back empty
        with Redis.from_url(broker) as client:
            client.flushdb()
        lost = now_selling("sale-0002")  # its ring is lost, as with a broker that forgets
        gate.reopen()
        program.wait_for(r"Connected to redis", seconds=60)
        doorbell.wait_until_rung(30)
        with Redis.from_url(broker) as client:
            client.flushdb()
        sweep_through(broker)
        wait_for_state(lost, State.SENT, seconds=60)
    assert len(raw_server.ids) == 2
    assert len(set(raw_server.ids)) == 2


def test_a_paused_broker_delays_and_loses_nothing(broker: str, settings: Settings, raw_server: RawServer) -> None:
    open_small_shop()
    with Gate(broker) as gate, worker(raw_server, gate.url) as program:
        program.wait_for(READY, seconds=60)
        settings.CELERY_BROKER_URL = gate.url
        gate.silence()
        delivery = now_selling()
        assert doorbell.wait_until_rung(30)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.fail_count) == (State.QUEUED, 1)
        gate.reopen()
        sweep_through(broker)
        wait_for_state(delivery, State.SENT, seconds=90)
    assert raw_server.ids == [delivery.message_id]


def test_a_database_that_is_restarted_under_the_worker(broker: str, raw_server: RawServer) -> None:
    """As a worker sees it: all connections cut and refused for a while, at the worst moment of a letter."""
    if connection.vendor != "postgresql":
        pytest.skip("a file is not restarted")
    open_small_shop()
    with (
        Gate(environment()["DATABASE_URL"]) as database,
        worker(raw_server, broker, DATABASE_URL=database.url) as program,
    ):
        program.wait_for(READY, seconds=60)
        raw_server.on_letter = database.shut  # the server has the letter and says so; the row does not know yet
        first = now_selling("sale-0001")
        raw_server.wait_until("end", seconds=60)
        raw_server.on_letter = lambda: None
        program.wait_for("the database did not take a delivery's outcome; trying again")
        database.reopen()
        wait_for_state(first, State.SENT, seconds=60)
        second = wait_for_state(now_selling("sale-0002"), State.SENT, seconds=60)
    assert raw_server.ids == [first.message_id, second.message_id]


@pytest.mark.parametrize("pool", ["prefork", "solo"])
@pytest.mark.parametrize("stage, state", [("rcpt", State.SENT), ("end", State.UNKNOWN)])
def test_a_worker_killed_in_the_middle(broker: str, raw_mail: RawServer, pool: str, stage: Any, state: str) -> None:
    open_small_shop()
    raw_mail.faults[stage] = HANG
    with worker(raw_mail, broker, pool=pool) as program:
        program.wait_for(READY, seconds=60)
        delivery = now_selling()
        raw_mail.wait_until(stage, seconds=60)
        program.kill()
    raw_mail.faults.clear()
    delivery.refresh_from_db()
    assert delivery.state == State.SENDING
    later = Clock(timezone.now() + policy.DEAD_AFTER + timedelta(minutes=1))
    for due in actions.sweep(now=later()):
        actions.deliver(due, now=later)
    delivery.refresh_from_db()
    assert delivery.state == state, delivery.last_error
    assert raw_mail.ids.count(delivery.message_id) == 1 <= 1 + delivery.ambiguous_attempts


def test_a_sweep_rings_for_all_that_is_due_and_its_rings_expire(
    broker: str, raw_mail: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "LETTERS_AT_A_GO", 2)
    open_small_shop()
    doorbell.wait_until_rung()
    for n in range(3):
        now_selling(f"sale-{n:04}")
    doorbell.wait_until_rung()
    with Redis.from_url(broker) as client:
        client.flushdb()
        tasks.sweep()
        messages = client.lrange("celery", 0, -1)
    assert len(messages) == 2, "one for each two letters"
    assert all(b"deliver_due" in message and b'"expires": "20' in message for message in messages)
    tasks.deliver_due()
    assert len(raw_mail.ids) == 2
    for _ in range(2):
        tasks.deliver_due()
    assert sorted(raw_mail.ids) == sorted(Delivery.objects.values_list("message_id", flat=True))
