"""Waiting for processes that come and go by themselves."""

import time
from collections.abc import Callable

SECONDS = 60


def until(what: Callable[[], object]) -> bool:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.05)
    return False
