"""A mail server that fails as told, and the shop set to use it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from counterfoil.delivery import smtp
from tests.delivery.mailserver import HANG, RawServer
from tests.delivery.post import check_promises

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def point_mail_at(settings: Settings, **options: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": SMTP_BACKEND, "OPTIONS": {"timeout": 5, **options}}}


@pytest.fixture(autouse=True)
def hung_up() -> Iterator[None]:
    """No test inherits another one's open connection."""
    yield
    smtp.hang_up_if_idle(at_once=True)


@pytest.fixture
def raw_server(request: pytest.FixtureRequest) -> Iterator[RawServer]:
    """Whatever the test did to it: at its end the outbox has kept its word (see `check_promises`)."""
    with RawServer() as server:
        yield server
        if request.node.get_closest_marker("django_db"):
            check_promises(server)


@pytest.fixture
def raw_mail(raw_server: RawServer, settings: Settings) -> RawServer:
    point_mail_at(settings, host="127.0.0.1", port=raw_server.port)
    return raw_server


@pytest.fixture
def hasty_mail(raw_server: RawServer, settings: Settings, request: pytest.FixtureRequest) -> RawServer:
    """The same, and where the fault is to hang the shop waits a fifth of a second for each answer. (Where it is not, a
    busy machine's slowness must not be taken for one.)"""
    hangs = HANG in request.node.callspec.params.values()
    point_mail_at(settings, host="127.0.0.1", port=raw_server.port, timeout=0.2 if hangs else 5)
    return raw_server
