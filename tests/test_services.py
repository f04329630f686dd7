"""The tests' own ground: the database, the servers and the fixtures are what they say they are."""

import json
import os
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.core import mail
from django.db import DatabaseError, connection

from counterfoil.catalog.models import StockMovement
from counterfoil.till.models import Denomination
from tests.processes import Program
from tests.shop import open_small_shop
from tests.smtp import DROP, SmtpSink

HOLDS_SERVERS = """
import subprocess, sys
subprocess.Popen([sys.executable, "-m", "tests.servers", "--valkey"], stdin=subprocess.PIPE).wait()
"""
HEEDS_INTERRUPTS = """
import signal
signal.signal(signal.SIGINT, lambda *_: exit(3))
print("ready", flush=True)
signal.pause()
"""


def test_the_database_is_the_one_asked_for(db: None) -> None:
    asked_for = {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ["COUNTERFOIL_TEST_DATABASE"]]
    assert connection.vendor == asked_for


def test_sqlite_is_a_file_with_a_log_and_postgresql_is_18(db: None) -> None:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 180000
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
    assert Path(str(connection.settings_dict["NAME"])).parent == Path(os.environ["COUNTERFOIL_DATA_DIR"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_leaves_what_the_migrations_seeded_and_nothing_else(turn: int) -> None:
    """Each turn removes a note, and leaves movements behind that the database does not let go of."""
    assert Denomination.objects.count() == 9
    assert StockMovement.objects.count() == 0
    Denomination.objects.filter(value_paise=500_00).delete()
    open_small_shop()
    assert StockMovement.objects.count() > 0
    with pytest.raises(DatabaseError, match="append-only"):
        StockMovement.objects.all().delete()


def test_an_empty_database_is_empty(empty_database: str) -> None:
    if empty_database.startswith("sqlite"):
        assert not Path(empty_database.removeprefix("sqlite:///")).exists()
        return
    with psycopg.connect(empty_database) as shop:
        row = shop.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert row == (0,)


@pytest.mark.once
def test_the_broker_is_empty_and_answers(broker: str) -> None:
    from redis import Redis

    from counterfoil.celery import app

    with Redis.from_url(broker) as client:
        assert client.dbsize() == 0
        with app.connection_for_write() as connected:
            connected.ensure_connection(max_retries=1)
            assert str(connected.port) in broker
        client.set("left behind", "to be flushed")


@pytest.mark.once
def test_the_mail_server_keeps_what_it_is_sent(mail_server: SmtpSink) -> None:
    mail.EmailMessage("Bill", "Thank you", "shop@example.com", ["asha@example.com"]).send()
    assert mail_server.recipients == ["asha@example.com"]
    assert mail_server.received[0].message["Subject"] == "Bill"


@pytest.mark.once
def test_the_mail_server_fails_where_it_is_told_to(mail_server: SmtpSink) -> None:
    message = mail.EmailMessage("Bill", "Thank you", "shop@example.com", ["asha@example.com"])
    mail_server.fail("rcpt", "550 5.1.1 no such user")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        message.send()
    mail_server.fail("data", "452 4.2.2 mailbox full")
    with pytest.raises(smtplib.SMTPDataError):
        message.send()
    assert mail_server.received == []
    mail_server.fail("mail", DROP)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        message.send()
    message.send()
    assert len(mail_server.received) == 1


@pytest.mark.once
def test_an_answer_lost_after_the_mail_was_taken(mail_server: SmtpSink) -> None:
    mail_server.fail("data", DROP)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail.EmailMessage("Bill", "Thank you", "shop@example.com", ["asha@example.com"]).send()
    assert mail_server.recipients == ["asha@example.com"]


@pytest.mark.once
def test_a_program_is_interrupted_as_from_the_keyboard() -> None:
    with Program([sys.executable, "-c", HEEDS_INTERRUPTS]) as program:
        program.wait_for("ready")
        program.interrupt()
        assert program.wait() == 3


@pytest.mark.once
def test_a_killed_program_says_nothing_more() -> None:
    with Program([sys.executable, "-c", HEEDS_INTERRUPTS]) as program:
        program.wait_for("ready")
        program.kill()
        assert program.output == "ready"


@pytest.mark.once
def test_servers_and_their_folder_go_when_their_holder_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS_SERVERS], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        started = json.loads(holder.stdout.readline())
        assert Path(started["folder"]).is_dir()
        holder.kill()
        holder.stdout.read()  # the keeper has the other end: it closes when that has ended
    assert not Path(started["folder"]).exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(started["valkey"].rpartition(":")[2]))) != 0
