"""The outbox for Prometheus, in its text format. The counts are the database's, so any machine may be asked."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from counterfoil.delivery import queries
from counterfoil.delivery.models import Delivery

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_text(*, now: datetime | None = None) -> str:
    return "\n".join(_lines(now or timezone.now())) + "\n"


def _lines(now: datetime) -> Iterator[str]:
    counts = queries.counts()
    yield from _head("counterfoil_mail_deliveries", "gauge", "Deliveries by state.")
    for state in ("queued", "retrying", "sending", "sent", "given-up", "unknown"):
        yield f'counterfoil_mail_deliveries{{state="{state}"}} {counts[state]}'
    yield from _one(
        "counterfoil_mail_queue_depth",
        "gauge",
        "Letters that are not out yet.",
        counts["queued"] + counts["retrying"] + counts["sending"],
    )
    yield from _one(
        "counterfoil_mail_oldest_queued_seconds",
        "gauge",
        "Age of the oldest letter that is not out yet.",
        queries.oldest_queued_seconds(now=now),
    )
    yield from _one("counterfoil_mail_sent_total", "counter", "Letters sent.", counts["sent"])
    sums = Delivery.objects.aggregate(failures=Sum("fail_count"), ambiguous=Sum("ambiguous_attempts"))
    yield from _one("counterfoil_mail_failed_tries_total", "counter", "Tries that failed.", sums["failures"] or 0)
    yield from _one(
        "counterfoil_mail_ambiguous_tries_total",
        "counter",
        "Tries that ended without an answer.",
        sums["ambiguous"] or 0,
    )


def _one(name: str, kind: str, words: str, value: int) -> Iterator[str]:
    yield from _head(name, kind, words)
    yield f"{name} {value}"


def _head(name: str, kind: str, words: str) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
