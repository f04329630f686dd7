"""`counterfoil verify [--json] [--head NUMBER=DIGEST]`."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from counterfoil.billing.models import Invoice
from counterfoil.cli.progress import Progress
from counterfoil.cli.refused import Refused
from counterfoil.cli.verify import books, database, outbox, returns, rollups, seals, tills
from counterfoil.cli.verify.breach import Breach
from counterfoil.cli.verify.documents import check_heads, check_keys
from counterfoil.cli.verify.known import begin
from counterfoil.cli.verify.reading import one_moment
from counterfoil.cli.verify.side_by_side import examine_documents

SHOWN_AT_MOST = 1_000
IN_SQL: tuple[Callable[[], Iterator[Breach]], ...] = (
    database.check_guards,
    database.check_constraints,
    database.check_references,
    database.check_texts,
    check_keys,
    returns.check_returns,
    books.check_shelves,
    books.check_stock_reasons,
    books.check_drawers,
    books.check_drawer_reasons,
    outbox.check_promises,
    outbox.check_asked,
    outbox.check_one_each,
    outbox.check_states,
    rollups.check_rollups,
    rollups.check_search,
    seals.check_stock_seals,
    seals.check_trail,
    seals.check_promised,
    seals.check_moments,
    tills.check_drawer_seals,
    tills.check_deeds,
    tills.check_counted,
    tills.check_sessions,
)


@dataclass(slots=True)
class Findings:
    documents: int = 0
    breaches: list[Breach] = field(default_factory=list)
    left_out: int = 0
    heads: dict[str, tuple[str, str]] = field(default_factory=dict)  # series → last number, digest
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.breaches

    def add(self, breach: Breach) -> None:
        """A shop that is wholly out of order must not fill the memory."""
        if len(self.breaches) < SHOWN_AT_MOST:
            self.breaches.append(breach)
        else:
            self.left_out += 1


def examine(*, heads: Mapping[str, str] | None = None, seen: Callable[[int], object] | None = None) -> Findings:
    """Every check over the whole shop."""
    found, started = Findings(), time.monotonic()
    with one_moment():
        found.documents = Invoice.objects.count()

        def in_sql() -> None:
            for check in IN_SQL:
                for breach in check():
                    found.add(breach)

        state = begin(heads or {})
        for breach in examine_documents(state, found.documents, in_sql, seen):
            found.add(breach)
        for breach in check_heads(state):
            found.add(breach)
        for series in state.series.values():
            if series.seen_sequence:
                found.heads[series.name] = (str(series.seen_sequence), series.seen_digest)
    found.seconds = time.monotonic() - started
    return found


def verify(options: argparse.Namespace) -> int:
    heads = dict(_head(text) for text in options.head)
    total = Invoice.objects.count()
    with Progress("Verifying", total, out=sys.stderr, quiet=options.json) as progress:
        found = examine(heads=heads, seen=progress.at)
    if options.json:
        print(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    else:
        show(found)
    return 0 if found.ok else 1


def _head(text: str) -> tuple[str, str]:
    name, equals, digest = text.partition("=")
    if not equals or not name or not digest:
        raise Refused(f"--head {text}: write it as A/26-27/000123=DIGEST, or A/26-27=DIGEST for the whole series.")
    return name.strip(), digest.strip().lower()


def show(found: Findings) -> None:
    for breach in found.breaches:
        print(breach.line())
    for advice in dict.fromkeys(breach.advice for breach in found.breaches):
        print(f"  What to do: {advice}")
    if found.left_out:
        print(f"... and {found.left_out:,} more.")
    for name, (sequence, digest) in found.heads.items():
        print(f"Head of {name}: document {sequence}, {digest}")
    count = len(found.breaches) + found.left_out
    verdict = "every invariant holds" if found.ok else f"{count:,} breach{'es' if count != 1 else ''}"
    print(f"{found.documents:,} documents in {found.seconds:.1f} s: {verdict}.")


def _as_json(found: Findings) -> dict[str, object]:
    return {
        "ok": found.ok,
        "documents": found.documents,
        "seconds": round(found.seconds, 1),
        "breaches": [breach.as_json() for breach in found.breaches],
        "left_out": found.left_out,
        "heads": {name: {"sequence": int(s), "digest": d} for name, (s, d) in found.heads.items()},
    }
