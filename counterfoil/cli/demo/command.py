"""`counterfoil demo --invoices N [--seed S]`."""

import argparse
import sys
import time

from django.utils import timezone

from counterfoil.cli.demo.load import load_demo
from counterfoil.history import rollups


def demo(options: argparse.Namespace) -> int:
    started = time.monotonic()
    written = load_demo(
        invoices=options.invoices, seed=options.seed, now=timezone.now(), out=sys.stdout, products=options.products,
        customers=options.customers, days=options.days,
    )  # fmt: skip
    rollups.catch_up()
    seconds = time.monotonic() - started
    print(f"{written:,} invoices in {seconds:.1f} s, {written / max(seconds, 0.001):,.0f} a second.")
    return 0
