"""`counterfoil-test`: everything that must hold, from one command, on a machine that has only uv.

It starts with the standard library alone, adds the test tools to the project's environment (the packages the shop
itself runs on stay as they are), runs the tests on SQLite, on PostgreSQL and in a browser, and the checks. All of it
is summed up at the end; the last line is `N passed, N failed`. What it does not know it hands to pytest:
`counterfoil-test --only sqlite -k drawer -x`.
"""

import argparse
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("lint", "sqlite", "postgres", "browser")
NO_TEST_MATCHED = 5  # pytest's exit code
TESTS_FAILED = 1
INTERRUPTED = 130
NAME_WIDTH = 14
TOLD_ALWAYS = ("advisories",)  # that nobody could be asked is no failure, and no audit either


@dataclass
class Outcome:
    name: str
    ok: bool
    seconds: float
    output: str = ""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    broken: list[str] = field(default_factory=list)

    def line(self) -> str:
        counts = f"   {self.passed} passed, {self.failed} failed, {self.skipped} skipped" if self.counted else ""
        return f"{self.name:{NAME_WIDTH}} {'ok    ' if self.ok else 'FAILED'} {self.seconds:6.1f} s{counts}"

    @property
    def counted(self) -> int:
        return self.passed + self.failed + self.skipped


# Running things


class Programs:
    """Runs programs from the project's root, and ends those that still run when this one is told to stop."""

    def __init__(self) -> None:
        self.running: set[subprocess.Popen[str]] = set()
        signal.signal(signal.SIGTERM, self._stop)

    def run(self, command: list[str], environment: Mapping[str, str], *, captured: bool) -> tuple[int, str]:
        out = subprocess.PIPE if captured else None
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=out, stderr=subprocess.STDOUT if captured else None,
            stdin=subprocess.DEVNULL if captured else None, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        self.running.add(process)
        output = ""
        interrupted = False
        while process.returncode is None:
            try:
                output = process.communicate()[0] or ""
            except KeyboardInterrupt:  # the program got it too, and tidies up before it ends
                interrupted = True
        self.running.discard(process)
        if interrupted:
            raise KeyboardInterrupt
        return process.returncode, output

    def _stop(self, signum: int, frame: object) -> None:
        for process in self.running:
            process.terminate()
        raise SystemExit(128 + signum)


