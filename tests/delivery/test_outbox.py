"""The outbox by itself: claims, asking again, letters that cannot be written, files instead of a server."""

import threading
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email import policy as email_policy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from counterfoil import documents
from counterfoil.billing.models import Invoice
from counterfoil.delivery import actions, late, outbox, queries, smtp, transports
from counterfoil.delivery.models import Delivery, State
from counterfoil.rules.errors import Invalid
from counterfoil.shop import actions as shop_actions
from tests.delivery.mailserver import DROP, RawServer
from tests.delivery.post import SOLD_AT, TO, Clock, letters, sell, steps
from tests.shop import SmallShop, open_small_shop
from tests.smtp import SmtpSink

pytestmark = [pytest.mark.django_db]


def broken(document: dict[str, Any]) -> bytes:
    raise RuntimeError("no font has this letter")


def test_a_sale_is_mailed_with_its_invoice(shop: SmallShop, mail_server: SmtpSink) -> None:
    delivery = sell()
    assert actions.deliver(delivery.pk, now=Clock())
    (mail,) = mail_server.received
    assert mail.recipients == (TO,)
    assert mail.sender == "shop@example.com"
    message = mail.message
    assert message["From"] == "Kirana Asha <shop@example.com>"
    assert message["Reply-To"] == "Kirana Asha <bills@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == delivery.message_id
    assert message["Date"].datetime == SOLD_AT
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "A-26-27-000001.pdf"
    assert attached.get_content().startswith(b"%PDF-")
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    assert all(line.isascii() and len(line) <= 998 for line in mail.raw.split(b"\r\n"))


def test_no_name_becomes_a_header(shop: SmallShop, mail_server: SmtpSink) -> None:
    evil = 'Kirana\r\nBcc: thief@example.com, "Asha" <x@example.com>'
    shop_actions.change_shop(changes={"name": evil, "email": "a@b.example\nBcc: thief@example.com"}, now=SOLD_AT)
    delivery = sell()
    assert actions.deliver(delivery.pk, now=Clock())
    delivery.refresh_from_db()
    assert delivery.state == State.SENT, delivery.last_error
    (mail,) = mail_server.received
    assert mail.recipients == (TO,)
    assert "Bcc" not in mail.message
    assert mail.message["Reply-To"] is None
    assert [each.addr_spec for each in mail.message["From"].addresses] == ["shop@example.com"]


@pytest.mark.parametrize("address", ["asha@bücher.example", "आशा@example.com", "o'hara+x@example.com"])
def test_addresses_of_the_wide_world(shop: SmallShop, mail_server: SmtpSink, address: str) -> None:
    delivery = sell(to=address)
    assert actions.deliver(delivery.pk, now=Clock())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_error) == (State.SENT, "")
    on_the_wire = address.replace("bücher", "xn--bcher-kva")
    assert mail_server.recipients == [on_the_wire]
    assert f"To: {on_the_wire}\r\n".encode() in mail_server.received[0].raw


def test_a_server_of_old_cannot_take_every_address(shop: SmallShop, raw_mail: RawServer) -> None:
    raw_mail.extensions = ["SIZE 30000000"]
    delivery = sell(to="आशा@example.com")
    assert actions.deliver(delivery.pk, now=Clock())
    delivery.refresh_from_db()
    assert (delivery.state, "outside ASCII" in delivery.last_error) == (State.FAILED, True)


def test_a_letter_that_cannot_be_written_is_tried_again_and_says_why(shop: SmallShop, mail_server: SmtpSink) -> None:
    delivery, clock = sell(), Clock()
    assert actions.deliver(delivery.pk, now=clock, render=broken)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.fail_count) == (State.QUEUED, 1)
    assert delivery.last_error == "The letter could not be written: RuntimeError no font has this letter"
    assert queries.mail_state(delivery)["state"] == "failed"
    assert mail_server.connections == 0
    clock.move(seconds=73)
    assert actions.deliver(delivery.pk, now=clock)
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert letters(mail_server) == {delivery.message_id: 1}


# Without a mail server


