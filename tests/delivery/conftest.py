"""A mail server that fails as told, and the shop set to use it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from counterfoil.delivery import smtp
from tests.delivery.mailserver import RawServer

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"


def point_mail_at(settings: Settings, **options: Any) -> None:
    settings.MAILERS = {"default": {"BACKEND": SMTP_BACKEND, "OPTIONS": {"timeout": 5, **options}}}


@pytest.fixture(autouse=True)
def hung_up() -> Iterator[None]:
    """No test inherits another one's open connection."""
    yield
    smtp.hang_up_if_idle(at_once=True)


@pytest.fixture
def raw_server() -> Iterator[RawServer]:
    with RawServer() as server:
        yield server


@pytest.fixture
def raw_mail(raw_server: RawServer, settings: Settings) -> RawServer:
    point_mail_at(settings, host="127.0.0.1", port=raw_server.port)
    return raw_server


@pytest.fixture
def hasty_mail(raw_server: RawServer, settings: Settings) -> RawServer:
    """The same, and the shop waits a fifth of a second for each answer."""
    point_mail_at(settings, host="127.0.0.1", port=raw_server.port, timeout=0.2)
    return raw_server
