"""The postman's process: `python -m counterfoil.delivery.postman`. It mails where there is no broker.

Django is set up before anything that has tables is imported, so what it does is in `rounds`. With `--leash` it ends
when its standard input closes: with the program that started it, however that one ended.
"""

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from counterfoil.delivery.rounds import Stop

LEASH = "--leash"


def run(stop: "Stop", poll_seconds: float = 0.5) -> None:
    """Deliver until told to stop."""
    from counterfoil.delivery import rounds

    rounds.run(stop, poll_seconds)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if LEASH in sys.argv:
        threading.Thread(target=stop_with_input, args=[stop], daemon=True).start()
    django.setup()
    run(stop)


def stop_with_input(stop: threading.Event) -> None:
    sys.stdin.buffer.read()
    stop.set()


if __name__ == "__main__":
    main()
