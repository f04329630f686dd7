"""The postman's process: `python -m counterfoil.delivery.postman`. It mails where there is no broker.

Django is set up before anything that has tables is imported, so what it does is in `rounds`.
"""

import os
import signal
import threading
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from counterfoil.delivery.rounds import Stop


def run(stop: "Stop", poll_seconds: float = 0.5) -> None:
    """Deliver until told to stop."""
    from counterfoil.delivery import rounds

    rounds.run(stop, poll_seconds)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    django.setup()
    run(stop)


if __name__ == "__main__":
    main()
