"""A shop to be measured: a database filled for it, its web server, and clients in processes of their own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent
TILLS = 8  # the product's; the floors have as many of their own, and so series of their own
PRODUCT_KINDS = ("http", "ours", "orm")


class Shop:
    """`url` names its database. The web server runs without the postman: mail is not what is measured."""

    def __init__(self, folder: Path, url: str, *, products: int, invoices: int = 0, workers: int = 0) -> None:
        self.url = url
        self.environment = {
            **os.environ, "DATABASE_URL": url, "COUNTERFOIL_DATA_DIR": str(folder), "CELERY_BROKER_URL": "",
            "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings", "RATE_LIMIT": "1000000", "EMAIL_HOST": "",
        }  # fmt: skip
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        if invoices:
            self._run("counterfoil", "demo", "--invoices", str(invoices))
        self.orders = json.loads(self._run("bench.fill", str(products), str(2 * TILLS)).splitlines()[-1])
        self.workers = workers or (1 if url.startswith("sqlite") else 2)
        self.turn = 0
        self.server = self._serve()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def _serve(self) -> subprocess.Popen[str]:
        self.port = free_port()
        command = [sys.executable, "-m", "bench.web", str(self.port), str(self.workers)]
        server = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        for line in server.stdout:
            if line.startswith("ready"):
                return server
        raise SystemExit("the server did not start")

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(20)

    def sell(self, kind: str, *, tills: int, clients: int, seconds: float) -> list[int]:
        """Each sale's microseconds. All clients begin together, after a warm-up of their own."""
        self.turn += 1
        offset = 0 if kind in PRODUCT_KINDS else TILLS
        started = [self._client(kind, n, self.orders["tills"][offset + n % tills], seconds) for n in range(clients)]
        for client in started:
            assert client.stdout.readline() == "ready\n", kind
        begin = time.time() + 0.05
        for client in started:
            client.stdin.write(f"{begin}\n")
            client.stdin.close()
        answers = [json.loads(client.stdout.readline()) for client in started]
        for client in started:
            client.wait()
        return [latency for answer in answers for latency in answer]

    def _client(self, kind: str, n: int, till: list[Any], seconds: float) -> Any:
        orders = {
            **self.orders, "kind": kind, "client": n, "run": f"run{self.turn}", "seed": self.turn * 100 + n,
            "till": till, "seconds": seconds, "warm_up": 30, "port": self.port, "database": self.url,
            "customer": self.orders["customers"][n],
        }  # fmt: skip
        command = [sys.executable, "-m", "bench.client"]
        client = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert client.stdin is not None
        client.stdin.write(json.dumps(orders) + "\n")
        client.stdin.flush()
        return client


def median_us(latencies: list[int]) -> int:
    return percentile(sorted(latencies), 50)


def percentile(ordered: list[int], per_cent: int) -> int:
    return ordered[min(len(ordered) - 1, len(ordered) * per_cent // 100)]
