"""The office in a real browser: find, edit, refuse, disable; by keyboard alone; nothing that the policy forbids."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from tests.live import LiveShop

HARD = 'O\'Brien "50%_off" கவிதா 😀 <script>alert(1)</script>'


@pytest.fixture(scope="module")
def sold(live_shop: LiveShop) -> str:
    """Three sales; the number of the last one."""
    number = ""
    for name, email in (("Asha Rao", "asha@example.com"), (HARD, "bob@example.com"), ("Asha Rao", "asha@example.com")):
        body: dict[str, Any] = {
            "customer": {"name": name, "email": email}, "lines": [{"product": "P001", "quantity": "2"}],
            "payments": [{"method": "cash", "notes": {"500": 2}}],
        }  # fmt: skip
        status, answer = live_shop.api("POST", "/invoices", body, Idempotency_Key=uuid4().hex)
        assert status == 201, answer
        number = answer["number"]
    return number


@pytest.fixture
def office(owner_page: Page, sold: str) -> Iterator[Page]:
    """The owner's page; at its end nothing may have been blocked or thrown."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            complaints.append(message.text)

    owner_page.on("console", listen)
    owner_page.on("pageerror", lambda error: complaints.append(str(error)))
    yield owner_page
    assert complaints == []


def test_purchases_are_found_while_typing_and_the_place_is_kept(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/invoices/")
    expect(office.locator("#total-count")).to_have_text("3")
    office.get_by_label("Customer name").press_sequentially("ASHA")
    expect(office.locator("#total-count")).to_have_text("2")
    expect(office).to_have_url(re.compile(r"/invoices/\?customer_name=ASHA$"))
    expect(office.locator("mark").first).to_have_text("Asha")
    office.locator("#invoices .row-link").first.click()
    expect(office.get_by_role("heading", level=1)).to_contain_text("Invoice A/")
    office.go_back()
    expect(office.locator("#total-count")).to_have_text("2")
    expect(office.get_by_label("Customer name")).to_have_value("ASHA")
    with office.expect_download() as download:
        office.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert (text.count("Asha Rao"), text.count("bob@")) == (2, 0)


def test_a_hard_name_is_found_and_shown_literally(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/invoices/")
    office.get_by_label("Customer name").fill("<script>")
    expect(office.locator("#total-count")).to_have_text("1")
    expect(office.locator("#invoices")).to_contain_text(HARD)
    office.get_by_label("Customer name").fill("%")
    expect(office.locator("#total-count")).to_have_text("1")
    office.get_by_label("Customer name").fill("nobody at all")
    expect(office.get_by_role("heading", name="No invoice matches")).to_be_visible()
    office.get_by_role("link", name="Clear the name").click()
    expect(office.locator("#total-count")).to_have_text("3")


def test_a_product_is_edited_in_its_place_by_keyboard_alone(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/products/")
    office.keyboard.press("/")
    office.keyboard.type("shampoo")
    expect(office.locator("#products tbody")).to_have_count(1)
    office.get_by_role("link", name="P003").focus()
    office.keyboard.press("Enter")
    name = office.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    barcode = office.get_by_role("textbox", name="Barcode")
    barcode.fill("8901234567894")
    office.keyboard.press("Control+Enter")
    expect(barcode).to_have_attribute("aria-invalid", "true")
    expect(office.locator(".error")).to_contain_text("Another product has the barcode")
    expect(barcode).to_be_focused()
    office.keyboard.press("Escape")
    expect(name).to_have_count(0)
    office.get_by_role("link", name="P003").press("Enter")
    expect(name).to_be_focused()  # before that, what is typed would land there
    office.get_by_label("Price", exact=True).fill("120")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".toast")).to_contain_text("Saved: Shampoo")
    expect(office.get_by_role("link", name="P003")).to_be_focused()
    expect(office.locator("#products")).to_contain_text("120.00")
    expect(office).to_have_url(re.compile(r"search=shampoo"))


def test_a_product_is_added_refused_and_disabled(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/products/")
    office.keyboard.press("n")
    expect(office.get_by_role("heading", name="New product")).to_be_visible()
    for label, text in (
        ("Code", "P001"),
        ("Name", "Ghee"),
        ("Price", "450"),
        ("Tax per cent", "5"),
        ("Stock now", "8"),
    ):
        office.get_by_label(label, exact=True).fill(text)
    office.keyboard.press("Control+Enter")
    expect(office.locator("#f-code-error")).to_contain_text("Another product has the code P001")
    office.get_by_label("Code", exact=True).fill("GHEE")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".toast")).to_contain_text("Added: Ghee")
    office.get_by_label("Enabled").uncheck()
    office.get_by_role("button", name="Save").click()
    office.goto(f"{live_shop.url}/products/?show=disabled")
    expect(office.locator("#products")).to_contain_text("Ghee")