def test_letters_go_to_files_named_by_number(shop: SmallShop, settings: Settings, tmp_path: Path) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    delivery = sell()
    assert actions.deliver(delivery.pk, now=Clock())
    delivery.refresh_from_db()
    assert delivery.state == State.SENT
    assert steps(delivery) == ["Written to a file: no mail server is set"]
    file = transports.letter_file(delivery, number="A/26-27/000001")
    assert file.name == f"A-26-27-000001-{delivery.pk}.eml"
    assert list(file.parent.iterdir()) == [file]
    message = message_from_bytes(file.read_bytes(), policy=email_policy.default)
    assert message["Message-ID"] == delivery.message_id


def test_a_full_disk_is_a_reason(shop: SmallShop, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    settings.MAIL_DIR = tmp_path / "mail"
    delivery = sell()
    assert actions.deliver(delivery.pk, now=Clock())
    delivery.refresh_from_db()
    assert delivery.state == State.QUEUED
    assert "could not be written to" in delivery.last_error


# Asking again


def test_asking_while_it_is_queued_only_hastens(shop: SmallShop, raw_mail: RawServer) -> None:
    delivery, clock = sell(), Clock()
    raw_mail.faults["rcpt"] = "450 busy"
    actions.deliver(delivery.pk, now=clock)
    raw_mail.faults.clear()
    again = actions.send_again(invoice=delivery.invoice, asked_by="meera", now=clock())
    assert again.pk == delivery.pk
    assert Delivery.objects.count() == 1
    assert again.next_attempt_at == clock()
    assert steps(delivery)[-1] == "Asked to hurry by meera"
    assert actions.deliver(delivery.pk, now=clock)
    assert raw_mail.ids == [delivery.message_id]


def test_asking_after_it_was_sent_sends_another_one(shop: SmallShop, raw_mail: RawServer) -> None:
    delivery, clock = sell(), Clock()
    actions.deliver(delivery.pk, now=clock)
    again = actions.send_again(invoice=delivery.invoice, asked_by="meera", now=clock())
    assert (again.round, again.state, again.address, again.asked_by) == (1, State.QUEUED, TO, "meera")
    same = actions.send_again(invoice=delivery.invoice, to="ASHA@example.com", now=clock())
    assert same.pk == again.pk, "twice asked before it went is once"
    assert actions.deliver(again.pk, now=clock)
    assert raw_mail.ids == [delivery.message_id, again.message_id]
    assert len(set(raw_mail.ids)) == 2


@pytest.mark.parametrize("fault, state", [("550 no such user", State.FAILED), (DROP, State.UNKNOWN)])
def test_asking_after_it_failed_makes_a_new_round(shop: SmallShop, raw_mail: RawServer, fault: str, state: str) -> None:
    delivery, clock = sell(), Clock()
    raw_mail.faults["end"] = fault
    actions.deliver(delivery.pk, now=clock)
    delivery.refresh_from_db()
    assert delivery.state == state
    again = actions.send_again(invoice=delivery.invoice, now=clock())
    assert (again.round, again.address) == (1, TO)
    delivery.refresh_from_db()
    assert delivery.state == state


def test_another_address_is_a_delivery_of_its_own(shop: SmallShop, raw_mail: RawServer) -> None:
    delivery = sell()
    other = actions.send_again(invoice=delivery.invoice, to="accounts@example.com", now=SOLD_AT)
    assert (other.round, other.address) == (0, "accounts@example.com")
    assert queries.mail_states([delivery.invoice_id])[delivery.invoice_id]["to"] == "accounts@example.com"
    mine = actions.send_again(invoice=delivery.invoice, now=SOLD_AT)
    assert (mine.pk, mine.address) == (delivery.pk, TO), "sent to the accountant, because the last one was"


@pytest.mark.parametrize("to", ["nobody", "a@b@c.example", "a@b.example\r\nRCPT TO:<x@y.example>", "a b@c.example"])
def test_what_is_no_address_is_refused(shop: SmallShop, to: str) -> None:
    delivery = sell()
    with pytest.raises(Invalid):
        actions.send_again(invoice=delivery.invoice, to=to, now=SOLD_AT)
    assert Delivery.objects.count() == 1


def test_an_invoice_of_nobody_asks_where_to(shop: SmallShop) -> None:
    sell()
    walk_in = Invoice(customer_email="")
    walk_in.pk = 0
    with pytest.raises(Invalid, match="say where"):
        actions.send_again(invoice=walk_in, now=SOLD_AT)


def test_all_that_failed_is_retried_and_the_unknown_is_not(shop: SmallShop, raw_mail: RawServer) -> None:
    clock = Clock()
    failed, waiting, unknown = (sell(f"sale-000{n}") for n in range(3))
    for delivery, stage, fault in ((failed, "rcpt", "550 no"), (waiting, "rcpt", "450 busy"), (unknown, "end", DROP)):
        raw_mail.faults = {stage: fault}
        actions.deliver(delivery.pk, now=clock)
    raw_mail.faults.clear()
    assert actions.retry_all_failed(now=clock(), asked_by="meera") == 2
    assert actions.sweep(now=clock()) == [failed.pk, waiting.pk]
    for delivery_id in actions.sweep(now=clock()):
        actions.deliver(delivery_id, now=clock)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "sent", "unknown"]


