"""Workers that stop at a named stage, to be killed there.

`python -m tests.delivery.stopping` makes them, each a process of its own, forked from one that has already read the
program: a start for each would take most of the tests' time.

It is told `STAGE DELIVERY_ID PORT` (of the mail server) on its standard input. When the worker has come to the stage
it kills it with SIGKILL, and answers `killed at STAGE`. The database is the environment's.
"""

import os
import signal
import sys

import django


def main() -> None:
    django.setup()
    from counterfoil.delivery import actions  # noqa: F401 (read before the first fork)

    for line in sys.stdin:
        stage, delivery_id, port = line.split()
        ready, reached = os.pipe()
        leash, leash_end = os.pipe()  # ends with this process, whatever ends it
        child = os.fork()
        if child == 0:
            os.close(leash_end)
            work(stage, int(delivery_id), int(port), reached, leash)
        os.close(reached)
        at = os.read(ready, 100).decode()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for end in (ready, leash, leash_end):
            os.close(end)
        print(f"killed at {at}" if at else f"never came to {stage}", flush=True)


def work(stage: str, delivery_id: int, port: int, reached: int, leash: int) -> None:
    from django.conf import settings

    from counterfoil.delivery import actions, outbox

    mailer = settings.MAILERS["default"]
    settings.MAILERS = {"default": {**mailer, "OPTIONS": {"host": "127.0.0.1", "port": port, "timeout": 20}}}

    def watch(name: str) -> None:
        if name == stage:
            os.write(reached, name.encode())
            os.read(leash, 1)

    try:
        actions.deliver(delivery_id, worker=outbox.worker_name("postman"), watch=watch)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
