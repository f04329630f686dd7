"""The office in a real browser: find, edit, refuse, disable; by keyboard alone; nothing that the policy forbids."""

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

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
def office(quiet_page: Page, sold: str) -> Page:
    return quiet_page


def test_the_owner_logs_in_by_the_form(page: Page, live_shop: LiveShop) -> None:
    page.goto(f"{live_shop.url}/products/")
    expect(page).to_have_url(re.compile(r"/login/\?next="))
    page.get_by_label("Username").fill(live_shop.owner)
    page.get_by_label("Password").fill(live_shop.password + "1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Username")).to_have_value(live_shop.owner)
    page.get_by_label("Password").fill(live_shop.password)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_shop.url}/products/")


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
        office.get_by_role("link", name="CSV").press("Enter")
    text = download.value.path().read_text(encoding="utf-8-sig")
    expect(office.locator(".toast")).to_contain_text("2 rows are in invoices-")
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
    expect(office.locator(".htmx-added, .htmx-settling, .htmx-request")).to_have_count(
        0
    )  # the form answers from now on
    office.keyboard.press("Escape")
    expect(name).to_have_count(0)
    expect(office.locator(".htmx-added, .htmx-settling, .htmx-request")).to_have_count(0)  # the row's link too
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


def test_enter_in_the_palette_waits_for_the_list_of_what_was_typed(office: Page, sold: str) -> None:
    office.keyboard.press("Control+k")
    expect(office.get_by_role("option", selected=True)).to_contain_text("Counter")
    office.keyboard.type(sold)
    office.keyboard.press("Enter")
    office.wait_for_url(f"**/invoices/{sold}/")


def test_the_focus_goes_to_the_first_field_that_was_refused(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/products/new/")
    office.get_by_label("Code", exact=True).fill("NEW1")
    office.get_by_label("Name", exact=True).fill("Notebook")
    office.get_by_label("Price", exact=True).fill("1O")
    office.keyboard.press("Control+Enter")
    expect(office.locator("main .error").first).to_be_visible()
    expect(office.get_by_label("Price", exact=True)).to_be_focused()


def test_a_row_far_down_is_edited_and_the_list_stays_where_it_is(office: Page, live_shop: LiveShop) -> None:
    for n in range(30):
        body = {"code": f"Z{n:02}", "name": f"Zip {n}", "unit_price": "5.00", "tax_rate": "5.00"}
        assert live_shop.api("POST", "/products", body)[0] == 201
    office.goto(f"{live_shop.url}/products/?sort=name")
    office.get_by_role("link", name="Z25").focus()
    top = office.evaluate("scrollY")
    assert top > 0
    office.keyboard.press("Enter")
    expect(office.get_by_role("textbox", name="Name")).to_be_focused()
    office.get_by_role("textbox", name="Name").fill("Zipper 25")
    office.keyboard.press("Control+Enter")
    expect(office.get_by_role("link", name="Z25")).to_be_focused()
    expect(office.locator("#products")).to_contain_text("Zipper 25")
    assert abs(office.evaluate("scrollY") - top) < 60  # no more than the closed row's own height


def tab_to(page: Page, name: str) -> None:
    """Tab until the control of this name has the focus, as somebody without a mouse would."""
    for _ in range(60):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(e => (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent).trim())"
            "(document.activeElement)"
        )
        if said.startswith(name):
            return
    raise AssertionError(f"Tab does not come to {name!r}.")


def test_a_customer_is_added_refused_changed_disabled_with_the_keyboard_alone(
    office: Page, live_shop: LiveShop
) -> None:
    office.goto(f"{live_shop.url}/customers/")
    office.keyboard.press("n")
    expect(office.get_by_label("Name", exact=True)).to_be_focused()
    office.keyboard.type("Nina D'Souza")
    tab_to(office, "E-mail")
    office.keyboard.type("ASHA@example.com")
    office.keyboard.press("Enter")
    expect(office.locator("#f-email-error")).to_contain_text("Another customer has the e-mail")
    expect(office.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    tab_to(office, "E-mail")
    office.keyboard.press("Control+a")
    office.keyboard.type("nina@example.com")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".toast")).to_contain_text("Added: Nina D'Souza")
    tab_to(office, "Edit")
    office.keyboard.press("Enter")
    expect(office.get_by_label("Name", exact=True)).to_be_focused()
    tab_to(office, "Enabled")
    office.keyboard.press("Space")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".badge", has_text="Disabled")).to_be_visible()
    office.goto(f"{live_shop.url}/customers/")
    office.keyboard.press("/")
    office.keyboard.type("souza")
    expect(office.locator("#customers tbody tr")).to_have_count(1)
    expect(office.locator("#customers")).to_contain_text("Disabled")


