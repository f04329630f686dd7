"""How fast a sale is beside its floors, in one run on throw-away durable servers.

`uv run --group test python -m bench.sale [--database postgres|sqlite] [--rounds N] [--seconds S] [--json FILE]`

Five lines, cash, a known customer, an idempotency key, POST /api/v1/invoices with a token. Each round runs the floors
and the product in turn, so that a busy moment hits all alike; a ratio is taken inside a round, and the median of the
rounds is told. fsync and synchronous_commit are on; SQLite runs with synchronous=FULL.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.servers import free_port, postgres, temporary_folder

PRODUCTS, TILLS = 10_000, 8
ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        if options.database == "postgres":
            url = stack.enter_context(postgres(folder, durable=True))
        run = Run(folder, url, options)
        stack.callback(run.stop)
        results = run.all()
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


class Run:
    def __init__(self, folder: Path, url: str, options: argparse.Namespace) -> None:
        self.folder, self.url, self.options = folder, url, options
        os.environ |= {"DATABASE_URL": url, "COUNTERFOIL_DATA_DIR": str(folder / "data"), "CELERY_BROKER_URL": ""}
        os.environ |= {"DJANGO_SETTINGS_MODULE": "counterfoil.config.settings", "RATE_LIMIT": "0", "EMAIL_HOST": ""}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        from bench.fill import fill

        self.shop = fill(products=PRODUCTS, tills=2 * TILLS)
        self.server = self._serve()
        self.turn = 0

    def _serve(self) -> subprocess.Popen[str]:
        """The web server alone: no postman, since mail is not what is measured."""
        self.port = free_port()
        workers = self.options.workers or (2 if self.options.database == "postgres" else 1)
        command = [sys.executable, "-m", "bench.web", str(self.port), str(workers)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        for line in server.stdout:
            if line.startswith("ready"):
                return server
        raise SystemExit("the server did not start")

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)

    def all(self) -> dict[str, Any]:
        kinds = ["call", "statements"] if self.options.database == "postgres" else ["statements"]
        plans = {"alone": (1, 1), f"{TILLS} tills x {TILLS}": (TILLS, TILLS), f"one till x {TILLS}": (1, TILLS)}
        results: dict[str, Any] = {}
        for name, (tills, clients) in plans.items():
            for _ in range(self.options.rounds):
                for kind in [*kinds, "http", *(["ours", "orm"] if name == "alone" else [])]:
                    latencies, seconds = self.round(kind, tills, clients)
                    found = results.setdefault(name, {}).setdefault(kind, {"per_second": [], "latencies_us": []})
                    found["per_second"].append(len(latencies) / seconds)
                    found["latencies_us"] += latencies
        return results

    def round(self, kind: str, tills: int, clients: int) -> tuple[list[int], float]:
        self.turn += 1
        offset = 0 if kind in ("http", "ours", "orm") else TILLS  # floors have tills, and so series, of their own
        started = [self._client(kind, n, self.shop["tills"][offset + n % tills]) for n in range(clients)]
        for client in started:
            assert client.stdout.readline() == "ready\n", kind
        begin = time.time() + 0.05
        for client in started:
            client.stdin.write(f"{begin}\n")
            client.stdin.close()
        answers = [json.loads(client.stdout.readline()) for client in started]
        for client in started:
            client.wait()
        return [latency for answer in answers for latency in answer], self.options.seconds

    def _client(self, kind: str, n: int, till: list[Any]) -> Any:
        orders = {
            **self.shop, "kind": kind, "client": n, "run": f"run{self.turn}", "seed": self.turn * 100 + n, "till": till,
            "seconds": self.options.seconds, "warm_up": 30, "port": self.port, "database": self.url,
            "customer": self.shop["customers"][n],
        }  # fmt: skip
        command = [sys.executable, "-m", "bench.client"]
        client = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert client.stdin is not None
        client.stdin.write(json.dumps(orders) + "\n")
        client.stdin.flush()
        return client


def table(results: dict[str, Any]) -> str:
    rows = [f"{'':18}{'':12}{'per second':>12}{'median ms':>11}{'p95':>8}{'p99':>8}   ratio to floors [lowest-highest]"]
    for name, kinds in results.items():
        for kind, found in kinds.items():
            latencies = sorted(found["latencies_us"])
            cells = [percentile(latencies, p) / 1000 for p in (50, 95, 99)]
            ratios = "   ".join(
                f"{floor} {ratio(found, kinds[floor])}" for floor in ("call", "statements", "orm")
                if floor in kinds and floor != kind and kind in ("http", "ours")
            )  # fmt: skip
            rate = statistics.median(found["per_second"])
            rows.append(f"{name:18}{kind:12}{rate:12,.0f}{cells[0]:11.2f}{cells[1]:8.2f}{cells[2]:8.2f}   {ratios}")
            name = ""
    return "\n".join(rows)


def ratio(found: dict[str, Any], floor: dict[str, Any]) -> str:
    pairs = sorted(a / b for a, b in zip(found["per_second"], floor["per_second"], strict=True))
    return f"{statistics.median(pairs):.3f} [{pairs[0]:.2f}-{pairs[-1]:.2f}]"


def percentile(values: list[int], per_cent: int) -> int:
    return values[min(len(values) - 1, len(values) * per_cent // 100)]


if __name__ == "__main__":
    main()
