"""`counterfoil serve`: one command opens the shop. This process prepares the data, then keeps granian's web processes
and the postman going, and takes them with it when it ends."""

import argparse
import errno
import gc
import os
import socket
import sys
import threading
import time
from typing import Any

from counterfoil.cli.leash import die_with_starter
from counterfoil.cli.opened import migrate, set_up
from counterfoil.cli.postman import Postman
from counterfoil.cli.refused import Refused

APPLICATION = "counterfoil.config.wsgi:application"
THREADS = 4  # so that a slow page (a PDF, an export) does not keep the others waiting
WAITING_AT_MOST = 512  # requests per web process; more wait in the socket's own queue
STOP_SECONDS = 10
GARBAGE_FROM = 10_000  # objects made and not yet freed; Python's own 2,000 is reached by every other request
TRIED_PORTS = 20
RESTART_SECONDS = 2
READY_SECONDS = 60


def serve(options: argparse.Namespace) -> int:
    refuse_taken_port(options.host, options.port)
    set_up()
    from django.conf import settings

    print(f"Opening the shop in {settings.DATA_DIR}", flush=True)
    migrate(sys.stdout)
    from counterfoil.cli.first import first_run

    first_run(with_demo=not options.no_demo)
    postman = None if settings.CELERY_BROKER_URL else Postman()
    try:
        return run(options, postman)
    finally:
        if postman:
            postman.stop()


# The port


def refuse_taken_port(host: str, port: int) -> None:
    """Before anything is touched."""
    problem = why_not(host, port)
    if problem is None:
        return
    if problem.errno == errno.EADDRINUSE:
        free = next((p for p in range(port + 1, min(port + TRIED_PORTS, 65536)) if why_not(host, p) is None), None)
        other = f"choose another one: counterfoil serve --port {free}" if free else "choose another one with --port"
        raise Refused(
            f"Port {port} is taken by another program; perhaps this shop is open already: {address(host, port)}\n"
            f"Close that program, or {other}"
        )
    if problem.errno == errno.EACCES:
        raise Refused(f"Port {port} needs an administrator's rights: choose one from 1024 on, such as --port 8000.")
    raise Refused(f"Cannot listen on {host}, port {port}: {problem.strerror or problem}. Look at --host and --port.")


def why_not(host: str, port: int) -> OSError | None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except OSError as error:
        return error
    return None


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


# The web processes


def run(options: argparse.Namespace, postman: Postman | None) -> int:
    """Until Ctrl-C or SIGTERM. Granian gives up when a web process dies twice in short order; the shop does not."""
    workers = options.workers or default_workers()
    ready = threading.Thread(target=say_when_ready, args=(options.host, options.port, postman), daemon=True)
    while True:
        server = new_server(options.host, options.port, workers)
        if not ready.is_alive() and ready.ident is None:
            server.on_startup(ready.start)
        try:
            server.serve(target_loader=load)
        except SystemExit:
            if server.interrupt_signal:
                raise
        if server.interrupt_signal:
            print("Stopped.", flush=True)
            return 0
        print("The web processes ended; starting them again.", file=sys.stderr, flush=True)
        time.sleep(RESTART_SECONDS)


def default_workers() -> int:
    """SQLite has one writer: more processes would only queue. PostgreSQL feeds one for each core."""
    from django.db import connection

    return 1 if connection.vendor == "sqlite" else max(1, min(os.cpu_count() or 1, 4))


def new_server(host: str, port: int, workers: int) -> Any:
    from django.db import connections
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    from counterfoil.store import close_writer

    load("")  # once here; on Linux the web processes are copies of this one and have it already
    connections.close_all()  # a copied connection would be used by two
    close_writer()
    collect_seldom()
    return Granian(
        APPLICATION, address=host, port=port, interface=Interfaces.WSGI, workers=workers, http=HTTPModes.http1,
        blocking_threads=THREADS, backpressure=WAITING_AT_MOST,
        respawn_failed_workers=True, workers_kill_timeout=STOP_SECONDS, log_level=LogLevels.error,
    )  # fmt: skip


def collect_seldom() -> None:
    """What is loaded by now stays for good and need not be looked at again; a request leaves hardly a cycle behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_FROM, 20, 20)


def load(target: str) -> Any:
    """The WSGI application, with all that the first request would otherwise have to import."""
    from django.urls import get_resolver

    from counterfoil.config.wsgi import application

    die_with_starter()
    get_resolver().url_patterns  # noqa: B018 (reading it imports the pages and the API)
    return application


def say_when_ready(host: str, port: int, postman: Postman | None) -> None:
    """The address comes last, and only once the shop answers there. The postman starts after the counter is open."""
    import http.client

    from django.conf import settings

    asked = address(host, port).removeprefix("http://")
    allowed = next((h for h in settings.ALLOWED_HOSTS if h != "*"), asked).removeprefix(".")
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(asked, timeout=READY_SECONDS)
            connection.request("GET", "/healthz", headers={"Host": allowed})
            answered = connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
            connection.close()
        except OSError:
            answered = False
        if answered:
            if postman:
                postman.start()
            print(f"Open {address(host, port)}", flush=True)
            return
        time.sleep(0.02)
    print(f"The shop does not answer at {address(host, port)}.", file=sys.stderr, flush=True)
