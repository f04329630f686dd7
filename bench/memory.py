"""What the embedded shop takes of memory: at rest, and how much more after many sales. Linux.

`uv run --group bench python -m bench.memory [--sales N] [--figures FILE]`

Proportional set size (shared pages are counted once over all processes) of every process that `counterfoil serve`
started, postman and all, on SQLite.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

from bench import figures
from bench.figures import Figure
from bench.shop import ROOT, Shop
from tests.servers import free_port, temporary_folder

AT_REST_MIB, GROWTH_MIB = 200, 20
SECOND_START_SECONDS = 2.0
PRODUCTS = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sales", type=int, default=10_000)
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    with temporary_folder() as folder:
        found = [*at_rest(folder / "rest"), growth(folder / "grows", options.sales)]
    print(figures.table(found))
    if options.figures:
        figures.write(options.figures, found)


def at_rest(folder: Path) -> list[Figure]:
    """The first start makes the demo shop; what is measured is the second."""
    started(folder)[1].stop()
    seconds, served = started(folder)
    try:
        wait_for_postman(served)
        taken = mib(served.pids())
    finally:
        served.stop()
    return [
        Figure("embedded: all processes at rest", taken, taken, taken, "MiB", AT_REST_MIB, more=False),
        Figure("embedded: second start", seconds, seconds, seconds, "s", SECOND_START_SECONDS, more=False),
    ]


class Served:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        environment = {**os.environ, "COUNTERFOIL_DATA_DIR": str(folder), "DATABASE_URL": "", "CELERY_BROKER_URL": ""}
        for name in ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "counterfoil", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def pids(self) -> list[int]:
        return tree(self.process.pid)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def started(folder: Path) -> tuple[float, Served]:
    began = time.monotonic()
    served = Served(folder)
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{served.port}/healthz", timeout=5):
                return time.monotonic() - began, served
        except OSError:
            if served.process.poll() is not None:
                raise SystemExit("the shop did not open") from None
            time.sleep(0.01)


def wait_for_postman(served: Served, seconds: float = 20) -> None:
    """It starts after the counter is open; then a moment until its memory stands still."""
    until = time.monotonic() + seconds
    before = 0.0
    while time.monotonic() < until:
        time.sleep(1)
        now = mib(served.pids())
        if abs(now - before) < 0.1 and len(served.pids()) > 2:
            return
        before = now


def growth(folder: Path, sales: int) -> Figure:
    folder.mkdir()
    shop = Shop(folder, f"sqlite:///{folder / 'shop.sqlite3'}", products=PRODUCTS)
    try:
        shop.sell("http", tills=8, clients=8, seconds=3)  # threads, caches and pools are there by now
        before, sold = mib(tree(shop.server.pid)), 0
        while sold < sales:
            sold += len(shop.sell("http", tills=8, clients=8, seconds=5))
        grown = mib(tree(shop.server.pid)) - before
    finally:
        shop.stop()
    return Figure(f"web processes: growth over {sold:,} sales", grown, grown, grown, "MiB", GROWTH_MIB, more=False)


def tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(inner for child in children for inner in tree(int(child)))]


def mib(pids: list[int]) -> float:
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii") for pid in pids]
    return sum(int(match[1]) for text in texts if (match := re.search(r"^Pss:\s+(\d+) kB", text, re.M))) / 1024


if __name__ == "__main__":
    main()
