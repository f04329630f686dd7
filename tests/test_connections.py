"""Which connection a process writes over on SQLite, and when PostgreSQL is asked whether one lives."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from counterfoil.store import close_writer, is_postgresql, writing
from tests.shop import open_small_shop

pytestmark = pytest.mark.django_db(transaction=True)


def in_a_thread(do: Callable[[], Any]) -> Any:
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(do())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def written_over() -> tuple[Any, Any]:
    """What the thread writes over, and what it reads over before and after."""
    connection.ensure_connection()
    own = connection.connection
    with writing():
        writer = connection.connection
    assert connection.connection is own
    return writer, own


def test_all_threads_write_over_one_connection_on_sqlite() -> None:
    if is_postgresql():
        pytest.skip("PostgreSQL takes many writers at once")
    (here, own), (there, own_there) = written_over(), in_a_thread(written_over)
    assert here is there
    assert len({id(each) for each in (here, own, own_there)}) == 3


def test_a_refused_write_leaves_the_connection_good_for_the_next() -> None:
    shop = open_small_shop()

    def rename_and_fail() -> None:
        with writing():
            shop.till.name = "Nobody"
            shop.till.save()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    with writing():
        shop.till.refresh_from_db()
    assert shop.till.name != "Nobody"


def test_a_writer_that_was_closed_is_made_anew() -> None:
    first, _ = written_over()
    close_writer()
    second, own = written_over()
    assert own is connection.connection
    assert is_postgresql() or second is not first


def asked(next_request: Callable[[], None]) -> bool:
    """Whether the connection was asked for its health at the beginning of the next request."""
    questions: list[bool] = []
    ask = connections["default"].is_usable

    def usable() -> bool:
        questions.append(ask())
        return questions[-1]

    connection.is_usable = usable  # type: ignore[method-assign]
    try:
        next_request()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        del connection.is_usable
    return bool(questions)


def test_a_connection_in_use_is_not_asked_whether_it_lives_and_an_idle_one_is() -> None:
    if not is_postgresql():
        pytest.skip("a file does not go away")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    wrapper: Any = connections["default"]
    wrapper.health_check_enabled = True
    assert not asked(wrapper.close_if_unusable_or_obsolete)

    def a_while_later() -> None:
        wrapper.close_if_unusable_or_obsolete()
        wrapper.used_at -= 2

    assert asked(a_while_later)


def test_a_connection_that_died_while_in_use_is_replaced_after_one_failure() -> None:
    if not is_postgresql():
        pytest.skip("a file does not go away")
    wrapper: Any = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()

    def kill() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])

    in_a_thread(kill)
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    wrapper.close_if_unusable_or_obsolete()  # as at the end of every request
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_postgresql_plans_for_few_rows_of_many_on_every_new_connection_even_after_a_rollback() -> None:
    if not is_postgresql():
        pytest.skip("SQLite's planner has no such settings")
    for _ in range(2):
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("ROLLBACK")
            cursor.execute("SELECT current_setting('random_page_cost'), current_setting('jit'), "
                           "current_setting('max_parallel_workers_per_gather')")  # fmt: skip
            assert cursor.fetchone() == ("1.1", "off", "0")
