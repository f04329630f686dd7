"""Fixtures for every test: a database per worker, a broker, a mail server, programs on a leash."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker, Settings

from tests.databases import fresh_database, keep, keep_what_migrations_seeded, migrated_database
from tests.shop import SmallShop, open_small_shop, write_small_shop
from tests.smtp import SmtpSink

# No deadline for a single example: a busy machine is no fault of the code. What failed can be repeated from its blob.
hypothesis.settings.register_profile(
    "counterfoil", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("counterfoil")

# Databases


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """SQLite is tested as it is sold: a file with a write-ahead log, not Django's in-memory database."""
    from django.db import connections

    settings = connections["default"].settings_dict
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        settings["TEST"]["NAME"] = str(Path(os.environ["COUNTERFOIL_DATA_DIR"]) / "counterfoil.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, quick_passwords: None) -> None:
    with django_db_blocker.unblock():
        keep_what_migrations_seeded()
        keep(write_small_shop)


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database of its own, for a program that migrates it itself."""
    with fresh_database(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database, as the template of others."""
    with migrated_database(tmp_path_factory.mktemp("migrated")) as url:
        yield url


# The shop


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Django's own slow hash with few rounds: at a quarter of a second each it would be a minute of the suite. Shops
    that run in processes of their own keep the product's."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["tests.hashing.FewRounds"]


@pytest.fixture
def shop(db: None) -> SmallShop:
    return open_small_shop()


# Services


@pytest.fixture
def broker_url() -> Iterator[str]:
    """An empty Valkey database, one per xdist worker."""
    from redis import Redis

    base = os.environ["COUNTERFOIL_TEST_BROKER_URL"]
    if not base:
        pytest.fail("There is no Valkey wheel for this system: set CELERY_BROKER_URL to a Redis for tests.")
    worker = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    ours = bool(os.environ["COUNTERFOIL_TEST_BROKER_IS_OURS"])
    # Somebody's own Redis: from its last database down, and only where nothing lies.
    url = re.sub(r"/\d*$", "", base) + f"/{worker if ours else 15 - worker}"
    with Redis.from_url(url) as client:
        if not ours and client.dbsize():
            pytest.fail(f"{url} is not empty: the tests would delete what is there.")
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
def broker(broker_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same, with this process and the programs it starts told to use it."""
    import kombu.pools

    from counterfoil.celery import app

    settings.CELERY_BROKER_URL = broker_url
    monkeypatch.setenv("CELERY_BROKER_URL", broker_url)  # Celery asks the environment first, at every connection
    forget_connections = [kombu.pools.reset, lambda: setattr(app, "_pool", None)]
    for forget in forget_connections:
        forget()
    app.amqp._producer_pool = None
    yield broker_url
    for forget in forget_connections:
        forget()
    app.amqp._producer_pool = None


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server that keeps what it is sent; nobody is told to use it yet."""
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def mail_server(smtp_sink: SmtpSink, settings: Settings) -> SmtpSink:
    """The same, and the shop of this process sends its mails there."""
    options = {"host": smtp_sink.host, "port": smtp_sink.port, "timeout": 5}
    settings.EMAIL_HOST_NAME = smtp_sink.host
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
    return smtp_sink
