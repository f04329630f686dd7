"""The audit of what the shop runs on never says more than it knows."""

import json

import pytest

from tests.advisories import verdict

pytestmark = [pytest.mark.pure]
CLEAN = {"name": "django", "version": "6.1.3", "vulns": []}
BAD = {"name": "redis", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited: six"}


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        ([CLEAN], 0, "No advisory is known against 1 packages."),
        ([CLEAN, BAD], 1, "ADVISORY: redis 1.0: PYSEC-1"),
        ([CLEAN, UNKNOWN], 0, "NOT AUDITED: 1 of 2 packages (six …)"),
        ([UNKNOWN], 0, "NOT AUDITED: the advisory service could not be asked about any package."),
        ([], 0, "NOT AUDITED: the advisory service could not be asked about any package."),
    ],
)
def test_what_was_found_is_what_is_said(found: list[object], code: int, said: str) -> None:
    answered, lines = verdict(json.dumps({"dependencies": found}))
    assert answered == code
    assert said in lines
    assert ("No advisory" in " ".join(lines)) == (CLEAN in found and BAD not in found)


def test_no_answer_is_no_audit() -> None:
    for answer in ("", "ERROR: no network", "[]", "null"):
        assert verdict(answer) == (0, ["NOT AUDITED: the advisory service gave no answer."])
