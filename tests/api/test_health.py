"""What a load balancer asks, without a token."""

import time

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.api.caller import Caller
from tests.servers import LOOPBACK, free_port


@pytest.fixture
def anybody(db: None) -> Caller:
    return Caller("", base="")


def test_alive_asks_no_database(anybody: Caller, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert anybody.ok("GET", "/healthz") == {"status": "ok"}


def test_ready(anybody: Caller) -> None:
    assert anybody.ok("GET", "/readyz") == {"status": "ready", "database": "ok", "queue": "none"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_a_wrong_method_is_told_so(path: str) -> None:
    """Not sent after a form's token, as pages are."""
    answer = Client(enforce_csrf_checks=True).post(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_not_ready_before_the_migrations(anybody: Caller) -> None:
    MigrationRecorder(connection).record_unapplied("till", "0001_initial")
    answer = anybody.send("GET", "/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "not migrated")


def test_not_ready_without_its_database(anybody: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)
    answer = anybody.send("GET", "/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")


def test_the_queue_is_told(anybody: Caller, broker_url: str, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = broker_url
    assert anybody.ok("GET", "/readyz")["queue"] == "ok"


@pytest.mark.parametrize("host", [f"{LOOPBACK}:{{port}}", "192.0.2.1:6379", "no.such.host.invalid:6379"])
def test_a_queue_that_is_away_stops_nothing_and_takes_no_time(anybody: Caller, settings: Settings, host: str) -> None:
    settings.CELERY_BROKER_URL = f"redis://{host.format(port=free_port())}/0"
    began = time.monotonic()
    answer = anybody.send("GET", "/readyz")
    assert (answer.status_code, answer.json()["queue"]) == (200, "unreachable")
    assert time.monotonic() - began < 1


def test_metrics_are_off_until_a_token_is_set(anybody: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert anybody.send("GET", "/metrics").status_code == 404
    monkeypatch.setenv("METRICS_TOKEN", "a-long-secret")
    for header in ("", "Bearer wrong", "Bearer \u00e9"):
        assert anybody.send("GET", "/metrics", Authorization=header).status_code == 401
    answer = anybody.send("GET", "/metrics", Authorization="Bearer a-long-secret")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/plain")
    assert b"# TYPE" in answer.content
