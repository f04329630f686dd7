"""The settings page of mail: what the letter looks like, and a test letter that says plainly what is wrong. Each wrong
setting is tried on a server that really refuses it."""

import html
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from counterfoil.people import actions as people
from tests.delivery.conftest import point_mail_at
from tests.delivery.mailserver import HANG, PASSWORD, USER, RawServer
from tests.delivery.post import SOLD_AT, sell
from tests.shop import SmallShop

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def owner(shop: SmallShop) -> Client:
    user = people.create_user(username="owner-1", password="long enough 1", role="owner", name="", now=SOLD_AT)
    client = Client()
    client.force_login(user)
    return client


def said(client: Client, to: str = "me@example.com") -> str:
    """What stands at the address after the test was sent."""
    answer = client.post("/settings/mail/", {"to": to}, follow=True)
    text = answer.content.decode()
    found = re.search(r'class="error" id="f-to-error"[^>]*>(.*?)</p>|data-toast[^>]*>(.*?)</', text, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>|\s+", " ", found[0] if found else text)).strip()


def test_a_test_letter_goes_through(owner: Client, raw_mail: RawServer) -> None:
    assert "Accepted by the mail server." in said(owner)
    (letter,) = raw_mail.letters
    assert b"To: me@example.com\r\n" in letter
    assert "Accepted by the mail server." in said(owner)
    assert raw_mail.connections == 2, "each over a connection of its own"
    raw_mail.letters.clear()  # they are no delivery's


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return int(closed.getsockname()[1])


WRONG: dict[str, tuple[Callable[[RawServer], dict[str, Any]], str, str]] = {
    "no such host": (lambda s: {"host": "mail.invalid"}, "no machine has this name", "Check EMAIL_HOST."),
    "the port of nobody": (
        lambda s: {"port": free_port()}, "nobody listens there (connection refused)", "EMAIL_HOST, EMAIL_PORT",
    ),
    "a port that says nothing": (lambda s: {"timeout": 0.3}, "it did not answer in time", "EMAIL_PORT"),
    "no TLS there": (lambda s: {"use_tls": True}, "No encrypted connection (TLS)", "Check EMAIL_USE_TLS, EMAIL_PORT."),
    "TLS from the first byte": (lambda s: {"use_ssl": True}, "it speaks no TLS here", "EMAIL_USE_TLS, EMAIL_PORT."),
    "somebody else's certificate": (
        lambda s: {"use_tls": True}, "its certificate is not trusted", "Check EMAIL_HOST, SSL_CERT_FILE.",
    ),
    "wrong password": (
        lambda s: {"username": USER, "password": "guess"}, f"did not let {USER} in: 5.7.8 username or password not "
        "accepted (535)", "Check EMAIL_HOST_USER, EMAIL_HOST_PASSWORD.",
    ),
    "no password": (lambda s: {}, "Authentication required (530)", "EMAIL_HOST_USER, EMAIL_HOST_PASSWORD."),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_plainly(owner: Client, settings: Settings, what: str) -> None:
    options, reason, look_at = WRONG[what]
    secure, locked = what == "somebody else's certificate", "password" in what
    with RawServer(tls=secure, password=locked) as server:
        server.faults = {"a port that says nothing": {"connect": HANG}, "no password": {
            "mail": "530 5.7.0 Authentication required"}}.get(what, {})  # fmt: skip
        point_mail_at(settings, **{"host": "127.0.0.1", "port": server.port, **options(server)})
        words = said(owner)
        assert reason in words
        assert look_at in words
        assert PASSWORD not in words
        assert "guess" not in words
        assert server.letters == []


def test_the_letter_is_shown_as_mail_programs_show_it(owner: Client) -> None:
    assert "With the first sale there is something to see here." in owner.get("/settings/mail/").content.decode()
    sell(name="<script>alert(1)</script>")
    page = owner.get("/settings/mail/")
    text = page.content.decode()
    assert "Invoice A/26-27/000001 from Kirana Asha" in text
    assert "<script>alert(1)" not in text
    shown = owner.get("/settings/mail/letter/")
    assert "Dear &lt;script&gt;alert(1)&lt;/script&gt;" in shown.content.decode()
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
