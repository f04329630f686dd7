"""What the mail page, the invoice's page and Prometheus are told."""

import re
from datetime import timedelta

import pytest

from counterfoil.delivery import actions, queries
from counterfoil.delivery.metrics import metrics_text
from counterfoil.delivery.models import Delivery, State
from counterfoil.history import queries as history
from tests.delivery.mailserver import DROP, RawServer
from tests.delivery.post import SOLD_AT, Clock, sell
from tests.shop import SmallShop

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def one_of_each(shop: SmallShop, raw_mail: RawServer) -> dict[str, Delivery]:
    clock = Clock()
    made = {}
    for name, stage, fault in (
        ("sent", "", ""),
        ("retrying", "rcpt", "450 4.2.0 mailbox busy"),
        ("given-up", "rcpt", "550 5.1.1 no such user"),
        ("unknown", "end", DROP),
    ):
        raw_mail.faults = {stage: fault} if stage else {}
        made[name] = sell(f"sale-{name}", to=f"{name}@example.com")
        actions.deliver(made[name].pk, now=clock)
    raw_mail.faults = {}
    made["queued"] = sell("sale-queued", to="queued@example.com")
    return made


def test_counts_and_lists_agree(one_of_each: dict[str, Delivery]) -> None:
    counts = queries.counts()
    assert counts == {
        "queued": 1, "retrying": 1, "sending": 0, "sent": 1, "failed": 2, "given-up": 1, "unknown": 1,
    }  # fmt: skip
    for state, count in counts.items():
        assert queries.outbox(state=state).count() == count
    assert queries.troubled() == 2


def test_the_outbox_is_searched_by_number_address_and_name(one_of_each: dict[str, Delivery]) -> None:
    assert queries.outbox(search="GIVEN-UP@example").get() == one_of_each["given-up"]
    assert queries.outbox(search="26-27/000002").get() == one_of_each["retrying"]
    assert queries.outbox(search="asha rao").count() == 5
    assert queries.outbox(search="asha", state="sent").get() == one_of_each["sent"]
    assert queries.outbox(search="nobody").count() == 0


def test_the_states_of_the_contract(one_of_each: dict[str, Delivery]) -> None:
    states = queries.mail_states(delivery.invoice_id for delivery in one_of_each.values())
    shown = {name: states[delivery.invoice_id] for name, delivery in one_of_each.items()}
    assert {name: mail["state"] for name, mail in shown.items()} == {
        "sent": "sent", "retrying": "failed", "given-up": "failed", "unknown": "unknown", "queued": "queued",
    }  # fmt: skip
    assert [name for name, mail in shown.items() if mail["sent"]] == ["sent"]
    assert [name for name, mail in shown.items() if mail["fail_count"] == 1] == ["retrying", "given-up", "unknown"]
    assert shown["retrying"]["next_attempt_at"] is not None
    assert shown["given-up"]["next_attempt_at"] is None
    assert "mailbox busy (450)" in shown["retrying"]["last_error"]


def found(state: str) -> set[int]:
    return {invoice.pk for invoice in history.invoices(email_state=state)}


@pytest.mark.parametrize("few", [2_000, 0])  # where so many stand so that they are not named one by one
def test_invoices_are_found_by_what_is_shown(
    one_of_each: dict[str, Delivery], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterfoil.history.narrowing.FEW", few)
    shown = queries.mail_states(delivery.invoice_id for delivery in one_of_each.values())
    for state in ("queued", "sending", "sent", "failed", "unknown"):
        assert found(state) == {invoice_id for invoice_id, mail in shown.items() if mail["state"] == state}, state
    retrying, given_up = one_of_each["retrying"].invoice_id, one_of_each["given-up"].invoice_id
    assert found("failed") == {retrying, given_up}
    actions.send_again(invoice=one_of_each["given-up"].invoice, now=SOLD_AT)
    assert found("failed") == {retrying}
    assert given_up in found("queued")


def test_an_invoice_tells_its_mails_story(one_of_each: dict[str, Delivery], raw_mail: RawServer) -> None:
    retrying = one_of_each["retrying"]
    clock = Clock(SOLD_AT + timedelta(minutes=2))
    actions.deliver(retrying.pk, now=clock)
    (delivery,) = queries.deliveries_of(invoice_id=retrying.invoice_id)
    told = queries.steps(delivery)
    assert [step["text"] for step in told] == [
        "Queued with the sale",
        "First try: The mail server said 4.2.0 mailbox busy (450). Again in a minute",
        "Sent, accepted by the mail server, at try 2",
    ]
    assert [step["at"] for step in told] == [SOLD_AT, SOLD_AT, clock()]
    again = actions.send_again(invoice=retrying.invoice, asked_by="meera", now=clock())
    assert queries.steps(again)[0]["text"] == "Queued again, asked by meera"


def test_metrics_in_the_text_format(one_of_each: dict[str, Delivery]) -> None:
    text = metrics_text(now=SOLD_AT + timedelta(minutes=3))
    values = dict(re.findall(r"^(counterfoil_\S+) (\d+)$", text, re.MULTILINE))
    assert values['counterfoil_mail_deliveries{state="given-up"}'] == "1"
    assert values["counterfoil_mail_queue_depth"] == "2"
    assert values["counterfoil_mail_oldest_queued_seconds"] == "180"
    assert values["counterfoil_mail_sent_total"] == "1"
    assert values["counterfoil_mail_failed_tries_total"] == "3"
    assert values["counterfoil_mail_ambiguous_tries_total"] == "1"
    assert text.endswith("\n")
    Delivery.objects.filter(state=State.QUEUED).update(state=State.FAILED, next_attempt_at=None, last_error="No.")
    assert "counterfoil_mail_oldest_queued_seconds 0\n" in metrics_text()
