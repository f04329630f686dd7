"""How fast a sale is beside its floors, in one run on throw-away durable servers.

`uv run --group bench python -m bench.sale [--database postgres|sqlite] [--rounds N] [--seconds S] [--figures FILE]`

Five lines, cash, a known customer, an idempotency key, POST /api/v1/invoices with a token. Each round runs the floors
and the product in turn, so that a busy moment hits all alike; a ratio is taken inside a round, and the median of the
rounds is told. fsync and synchronous_commit are on; SQLite runs with synchronous=FULL.
"""

import argparse
import statistics
from contextlib import ExitStack
from pathlib import Path

from bench import figures
from bench.figures import Figure
from bench.shop import TILLS, Shop, percentile
from tests.servers import postgres, temporary_folder

PRODUCTS = 10_000
ALONE, EIGHT, SHARED = "alone", f"{TILLS} tills x {TILLS}", f"one till x {TILLS}"
PLANS = {ALONE: (1, 1), EIGHT: (TILLS, TILLS), SHARED: (1, TILLS)}
FLOORS = {"call": "floor (a), one call", "statements": "floor (b), by statements", "orm": "plain ORM"}
WANTED = {
    ("postgres", ALONE, "call"): 0.35,
    ("postgres", EIGHT, "call"): 0.30,
    ("postgres", EIGHT, "statements"): 0.80,
    ("postgres", ALONE, "orm"): 4.0,
    ("sqlite", ALONE, "statements"): 0.35,
    ("sqlite", ALONE, "orm"): 4.0,
}
SQLITE_P99_MS = 100


class Series:
    """All rounds of one kind of client in one plan."""

    def __init__(self) -> None:
        self.per_second: list[float] = []
        self.latencies_us: list[int] = []

    def add(self, latencies_us: list[int], seconds: float) -> None:
        self.per_second.append(len(latencies_us) / seconds)
        self.latencies_us += latencies_us

    def over(self, floor: "Series") -> list[float]:
        """The ratio of each round to the floor's of the same round, sorted."""
        return sorted(a / b for a, b in zip(self.per_second, floor.per_second, strict=True))

    def ms(self, per_cent: int) -> float:
        return percentile(sorted(self.latencies_us), per_cent) / 1000


Results = dict[str, dict[str, Series]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        if options.database == "postgres":
            url = stack.enter_context(postgres(folder, durable=True))
        shop = Shop(folder / "data", url, products=PRODUCTS, workers=options.workers)
        stack.callback(shop.stop)
        results = measure(shop, database=options.database, rounds=options.rounds, seconds=options.seconds)
    print(table(results))
    found = promises(results, database=options.database)
    print(figures.table(found))
    if options.figures:
        figures.write(options.figures, found)


def measure(shop: Shop, *, database: str, rounds: int, seconds: float) -> Results:
    floors = ["call", "statements"] if database == "postgres" else ["statements"]
    results: Results = {}
    for plan, (tills, clients) in PLANS.items():
        kinds = [*floors, "http", *(["ours", "orm"] if plan == ALONE else [])]
        results[plan] = {kind: Series() for kind in kinds}
        for _ in range(rounds):
            for kind in kinds:
                latencies = shop.sell(kind, tills=tills, clients=clients, seconds=seconds)
                results[plan][kind].add(latencies, seconds)
    return results


def promises(results: Results, *, database: str) -> list[Figure]:
    found = []
    for plan, kinds in results.items():
        for floor, name in FLOORS.items():
            if floor in kinds:
                # The ORM runs in process, and so does what stands beside it.
                ours = kinds["ours" if floor == "orm" else "http"]
                ratios = ours.over(kinds[floor])
                wanted = WANTED.get((database, plan, floor))
                what = f"{database}, {plan}: sales a second to {name}"
                found.append(Figure(what, statistics.median(ratios), ratios[0], ratios[-1], "x", wanted))
    ratios = results[SHARED]["http"].over(results[ALONE]["http"])
    wanted = 1.0 if database == "postgres" else None
    found.append(
        Figure(f"{database}, {SHARED} to alone", statistics.median(ratios), ratios[0], ratios[-1], "x", wanted)
    )
    p99 = results[EIGHT]["http"].ms(99)
    limit = SQLITE_P99_MS if database == "sqlite" else None
    found.append(Figure(f"{database}, {EIGHT}: 99th percentile", p99, p99, p99, "ms", limit, more=False))
    return found


def table(results: Results) -> str:
    rows = [f"{'':18}{'':12}{'per second':>12}{'median ms':>11}{'p95':>8}{'p99':>8}"]
    for plan, kinds in results.items():
        for kind, found in kinds.items():
            rate = statistics.median(found.per_second)
            cells = [found.ms(per_cent) for per_cent in (50, 95, 99)]
            rows.append(f"{plan:18}{kind:12}{rate:12,.0f}{cells[0]:11.2f}{cells[1]:8.2f}{cells[2]:8.2f}")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