def test_the_palette_finds_pages_customers_and_numbers(office: Page, live_shop: LiveShop, sold: str) -> None:
    office.keyboard.press("Control+k")
    field = office.get_by_role("combobox", name="Go to")
    expect(field).to_be_focused()
    office.keyboard.type("asha rao")
    expect(office.get_by_role("option", selected=True)).to_contain_text("Asha Rao")
    office.keyboard.press("Enter")
    expect(office.get_by_role("heading", level=1)).to_have_text("Asha Rao")
    expect(office.get_by_role("link", name="Same again").first).to_have_attribute(
        "href", re.compile(r"/counter/\?again=")
    )
    office.keyboard.press("Control+k")
    field.fill(sold)
    expect(office.get_by_role("option", selected=True)).to_contain_text(sold)
    office.keyboard.press("Enter")
    expect(office.get_by_role("heading", level=1)).to_contain_text(sold)
    expect(office.get_by_role("heading", name="Change given")).to_be_visible()
    office.keyboard.press("Control+k")
    field.fill("denom")
    expect(office.get_by_role("option", selected=True)).to_contain_text("Denominations")
    office.keyboard.press("Enter")
    expect(office.locator("#denominations")).to_be_visible()


def test_goods_are_taken_back(office: Page, live_shop: LiveShop, sold: str) -> None:
    office.goto(f"{live_shop.url}/invoices/{sold}/")
    office.keyboard.press("F9")
    office.get_by_label("How many of Milk come back").fill("1")
    office.get_by_label("Reason").fill("sour")
    office.keyboard.press("Control+Enter")
    expect(office.get_by_role("heading", level=1)).to_contain_text("Credit note A/C")
    expect(office.locator(".toast")).to_contain_text("hand back 21.00")
    office.goto(f"{live_shop.url}/invoices/{sold}/return/")
    office.get_by_label("How many of Milk come back").fill("2")
    office.get_by_role("button", name="Take back these").click()
    expect(office.locator("#quantity-1-error")).to_contain_text("only 1")


def test_a_drawer_is_counted(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/tills/A/")
    office.get_by_label("How many of ₹500").fill("3")
    office.keyboard.press("Control+Enter")
    expect(office.locator("#variance")).to_contain_text("+3")
    office.get_by_label("How many of ₹500").fill("2")
    office.keyboard.press("Control+Enter")
    expect(office.locator("#variance")).to_contain_text("−500.00")


def test_the_theme_is_switched_and_stays(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/products/")
    office.get_by_role("button", name="Light or dark").click()
    expect(office.locator("html")).to_have_attribute("data-theme", "dark")
    office.goto(f"{live_shop.url}/customers/")
    expect(office.locator("html")).to_have_attribute("data-theme", "dark")


PAGES = (
    "/", "/invoices/", "/products/", "/products/new/", "/products/1/", "/products/1/movements/", "/products/1/prices/",
    "/customers/", "/customers/1/", "/customers/1/edit/", "/denominations/", "/tills/", "/tills/A/", "/mail/",
    "/settings/", "/settings/people/", "/settings/tokens/", "/settings/trail/", "/components/", "/find/?q=milk", "/no/",
)  # fmt: skip


@pytest.mark.parametrize("size", [(1280, 800), (820, 1180)])
def test_no_page_is_wider_than_its_window_or_has_a_field_without_a_name(
    office: Page, live_shop: LiveShop, size: tuple[int, int]
) -> None:
    office.set_viewport_size({"width": size[0], "height": size[1]})
    wrong = []
    for path in PAGES:
        office.goto(live_shop.url + path)
        if office.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong.append((path, "wider than its window"))
        wrong += [(path, html) for html in office.evaluate(NAMELESS)]
    assert wrong == []


# What a screen reader would read as "edit text" or "button" and no more; and ids that are there twice.
NAMELESS = """() => {
  const shown = (e) => e.getClientRects().length && e.type !== "hidden";
  const named = (e) => e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim();
  const nameless = [...document.querySelectorAll("input, select, textarea, button, a[href]")]
    .filter((e) => shown(e) && !named(e)).map((e) => e.outerHTML.slice(0, 120));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  return [...nameless, ...ids.filter((id, n) => ids.indexOf(id) !== n)];
}"""