def plain_environment() -> dict[str, str]:
    """As it is, but Python keeps what it compiled: a dozen processes import the same packages."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def install_tools(programs: Programs) -> None:
    """Exactly what uv.lock says, beside what is there. Without uv, whatever `pip install --group test` has left."""
    uv = os.environ.get("UV") or shutil.which("uv")
    command = [uv] if uv else [sys.executable, "-m", "uv"] if importlib.util.find_spec("uv") else []
    if command:
        started = time.monotonic()
        sync = [*command, "sync", "--locked", "--inexact", "--group", "test", "--quiet"]
        code, _ = programs.run(sync, {**plain_environment(), "UV_PROJECT_ENVIRONMENT": sys.prefix}, captured=False)
        if code:
            raise SystemExit("The test tools could not be installed; uv's own words are above.")
        report(Outcome("test tools", ok=True, seconds=time.monotonic() - started))
    elif not importlib.util.find_spec("pytest"):
        raise SystemExit("The test tools are missing: `pip install uv`, or `pip install --group test` here.")


def report(outcome: Outcome) -> Outcome:
    print(outcome.line(), flush=True)
    if outcome.output and (not outcome.ok or outcome.name in TOLD_ALWAYS):
        print(outcome.output.rstrip(), flush=True)
    return outcome


# The checks


def shop_in_production(data_folder: Path) -> dict[str, str]:
    """What a shop on the internet would set: `check --deploy` must have nothing to say about it."""
    return {
        "COUNTERFOIL_DATA_DIR": str(data_folder),
        "DATABASE_URL": f"sqlite:///{data_folder / 'counterfoil.sqlite3'}",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "shop.example.com",
        "DEBUG": "false",
        "EMAIL_HOST": "mail.example.com",
        "TLS": "true",
    }


def checks() -> dict[str, list[str]]:
    python = [sys.executable, "-W", "error", "-X", "utf8"]
    module = [sys.executable, "-m"]
    lint_imports = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return {
        "types": [*module, "mypy", "--no-error-summary"],
        "advisories": [*module, "tests.advisories"],
        "lint": [*module, "ruff", "check", "--quiet"],
        "format": [*module, "ruff", "format", "--check", "--quiet", "--output-format", "concise"],
        "templates": [*module, "djlint", "--lint", "--quiet", "counterfoil"],
        "imports": [sys.executable, "-c", lint_imports],
        "migrations": [*python, "manage.py", "makemigrations", "--check", "--dry-run"],
        "deployment": [*python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    }


def start_checks(programs: Programs, folder: Path, pool: ThreadPoolExecutor) -> list[Future[Outcome]]:
    environment = {**plain_environment(), **shop_in_production(folder)}

    def run(name: str, command: list[str]) -> Outcome:
        started = time.monotonic()
        code, output = programs.run(command, environment, captured=True)
        return Outcome(name, ok=code == 0, seconds=time.monotonic() - started, output=output)

    return [pool.submit(run, name, command) for name, command in checks().items()]


# The tests


def run_tests(programs: Programs, part: str, extra: list[str], folder: Path) -> Outcome:
    counts_file = folder / f"{part}.json"
    environment = {**plain_environment(), "COUNTERFOIL_TEST_REPORT": str(counts_file)}
    # A browser and its shop keep two processors busy: two of them by file were done no sooner than one.
    ways = [] if part == "browser" else ["-n", "2"]
    command = [sys.executable, "-m", "pytest", "-q", "--no-header", f"--part={part}", *ways, *extra]
    print(f"\n{part}: pytest {' '.join(command[3:])}", flush=True)
    started = time.monotonic()
    code, _ = programs.run(command, environment, captured=False)
    outcome = Outcome(part, ok=code in (0, NO_TEST_MATCHED), seconds=time.monotonic() - started)
    if counts_file.exists():
        for name, value in json.loads(counts_file.read_text(encoding="utf-8")).items():
            setattr(outcome, name, value)
    if not outcome.ok and not outcome.failed:
        outcome.failed = 1  # pytest itself did not get through
        outcome.broken = [f"pytest ended with exit code {code}"]
    return report(outcome)


def run_parts(programs: Programs, parts: list[str], extra: list[str]) -> list[Outcome]:
    """The checks run beside the last tests, those in the browser, which leave a processor idle, and are told after."""
    waiting: list[Future[Outcome]] = []
    tested: list[Outcome] = []
    tests = [part for part in parts if part != "lint"]
    with tempfile.TemporaryDirectory(prefix="counterfoil-test-") as name, ThreadPoolExecutor(1) as pool:
        try:
            for part in tests:
                if part == tests[-1] and "lint" in parts:
                    waiting = start_checks(programs, Path(name), pool)
                tested.append(run_tests(programs, part, extra, Path(name)))
                if not tested[-1].ok and ("-x" in extra or "--exitfirst" in extra):
                    return tested
            if not tests:
                waiting = start_checks(programs, Path(name), pool)
            return [*(report(check.result()) for check in waiting), *tested]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


# The command


def summary(outcomes: list[Outcome], *, tests_were_asked_for: bool) -> int:
    """Prints it, its last line as the world expects it, and answers the exit code."""
    print()
    for outcome in outcomes:
        print(outcome.line())
    for outcome in outcomes:
        for name in outcome.broken:
            print(f"FAILED on {outcome.name}: {name}")
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    bad = [outcome.name for outcome in outcomes if not outcome.ok]
    if bad:
        print(f"Not in order: {', '.join(bad)}")
    nothing_ran = tests_were_asked_for and passed + failed == 0
    if nothing_ran:
        print("No test was run.")
    print(f"{passed} passed, {failed} failed", flush=True)
    return TESTS_FAILED if bad or nothing_ran else 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="counterfoil-test", description=__doc__, allow_abbrev=False)
    parser.add_argument("--only", action="append", choices=PARTS, help="this part only (may be given more than once)")
    wanted, extra = parser.parse_known_args()
    parts = [part for part in PARTS if part in (wanted.only or PARTS)]
    programs = Programs()
    try:
        install_tools(programs)
        outcomes = run_parts(programs, parts, extra)
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    raise SystemExit(summary(outcomes, tests_were_asked_for=parts != ["lint"]))


if __name__ == "__main__":
    main()
