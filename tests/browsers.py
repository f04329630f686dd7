"""Finds a Chromium for the browser tests, or installs one. No browser is an error, never a skip."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers import is_root

ON_PATH = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
ARGUMENTS = [
    "--no-sandbox",  # as root there is none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoBrowser(RuntimeError):
    pass


def find_browser(playwrights_own: str) -> str:
    """BROWSER_EXE, one on PATH, Playwright's own where it was downloaded, or Debian's package as root."""
    if given := os.environ.get("BROWSER_EXE"):
        if Path(given).is_file():
            return given
        raise NoBrowser(f"BROWSER_EXE names {given}, which is not a file.")
    for name in ON_PATH:
        if found := shutil.which(name):
            return found
    if Path(playwrights_own).is_file():
        return playwrights_own
    return install_browser()


def install_browser() -> str:
    if is_root() and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            done = subprocess.run(
                ["apt-get", "-qq", *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
            )
            if done.returncode:
                raise NoBrowser(f"apt-get {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
        if found := shutil.which("chromium"):
            return found
    raise NoBrowser(
        "The browser tests need Chrome, Chromium or Edge. Install one, or run `uv run playwright install chromium`, "
        "or set BROWSER_EXE to the program."
    )