def test_a_denomination_and_a_rate_with_the_keyboard_alone(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/denominations/")
    tab_to(office, "Value")
    office.keyboard.type("500")
    office.keyboard.press("Enter")
    expect(office.locator("#f-value-error")).to_contain_text("already there")
    tab_to(office, "Value")
    office.keyboard.press("Control+a")
    office.keyboard.type("2000")
    office.keyboard.press("Enter")
    expect(office.locator("#denominations")).to_contain_text("₹2,000.00")
    row = office.locator("#denominations tr", has_text="₹2,000.00")
    row.get_by_role("button").press("Enter")
    expect(row).to_contain_text("Disabled")
    office.goto(f"{live_shop.url}/settings/taxes/")
    tab_to(office, "GST 5 %")
    office.keyboard.press("Enter")
    expect(office.get_by_label("New rate, per cent")).to_be_focused()
    office.keyboard.type("6")
    tab_to(office, "From the day")
    office.keyboard.type("01042099")
    office.keyboard.press("Control+Enter")
    expect(office.locator("#rates")).to_contain_text("To come")
    tab_to(office, "Withdraw the rate from")
    office.keyboard.press("Enter")
    expect(office.locator(".toast")).to_contain_text("withdrawn")
    expect(office.locator("#rates tbody tr")).to_have_count(1)


def test_stock_is_received_and_the_price_history_kept(office: Page, live_shop: LiveShop, sold: str) -> None:
    office.goto(f"{live_shop.url}/products/1/")
    tab_to(office, "Movements")
    office.keyboard.press("Enter")
    expect(office.locator("#movements")).to_be_visible()
    tab_to(office, "How many")
    office.keyboard.type("-9999")
    office.keyboard.press("Enter")
    expect(office.locator("#f-quantity-error")).to_contain_text("cannot be negative")
    tab_to(office, "How many")
    office.keyboard.press("Control+a")
    office.keyboard.type("24")
    tab_to(office, "Note")
    office.keyboard.type("morning van")
    office.keyboard.press("Enter")
    moved = office.locator("#movements tbody tr").first
    expect(moved).to_contain_text("morning van")
    expect(office.locator("#movements")).to_contain_text("Sold")
    expect(office.locator("#movements")).to_contain_text("Opening")
    tab_to(office, "Price history")
    office.keyboard.press("Enter")
    expect(office.locator("#prices tbody tr")).to_have_count(1)
    expect(office.locator("#prices")).to_contain_text("20.00")


def test_goods_are_taken_back(office: Page, live_shop: LiveShop, sold: str) -> None:
    office.goto(f"{live_shop.url}/invoices/{sold}/")
    office.keyboard.press("F9")
    office.get_by_label("How many of Milk come back").fill("1")
    office.get_by_label("Reason").fill("sour")
    office.keyboard.press("Control+Enter")
    expect(office.get_by_role("heading", level=1)).to_contain_text("Credit note A/C")
    expect(office.locator(".toast")).to_contain_text("hand back ₹21.00")
    office.goto(f"{live_shop.url}/invoices/{sold}/return/")
    office.get_by_label("How many of Milk come back").fill("2")
    office.get_by_role("button", name="Take back these").click()
    expect(office.locator("#quantity-1-error")).to_contain_text("only 1")


def test_the_theme_is_switched_and_stays(office: Page, live_shop: LiveShop) -> None:
    office.goto(f"{live_shop.url}/products/")
    office.get_by_role("button", name="Light or dark").click()
    expect(office.locator("html")).to_have_attribute("data-theme", "dark")
    office.goto(f"{live_shop.url}/customers/")
    expect(office.locator("html")).to_have_attribute("data-theme", "dark")
