"""What a mail server can do to a letter, on a real one: after each fault the letter is sent once, or put off, failed or
unknown with the reason; never lost, never twice by certainty."""

import re
import socket
from email import message_from_bytes
from pathlib import Path

import pytest
from pytest_django import Settings

from counterfoil.delivery import actions, policy
from counterfoil.delivery.models import Delivery, State
from tests.delivery import mailserver
from tests.delivery.conftest import point_mail_at
from tests.delivery.mailserver import DROP, HANG, LOSE, PASSWORD, USER, RawServer
from tests.delivery.post import Clock, check_promises, sell, steps
from tests.shop import SmallShop

pytestmark = [pytest.mark.django_db]


def tried(delivery: Delivery, clock: Clock) -> Delivery:
    assert actions.deliver(delivery.pk, now=clock)
    delivery.refresh_from_db()
    return delivery


PUT_OFF = [
    *[(stage, DROP) for stage in ("connect", "ehlo", "mail", "rcpt", "data")],
    *[(stage, HANG) for stage in ("connect", "ehlo", "mail", "rcpt", "data")],
    ("connect", "421 4.3.2 too busy"),
    ("connect", "554 5.7.1 go away"),
    ("ehlo", "421 4.3.2 shutting down"),
    ("mail", "451 4.3.0 try later"),
    ("mail", "550 5.7.1 sender not allowed"),
    ("rcpt", "421 4.3.2 shutting down"),
    ("rcpt", "450 4.2.0 mailbox busy"),
    ("rcpt", "452 4.2.2 mailbox full"),
    ("data", "451 4.3.0 no disk"),
    ("end", "421 4.3.2 shutting down"),
    ("end", "452 4.3.1 out of room"),
]


@pytest.mark.parametrize("stage, fault", PUT_OFF)
def test_what_may_pass_is_put_off_and_then_sent_once(
    shop: SmallShop, hasty_mail: RawServer, stage: str, fault: str
) -> None:
    delivery, clock = sell(), Clock()
    hasty_mail.faults[stage] = fault
    tried(delivery, clock)
    assert (delivery.state, delivery.fail_count, delivery.attempts) == (State.QUEUED, 1, 1)
    assert delivery.last_error
    assert delivery.next_attempt_at is not None
    assert 48 <= (delivery.next_attempt_at - clock.now).total_seconds() <= 72
    assert hasty_mail.letters == []

    hasty_mail.faults.clear()
    assert not actions.deliver(delivery.pk, now=clock), "not before its time"
    clock.move(seconds=73)
    tried(delivery, clock)
    assert delivery.state == State.SENT
    assert hasty_mail.ids == [delivery.message_id]


@pytest.mark.parametrize(
    "stage, fault",
    [
        ("rcpt", "550 5.1.1 no such user here"),
        ("rcpt", "553 5.1.3 bad mailbox name"),
        ("mail", "552 5.3.4 too big"),
        ("data", "554 5.7.1 no valid recipients"),
        ("end", "554 5.6.0 refused as spam"),
        ("end", "552 5.2.2 mailbox full"),
    ],
)
def test_what_is_refused_for_good_stops_at_once(shop: SmallShop, raw_mail: RawServer, stage: str, fault: str) -> None:
    delivery, clock = sell(), Clock()
    raw_mail.faults[stage] = fault
    tried(delivery, clock)
    assert (delivery.state, delivery.fail_count) == (State.FAILED, 1)
    assert fault[4:] in delivery.last_error
    assert steps(delivery) == [f"First try: The mail server said {fault[4:]} ({fault[:3]}). Given up"]
    raw_mail.faults.clear()
    clock.move(days=4)
    assert actions.sweep(now=clock()) == []
    assert raw_mail.letters == []


@pytest.mark.parametrize("fault, arrived", [(DROP, 1), (LOSE, 0), (HANG, 1), ("nonsense", 0)])
def test_no_answer_to_the_final_dot_is_unknown_and_parked(
    shop: SmallShop, hasty_mail: RawServer, fault: str, arrived: int
) -> None:
    delivery, clock = sell(), Clock()
    hasty_mail.faults["end"] = fault
    tried(delivery, clock)
    assert (delivery.state, delivery.ambiguous_attempts, delivery.fail_count) == (State.UNKNOWN, 1, 1)
    assert delivery.last_error.startswith("The letter was handed over in full, and then")
    assert len(hasty_mail.letters) == arrived
    hasty_mail.faults.clear()
    clock.move(days=4)
    assert actions.sweep(now=clock()) == [], "nobody sends it again by himself"
    assert len(hasty_mail.letters) == arrived


