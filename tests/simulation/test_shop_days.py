"""Seeded days of a shop: whatever happens, everything that `verify` checks holds, and the drawers are as on paper.

`COUNTERFOIL_DAYS=1000 pytest tests/simulation/test_shop_days.py` plays more of them; `COUNTERFOIL_SEED` repeats a run.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest
from django.db import connection

from counterfoil.billing.models import Invoice
from counterfoil.cli.verify.command import examine
from counterfoil.store import one_connection
from tests.shop import open_small_shop
from tests.simulation.books import Books, can_make
from tests.simulation.days import ShopDays

# A day costs some 40 ms of CPU. On PostgreSQL the same days are played, but fewer: they are about the rules.
DAYS = int(os.environ.get("COUNTERFOIL_DAYS") or {"sqlite": "400"}.get(os.environ["COUNTERFOIL_TEST_DATABASE"], "60"))
GIVEN_SEED = os.environ.get("COUNTERFOIL_SEED", "")
MUST_HAPPEN = ("sold", "taken back", "answer lost", "received", "handed over", "safe-drop")


@contextmanager
def nobody_pulls_the_plug() -> Iterator[None]:
    """Nothing waits for the disk meanwhile: crashes here are those of a page, and thousands of commits would wait."""
    slow, fast = {
        "sqlite": ("PRAGMA synchronous = FULL", "PRAGMA synchronous = OFF"),
        "postgresql": ("SET synchronous_commit = on", "SET synchronous_commit = off"),
    }[connection.vendor]
    whole = one_connection() if connection.vendor == "sqlite" else nullcontext()
    with whole, connection.cursor() as cursor:
        cursor.execute(fast)
        yield
        cursor.execute(slow)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_after_any_days_every_invariant_holds_and_the_drawer_is_as_on_paper() -> None:
    seed = int(GIVEN_SEED or secrets.randbelow(10**9))
    print(f"COUNTERFOIL_SEED={seed} COUNTERFOIL_DAYS={DAYS}")  # shown when it fails
    days = ShopDays(open_small_shop(), seed=seed)
    with nobody_pulls_the_plug():
        days.run(DAYS)
    print(dict(days.happened))
    days.all_agree()
    found = examine()
    assert found.ok, [breach.line() for breach in found.breaches[:20]]
    assert Invoice.objects.count() == len(days.books.documents) == found.documents
    if DAYS >= 100:
        assert [kind for kind in MUST_HAPPEN if not days.happened[kind]] == []


@pytest.mark.pure
def test_the_books_notice_a_note_that_was_not_there() -> None:
    books = Books(stock={}, drawers={"A": {100: 1}})
    books.put("A", {100: 1}, -1)
    with pytest.raises(AssertionError, match="that it did not have"):
        books.put("A", {100: 1}, -1)
    assert can_make(60, {50: 1, 20: 3}, [50, 20])
    assert not can_make(60, {50: 1, 20: 2}, [50, 20])
