"""Fill the shop: the caller gives the number, the seed and the clock."""

from datetime import datetime, timedelta
from typing import Any, Protocol, TextIO
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.billing.models import Invoice
from counterfoil.cli.demo import mail
from counterfoil.cli.demo.days import DAYS, ComesBack, GoodsIn, Shelf, Visit, happenings
from counterfoil.cli.demo.real import RealWriter
from counterfoil.cli.demo.writing import furnish
from counterfoil.cli.progress import Progress
from counterfoil.shop import queries as shop

REAL_AT_MOST = 2_000  # more than that is written in bulk
WITH_RETURNS = True  # the bulk writer knows none


class Writer(Protocol):
    def goods_in(self, event: GoodsIn) -> None: ...
    def visit(self, visit: Visit) -> None: ...
    def comes_back(self, event: ComesBack) -> None: ...
    def finish(self) -> None: ...


def load_demo(*, invoices: int, seed: int, now: datetime, out: TextIO, quiet: bool = False) -> int:
    """All or nothing up to REAL_AT_MOST, in batches above. Answers how many invoices were written."""
    shelf = Shelf(invoices_a_day=-(-invoices // DAYS))
    key = f"demo-{seed}-{Invoice.objects.count()}"  # a second helping has keys of its own
    with mail.no_doorbell(), Progress("Opening the demo shop", invoices, out=out, quiet=quiet) as progress:
        with transaction.atomic():
            place = furnish(now=now - timedelta(days=DAYS), shelf=shelf)
            zone = ZoneInfo(shop.settings().time_zone)
            by_sales = invoices <= REAL_AT_MOST
            returns = by_sales and WITH_RETURNS
            events = happenings(invoices=invoices, seed=seed, now=now, zone=zone, shelf=shelf, returns=returns)
            if by_sales:
                written = _write(events, RealWriter(place, key), progress)
                mail.settle(key=key, seed=seed)
                return written
        from counterfoil.cli.demo.bulk import BulkWriter

        return _write(events, BulkWriter(place, key, seed), progress)


def _write(events: Any, writer: Writer, progress: Progress) -> int:
    written = 0
    for event in events:
        if isinstance(event, GoodsIn):
            writer.goods_in(event)
        elif isinstance(event, ComesBack):
            writer.comes_back(event)
        else:
            writer.visit(event)
            written += 1
            progress.at(written)
    writer.finish()
    return written
