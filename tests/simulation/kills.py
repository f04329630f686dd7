"""`python -m tests.simulation.kills --kills 200 --seed S --database sqlite|postgres`: a shop under load whose processes
are killed (SIGKILL) at random moments and at every named crash point, and what is left of it in the end.

Real processes throughout: `counterfoil serve`; for PostgreSQL also a server of its own, Valkey, a Celery worker and
beat; a mail server that keeps what it gets. What is killed is drawn from the seed; at which moment it strikes is the
machine's. Linux only: it reads /proc.
"""

import argparse
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.processes import ROOT
from tests.servers import stop_on_terminate, temporary_folder
from tests.services import NEUTRAL
from tests.simulation import audit
from tests.simulation.clients import Client, Line, Log, stock_up
from tests.simulation.machines import Broker, Machine, Postgres, Shop, beat, kill, mail_worker
from tests.smtp import DROP, SmtpSink

AT_THE_COUNTER = (
    "sale-begun", "sale-read", "sale-written", "sale-issued", "invoice-committed", "sale-answered",
    "return-read", "return-written", "return-issued", "credit-note-committed",
)  # fmt: skip
AT_THE_POST = ("claim", "claimed", "written", "connect", "ehlo", "mail", "rcpt", "data", "text", "end", "accepted")
ONCE_A_CONNECTION = ("connect", "ehlo")
SQLITE = {"web": 6, "shop": 2, "postman": 4, "crash point": 5, "mail server": 1}
POSTGRES = {"web": 6, "shop": 2, "worker": 2, "worker's child": 3, "beat": 1, "broker": 3, "backend": 3, "database": 2,
            "crash point": 6, "mail server": 1}  # fmt: skip
PATIENCE_SECONDS = 90
HIT_SECONDS = 25
TOLD_SECONDS = 30
STUCK_SECONDS = 12
COUNTED_HITS = 3  # of one arming; what dies there more often is no news


