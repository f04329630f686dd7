"""`python -m tests.advisories`: whether an advisory is known against what the shop runs on (requirements.txt).

Asked of pip-audit, which uv fetches for the moment. A known advisory fails; where the service cannot be asked, that is
said, in so many words, and nothing fails: an audit that did not happen proves nothing, and breaks nothing.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tests.services import ROOT

PATIENCE_SECONDS = 40
AUDIT = ["--from", "pip-audit", "pip-audit", "-r", "requirements.txt", "--no-deps", "--disable-pip",
         "--progress-spinner", "off", "-f", "json"]  # fmt: skip


def verdict(answer: str) -> tuple[int, list[str]]:
    """(exit code, what to say) for pip-audit's JSON."""
    try:
        found: Sequence[Mapping[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 0, ["NOT AUDITED: the advisory service gave no answer."]
    bad = [
        f"{each['name']} {each.get('version', '')}: {', '.join(vuln['id'] for vuln in each['vulns'])}"
        for each in found
        if each.get("vulns")
    ]
    skipped = [str(each["name"]) for each in found if "skip_reason" in each]
    said = [f"ADVISORY: {line}" for line in bad]
    if skipped:
        said.append(f"NOT AUDITED: {len(skipped)} of {len(found)} packages ({', '.join(skipped[:5])} …)")
    if not found or len(skipped) == len(found):
        said.append("NOT AUDITED: the advisory service could not be asked about any package.")
    elif not bad:
        said.append(f"No advisory is known against {len(found) - len(skipped)} packages.")
    return (1 if bad else 0), said


def ask() -> str:
    uv = os.environ.get("UV") or shutil.which("uv")
    command = [uv] if uv else [sys.executable, "-m", "uv"] if importlib.util.find_spec("uv") else []
    if not command:
        return ""
    try:
        done = subprocess.run(
            [*command, "tool", "run", *AUDIT], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def main() -> int:
    code, said = verdict(ask())
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main())
