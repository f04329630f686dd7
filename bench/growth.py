"""Does a sale slow down as invoices pile up? Shops of several sizes on one durable PostgreSQL, measured in turns.

`uv run --group bench python -m bench.growth [--sizes 10000,1000000] [--rounds N] [--seconds S] [--figures FILE]`

Each round sells for cash in every shop, one after another; the ratio of the medians is taken inside a round. Filling
the largest takes most of the time.
"""

import argparse
import statistics
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench import figures
from bench.figures import Figure
from bench.shop import Shop, median_us
from tests.servers import postgres, temporary_folder

PRODUCTS = 10_000
SLOWER_AT_MOST = 1.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        server = stack.enter_context(postgres(folder, durable=True))
        shops: dict[int, Shop] = {}
        for size in sizes:
            shops[size] = Shop(folder / f"data{size}", database(server, size), products=PRODUCTS, invoices=size)
            stack.callback(shops[size].stop)
            print(f"{size:,} invoices are there", flush=True)
        found = measure(shops, rounds=options.rounds, seconds=options.seconds)
    print(figures.table(found))
    if options.figures:
        figures.write(options.figures, found)


def database(server: str, size: int) -> str:
    name = f"shop{size}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server.rpartition('/')[0]}/{name}"


def measure(shops: dict[int, Shop], *, rounds: int, seconds: float) -> list[Figure]:
    medians: dict[int, list[int]] = {size: [] for size in shops}
    for _ in range(rounds):
        for size, shop in shops.items():
            medians[size].append(median_us(shop.sell("http", tills=1, clients=1, seconds=seconds)))
    smallest, *larger = shops
    found = []
    for size in larger:
        ratios = sorted(a / b for a, b in zip(medians[size], medians[smallest], strict=True))
        what = f"postgres, a sale's median at {size:,} invoices to {smallest:,}"
        found.append(Figure(what, statistics.median(ratios), ratios[0], ratios[-1], "x", SLOWER_AT_MOST, more=False))
    return found


if __name__ == "__main__":
    main()
