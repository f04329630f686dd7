"""A till's day in a real browser: the drawer is live, the count is compared or blind, what is off is named exactly."""

import re
import secrets

from playwright.sync_api import Browser, Page, expect

from tests.browser.places import enter
from tests.browser.test_counter_keys import counter, pay_exactly, ready, scan, settled
from tests.live import LiveShop

__all__ = ["counter"]
FLOAT = {50000: 0, 20000: 2, 10000: 5, 5000: 4, 2000: 10, 1000: 10, 500: 9, 200: 10, 100: 10}


def type_count(page: Page, notes: dict[int, int]) -> None:
    """As on an adding machine: a number, Enter, the next one; Ctrl+Enter is the button."""
    expect(page.get_by_label("How many of ₹500")).to_be_focused()
    for value in FLOAT:
        page.keyboard.type(str(notes.get(value, 0)))
        page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")


def open_till(page: Page, shop: LiveShop, notes: dict[int, int] = FLOAT) -> None:
    page.goto(f"{shop.url}/tills/A/open/")
    type_count(page, notes)
    expect(page).to_have_url(f"{shop.url}/tills/A/")


def held(page: Page, value: int) -> str:
    return page.locator(f'[data-note="{value}"] .how-many').inner_text()


def sell(shop: LiveShop, notes: dict[str, int], product: str = "P004") -> str:
    sale = {"till": "A", "lines": [{"product": product}], "payments": [{"method": "cash", "notes": notes}]}
    status, document = shop.api("POST", "/invoices", sale, Idempotency_Key=secrets.token_hex(8))
    assert status == 201, document
    return str(document["number"])


def test_a_day_from_the_opening_count_to_the_z_report(owner_page: Page, live_shop: LiveShop) -> None:
    page = owner_page
    open_till(page, live_shop)
    assert held(page, 10000) == "5"
    page.locator("#to-x").focus()
    number = sell(live_shop, {"100": 1})
    expect(page.locator('[data-note="10000"] .how-many')).to_have_text("6")  # nobody reloaded
    expect(page.locator("#live")).to_contain_text(number)
    expect(page.locator("#to-x")).to_be_focused()

    page.get_by_role("link", name="Drop to the safe").click()
    page.get_by_label("How many of ₹100").fill("7")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#note-10000-error")).to_contain_text("Only 6 are there")
    page.get_by_label("How many of ₹100").fill("2")
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-note="10000"] .how-many')).to_have_text("4")

    page.get_by_role("link", name="Count and close").click()
    counted = {**FLOAT, 10000: 3, 5000: 3, 2000: 8, 200: 8}  # 94 went back as 50, 2 × 20, 2 × 2; one 100 is gone
    type_count(page, counted)
    expect(page.get_by_role("heading", name="Z report 1")).to_be_visible()
    off = page.locator("#variance")
    assert off.locator("td.off").all_inner_texts() == ["−1 × 100"]
    expect(off).to_contain_text("−₹100.00")
    expect(off.get_by_role("link", name=number)).to_be_visible()
    paper = page.request.get(f"{live_shop.url}/tills/A/sessions/1/pdf")
    assert paper.body().startswith(b"%PDF")
    page.goto(f"{live_shop.url}/counter/")
    expect(page.locator("#not-open")).to_be_attached()


def test_a_till_at_which_somebody_pays_is_not_closed(counter: Page, live_shop: LiveShop) -> None:
    open_till(counter, live_shop)
    counter.goto(f"{live_shop.url}/counter/")
    ready(counter)
    scan(counter, "P004")
    counter.keyboard.press("F8")
    counter.keyboard.press("6")
    expect(counter.locator("#part-stub .received")).to_contain_text("10")
    counter.goto(f"{live_shop.url}/tills/A/close/")
    type_count(counter, FLOAT)
    expect(counter.locator("#paying")).to_contain_text("1 line")
    expect(counter.get_by_label("How many of ₹20", exact=True)).to_have_value("10")
    counter.get_by_role("link", name="Go on with it").click()
    ready(counter)
    settled(counter, "tender")
    counter.keyboard.press("Shift+Digit6")
    pay_exactly(counter)
    counter.goto(f"{live_shop.url}/tills/A/close/")
    type_count(counter, {**FLOAT, 500: 10, 100: 11})
    expect(counter.locator("#variance")).to_contain_text("every note as expected")


def test_a_cashier_counts_blind_and_hands_over(owner_page: Page, browser: Browser, live_shop: LiveShop) -> None:
    passwords = {name: _hire(live_shop, name) for name in ("ravi", "asha")}
    live_shop.api("PATCH", "/shop", {"blind_close": True})
    open_till(owner_page, live_shop)
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{live_shop.url}/login/?next=/tills/A/")
        page.get_by_label("Username").fill("ravi")
        page.get_by_label("Password").fill(passwords["ravi"])
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#live")).to_contain_text("Counted blind")
        page.get_by_role("link", name="Hand over").click()
        expect(page.locator("main")).not_to_contain_text("Should be there")
        page.get_by_label("How many of ₹500").focus()
        type_count(page, FLOAT)
        expect(page.locator("#f-to-error")).to_be_visible()
        page.get_by_label("Who takes over").select_option("asha")
        page.get_by_role("button", name="Hand over with this count").click()
        expect(page.locator("main")).to_contain_text("handed over to asha")
        expect(page.locator("#variance")).to_contain_text("every note as expected")
        page.goto(f"{live_shop.url}/tills/A/close/")
        expect(page.locator("[data-off]")).to_have_count(0)
        type_count(page, {**FLOAT, 100: 9})
        expect(page.locator("h1")).to_contain_text("Z report")
        assert page.locator("#variance td.off").all_inner_texts() == ["−1 × 1"]
        expect(page.locator("main")).to_contain_text(re.compile("asha, taken over from ravi"))
    finally:
        context.close()
        live_shop.api("PATCH", "/shop", {"blind_close": False})


def _hire(shop: LiveShop, name: str) -> str:
    said = shop.command("user", "add", name, "--role", "cashier", "--generate")
    return said.split("Password: ")[1].strip()


def test_the_pages_of_a_till_fit_a_tablet(browser: Browser, live_shop: LiveShop) -> None:
    width = 820
    context = browser.new_context(viewport={"width": width, "height": 1180}, has_touch=True, is_mobile=True)
    try:
        page = context.new_page()
        enter(page, live_shop, "/tills/A/")
        expect(page.locator("#live")).to_be_visible()
        for path in ("", "open/", "count/", "cash/", "sessions/", "sessions/1/"):
            page.goto(f"{live_shop.url}/tills/A/{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    finally:
        context.close()
