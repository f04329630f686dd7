"""The postman: mail without a broker, in a process of its own, never two at once and never a letter twice."""

import sys
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from counterfoil.delivery import postman
from counterfoil.delivery.models import Delivery, State
from tests.delivery.mailserver import HANG, RawServer
from tests.delivery.post import environment, sell, wait_for_state
from tests.processes import Program
from tests.shop import open_small_shop

pytestmark = [pytest.mark.django_db(transaction=True)]


def start(server: RawServer) -> Program:
    return Program([sys.executable, "-m", "counterfoil.delivery.postman"], environment=environment(server.port))


def now_selling(key: str = "sale-0001") -> Delivery:
    return sell(key, now=timezone.now())


def test_it_delivers_what_is_there_and_what_comes(raw_server: RawServer) -> None:
    open_small_shop()
    early = now_selling("sale-0001")
    with start(raw_server):
        wait_for_state(early, State.SENT)
        began = time.perf_counter()
        late = wait_for_state(now_selling("sale-0002"), State.SENT)
        seconds = time.perf_counter() - began
    assert raw_server.ids == [early.message_id, late.message_id]
    assert late.sent_at is not None
    assert (late.sent_at - late.created_at).total_seconds() < 2, f"a sale is noticed soon ({seconds:.2f} s)"


def test_killed_and_started_again_it_goes_on_at_once(raw_server: RawServer) -> None:
    open_small_shop()
    raw_server.faults["rcpt"] = HANG
    first, second = now_selling("sale-0001"), now_selling("sale-0002")
    with start(raw_server) as dying:
        raw_server.wait_until("rcpt")
        dying.kill()
    raw_server.faults.clear()
    with start(raw_server):
        wait_for_state(first, State.SENT)
        wait_for_state(second, State.SENT)
    assert sorted(raw_server.ids) == sorted([first.message_id, second.message_id])


def test_told_to_stop_it_finishes_its_letter(raw_server: RawServer) -> None:
    open_small_shop()
    with start(raw_server) as program:
        wait_for_state(now_selling(), State.SENT)
        program.interrupt()
        assert program.wait() == 0


def test_two_postmen_send_nothing_twice(raw_server: RawServer) -> None:
    open_small_shop()
    deliveries = [now_selling(f"sale-{n:04}") for n in range(20)]
    with start(raw_server), start(raw_server):
        for delivery in deliveries:
            wait_for_state(delivery, State.SENT)
    assert sorted(raw_server.ids) == sorted(delivery.message_id for delivery in deliveries)
    assert len({delivery.claimed_by.rsplit(" ", 1)[0] for delivery in deliveries}) == 1, "one of them waited"


def test_the_second_takes_over_when_the_first_is_killed(raw_server: RawServer) -> None:
    open_small_shop()
    with start(raw_server) as first:
        wait_for_state(now_selling("sale-0001"), State.SENT)
        with start(raw_server):
            first.kill()
            wait_for_state(now_selling("sale-0002"), State.SENT, seconds=60)
    assert len(raw_server.ids) == 2


def test_it_waits_for_a_database_that_is_away(raw_mail: RawServer) -> None:
    """PostgreSQL closes the postman's connection under its feet, as a restart does."""
    if connection.vendor != "postgresql":
        pytest.skip("a file is not restarted")
    open_small_shop()
    with start(raw_mail) as program:
        wait_for_state(now_selling("sale-0001"), State.SENT)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            assert cursor.fetchone()[0] >= 1
        program.wait_for("the postman waits for the database")
        wait_for_state(now_selling("sale-0002"), State.SENT)
    assert len(raw_mail.ids) == 2


def test_a_stop_is_obeyed_between_two_letters(raw_mail: RawServer) -> None:
    open_small_shop()
    deliveries = [now_selling(f"sale-{n:04}") for n in range(3)]
    stop = threading.Event()
    raw_mail.on_letter = stop.set
    postman.run(stop)
    states = [wait_for_state(delivery, State.SENT, State.QUEUED).state for delivery in deliveries]
    assert states == [State.SENT, State.QUEUED, State.QUEUED]
