"""`counterfoil rollups [--again]`."""

import argparse
import sys

from counterfoil.billing.models import Invoice
from counterfoil.cli.progress import Progress
from counterfoil.history import rollups as sums
from counterfoil.search import fill_again


def rollups(options: argparse.Namespace) -> int:
    if options.again:
        sums.begin_again()
        fill_again()
    with Progress("Adding up", Invoice.objects.count() if options.again else 0, out=sys.stderr) as progress:
        done = sums.catch_up(seen=progress.at)
    print(f"{done:,} documents added up.")
    return 0
