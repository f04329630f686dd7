"""A real Chromium for pytest-playwright. Browser tests never touch Django: the shop is a program of its own."""

from typing import Any

import pytest
from playwright.sync_api import BrowserType

from tests.browsers import ARGUMENTS, find_browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], browser_type: BrowserType) -> dict[str, Any]:
    executable = find_browser(browser_type.executable_path)
    return {**browser_type_launch_args, "executable_path": executable, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 800},
        "locale": "en-IN",
        "timezone_id": "Asia/Kolkata",
    }
