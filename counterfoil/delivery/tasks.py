"""The Celery tasks: thin, and safe to be run twice, late, or by several workers at once.

A message carries an id, or nothing. Whether there is anything to do is the rows' to say.
"""

from functools import cache
from typing import Any

from celery.signals import worker_ready
from django.conf import settings
from django.utils import timezone

from counterfoil.celery import app
from counterfoil.delivery import actions, lanes, late, outbox
from counterfoil.delivery.doorbell import FOR_ALL
from counterfoil.delivery.models import Delivery, State

SWEEP_SECONDS = 30  # as beat has it, see celeryconfig
LETTERS_AT_A_GO = 20
SECONDS_AT_A_GO = 10.0  # a mail server that answers slowly must not keep a worker from being stopped
PUBLISH_SECONDS = 0.25  # each wait of a publisher


@app.task(name="counterfoil.delivery.tasks.deliver", ignore_result=True)
def deliver(invoice_id: int) -> None:
    """The doorbell of one invoice: try what is due of it."""
    rows = Delivery.objects.filter(invoice_id=invoice_id, state=State.QUEUED).order_by("id")
    for delivery_id in rows.values_list("id", flat=True):
        actions.deliver(delivery_id, worker=outbox.worker_name("celery"))


@app.task(name="counterfoil.delivery.tasks.deliver_due", ignore_result=True)
def deliver_due() -> None:
    """One go: some of what is due, whatever it is. So a long outbox costs the queue one message for many letters."""
    worker, each = outbox.worker_name("celery"), -(-LETTERS_AT_A_GO // lanes.LANES)  # fewer would leave some unrung
    lanes.at_once(lambda: actions.deliver_due(worker=worker, letters=each, seconds=SECONDS_AT_A_GO))


@app.task(name="counterfoil.delivery.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Free what dead workers held, and ring as many times as it takes to deliver all that is due.

    The rings expire with the next sweep, which rings anew: however long the outbox, the queue does not grow.
    """
    due = actions.sweep(now=timezone.now())
    with app.connection_for_write() as connection, app.amqp.Producer(connection) as producer:
        for _ in range(0, len(due), LETTERS_AT_A_GO):
            deliver_due.apply_async(producer=producer, expires=SWEEP_SECONDS, retry=False)


@worker_ready.connect
def look_out(**_: Any) -> None:
    """A worker's life begins with a look for what is late, see `late`."""
    late.start()


def publish(invoice_id: int) -> None:
    """Ring once, from a web process. Every wait is bounded; raises what the broker's client raises."""
    task, arguments = (sweep, ()) if invoice_id == FOR_ALL else (deliver, (invoice_id,))
    producer = _producer(settings.CELERY_BROKER_URL)
    try:
        task.apply_async(arguments, producer=producer, retry=False, ignore_result=True)
    except BaseException:
        _producer.cache_clear()
        producer.connection.release()
        raise


@cache
def _producer(url: str) -> Any:
    """One connection kept open by the doorbell's thread, with shorter waits than a worker's and no second tries."""
    waits = {"socket_timeout": PUBLISH_SECONDS, "socket_connect_timeout": PUBLISH_SECONDS, "max_retries": 0}
    options = {**app.conf.broker_transport_options, **waits}
    connection = app.connection_for_write(url, connect_timeout=PUBLISH_SECONDS, transport_options=options)
    return app.amqp.Producer(connection, auto_declare=False)
