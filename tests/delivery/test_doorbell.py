"""Ringing: a sale never waits for the broker, whatever it does, and what could not be rung is written down."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings
from redis import Redis

from counterfoil.delivery import actions, doorbell, queries
from counterfoil.delivery.doorbell import Ringer
from counterfoil.delivery.models import State
from tests.delivery.gate import Gate
from tests.delivery.mailserver import RawServer
from tests.delivery.post import Clock, environment, sell
from tests.shop import open_small_shop

pytestmark = [pytest.mark.django_db(transaction=True)]
NOTICEABLE_SECONDS = 0.3


@pytest.fixture(autouse=True)
def new_ringer() -> Iterator[None]:
    """Each test begins with a breaker that has seen nothing."""
    doorbell._ringer = None
    yield
    assert doorbell.wait_until_rung()
    doorbell._ringer = None


def timed_ring(invoice_id: int) -> float:
    began = time.perf_counter()
    doorbell.ring(invoice_id=invoice_id)
    return time.perf_counter() - began


def rung(broker: str) -> int:
    with Redis.from_url(broker) as client:
        length = client.llen("celery")
        assert isinstance(length, int)
        return length


def test_a_sale_rings_once_with_an_id_and_nothing_else(broker: str) -> None:
    open_small_shop()
    delivery = sell()
    assert doorbell.wait_until_rung()
    with Redis.from_url(broker) as client:
        (message,) = client.lrange("celery", 0, -1)
    assert b"counterfoil.delivery.tasks.deliver" in message
    assert b"asha" not in message
    delivery.refresh_from_db()
    assert (delivery.state, delivery.fail_count) == (State.QUEUED, 0)


@pytest.mark.parametrize("how", ["shut", "silent", "no such name"])
def test_a_broker_that_is_away_costs_a_sale_nothing(
    broker: str, settings: Settings, raw_mail: RawServer, how: str
) -> None:
    open_small_shop()
    with Gate(broker) as gate:
        settings.CELERY_BROKER_URL = gate.url if how != "no such name" else "redis://nowhere.invalid:6379/0"
        if how != "no such name":
            {"shut": gate.shut, "silent": gate.silence}[how]()
        first = sell("sale-0001")
        assert timed_ring(first.invoice_id) < NOTICEABLE_SECONDS
        assert doorbell.wait_until_rung(30)
        first.refresh_from_db()
        assert (first.state, first.attempts) == (State.QUEUED, 0)
        assert first.fail_count >= 1
        assert first.last_error.startswith("The queue could not be reached (")
        assert queries.mail_state(first)["state"] == "queued"

        before = gate.accepted
        second = sell("sale-0002")
        assert max(timed_ring(second.invoice_id) for _ in range(50)) < 0.05
        assert doorbell.wait_until_rung()
        second.refresh_from_db()
        assert (second.fail_count, second.last_error) == (1, first.last_error), "written with the row itself"
        assert gate.accepted == before, "the broker is left alone"

    clock = Clock(first.created_at)
    assert actions.sweep(now=clock()) == [first.pk, second.pk]
    for delivery_id in (first.pk, second.pk):
        actions.deliver(delivery_id, now=clock)
    assert sorted(raw_mail.ids) == sorted([first.message_id, second.message_id])
    first.refresh_from_db()
    assert (first.state, first.last_error) == (State.SENT, "")


def test_after_the_pause_it_rings_again(broker: str, settings: Settings) -> None:
    open_small_shop()
    doorbell._ringer = Ringer(pause_seconds=0.0)
    with Gate(broker) as gate:
        settings.CELERY_BROKER_URL = gate.url
        gate.shut()
        sell("sale-0001")
        assert doorbell.wait_until_rung(30)
        assert rung(broker) == 0
        gate.reopen()
        sell("sale-0002")
        assert doorbell.wait_until_rung(30)
        assert rung(broker) == 1
        gate.cut()  # an idle connection was lost: at the worst one ring is
        sell("sale-0003")
        assert doorbell.wait_until_rung(30)
        sell("sale-0004")
        assert doorbell.wait_until_rung(30)
        assert rung(broker) >= 2


def test_a_publish_that_never_returns_is_seen_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    open_small_shop()
    came, go = threading.Event(), threading.Event()

    def hang(invoice_id: int) -> None:
        came.set()
        go.wait(60)

    monkeypatch.setattr(doorbell, "STUCK_SECONDS", 600.0)
    ringer = Ringer(publish=hang)
    ringer.ask(1)
    assert came.wait(10)
    for n in range(3 * doorbell.WAITING_AT_MOST):
        ringer.ask(n)
    assert ringer.trouble() == ""
    monkeypatch.setattr(doorbell, "STUCK_SECONDS", 0.0)
    assert ringer.trouble().startswith("The queue does not answer")
    ringer.publish = lambda invoice_id: None
    go.set()
    assert ringer.idle(30)
    assert ringer.trouble() == ""


def test_without_a_broker_nothing_is_rung_and_celery_is_not_even_imported() -> None:
    program = (
        "import django, sys; django.setup()\n"
        "import counterfoil.checkout.actions, counterfoil.delivery.actions, counterfoil.config.wsgi\n"
        "from counterfoil.delivery import doorbell\n"
        "doorbell.ring(invoice_id=1)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('celery', 'kombu', 'redis')])"
    )
    ours = {**os.environ, **environment()}
    done = subprocess.run([sys.executable, "-c", program], env=ours, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_a_broker_that_accepts_and_says_nothing_is_bounded_on_its_own_port(settings: Settings) -> None:
    """The plain case of a listener whose backlog swallows the connection."""
    open_small_shop()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.perf_counter()
        delivery = sell()
        assert timed_ring(delivery.invoice_id) < NOTICEABLE_SECONDS
        assert doorbell.wait_until_rung(10)
        assert time.perf_counter() - began < 10
        delivery.refresh_from_db()
        assert "Timeout" in delivery.last_error
