"""The Celery application, so that `celery -A counterfoil worker` and `celery -A counterfoil beat` work.

A task is only a doorbell: the outbox rows are the truth. So a publish is bounded in time and tried once; what is
not rung is found by the sweep.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")

app = Celery("counterfoil")
app.config_from_object("counterfoil.delivery.celeryconfig")
app.autodiscover_tasks(["counterfoil.delivery"])
