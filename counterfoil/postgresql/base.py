"""Django's own PostgreSQL engine, with one question less: a connection that was in use a moment ago is not asked at
each request whether it still lives. A sale makes four round trips to the server; that was a fifth.

Where it died within that moment, the request meets it as it meets any loss of the database: the API answers
`unavailable`, to be tried again with the same key, and the next request gets a new connection.

And a planner that knows a shop's questions: each wants a few rows out of many, from a disk that has no arm to move.
"""

import time

from django.db.backends.postgresql import base

IN_USE_SECONDS = 1.0
PLANNING = "SET random_page_cost = 1.1; SET jit = off; SET max_parallel_workers_per_gather = 0"


class DatabaseWrapper(base.DatabaseWrapper):
    used_at = float("-inf")

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self.connection.execute(PLANNING)

    def close_if_health_check_failed(self) -> None:
        now = time.monotonic()
        if now - self.used_at < IN_USE_SECONDS:
            self.health_check_done = True
        super().close_if_health_check_failed()
        self.used_at = now
