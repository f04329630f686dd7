"""How fast the outbox empties, and what a sale pays for the doorbell.

`uv run --group test python -m bench.mail [--database postgres|sqlite] [--letters N] [--sales N] [--turns N]`

Everything runs on loopback, in a folder that is removed at the end; what is written is durable (fsync on, SQLite
`synchronous=FULL`). The sink, one process, is the same for the floors and for the outbox, and everybody shares the
machine's cores.

1. The floors: a bare smtplib loop sending the very bytes that the outbox sends, over one connection that is kept, and
   over one connection for each letter. They are run before, between and after the outbox's turns, and averaged.
2. The outbox: Celery with two worker processes, the PDFs rendered before the clock starts, and then with rendering.
   Of each turn the clock runs from the sweep to the last letter whose "sent" is in the database.
3. A sale's median time with the broker up, refusing and silent, taken in turns, the order drawn anew for each turn.
"""

import argparse
import json
import os
import random
import re
import smtplib
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.servers import postgres, temporary_folder, valkey

ROOT = Path(__file__).resolve().parent.parent
ITSELF = [sys.executable, "-m", "bench.mail"]
WORKERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    parser.add_argument("--letters", type=int, default=1000, help="0: none")
    parser.add_argument("--sales", type=int, default=300, help="with each broker; 0: none")
    parser.add_argument("--turns", type=int, default=2, help="of the outbox and its floors")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        if asked.database == "postgres":
            url = stack.enter_context(postgres(folder, durable=True))
        broker = stack.enter_context(valkey(folder)) + "/0"
        port = stack.enter_context(sink())
        os.environ |= {
            "DATABASE_URL": url,
            "COUNTERFOIL_DATA_DIR": str(folder),
            "CELERY_BROKER_URL": broker,
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(port),
        }
        os.environ.setdefault("LOG_LEVEL", "ERROR")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        open_shop()
        report: dict[str, Any] = {**vars(asked), "workers": WORKERS}
        if asked.sales:
            report |= {"sale_ms": sale_times(broker, asked.sales)}
        if asked.letters:
            report |= mail_rates(folder, port, broker, asked.letters, asked.turns)
        print(json.dumps(report, indent=1))


# ---- Letters per second ----------------------------------------------------------------------------------------------


def mail_rates(folder: Path, port: int, broker: str, letters: int, turns: int) -> dict[str, Any]:
    from counterfoil.delivery.models import Delivery, State

    Delivery.objects.filter(state=State.QUEUED).delete()  # those of the sales that were timed
    forget_rings(broker)
    for n in range(letters):
        sell(f"letter-{n:06}")
    forget_rings(broker)
    papers = folder / "papers"
    raw = render_all(papers)
    ways = {"rendered_before": {"BENCH_PAPERS": str(papers)}, "with_rendering": {}}
    floors: dict[str, list[float]] = {"kept": [], "one_each": []}
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(turns):
        for way, environment in ways.items():
            floors["kept"].append(bare_loop(port, raw))
            rates[way].append(through_celery(broker, letters, environment))
            floors["one_each"].append(bare_loop(port, raw, kept=False))
    middle = {name: statistics.harmonic_mean(values) for name, values in {**floors, **rates}.items()}
    return {
        "bytes_per_letter": round(statistics.mean(len(letter) for letter in raw)),
        "letters_per_s": {name: [round(value, 1) for value in values] for name, values in {**floors, **rates}.items()},
        "ratio": {way: {floor: round(middle[way] / middle[floor], 2) for floor in floors} for way in ways},
    }


def render_all(papers: Path) -> list[bytes]:
    """Each PDF to a file named by the invoice's number; answers the letters' bytes."""
    from counterfoil import documents
    from counterfoil.billing.models import Invoice
    from counterfoil.billing.queries import whole
    from counterfoil.delivery.envelope import seal
    from counterfoil.delivery.models import Delivery
    from counterfoil.delivery.queries import document_of

    papers.mkdir()
    letters = []
    for delivery in Delivery.objects.order_by("id"):
        document = document_of(whole(Invoice.objects.filter(pk=delivery.invoice_id)).get())
        made = documents.pdf(document)
        (papers / documents.filename(document)).write_bytes(made)
        letters.append(seal(delivery=delivery, document=document, render=lambda _, made=made: made).raw)
    return letters


def bare_loop(port: int, letters: list[bytes], *, kept: bool = True) -> float:
    """Letters per second of smtplib alone, over one connection or one for each letter."""
    began = time.perf_counter()
    parts = [letters] if kept else [[letter] for letter in letters]
    for part in parts:
        with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as server:
            for letter in part:
                server.sendmail("shop@example.com", ["asha@example.com"], letter)
    return len(letters) / (time.perf_counter() - began)


