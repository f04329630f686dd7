"""Celery's settings. Every wait for the broker is bounded: a sale must never hang on a queue."""

from datetime import timedelta

from django.conf import settings

broker_url = settings.CELERY_BROKER_URL or "redis://127.0.0.1:6379/0"
broker_connection_timeout = 5.0
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # a worker waits for its broker as long as it takes
broker_transport_options = {  # a worker's waits; the doorbell's are shorter, see tasks.publish
    "socket_timeout": 5.0,
    "socket_connect_timeout": 5.0,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "retry_on_timeout": False,
    "visibility_timeout": 3600,
}
task_publish_retry = False
task_ignore_result = True
result_backend = None
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
timezone = settings.TIME_ZONE
beat_schedule = {
    "sweep the outbox": {"task": "counterfoil.delivery.tasks.sweep", "schedule": timedelta(seconds=30)},
}
