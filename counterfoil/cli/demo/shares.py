"""A large demo shared among processes, a till each: PostgreSQL lets them write at once. On SQLite one does it all."""

import gc
import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from counterfoil.cli.demo import mail, telling
from counterfoil.cli.demo.bulk import BulkWriter
from counterfoil.cli.demo.days import Shelf, Town, Visit, happenings
from counterfoil.cli.demo.writing import Place, look
from counterfoil.cli.progress import Progress
from counterfoil.history import rollups
from counterfoil.store import is_postgresql

SHARED_FROM = 20_000
TOLD_EVERY = 250
LOOKED_EVERY_SECONDS = 0.5
ADDED_UP_EVERY = 50_000  # invoices: of many at once, more are of the same good


@dataclass(frozen=True, slots=True)
class Share:
    """What one process writes."""

    key: str
    invoices: int
    seed: int | str
    now: datetime
    zone: str
    town: Town


def write_all(share: Share, shelf: Shelf, progress: Progress) -> int:
    """Everything, here or in several processes; tells how many invoices are written."""
    tills = share.town.tills
    together = is_postgresql() and not connection.in_atomic_block and (os.cpu_count() or 1) > 1
    if not together or share.invoices < SHARED_FROM:
        return _write(share, look(share.town), shelf, progress.at)
    each = share.invoices // len(tills)
    counts = [share.invoices - each * (len(tills) - 1), *[each] * (len(tills) - 1)]
    shares = [
        replace(share, key=f"{share.key}{till}", invoices=count, seed=f"{share.seed} {till}",
                town=replace(share.town, tills=(till,)))
        for till, count in zip(tills, counts, strict=True)
    ]  # fmt: skip
    place = look(share.town)  # once for all: it takes a while in a large town
    connection.close()
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    with ProcessPoolExecutor(len(shares), mp_context=context, initializer=telling.begin, initargs=(told,)) as pool:
        working = {pool.submit(_write_there, one, _at(place, one), shelf.part(len(shares))) for one in shares}
        return _watch(working, told, progress)


def _at(place: Place, share: Share) -> Place:
    return replace(place, worlds={till: place.worlds[till] for till in share.town.tills})


def _watch(working: set[Future[int]], told: Any, progress: Progress) -> int:
    done, added_up, everything = 0, 0, set(working)
    while working:
        finished, working = wait(working, timeout=0)
        for one in finished:
            one.result()  # raises what went wrong there
        try:
            done += told.get(timeout=LOOKED_EVERY_SECONDS)
            progress.at(done)
        except Empty:
            continue
        if done - added_up > ADDED_UP_EVERY:
            added_up += rollups.catch_up(ADDED_UP_EVERY)
    return sum(one.result() for one in everything)


def _write_there(share: Share, place: Place, shelf: Shelf) -> int:
    gc.disable()  # nothing here goes in circles, and looking for some among so many rows takes a tenth of the time
    before = 0

    def tell(written: int) -> None:
        nonlocal before
        if written - before >= TOLD_EVERY:
            telling.tell(written - before)
            before = written

    with mail.no_doorbell():
        return _write(share, place, shelf, tell)


def _write(share: Share, place: Place, shelf: Shelf, tell: Callable[[int], object]) -> int:
    writer = BulkWriter(place, share.key, share.seed)
    written = 0
    for event in happenings(
        invoices=share.invoices, seed=share.seed, now=share.now, zone=ZoneInfo(share.zone), shelf=shelf, returns=False,
        town=share.town,
    ):  # fmt: skip
        if isinstance(event, Visit):
            writer.visit(event)
            written += 1
            tell(written)
        else:
            writer.goods_in(event)  # type: ignore[arg-type]  # without returns nothing else happens
    writer.finish()
    return written
