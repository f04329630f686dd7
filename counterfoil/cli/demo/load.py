"""Fill the shop: the caller gives the number, the seed and the clock."""

from datetime import datetime, timedelta
from typing import Protocol, TextIO
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.billing.models import Invoice
from counterfoil.cli.demo import mail
from counterfoil.cli.demo.crowd import more_goods
from counterfoil.cli.demo.days import DAYS, ComesBack, GoodsIn, Shelf, Town, Visit, happenings
from counterfoil.cli.demo.goods import GOODS
from counterfoil.cli.demo.neighbours import NEIGHBOURS
from counterfoil.cli.demo.real import RealWriter
from counterfoil.cli.demo.writing import furnish, look
from counterfoil.cli.progress import Progress
from counterfoil.shop import queries as shop

REAL_AT_MOST = 2_000  # more than that is written in bulk
WITH_RETURNS = True  # the bulk writer knows none


class Writer(Protocol):
    def goods_in(self, event: GoodsIn) -> None: ...
    def visit(self, visit: Visit) -> None: ...
    def comes_back(self, event: ComesBack) -> None: ...
    def finish(self) -> None: ...


def load_demo(
    *, invoices: int, seed: int, now: datetime, out: TextIO, quiet: bool = False, products: int = 0, customers: int = 0,
    days: int = DAYS,
) -> int:  # fmt: skip
    """All or nothing up to REAL_AT_MOST, in batches above. Answers how many invoices were written.

    `products` and `customers` are how many there are to be in all, if that is more than the demo's own.
    """
    town = Town(more_goods(products - len(GOODS)), max(customers, len(NEIGHBOURS)), days)
    shelf = Shelf(invoices_a_day=-(-invoices // days))
    key = f"demo-{seed}-{Invoice.objects.count()}"  # a second helping has keys of its own
    with mail.no_doorbell(), Progress("Opening the demo shop", invoices, out=out, quiet=quiet) as progress:
        with transaction.atomic():
            furnish(now=now - timedelta(days=days), shelf=shelf, town=town)
            zone = ZoneInfo(shop.settings().time_zone)
            if invoices <= REAL_AT_MOST:
                events = happenings(
                    invoices=invoices, seed=seed, now=now, zone=zone, shelf=shelf, returns=WITH_RETURNS, town=town
                )
                written = 0
                writer: Writer = RealWriter(look(town), key)
                for event in events:
                    written += write(event, writer)
                    progress.at(written)
                mail.settle(key=key, seed=seed)
                return written
        from counterfoil.cli.demo import shares

        share = shares.Share(key, invoices, seed, now, zone.key, town)
        return shares.write_all(share, shelf, progress)


def write(event: GoodsIn | Visit | ComesBack, writer: Writer) -> int:
    """Hand it over; answers how many invoices that makes."""
    if isinstance(event, GoodsIn):
        writer.goods_in(event)
    elif isinstance(event, ComesBack):
        writer.comes_back(event)
    else:
        writer.visit(event)
        return 1
    return 0
