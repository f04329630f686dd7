"""`python manage.py test` hands over to pytest, so that there is one suite however it is called.

In a new process: the tests choose their database before the settings are read, and here they already were.
"""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any


class PytestRunner:
    """What Django expects of a TEST_RUNNER, and no more."""

    def __init__(self, *, verbosity: int = 1, failfast: bool = False, matching: str = "", **_: Any) -> None:
        self.options = ["-v"] if verbosity > 1 else ["-q"] if verbosity < 1 else []
        self.options += ["--exitfirst"] if failfast else []
        self.options += ["-k", matching] if matching else []

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        parser.add_argument("-k", dest="matching", default="", help="Only tests whose names match, as in pytest.")
        parser.add_argument("--failfast", action="store_true", help="Stop at the first failure.")

    def run_tests(self, test_labels: Sequence[str], **_: Any) -> int:
        """The labels are files, folders or node ids, as pytest takes them."""
        if find_spec("pytest") is None:
            raise SystemExit("The test tools are missing: run `uv sync --group test`, or `uv run counterfoil-test`.")
        return subprocess.call([sys.executable, "-m", "pytest", *self.options, *test_labels])
