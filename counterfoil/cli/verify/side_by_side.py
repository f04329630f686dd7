"""A large shop's documents, checked by several processes at once; a small one's here.

Each portion is checked by itself: it begins with its predecessor's digest. Issued documents never change, so on SQLite
every process may look at a moment of its own; on PostgreSQL all share one.
"""

import gc
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from django.db import connection

from counterfoil.cli.opened import set_up
from counterfoil.cli.verify.breach import RESTORE, Breach
from counterfoil.cli.verify.documents import check_documents
from counterfoil.cli.verify.known import Pass, begin_again
from counterfoil.cli.verify.reading import Portion, one_moment, portions, rows
from counterfoil.store import is_postgresql

LARGE_FROM = 20_000
PORTION = 2_500
REPORTED_AT_MOST = 1_000  # breaches of one portion


@dataclass(frozen=True, slots=True)
class Examined:
    portion: Portion
    documents: int
    breaches: list[Breach]
    heads_found: set[str]
    last: tuple[int, str]  # sequence and digest


def examine_documents(
    state: Pass, total: int, meanwhile: Callable[[], object], seen: Callable[[int], object] | None
) -> Iterator[Breach]:
    """Every document's breaches; `state` then knows each series' end. `meanwhile` is done while others work."""
    done = 0
    all_portions = portions(PORTION)
    ends = {portion.series_id: portion for portion in all_portions}  # the last of each
    with workers(total, state) as examine:
        for result in examine(all_portions, state, meanwhile):
            yield from result.breaches
            state.heads_found |= result.heads_found
            series = state.series.get(result.portion.series_id)
            if series is not None and result.portion == ends[result.portion.series_id]:
                series.seen_sequence, series.seen_digest = result.last
            done += result.documents
            if seen:
                seen(done)
    if done != total:
        yield Breach("number", "billing_invoice", f"{total} documents are there, {done} of them in a series", RESTORE)


Examine = Callable[[list[Portion], Pass, Callable[[], object]], Iterator[Examined]]


@contextmanager
def workers(total: int, state: Pass) -> Iterator[Examine]:
    count = min(os.cpu_count() or 1, 4)
    if total < LARGE_FROM or count == 1 or (connection.in_atomic_block and not is_postgresql()):
        yield here
        return
    snapshot = rows("SELECT pg_export_snapshot()")[0][0] if is_postgresql() else ""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=set_up) as pool:
        packed = pickle.dumps(state)  # once for all portions

        def examine(all_portions: list[Portion], state: Pass, meanwhile: Callable[[], object]) -> Iterator[Examined]:
            waiting = [pool.submit(there, portion, snapshot, packed) for portion in all_portions]
            meanwhile()
            for result in as_completed(waiting):
                yield result.result()

        yield examine


def here(all_portions: list[Portion], state: Pass, meanwhile: Callable[[], object]) -> Iterator[Examined]:
    meanwhile()
    for portion in all_portions:
        yield examine_portion(begin_again(state), portion)


def there(portion: Portion, snapshot: str, packed: bytes) -> Examined:
    """In a process of its own."""
    gc.disable()  # nothing here goes in circles, and looking for some among so many rows takes a sixth of the time
    with one_moment(snapshot):
        return examine_portion(begin_again(_unpacked(packed)), portion)


@cache
def _unpacked(packed: bytes) -> Pass:
    state: Pass = pickle.loads(packed)
    return state


def examine_portion(state: Pass, portion: Portion) -> Examined:
    breaches: list[Breach] = []
    for breach in check_documents(state, portion):
        if len(breaches) < REPORTED_AT_MOST:
            breaches.append(breach)
    series = state.series.get(portion.series_id)
    last = (series.seen_sequence, series.seen_digest) if series else (0, "")
    return Examined(portion, state.documents, breaches, state.heads_found, last)
