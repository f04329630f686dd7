"""The browser itself: it is a real one, of the size the pages are drawn for."""

from playwright.sync_api import Page, expect


def test_a_real_browser_shows_a_page(page: Page) -> None:
    page.set_content("<h1>Counterfoil</h1>")
    expect(page.get_by_role("heading", name="Counterfoil")).to_be_visible()
    assert page.evaluate("[innerWidth, innerHeight]") == [1280, 800]
