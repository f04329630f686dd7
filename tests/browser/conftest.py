"""A real Chromium for pytest-playwright. Browser tests never touch Django: the shop is a program of its own."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, ConsoleMessage, Error, Page, ViewportSize, expect

from tests.browser.places import enter
from tests.browsers import ARGUMENTS, find_browser
from tests.databases import fresh_database
from tests.live import LiveShop

# A request that was under way when the page was left: htmx says so.
CUT_OFF = ("htmx:afterRequest", "htmx:sendError", "htmx:sendAbort")
SIZE = ViewportSize(width=1280, height=800)
expect.set_options(timeout=10_000)  # milliseconds: two cores serve the shop and the browser


@pytest.fixture(scope="session")
def small_shops(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated_url: str
) -> Iterator[Iterator[LiveShop]]:
    """One for each file of tests; it is opened while those of the file before still run, for it takes seconds."""

    def opened() -> LiveShop:
        folder = tmp_path_factory.mktemp("shop")
        url = stack.enter_context(fresh_database(folder, template=migrated_url))
        shop = stack.enter_context(LiveShop(folder=folder, database_url=url))
        shop.stock_up()
        return shop

    def one_ahead(files: int) -> Iterator[LiveShop]:
        ahead = pool.submit(opened)
        for left in range(files - 1, -1, -1):
            shop = ahead.result()
            if left:
                ahead = pool.submit(opened)
            yield shop

    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        yield one_ahead(len({item.path for item in items if "live_shop" in item.fixturenames}))


@pytest.fixture(scope="module")
def live_shop(small_shops: Iterator[LiveShop]) -> Iterator[LiveShop]:
    """The small shop, served by `counterfoil serve`; one for each file of tests."""
    shop = next(small_shops)
    yield shop
    shop.stop()


@pytest.fixture(scope="session")
def window(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    with browser.new_context(**browser_context_args) as context:
        yield context.new_page()


@pytest.fixture
def page(window: Page) -> Iterator[Page]:
    """One window for all tests, as new for each: Chromium takes two seconds of processor time to open another."""
    yield window
    window.unroute_all(behavior="ignoreErrors")
    window.goto("about:blank")
    window.context.clear_cookies()
    window.emulate_media(color_scheme="light", media="screen")
    window.set_viewport_size(SIZE)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """What the window showed when a test failed."""
    report = yield
    shown = item.funcargs.get("page") if isinstance(item, pytest.Function) else None
    if report.when == "call" and report.failed and isinstance(shown, Page):
        shown.screenshot(path=Path("test-results") / f"{item.name}.png")
    return report


@pytest.fixture
def owner_page(page: Page, live_shop: LiveShop) -> Page:
    """The front page, to the owner."""
    enter(page, live_shop)
    return page


@pytest.fixture
def quiet_page(owner_page: Page) -> Iterator[Page]:
    """The same; at its end nothing may have been blocked by the Content-Security-Policy, and no script have failed."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        expected = "status of 4" in message.text or message.text.startswith(CUT_OFF)
        if message.type in ("error", "warning") and not expected:
            complaints.append(message.text)

    def stumble(error: Error) -> None:
        complaints.append(str(error))

    owner_page.on("console", listen)
    owner_page.on("pageerror", stumble)
    yield owner_page
    owner_page.remove_listener("console", listen)
    owner_page.remove_listener("pageerror", stumble)
    assert complaints == []


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
        "viewport": SIZE,
        "locale": "en-IN",
        "timezone_id": "Asia/Kolkata",
        "reduced_motion": "reduce",  # two cores draw in software
    }
