"""`counterfoil serve` as real processes: the first start, the second, and every way to end."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.waiting import SECONDS, until
from tests.live import COMMAND, LiveShop
from tests.servers import LOOPBACK, free_port


def children(pid: int) -> dict[int, str]:
    """{pid: command line} of all processes below this one."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    below, waiting = {}, [pid]
    while waiting:
        parent = waiting.pop()
        for row in rows:
            if int(row[1]) == parent:
                below[int(row[0])] = row[2] if len(row) > 2 else ""
                waiting.append(int(row[0]))
    return below


def alive(pids: list[int]) -> list[int]:
    living = []
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
            if state.strip() and not state.startswith("Z"):
                living.append(pid)
    return living


def serving(shop: LiveShop) -> int:
    """The pid of `serve` itself: the program on the leash."""
    (pid,) = direct(shop.program.process.pid)
    return pid


def direct(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    return [int(a) for a, b in (line.split() for line in listed.stdout.splitlines()) if int(b) == pid]


def answers(shop: LiveShop) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"{shop.url}/healthz", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@pytest.mark.long
def test_the_first_and_the_second_day(tmp_path: Path, empty_database: str) -> None:
    """An owner once, the address last; a dead web process and a dead postman come back; Ctrl-C leaves nobody behind."""
    with LiveShop(folder=tmp_path, database_url=empty_database) as shop:
        lines = shop.program.lines
        assert shop.owner == "owner"
        assert len(shop.password) >= 12
        assert lines[-1] == f"Open {shop.url}"
        assert lines.index(f"Password: {shop.password}") == lines.index("Owner: owner") + 1
        status, invoices = shop.api("GET", "/invoices")
        assert (status, invoices["items"]) == (200, [])
        assert len(shop.token.split()) == 1

    with LiveShop(folder=tmp_path, database_url=empty_database) as shop:
        assert shop.owner == shop.password == ""
        serve = serving(shop)
        assert until(lambda: any("cli.leash" in args for args in children(serve).values()))
        before = children(serve)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        shop.program.wait_for("postman ended", seconds=SECONDS)
        assert until(lambda: len([p for p in children(serve) if p not in before]) >= len(before))
        assert until(lambda: answers(shop))
        below = [serve, *children(serve)]
        shop.program.interrupt()
        assert shop.program.wait(seconds=SECONDS) == 0
        assert alive(below) == []
        assert shop.program.lines[-1] == "Stopped."


@pytest.mark.once
@pytest.mark.skipif(os.name != "posix", reason="signals as Unix has them")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_however_it_ends_its_children_end(tmp_path: Path, number: signal.Signals) -> None:
    """Not on the leash of the other tests, which would end them itself."""
    port = free_port()
    environment = {**os.environ, "COUNTERFOIL_DATA_DIR": str(tmp_path), "DATABASE_URL": "", "SECRET_KEY": ""}
    environment["DATABASE_URL"] = f"sqlite:///{tmp_path / 'shop.sqlite3'}"
    with subprocess.Popen(
        [*COMMAND, "serve", "--no-demo", "--port", str(port)], env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        pids: list[int] = []
        try:
            assert any(line.startswith("Open ") for line in program.stdout)
            assert until(lambda: any("cli.leash" in args for args in children(program.pid).values()))
            pids = list(children(program.pid))
            program.send_signal(number)
            program.wait(SECONDS)
            assert until(lambda: not alive(pids)), alive(pids)
        finally:
            program.kill()
            for pid in alive(pids):
                os.kill(pid, signal.SIGKILL)
    assert program.returncode == (0 if number == signal.SIGTERM else -number)


@pytest.mark.once
def test_a_taken_port_is_said_before_anything_is_touched(tmp_path: Path) -> None:
    folder = tmp_path / "untouched"
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        environment = {**os.environ, "COUNTERFOIL_DATA_DIR": str(folder)}
        command = [*COMMAND, "--port", str(port)]
        refused = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr
    assert "counterfoil serve --port" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not folder.exists()


@pytest.mark.once
@pytest.mark.parametrize("words", [["--port", "0"], ["--port", "70000"], ["demo", "--invoices", "-3"], ["sell"]])
def test_words_that_make_no_sense_are_refused(words: list[str]) -> None:
    refused = subprocess.run([sys.executable, "-m", "counterfoil", *words], capture_output=True, text=True)
    assert refused.returncode == 2
    assert "usage: counterfoil" in refused.stderr
