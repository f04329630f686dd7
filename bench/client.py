"""One client of the sale benchmark, a process of its own: `python -m bench.client` with its orders as JSON on standard
input. It waits for the common start, sells for the given seconds, and prints its latencies in microseconds as JSON.
"""

import json
import os
import random
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.floors import LINES, OneByOne, one_call

Sell = Callable[[str, random.Random], None]


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    sell = {"http": http, "call": call, "statements": statements, "ours": in_process, "orm": in_process}[
        orders["kind"]
    ](orders)
    dice, name, latencies = random.Random(orders["seed"]), f"{orders['run']}-{orders['client']}", []
    for n in range(orders["warm_up"]):
        sell(f"{name}-warm-{n}", dice)
    print("ready", flush=True)
    start = float(sys.stdin.readline())  # the common start
    while time.time() < start:
        time.sleep(0.001)
    end, n = time.perf_counter() + orders["seconds"], 0
    while (began := time.perf_counter()) < end:
        n += 1
        sell(f"{name}-{n}", dice)
        latencies.append(round((time.perf_counter() - began) * 1e6))
    print(json.dumps(latencies), flush=True)


def chosen(orders: dict[str, Any], dice: random.Random) -> list[int]:
    return dice.sample(range(orders["products"]), LINES)


def sale(orders: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    return {
        "till": orders["till"][1],
        "customer": {"name": "Asha Rao", "email": orders["customer"][1]},
        "lines": [{"product": f"P{n:05}", "quantity": "1"} for n in chosen(orders, dice)],
        "payments": [{"method": "cash", "notes": {"500": 1}}],
    }


def http(orders: dict[str, Any]) -> Sell:
    """POST /api/v1/invoices on one kept connection, by hand: a client library would cost more than the server."""
    link = socket.create_connection(("127.0.0.1", orders["port"]))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = (
        f"POST /api/v1/invoices HTTP/1.1\r\nHost: 127.0.0.1:{orders['port']}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {orders['token']}\r\n"
    )

    def sell(key: str, dice: random.Random) -> None:
        body = json.dumps(sale(orders, dice)).encode()
        link.sendall(f"{head}Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += received(link)
        top, _, rest = answer.partition(b"\r\n\r\n")
        length = int(top.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(rest) < length:
            rest += received(link)
        if not top.startswith(b"HTTP/1.1 201"):
            raise SystemExit(f"refused: {top!r} {rest!r}")

    return sell


def received(link: socket.socket) -> bytes:
    part = link.recv(65536)
    if not part:
        raise SystemExit("the server closed the connection")
    return part


def call(orders: dict[str, Any]) -> Sell:
    import psycopg

    connection = psycopg.connect(orders["database"], autocommit=True)
    return lambda key, dice: one_call(connection, key=key, **who_and_what(orders, dice))


def statements(orders: dict[str, Any]) -> Sell:
    if orders["database"].startswith("sqlite"):
        import sqlite3

        connection: Any = sqlite3.connect(
            orders["database"].removeprefix("sqlite:///"), timeout=30, isolation_level=None
        )
        connection.executescript("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;")
    else:
        import psycopg

        connection = psycopg.connect(orders["database"], autocommit=True)
    floor = OneByOne(connection, sqlite=orders["database"].startswith("sqlite"))
    return lambda key, dice: floor.sale(key=key, **who_and_what(orders, dice))


def who_and_what(orders: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    ids = [orders["first_product"] + n for n in chosen(orders, dice)]
    return {"till": tuple(orders["till"]), "customer": tuple(orders["customer"]), "products": ids}


def in_process(orders: dict[str, Any]) -> Sell:
    """The sale without web server and client: the product's, or plain ORM code."""
    import gc
    from datetime import UTC, datetime

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "counterfoil.config.settings"
    django.setup()
    from bench import reference
    from counterfoil.checkout import actions
    from counterfoil.checkout.plan import Cashier
    from counterfoil.checkout.sale import read_sale

    complete: Any = actions.complete_sale if orders["kind"] == "ours" else reference.complete_sale
    gc.freeze()

    def sell(key: str, dice: random.Random) -> None:
        complete(sale=read_sale(sale(orders, dice)), key=key, cashier=Cashier(name="bench"), now=datetime.now(UTC))

    return sell


if __name__ == "__main__":
    main()
