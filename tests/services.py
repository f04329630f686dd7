"""Early pytest plugin (`-p tests.services` in pyproject.toml): decides the part and the database of a run.

It must act before pytest-django reads the settings, so it cannot live in conftest.py. The only process, or the
xdist controller, starts the servers through tests.servers and puts their addresses into the environment; the xdist
workers inherit it and only take a folder of their own.

`--part=sqlite|postgres|browser` is what `counterfoil-test` runs one after another. Without it everything is run, on
the database that COUNTERFOIL_TEST_DATABASE (`sqlite` or `postgres`) names, or else on a PostgreSQL that DATABASE_URL
names, or else on SQLite. A PostgreSQL or broker given by DATABASE_URL or CELERY_BROKER_URL is used instead of one
from a wheel.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("sqlite", "postgres", "browser")
STOP_SECONDS = 60

# What a shop's `.env` may say must not reach the tests: a mail server least of all. Set here, it wins over the file.
NEUTRAL = {
    "EMAIL_HOST": "",
    "EMAIL_PORT": "25",
    "EMAIL_USE_TLS": "false",
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "DEFAULT_FROM_EMAIL": "shop@example.com",
    "CELERY_BROKER_URL": "",
    "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    "DEBUG": "false",
    "TLS": "false",
    "LOG_LEVEL": "WARNING",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "TIME_ZONE": "Asia/Kolkata",
    "LANGUAGE_CODE": "en",
    "RATE_LIMIT": "",
    "RATE_LIMIT_STRANGERS": "",
    "METRICS_TOKEN": "",
}


class Keeper:
    """The process that owns the servers. It ends them when this one closes the pipe, or dies."""

    def __init__(self, *wanted: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", *wanted],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C is for pytest, which then lets go
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise pytest.UsageError("The test servers did not start; their own words are above.")
        self.started: dict[str, str] = json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(STOP_SECONDS)
        self.process.stdout.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("counterfoil")
    group.addoption("--part", choices=PARTS, help="one part of the suite, on its database (see tests/services.py)")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper, so that it runs before pytest-django's own hook, which reads the settings."""
    chosen = early_config.known_args_namespace
    if "PYTEST_XDIST_WORKER" in os.environ:
        use_folder(Path(os.environ["COUNTERFOIL_TEST_FOLDER"]) / os.environ["PYTEST_XDIST_WORKER"])
    elif not (chosen.help or chosen.version):
        start_services(early_config, chosen.part)
    return (yield)


def start_services(config: pytest.Config, part: str | None) -> None:
    given_broker = os.environ.get("CELERY_BROKER_URL", "")
    database = database_kind(part)
    given_database = os.environ.get("DATABASE_URL", "") if database == "postgres" else ""
    given_database = given_database if is_postgres(given_database) else ""

    wanted = [] if given_broker or sys.platform == "win32" else ["--valkey"]
    if database == "postgres" and not given_database:
        wanted.append("--postgres")
    keeper = Keeper(*wanted)
    config.add_cleanup(keeper.stop)

    folder = Path(keeper.started["folder"])
    os.environ.update(NEUTRAL)
    os.environ["COUNTERFOIL_TEST_FOLDER"] = str(folder)
    os.environ["COUNTERFOIL_TEST_DATABASE"] = database
    os.environ["COUNTERFOIL_TEST_BROKER_URL"] = given_broker or keeper.started.get("valkey", "")
    os.environ["COUNTERFOIL_TEST_BROKER_IS_OURS"] = "" if given_broker else "1"
    server = given_database or keeper.started.get("postgres", "")
    # Django creates `test_counterfoil` beside it and never touches the database that is named here.
    os.environ["DATABASE_URL"] = server.removesuffix("/postgres") + "/counterfoil" if not given_database else server
    if database == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'never-used.sqlite3'}"
    use_folder(folder / "main")


def database_kind(part: str | None) -> str:
    if part:
        return "sqlite" if part == "sqlite" else "postgres"
    default = "postgres" if is_postgres(os.environ.get("DATABASE_URL", "")) else "sqlite"
    kind = os.environ.get("COUNTERFOIL_TEST_DATABASE") or default
    if kind not in ("sqlite", "postgres"):
        raise pytest.UsageError(f"COUNTERFOIL_TEST_DATABASE={kind!r}: say sqlite or postgres.")
    return kind


def is_postgres(url: str) -> bool:
    return url.startswith(("postgres://", "postgresql://"))


def use_folder(folder: Path) -> None:
    """All that this process and its children write goes below the one folder that is removed at the end."""
    for name in ("data", "temporary"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.environ["COUNTERFOIL_DATA_DIR"] = str(folder / "data")
    os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = str(folder / "temporary")
    tempfile.tempdir = None  # it remembers the folder it gave out first


# Which tests belong to a part


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        first = item.path.relative_to(ROOT / "tests").parts[0] if item.path.is_relative_to(ROOT / "tests") else ""
        if first in MARK_OF_FOLDER:
            item.add_marker(MARK_OF_FOLDER[first])
    # Playwright keeps an event loop running in the main thread, in which Django then refuses its database: it comes
    # last. The long ones come first, so that of two workers none ends alone with one of them.
    items.sort(key=lambda item: (bool(item.get_closest_marker("browser")), not item.get_closest_marker("long")))
    part = config.getoption("part")
    if part:
        left_out = [item for item in items if not belongs(item, part)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if belongs(item, part)]


MARK_OF_FOLDER = {"rules": "pure", "browser": "browser"}


def belongs(item: pytest.Item, part: str) -> bool:
    in_browser = item.get_closest_marker("browser") is not None
    if part == "browser":
        return in_browser
    if part == "postgres" and (item.get_closest_marker("pure") or item.get_closest_marker("once")):
        return False
    return not in_browser


# The figures for the summary of `counterfoil-test`


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    target = os.environ.get("COUNTERFOIL_TEST_REPORT")
    if target and "PYTEST_XDIST_WORKER" not in os.environ:
        stats = terminalreporter.stats
        broken = [*stats.get("failed", []), *stats.get("error", [])]
        report = {
            "passed": len(stats.get("passed", [])) + len(stats.get("xfailed", [])),
            "failed": len(broken),
            "skipped": len(stats.get("skipped", [])),
            "broken": sorted({entry.nodeid for entry in broken}),
        }
        Path(target).write_text(json.dumps(report), encoding="utf-8")
