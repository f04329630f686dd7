"""Django's own PostgreSQL engine, with one question less: a connection that was in use a moment ago is not asked at
each request whether it still lives. A sale makes four round trips to the server; that was a fifth.

Where it died within that moment, the request meets it as it meets any loss of the database: the API answers
`unavailable`, to be tried again with the same key, and the next request gets a new connection.
"""

import time

from django.db.backends.postgresql import base

IN_USE_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    used_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        now = time.monotonic()
        if now - self.used_at < IN_USE_SECONDS:
            self.health_check_done = True
        super().close_if_health_check_failed()
        self.used_at = now
