"""How many requests a second: a bucket per token, and one per address for those without a valid token.

In this process only: with several processes a client gets as many times the rate. That is enough to keep one client
from starving the others, which is all that is wanted.
"""

import math
import os
import threading
import time
from collections.abc import Callable

from counterfoil.rules.errors import TooManyRequests

MOST_BUCKETS = 10_000


class Buckets:
    """Each key may spend `rate` a second, and what it saved up for at most one second."""

    def __init__(self, rate: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.clock = max(1, rate), clock
        self._lock = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> None:
        """Raises TooManyRequests."""
        now = self.clock()
        with self._lock:
            left, since = self._left.get(key, (float(self.rate), now))
            left = min(float(self.rate), left + (now - since) * self.rate)
            if left >= 1:
                if key not in self._left and len(self._left) >= MOST_BUCKETS:
                    self._left.clear()  # everybody starts afresh; never more memory than this
                self._left[key] = (left - 1, now)
                return
        wait = max(1, math.ceil((1 - left) / self.rate))
        raise TooManyRequests("Too many requests: slow down.", retry_after=wait)


def _rate(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    return int(text) if text.isdecimal() and int(text) else default


def per_token() -> Buckets:
    """RATE_LIMIT: requests a second for each token."""
    return Buckets(_rate("RATE_LIMIT", 2000))


def per_stranger() -> Buckets:
    """RATE_LIMIT_STRANGERS: refused log-ins a second for each address. A valid token never meets it."""
    return Buckets(_rate("RATE_LIMIT_STRANGERS", 200))
