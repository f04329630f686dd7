"""What the mail tests share: one sale with an address, a clock that stands still, and the letters at the sink."""

import time
from collections import Counter
from datetime import datetime, timedelta

from django.db import connection

from counterfoil.billing.models import Invoice
from counterfoil.checkout.actions import complete_sale
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.sale import read_sale
from counterfoil.delivery.models import Delivery, State
from tests.databases import server_url
from tests.delivery.mailserver import RawServer
from tests.shop import OPENED_AT
from tests.smtp import SmtpSink

SOLD_AT = OPENED_AT + timedelta(minutes=5)
TO = "asha@example.com"


class Clock:
    """The time, moved by hand."""

    def __init__(self, now: datetime = SOLD_AT) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def sell(key: str = "sale-0001", *, to: str = TO, name: str = "Asha Rao", now: datetime = SOLD_AT) -> Delivery:
    """Two packets of milk for Asha, and the promise to mail the invoice."""
    sale = read_sale(
        {
            "customer": {"name": name, "email": to},
            "lines": [{"product": "P001", "quantity": "2"}],
            "payments": [{"method": "cash", "notes": {"500": 1}}],
        }
    )
    outcome = complete_sale(sale=sale, key=key, cashier=Cashier(None, "Ravi"), now=now)
    return Delivery.objects.get(invoice=Invoice.objects.get(number=outcome.document["number"]))


def letters(sink: SmtpSink) -> Counter[str]:
    """{Message-ID: how many letters with it arrived}."""
    return Counter(mail.message["Message-ID"] for mail in sink.received)


def check_promises(server: RawServer) -> None:
    """The outbox's word, of every delivery: sent and there, or put off with its time, or failed or unknown with its
    reason; nothing waits for ever; of no Message-ID more letters than 1 plus the ambiguous tries recorded."""
    arrived = Counter(server.ids)
    rows = list(Delivery.objects.all())
    assert set(arrived) <= {row.message_id for row in rows}, "a letter that nobody promised"
    for row in rows:
        count, waits = arrived[row.message_id], row.next_attempt_at is not None
        assert count <= 1 + row.ambiguous_attempts, f"{count} letters {row.message_id}"
        match row.state:
            case State.SENT:
                assert (count >= 1, row.last_error, waits) == (True, "", False)
            case State.FAILED | State.UNKNOWN:
                assert (row.last_error != "", waits) == (True, False)
            case State.QUEUED:
                assert waits
            case State.SENDING:
                assert row.claimed_at is not None, "the sweep would never find it"


def steps(delivery: Delivery) -> list[str]:
    return list(delivery.steps.values_list("text", flat=True))


def environment(server_port: int | None = None) -> dict[str, str]:
    """For a program that is to work on this test's own database, and to mail to a server on loopback."""
    name = str(connection.settings_dict["NAME"])
    url = server_url(name) if connection.vendor == "postgresql" else f"sqlite:///{name}"
    mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(server_port)} if server_port else {}
    return {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings", **mail}


def wait_for_state(delivery: Delivery, *states: str, seconds: float = 30) -> Delivery:
    """Until another process has brought it there."""
    deadline = time.monotonic() + seconds
    while True:
        delivery.refresh_from_db()
        if delivery.state in states:
            return delivery
        assert time.monotonic() < deadline, f"still {delivery.state}: {delivery.last_error} {steps(delivery)}"
        time.sleep(0.05)
