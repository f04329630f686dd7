"""A real Chromium for pytest-playwright. Browser tests never touch Django: the shop is a program of its own."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect

from tests.browsers import ARGUMENTS, find_browser
from tests.databases import fresh_database
from tests.live import LiveShop

expect.set_options(timeout=10_000)  # milliseconds: two cores serve the shop and the browser


@pytest.fixture(scope="module")
def live_shop(tmp_path_factory: pytest.TempPathFactory, migrated_url: str) -> Iterator[LiveShop]:
    """The small shop, served by `counterfoil serve`; one for each file of tests."""
    folder = tmp_path_factory.mktemp("shop")
    with fresh_database(folder, template=migrated_url) as url, LiveShop(folder=folder, database_url=url) as shop:
        shop.stock_up()
        yield shop


@pytest.fixture
def owner_page(page: Page, live_shop: LiveShop) -> Page:
    """A page on which the owner has logged in: by the form once for each shop, then by what it gave."""
    if live_shop.cookies:
        page.context.add_cookies(live_shop.cookies)
        page.goto(live_shop.url)
        return page
    page.goto(f"{live_shop.url}/login/")
    page.get_by_label("Username").fill(live_shop.owner)
    page.get_by_label("Password").fill(live_shop.password)
    page.get_by_role("button", name="Log in").click()
    expect(page).not_to_have_url(re.compile("/login/"))
    live_shop.cookies = page.context.cookies()
    return page


@pytest.fixture(scope="session")
def base_url() -> None:
    """Each shop has a port of its own. (The plugin's fixture of this name warns of itself on pytest 9.)"""


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
        "reduced_motion": "reduce",  # two cores draw in software
    }