class Kills:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self.dice, self.wanted, self.folder = Random(options.seed), options.kills, folder
        self.post_seconds: float = options.post_seconds
        self.weights = POSTGRES if options.database == "postgres" else SQLITE
        self.done: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()  # crash points that were reached
        self.armed, self.hits_now, self.uncounted = "", 0, 0
        self.known: set[int] = set()  # pids of parts as last seen
        self.ours: set[int] = set()  # pids that we killed, or whose parent we did
        self.waits: list[float] = []
        self.sink = SmtpSink()
        self.sink.start()
        self.log = Log(folder / "acknowledged.jsonl")
        self.postgres = self.broker = self.worker = self.beat = None
        (folder / "data").mkdir()
        environment = {**NEUTRAL, "COUNTERFOIL_DATA_DIR": str(folder / "data"), "SECRET_KEY": "",
                       "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite3'}", **self.sink.environment}  # fmt: skip
        if options.database == "postgres":
            self.postgres, self.broker = Postgres(folder), Broker(folder)
            environment |= {"DATABASE_URL": self.postgres.url, "CELERY_BROKER_URL": self.broker.url}
            self.worker, self.beat = mail_worker(environment), beat(environment, folder)
        self.environment = environment
        self.shop = Shop(environment, workers=2)
        points = [*AT_THE_COUNTER, *AT_THE_POST]
        self.dice.shuffle(points)
        self.points = points

    # From the first to the last customer

    def run(self, options: argparse.Namespace) -> list[str]:
        for machine in (self.postgres, self.broker, self.shop, self.worker, self.beat):
            if machine:
                machine.start()
        self.shop.wait_until_open()
        token = self.shop.command("token", "create", "kills").stdout.splitlines()[-1]
        line = Line(self.shop.port, token)
        stock_up(line)
        line.close()
        clients = [
            Client(f"till-{n}", line=Line(self.shop.port, token), log=self.log, seed=f"{options.seed}-{n}",
                   mail_share=options.mail_share, pause=options.pause)
            for n in range(options.clients)
        ]  # fmt: skip
        for client in clients:
            client.start()
        told = time.monotonic()
        while self.count < self.wanted:
            self.strike()
            self.go_on(clients)
            if time.monotonic() - told > TOLD_SECONDS:
                told = time.monotonic()
                print(f"{self.count} kills, {self.log.lines} calls answered", file=sys.stderr, flush=True)
        self.put_in_order(clients)
        self._wait_until_served(line)
        return [*self.failures(clients), *self.look(line)]

    @property
    def count(self) -> int:
        return self.done.total() - self.done["mail server"] + self.hits.total()

    def strike(self) -> None:
        kinds, weights = list(self.weights), list(self.weights.values())
        kind = self.dice.choices(kinds, weights)[0]
        strikes: dict[str, Callable[[], bool]] = {
            "web": lambda: self._one_of(self.shop.web()),
            "postman": lambda: self._one_of(self.shop.postman()),
            "shop": self._shop,
            "worker": self._worker,
            "worker's child": lambda: self._one_of([*self.worker.parts()] if self.worker else []),
            "beat": lambda: self._again(self.beat),
            "broker": self._broker,
            "backend": lambda: self._one_of(self.postgres.backends() if self.postgres else []),
            "database": self._database,
            "crash point": self._arm,
            "mail server": self._spoil_mail,
        }
        if strikes[kind]():
            self.done[kind if kind != "crash point" else "restart to arm"] += 1
        if kind == "crash point":
            self._wait_for_hits()

    def go_on(self, clients: list[Client]) -> None:
        """Until some customers were served again, or none: then the next blow falls into the recovery."""
        since, before, more = time.monotonic(), self.log.lines, self.dice.choice([0, 1, 3, 8])
        while self.log.lines < before + more:
            self.tally()
            self.keep_going()
            if self.armed and time.monotonic() - since > STUCK_SECONDS:
                self._disarm()  # nobody can be served by a process that dies at every third sale
            if time.monotonic() - since > PATIENCE_SECONDS:
                raise SystemExit(f"The shop did not come back.\n{self.last_words()}")
            time.sleep(0.1)
        self.waits.append(time.monotonic() - since)
        time.sleep(self.dice.uniform(0, 0.3))
        self.tally()
        self.keep_going()
        if any(client.failure for client in clients):
            raise SystemExit(f"A client failed: {[client.failure for client in clients]}")

    def tally(self) -> None:
        """Parts that went without our doing died at the crash point that they were armed with."""
        now = {*self.shop.parts(), *(self.worker.parts() if self.worker else ())}
        gone = self.known - now - self.ours
        if gone and self.armed:
            counted = min(len(gone), COUNTED_HITS - self.hits_now)
            self.hits[self.armed.partition(":")[0]] += counted
            self.hits_now += counted
            self.uncounted += len(gone) - counted
        self.known = now

    def keep_going(self) -> None:
        """What ended by itself is started again: a shop whose database was away when it wanted to open."""
        for machine in (self.shop, self.worker, self.beat):
            if machine and not machine.running:
                machine.start(self.armed if machine is not self.beat else "")

    # The blows

    def _one_of(self, pids: list[int]) -> bool:
        if not pids:
            return False
        pid = self.dice.choice(sorted(pids))
        self.ours.add(pid)
        return kill(pid)

    def _again(self, machine: Machine | None, crash_at: str = "") -> bool:
        assert machine
        self.ours |= {machine.pid, *machine.parts()}
        machine.kill()
        machine.start(crash_at)
        return True

    def _shop(self) -> bool:
        """Its first process alone: what it started must notice and end."""
        self.ours |= {*self.shop.parts()}
        killed = kill(self.shop.pid) if self.shop.pid else False
        self.shop.start(self.armed)
        return killed

    def _worker(self) -> bool:
        return self._again(self.worker, self.armed)

    def _broker(self) -> bool:
        assert self.broker
        self.broker.kill()
        time.sleep(self.dice.uniform(0, 1.5))
        self.broker.start()
        return True

    def _database(self) -> bool:
        assert self.postgres
        self.dice.choice([self.postgres.kill, self.postgres.stop_immediately])()
        time.sleep(self.dice.uniform(0, 1))
        self.postgres.start()
        return True

    def _spoil_mail(self) -> bool:
        """It takes the letter and hangs up without a word: whether it arrived, the shop cannot know."""
        self.sink.fail("data", DROP)
        return True

    def _arm(self) -> bool:
        """The next crash point in turn, for the process that comes by there."""
        name = self.points.pop(0)
        self.points.append(name)
        turn = 1 if name in ONCE_A_CONNECTION else self.dice.randint(1, 3)
        self.armed, self.hits_now = f"{name}:{turn}", 0
        if name in AT_THE_POST and self.worker:
            return self._again(self.worker, self.armed)
        return self._again(self.shop, self.armed)

    def _disarm(self) -> None:
        self.armed = ""
        self.done["restart to disarm"] += self._again(self.shop)
        if self.worker:
            self.done["restart to disarm"] += self._again(self.worker)

    def _wait_for_hits(self) -> None:
        """What was killed there comes back, and meets the same point again."""
        deadline, enough = time.monotonic() + HIT_SECONDS, self.dice.randint(1, COUNTED_HITS)
        while self.hits_now < enough and time.monotonic() < deadline:
            self.tally()
            self.keep_going()
            time.sleep(0.1)

    # The end of the day

    def put_in_order(self, clients: list[Client]) -> None:
        """Nothing is killed any more; every call that was begun is answered."""
        self._disarm()
        for client in clients:
            client.enough.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(client.is_alive() for client in clients):
            self.keep_going()
            if time.monotonic() > deadline:
                raise SystemExit(f"A call was never answered.\n{self.last_words()}")
            time.sleep(0.05)
        self.sink.recover()

    def _wait_until_served(self, line: Line) -> None:
        """The last blow may have hit the web just before the last call was answered."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                if line.call("GET", "/shop")[0] == http.HTTPStatus.OK:
                    return
            except (OSError, http.client.HTTPException):
                self.keep_going()
            if time.monotonic() > deadline:
                raise SystemExit(f"The shop did not come back.\n{self.last_words()}")
            time.sleep(0.05)

    def failures(self, clients: list[Client]) -> Iterator[str]:
        counts: Counter[str] = sum((client.counts for client in clients), Counter())
        yield from (f"a client failed: {client.failure!r}" for client in clients if client.failure)
        if counts["status 500"]:
            yield f"{counts['status 500']} calls were answered with status 500"
        print(f"calls: {dict(sorted(counts.items()))}")
        print(f"longest wait of a customer: {max(client.longest_wait for client in clients):.1f} s")
        if self.waits:
            print(f"back in service after a blow: at most {max(self.waits):.1f} s")

    def look(self, line: Line) -> Iterator[str]:
        log = self.log.read()
        yield from audit.check_documents(log, line)
        yield from audit.check_things(log, line)
        self._wait_for_the_post(line)
        line.close()
        self.stop_programs()
        settled = self._settle()
        letters = Counter(str(mail.message["Message-ID"]) for mail in self.sink.received)
        yield from audit.check_mail(log, settled["deliveries"], letters)
        verified = self.shop.command("verify", "--json")
        yield from audit.check_verify(verified.stdout, log)
        states = Counter(row["state"] for row in settled["deliveries"])
        tries = sum(row["ambiguous_attempts"] for row in settled["deliveries"])
        print(f"letters: {letters.total()} came, {dict(states)}, {tries} tries were ambiguous")
        print(f"letters tried after the last worker had gone: {settled['tried']}")
        print(f"verify: {verified.stdout.count(chr(10))} lines, exit {verified.returncode}")

    def _wait_for_the_post(self, line: Line) -> None:
        """The workers themselves deliver what they can in a while."""
        deadline = time.monotonic() + self.post_seconds
        while time.monotonic() < deadline:
            waiting = line.call("GET", "/invoices?email_state=queued&limit=1")[1]["items"]
            if not waiting:
                return
            time.sleep(0.5)

    def _settle(self) -> dict[str, Any]:
        environment = {**os.environ, **self.environment, "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.simulation.settle"], cwd=ROOT, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"Settling failed.\n{done.stderr}")
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def stop_programs(self) -> None:
        for machine in (self.beat, self.worker, self.shop):
            if machine:
                machine.stop()

    def stop_all(self) -> None:
        self.stop_programs()
        for server in (self.broker, self.postgres):
            if server:
                server.stop()

    def last_words(self) -> str:
        machines = [machine for machine in (self.shop, self.worker, self.beat) if machine]
        return "\n".join(line for machine in machines for line in machine.output[-40:])

    def summary(self, breaches: list[str]) -> str:
        reached = f"{self.hits.total()} at {len(+self.hits)} of {len(self.points)} crash points"
        if missed := sorted(name for name in self.points if not self.hits[name]):
            reached += f", not at {', '.join(missed)}"
        others = ", ".join(f"{kind} {count}" for kind, count in sorted(self.done.items()) if kind != "mail server")
        documents = audit.acknowledged(self.log.read())
        notes = sum(entry["kind"] == "return" for entry in documents)
        verdict = f"{len(breaches)} BREACHES" if breaches else "nothing lost, doubled, missing or forgotten"
        return (f"{self.count} kills ({others}; {reached}); {len(documents) - notes} invoices and {notes} credit notes "
                f"acknowledged: {verdict}")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--mail-share", type=float, default=0.1, help="how many of the customers want a letter")
    parser.add_argument("--pause", type=float, default=0.3, help="seconds at most between two calls of a client")
    parser.add_argument(
        "--post-seconds", type=float, default=45, help="for how long the workers may deliver at the end"
    )
    parser.add_argument("--words", action="store_true", help="print what the programs said")
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.database}, {options.kills} kills", flush=True)
    signal.signal(signal.SIGTERM, stop_on_terminate)
    with temporary_folder() as folder:
        kills = Kills(options, folder)
        try:
            breaches = kills.run(options)
        finally:
            kills.stop_all()
            kills.sink.stop()
        if options.words or breaches:
            print(kills.last_words())
        for breach in breaches:
            print(f"BREACH: {breach}")
        print(f"seed {options.seed}, {options.database}: {kills.summary(breaches)}")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
