"""Telling a worker that there is mail. The outbox row is the truth; ringing may fail and nothing is lost."""

from django.conf import settings


def ring(*, invoice_id: int) -> None:
    """After commit: ring once, bounded in time. Without a broker the postman looks for itself."""
    if not settings.CELERY_BROKER_URL:
        return
    raise NotImplementedError
