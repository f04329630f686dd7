"""Several tills at once, each a thread with a connection of its own, and a place where they all wait for each other.

Each race is first shown to appear with its guard off; only then does the test of the guard mean anything. On SQLite
one writer at a time is let in, whatever the guard: there the races are run, and cannot be made to appear.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from counterfoil.checkout import plan
from tests.shop import SmallShop, open_small_shop

PATIENCE_SECONDS = 30
TILLS = 4


@pytest.fixture
def busy_shop(transactional_db: None) -> SmallShop:
    """The small shop in a database that commits: what the threads see of each other is real."""
    return open_small_shop()


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Run each in a thread; answer what each returned, or the exception it raised. A hang is a failure."""
    answers: list[Any] = [None] * len(work)

    def run(n: int) -> None:
        try:
            answers[n] = work[n]()
        except Exception as error:  # noqa: BLE001 (it is the answer)
            answers[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,), daemon=True) for n in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "a till hangs: a deadlock?"
    return answers


@pytest.fixture
def all_have_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """`all_have_read(n)`: the next n sales wait for each other between reading the masters and writing anything."""
    if connection.vendor != "postgresql":
        yield lambda n: None  # the second sale may not even begin before the first has ended
        return
    price_cart = plan.price_cart
    barriers: list[threading.Barrier] = []

    def waiting(*args: Any, **more: Any) -> Any:
        cart = price_cart(*args, **more)
        if barriers and threading.current_thread() is not threading.main_thread():
            barriers[-1].wait(PATIENCE_SECONDS)
        return cart

    monkeypatch.setattr(plan, "price_cart", waiting)
    yield lambda n: barriers.append(threading.Barrier(n))


@pytest.fixture
def postgresql_only() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one writer in at a time: this race cannot be made to appear")


def unique_off(table: str, column: str) -> Callable[[], None]:
    """Drop the unique constraint on one column; answers how to set it again."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
        (name,) = [
            n for n, c in constraints.items() if c["unique"] and c["columns"] == [column] and not c["primary_key"]
        ]
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    def on() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({column})")

    return on
