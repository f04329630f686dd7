"""The two commands."""

import argparse
import sys
from pathlib import Path

from counterfoil.billing.models import Invoice
from counterfoil.cli.backup.bring import bring, read_manifest
from counterfoil.cli.backup.keep import keep
from counterfoil.cli.progress import Progress
from counterfoil.cli.refused import Refused
from counterfoil.cli.verify.command import examine, show


def backup(options: argparse.Namespace) -> int:
    target = Path(options.file)
    with Progress("Backing up", 0) as progress:
        manifest = keep(target, seen=progress.at)
    size_mb = target.stat().st_size / 1_000_000
    print(f"{manifest['rows']:,} rows, {manifest['invoices']:,} documents in {target}, {size_mb:.1f} MB.")
    return 0


def restore(options: argparse.Namespace) -> int:
    source = Path(options.file)
    manifest = read_manifest(source)
    there = Invoice.objects.count()
    if there and not options.force:
        raise Refused(
            f"This shop has {there:,} documents, which restoring would remove. Point DATABASE_URL or "
            "COUNTERFOIL_DATA_DIR at an empty shop, or say --force."
        )
    with Progress("Restoring", manifest["rows"]) as progress:
        bring(source, manifest, seen=progress.at)
    print(f"The shop is as it was at {manifest['at']}.")
    with Progress("Verifying", manifest["invoices"], out=sys.stderr) as progress:
        found = examine(seen=progress.at)
    show(found)
    return 0 if found.ok else 1