def through_celery(broker: str, letters: int, environment: dict[str, str]) -> float:
    """All queued again under new Message-IDs; the clock runs from the sweep to the last one sent."""
    from django.utils import timezone

    from counterfoil.delivery import tasks
    from counterfoil.delivery.models import Delivery, State

    Delivery.objects.update(state=State.QUEUED, next_attempt_at=timezone.now(), attempts=0)
    log = Path(os.environ["COUNTERFOIL_DATA_DIR"]) / "worker.log"
    command = [*ITSELF, "worker"]
    with log.open("wb") as out:
        worker = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out, cwd=ROOT)
    try:
        while not re.search(rb"celery@\S+ ready", log.read_bytes()):
            assert worker.poll() is None, log.read_text()
            time.sleep(0.05)
        began = swept = time.perf_counter()
        tasks.sweep()
        while (sent := Delivery.objects.filter(state=State.SENT).count()) < letters:
            now = time.perf_counter()
            assert now - began < 1800, f"only {sent} of {letters} were sent"
            if now - swept > tasks.SWEEP_SECONDS:  # as beat does; what was rung before has expired
                tasks.sweep()
                swept = now
            time.sleep(0.05)
        return letters / (time.perf_counter() - began)
    finally:
        worker.terminate()
        worker.wait()


def run_worker() -> None:
    """A Celery worker; with BENCH_PAPERS its PDFs are read from there."""
    from counterfoil.celery import app

    papers = os.environ.get("BENCH_PAPERS")
    if papers:
        import django

        django.setup()
        from counterfoil import documents

        documents.pdf = lambda document, **_: Path(papers, documents.filename(document)).read_bytes()
    arguments = ["worker", "--loglevel=INFO", f"--concurrency={WORKERS}", "--without-gossip", "--without-mingle"]
    app.worker_main(arguments)


def forget_rings(broker: str) -> None:
    from redis import Redis

    from counterfoil.delivery import doorbell

    doorbell.wait_until_rung(60)
    with Redis.from_url(broker) as client:
        client.flushdb()


@contextmanager
def sink() -> Iterator[int]:
    """An aiosmtpd in a process of its own, which keeps nothing."""
    process = subprocess.Popen([*ITSELF, "sink"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


def run_sink() -> None:
    from tests.smtp import AnyPort

    class Forget:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            return "250 OK"

    controller = AnyPort(Forget(), hostname="127.0.0.1", port=0)
    controller.start()
    print(controller.port, flush=True)
    sys.stdin.read()
    controller.stop()


# ---- A sale's time ---------------------------------------------------------------------------------------------------


def sale_times(broker: str, sales: int) -> dict[str, Any]:
    """Medians in ms, the brokers taken in turns so that the machine's moods fall on all of them; the first sale with
    each broker apart."""
    from django.conf import settings

    from counterfoil.delivery import doorbell
    from counterfoil.delivery.doorbell import Ringer

    with socket.create_server(("127.0.0.1", 0)) as silent, socket.create_server(("127.0.0.1", 0)) as closed:
        refused_port = closed.getsockname()[1]
        closed.close()
        brokers = {"none": "", "up": broker, "refused": f"redis://127.0.0.1:{refused_port}/0"}
        brokers["silent"] = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        ringers = {name: Ringer() for name in brokers}
        first: dict[str, float] = {}
        times: dict[str, list[float]] = {name: [] for name in brokers}
        for n in range(20):
            sell(f"warm-up-{n:06}")
        dice = random.Random(sales)
        for n in range(sales):
            for name, url in dice.sample(list(brokers.items()), len(brokers)):
                settings.CELERY_BROKER_URL = url
                doorbell._ringer = ringers[name]
                took = timed_sale(f"{name}-{n:06}")
                times[name].append(took)
                first.setdefault(name, took)
        doorbell.wait_until_rung(30)
        settings.CELERY_BROKER_URL = broker
        doorbell._ringer = None
    shown = {name: round(1000 * statistics.median(values[1:]), 2) for name, values in times.items()}
    slowest = {name: round(1000 * max(values[1:]), 1) for name, values in times.items()}
    return {"median": shown, "first": {name: round(1000 * value, 1) for name, value in first.items()}, "max": slowest}


def timed_sale(key: str) -> float:
    began = time.perf_counter()
    sell(key)
    return time.perf_counter() - began


def sell(key: str) -> None:
    from django.utils import timezone

    from counterfoil.checkout.actions import complete_sale
    from counterfoil.checkout.plan import Cashier
    from counterfoil.checkout.sale import read_sale

    lines = [{"name": f"Thing {n}", "unit_price": "10.00", "tax_rate": "18.00", "quantity": "1"} for n in range(8)]
    sale = {"customer": {"name": "Asha Rao", "email": "asha@example.com"}, "lines": lines}
    sale |= {"payments": [{"method": "cash", "notes": {"100": 1}}]}
    complete_sale(sale=read_sale(sale), key=key, cashier=Cashier(None, "Ravi"), now=timezone.now())


def open_shop() -> None:
    from django.utils import timezone

    from counterfoil.shop import actions as shop

    identity = {"name": "Kirana Asha", "address": "12 Tilak Road, Pune 411030", "state": "27"}
    identity |= {"gstin": "27AAPFU0939F1ZV", "email": "bills@example.com"}
    shop.change_shop(changes=identity, now=timezone.now())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    match sys.argv[1:]:
        case ["sink"]:
            run_sink()
        case ["worker"]:
            run_worker()
        case _:
            main()
