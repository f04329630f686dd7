"""A large shop's documents, checked by several processes at once; a small one's here.

Each portion is checked by itself: it begins with its predecessor's digest. Issued documents never change, so on SQLite
every process may look at a moment of its own; on PostgreSQL all share one.
"""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

from counterfoil.cli.opened import set_up
from counterfoil.cli.verify.breach import Breach
from counterfoil.cli.verify.documents import Pass, begin, check_documents
from counterfoil.cli.verify.reading import Portion, one_moment, portions, rows
from counterfoil.store import is_postgresql

LARGE_FROM = 20_000
PORTION = 10_000
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
    with workers(total) as examine:
        for result in examine(portions(PORTION), state, meanwhile):
            yield from result.breaches
            state.heads_found |= result.heads_found
            series = state.series.get(result.portion.series_id)
            if series is not None and result.last[0] > series.seen_sequence:
                series.seen_sequence, series.seen_digest = result.last
            done += result.documents
            if seen:
                seen(done)


Examine = Callable[[list[Portion], Pass, Callable[[], object]], Iterator[Examined]]


@contextmanager
def workers(total: int) -> Iterator[Examine]:
    count = min(os.cpu_count() or 1, 4)
    if total < LARGE_FROM or count == 1 or (connection.in_atomic_block and not is_postgresql()):
        yield here
        return
    snapshot = rows("SELECT pg_export_snapshot()")[0][0] if is_postgresql() else ""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, mp_context=context, initializer=set_up) as pool:

        def examine(all_portions: list[Portion], state: Pass, meanwhile: Callable[[], object]) -> Iterator[Examined]:
            waiting = [pool.submit(there, portion, snapshot, dict(state.heads)) for portion in all_portions]
            meanwhile()
            for result in as_completed(waiting):
                yield result.result()

        yield examine


def here(all_portions: list[Portion], state: Pass, meanwhile: Callable[[], object]) -> Iterator[Examined]:
    meanwhile()
    for portion in all_portions:
        yield examine_portion(begin_again(state), portion)


def begin_again(state: Pass) -> Pass:
    """What is known of the shop, and nothing of what was seen."""
    return begin(state.heads, like=state)


_known: dict[str, Pass] = {}


def there(portion: Portion, snapshot: str, heads: Mapping[str, str]) -> Examined:
    """In a process of its own."""
    with one_moment(snapshot):
        if "state" not in _known:
            _known["state"] = begin(heads)
        return examine_portion(begin(heads, like=_known["state"]), portion)


def examine_portion(state: Pass, portion: Portion) -> Examined:
    breaches: list[Breach] = []
    for breach in check_documents(state, portion):
        if len(breaches) < REPORTED_AT_MOST:
            breaches.append(breach)
    series = state.series.get(portion.series_id)
    last = (series.seen_sequence, series.seen_digest) if series else (0, "")
    return Examined(portion, state.documents, breaches, state.heads_found, last)