@pytest.mark.parametrize("fault", [DROP, HANG])
def test_a_connection_that_breaks_inside_the_text_keeps_the_promise(
    shop: SmallShop, hasty_mail: RawServer, fault: str
) -> None:
    """The text lies in the kernel's buffer: whether the break is seen before the final dot depends on the machine."""
    delivery, clock = sell(), Clock()
    hasty_mail.faults["text"] = fault
    tried(delivery, clock)
    assert delivery.state in (State.QUEUED, State.UNKNOWN)
    assert hasty_mail.letters == []


def test_nobody_listens(shop: SmallShop, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    point_mail_at(settings, host="127.0.0.1", port=port)
    delivery = tried(sell(), Clock())
    assert delivery.state == State.QUEUED
    assert delivery.last_error == (
        f"Could not reach the mail server 127.0.0.1:{port}: nobody listens there (connection refused)"
    )
    assert steps(delivery)[0].startswith("First try: Could not reach")
    assert steps(delivery)[0].endswith("Again in a minute")


def test_three_days_of_patience_and_then_failed_with_the_last_reason(shop: SmallShop, raw_mail: RawServer) -> None:
    delivery, clock = sell(), Clock()
    began = clock.now
    raw_mail.faults["rcpt"] = "450 4.2.0 mailbox busy"
    while tried(delivery, clock).state == State.QUEUED:
        assert delivery.next_attempt_at is not None
        clock.now = delivery.next_attempt_at
        assert actions.sweep(now=clock()) == [delivery.pk]
    assert delivery.state == State.FAILED
    assert delivery.attempts == delivery.fail_count == policy.TRIES_AT_MOST
    assert 2.4 <= (clock.now - began).total_seconds() / 86400 <= 3.6
    assert delivery.last_error == "The mail server said 4.2.0 mailbox busy (450)"


# Passwords and TLS


def test_wrong_password_waits_for_the_right_one(shop: SmallShop, settings: Settings) -> None:
    with RawServer(password=True) as server:
        point_mail_at(settings, host="127.0.0.1", port=server.port, username=USER, password="guess")
        delivery, clock = sell(), Clock()
        tried(delivery, clock)
        assert delivery.state == State.QUEUED
        assert f"did not let {USER} in: 5.7.8 username or password not accepted (535)" in delivery.last_error
        assert "guess" not in delivery.last_error

        point_mail_at(settings, host="127.0.0.1", port=server.port, username=USER, password=PASSWORD)
        clock.move(minutes=2)
        assert tried(delivery, clock).state == State.SENT
        check_promises(server)


def test_a_server_without_tls_gets_no_letter_in_clear(shop: SmallShop, settings: Settings) -> None:
    with RawServer(tls=False) as server:
        point_mail_at(settings, host="127.0.0.1", port=server.port, use_tls=True)
        delivery = tried(sell(), Clock())
        assert delivery.state == State.QUEUED
        assert "No encrypted connection (TLS)" in delivery.last_error
        assert server.letters == []


def test_a_certificate_of_nobody_known_gets_no_letter(shop: SmallShop, settings: Settings) -> None:
    with RawServer(tls=True) as server:
        point_mail_at(settings, host="127.0.0.1", port=server.port, use_tls=True)
        delivery = tried(sell(), Clock())
        assert delivery.state == State.QUEUED
        assert "its certificate is not trusted (unable to get local issuer certificate)" in delivery.last_error
        assert server.letters == []


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The raw server's certificates are trusted in this test."""
    mailserver.authority().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


def test_tls_and_password_go_together(shop: SmallShop, settings: Settings, trusted: None) -> None:
    with RawServer(tls=True, password=True) as server:
        point_mail_at(settings, host="localhost", port=server.port, use_tls=True, username=USER, password=PASSWORD)
        assert tried(sell(), Clock()).state == State.SENT
        assert server.visits == ["connect", "ehlo", "starttls", "ehlo", "auth", "mail", "rcpt", "data", "text", "end"]


@pytest.mark.parametrize("stage, fault", [("starttls", HANG), ("starttls", DROP), ("starttls", "454 4.7.0 not now"),
                                          ("auth", HANG), ("auth", DROP), ("auth", "454 4.7.0 not now")])  # fmt: skip
def test_trouble_before_the_letter_is_put_off_and_then_sent_once(
    shop: SmallShop, settings: Settings, trusted: None, stage: str, fault: str
) -> None:
    with RawServer(tls=True, password=True) as server:
        point_mail_at(settings, host="localhost", port=server.port, use_tls=True, username=USER, password=PASSWORD,
                      timeout=0.3)  # fmt: skip
        server.faults[stage] = fault
        delivery, clock = sell(), Clock()
        tried(delivery, clock)
        assert (delivery.state, delivery.fail_count) == (State.QUEUED, 1)
        assert delivery.last_error
        server.faults.clear()
        point_mail_at(settings, host="localhost", port=server.port, use_tls=True, username=USER, password=PASSWORD)
        clock.move(seconds=73)
        assert tried(delivery, clock).state == State.SENT
        assert server.ids == [delivery.message_id]


@pytest.mark.parametrize("fault", [DROP, HANG, "421 4.7.0 too many letters here", "452 4.5.3 too many letters here"])
def test_an_open_connection_that_takes_no_more_delays_no_letter(
    shop: SmallShop, hasty_mail: RawServer, fault: str
) -> None:
    """Nothing of the second letter was said yet: it goes over a new connection at once, and no try failed."""
    clock = Clock()
    first, second = sell("sale-0001"), sell("sale-0002")
    tried(first, clock)
    hasty_mail.faults["mail"] = fault
    hasty_mail.on_visit = lambda stage: hasty_mail.faults.clear() if hasty_mail.connections > 1 else None
    tried(second, clock)
    assert (second.state, second.attempts, second.fail_count) == (State.SENT, 1, 0)
    assert hasty_mail.connections == 2
    assert hasty_mail.ids == [first.message_id, second.message_id]


def test_a_server_that_hangs_up_after_its_last_word_has_the_letter(shop: SmallShop, raw_mail: RawServer) -> None:
    clock = Clock()
    first, second = sell("sale-0001"), sell("sale-0002")
    raw_mail.faults["after"] = DROP
    assert tried(first, clock).state == State.SENT
    assert tried(second, clock).state == State.SENT
    assert raw_mail.ids == [first.message_id, second.message_id]
    assert (first.ambiguous_attempts, second.ambiguous_attempts, raw_mail.connections) == (0, 0, 2)


def test_a_server_that_says_what_no_database_keeps_is_quoted_all_the_same(shop: SmallShop, raw_mail: RawServer) -> None:
    raw_mail.faults["rcpt"] = "550 no\0such\x1b[31m user " + "x" * 600
    delivery = tried(sell(), Clock())
    assert delivery.state == State.FAILED
    assert "no such [31m user xxx" in delivery.last_error


def test_one_connection_carries_many_letters_and_is_renewed_when_it_broke(shop: SmallShop, raw_mail: RawServer) -> None:
    clock = Clock()
    deliveries = [sell(f"sale-000{n}") for n in range(4)]
    for delivery in deliveries[:3]:
        assert tried(delivery, clock).state == State.SENT
    assert raw_mail.connections == 1
    raw_mail.hang_up_on_all()
    assert tried(deliveries[3], clock).state == State.SENT
    assert raw_mail.connections == 2
    assert raw_mail.ids == [delivery.message_id for delivery in deliveries]


def test_the_same_delivery_is_the_same_letter_at_every_try(shop: SmallShop, raw_mail: RawServer) -> None:
    delivery, clock = sell(), Clock()
    raw_mail.faults["end"] = DROP
    tried(delivery, clock)
    raw_mail.faults.clear()
    clock.move(hours=5)
    actions.retry(delivery_id=delivery.pk, now=clock())
    assert tried(delivery, clock).state == State.SENT
    first, second = raw_mail.letters
    assert first == second
    assert message_from_bytes(first)["Message-ID"] == delivery.message_id


@pytest.mark.pure
def test_the_table_of_faults_names_tests_that_are_there() -> None:
    here = Path(__file__).parent
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", (here / "FAULTS.md").read_text(encoding="utf-8"))
    assert len(named) > 25
    assert [name for file, name in named if f"def {name}(" not in (here / file).read_text(encoding="utf-8")] == []