def test_what_nobody_rang_for_is_found_late_and_what_is_just_due_is_left(shop: SmallShop, raw_mail: RawServer) -> None:
    now = timezone.now()
    forgotten, orphan = (sell(f"sale-000{n}", now=now - timedelta(minutes=n)) for n in (2, 7))
    sell("sale-0003", now=now)
    assert outbox.claim(delivery_id=orphan.pk, now=now - timedelta(minutes=6), worker="dead")
    assert late.look(now=now) == 1, "the dead worker's is due again now, and thus not late"
    assert raw_mail.ids == [forgotten.message_id]
    assert late.look(now=now) == 0
    orphan.refresh_from_db()
    assert orphan.state == State.QUEUED


# Two at once


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_it_once(raw_mail: RawServer) -> None:
    open_small_shop()
    delivery = sell()
    start, tried = threading.Barrier(6), []

    def work() -> None:
        start.wait()
        tried.append(actions.deliver(delivery.pk, now=Clock()))
        smtp.hang_up_if_idle(at_once=True)
        connection.close()

    run_together([work] * 6)
    assert sorted(tried) == [False] * 5 + [True]
    assert raw_mail.ids == [delivery.message_id]


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_get_one_more_letter(raw_mail: RawServer) -> None:
    open_small_shop()
    delivery = sell()
    actions.deliver(delivery.pk, now=Clock())
    invoice, start = delivery.invoice, threading.Barrier(6)

    def ask() -> None:
        start.wait()
        actions.send_again(invoice=invoice, now=SOLD_AT)
        connection.close()

    run_together([ask] * 6)
    assert sorted(Delivery.objects.values_list("round", flat=True)) == [0, 1]


def run_together(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_the_letter_reads_back_as_it_was_written(shop: SmallShop, mail_server: SmtpSink, settings: Settings) -> None:
    """The parts are put together by hand: Python's parser finds no fault, and every text and byte again."""
    settings.DEFAULT_FROM_EMAIL = "bills@the-general-store-with-the-longest-name-in-pune.example.com"
    delivery = sell(name='Zoë – आशा தமிழ் = . "quoted"')
    kept = []

    def render(document: dict[str, Any]) -> bytes:
        kept.append((document, b"%PDF-\r\n.\r\n..\n" + bytes(range(256)) * 40))
        return kept[0][1]

    assert actions.deliver(delivery.pk, now=Clock(), render=render)
    ((document, pdf),) = kept
    letter = documents.letter(document)
    message = mail_server.received[0].message
    assert [part.defects for part in message.walk()] == [[]] * 5
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == letter.text.splitlines()
    assert html.get_content().splitlines() == letter.html.splitlines()
    (attached,) = message.iter_attachments()
    assert attached.get_content() == pdf
    assert message["Subject"] == letter.subject
    assert message["MIME-Version"] == "1.0"
    assert f"\r\nMessage-ID: {delivery.message_id}\r\n".encode() in mail_server.received[0].raw, "on one line"
