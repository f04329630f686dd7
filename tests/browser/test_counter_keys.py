"""Each row of the counter's key table, pressed in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.places import enter, log_in
from tests.live import LiveShop

MILK = "8901234567894"
SHAMPOO = "8901234500011"


@pytest.fixture
def counter(page: Page, live_shop: LiveShop) -> Page:
    return open_counter(page, live_shop)


def open_counter(page: Page, shop: LiveShop) -> Page:
    """Signed in, on an empty counter: what an earlier test left on the bill is removed."""
    enter(page, shop, "/counter/")
    return emptied(page)


def emptied(page: Page) -> Page:
    ready(page)
    if page.locator("main").get_attribute("data-view") == "saved":  # until the next bill begins
        scan(page, MILK)
        expect(page.locator("#part-lines tr")).to_have_count(1)
    if page.locator("main").get_attribute("data-view") == "tender":
        page.keyboard.press("Escape")
    if page.locator("#part-lines tr").count():
        page.keyboard.press("Control+Delete")
        expect(page.locator("#part-lines tr")).to_have_count(0)
    return page


def ready(page: Page) -> None:
    expect(page.locator("main[data-ready]")).to_be_attached()


def intercept(page: Page, url: str, handler: Callable[[Route], object]) -> None:
    """The page is loaded anew: of one that is there already, Chromium may let pass what it asks for at once."""
    page.route(url, handler)
    page.reload()
    ready(page)


def scan(page: Page, *codes: str) -> None:
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def lines(page: Page) -> list[tuple[str, str]]:
    rows = page.locator("#part-lines tr")
    if rows.count():
        expect(rows.first).to_be_visible()  # of what is not drawn, a browser tells the text without its lines
    found = [rows.nth(n).locator("td").all_inner_texts() for n in range(rows.count())]
    return [(cells[1].split("\n")[0], cells[2].split("\n")[0]) for cells in found]


def settled(page: Page, view: str) -> None:
    expect(page.locator(f'main[data-view="{view}"]')).to_be_attached()


def test_a_scan_anywhere_finds_and_adds(counter: Page) -> None:
    counter.locator("body").click(position={"x": 400, "y": 400})
    scan(counter, MILK)
    expect(counter.locator("#part-lines tr")).to_have_count(1)
    counter.locator('[data-act="keys"]').focus()
    scan(counter, "P004")
    expect(counter.locator("#said")).to_contain_text("Newspaper")
    assert lines(counter) == [("Milk", "1"), ("Newspaper", "1")]
    expect(counter.locator(".payable")).to_contain_text("27")


def test_times_and_weights_before_a_scan(counter: Page) -> None:
    counter.keyboard.type("3*")
    counter.keyboard.press("Enter")
    scan(counter, MILK)
    scan(counter, "1.25*P002")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    assert lines(counter) == [("Milk", "3"), ("Basmati rice, loose", "1.250")]


def test_a_name_lists_what_is_like_it(counter: Page) -> None:
    counter.keyboard.type("a", delay=100)
    counter.keyboard.type("mp", delay=100)
    expect(counter.locator("#matches li")).to_have_count(1)
    counter.keyboard.press("Escape")
    counter.keyboard.type("s", delay=100)
    counter.keyboard.type("p", delay=100)
    expect(counter.locator("#matches li")).to_have_count(1)
    counter.keyboard.press("ArrowDown")
    counter.keyboard.press("Enter")
    expect(counter.locator("#said")).to_contain_text("Newspaper")
    counter.keyboard.type("shampoo")
    counter.keyboard.press("Enter")
    expect(counter.locator("#matches li[aria-selected=true]")).to_contain_text("Shampoo")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-lines tr")).to_have_count(2)


def test_an_unknown_code_beeps_blocks_and_offers_what_to_do(counter: Page) -> None:
    scan(counter, "8909999999999")
    dialog = counter.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    assert counter.locator("html").get_attribute("data-beeped") == "1"
    expect(dialog.get_by_role("link", name="New product")).to_have_attribute(
        "href", re.compile("barcode=8909999999999")
    )
    scan(counter, MILK)
    expect(dialog).to_be_visible()
    assert counter.locator("html").get_attribute("data-beeped") == "2"
    counter.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert lines(counter) == []
    scan(counter, MILK)
    expect(counter.locator("#part-lines tr")).to_have_count(1)


def test_arrows_more_less_remove_and_undo(counter: Page) -> None:
    scan(counter, "P001", "P004", "P003")
    expect(counter.locator("#part-lines tr")).to_have_count(3)
    counter.keyboard.press("ArrowUp")
    counter.keyboard.press("ArrowUp")
    counter.keyboard.press("+")
    quantity = counter.locator("#part-lines tr").first.locator("td").nth(2)
    expect(quantity).to_contain_text("2")
    counter.keyboard.press("+")
    expect(quantity).to_contain_text("3")
    counter.keyboard.press("-")
    expect(quantity).to_contain_text("2")
    assert lines(counter)[0] == ("Milk", "2")
    counter.keyboard.press("Delete")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    counter.keyboard.press("Control+z")
    expect(counter.locator("#part-lines tr")).to_have_count(3)
    assert lines(counter)[0] == ("Milk", "2")


def test_discounts_on_a_line_and_on_the_bill(counter: Page) -> None:
    scan(counter, "2*P003")
    expect(counter.locator("#part-lines tr")).to_have_count(1)
    counter.keyboard.press("%")
    counter.locator("#discount-text").press_sequentially("200%")
    counter.keyboard.press("Enter")
    expect(counter.locator("#discount-text-error")).to_contain_text("at most")
    counter.locator("#discount-text").fill("10%")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-lines")).to_contain_text("23.60")
    counter.keyboard.press("F3")
    counter.locator("#discount-text").fill("5")
    counter.keyboard.press("Enter")
    expect(counter.locator("#said")).to_contain_text("Bill discount 5")
    expect(counter.locator("#part-sums")).to_contain_text("5.00")


def test_f2_is_the_product_field(counter: Page) -> None:
    counter.locator('[data-act="keys"]').focus()
    counter.keyboard.press("F2")
    expect(counter.locator("#scan")).to_be_focused()


def test_f4_creates_a_customer_with_the_sale_and_knows_them_the_next_time(counter: Page) -> None:
    scan(counter, "2*P001")
    counter.keyboard.press("F4")
    counter.get_by_label("Customer name").fill("Nila Devi")
    counter.get_by_label("Customer e-mail").fill("not an address")
    counter.keyboard.press("Enter")
    expect(counter.locator("#c-email-error")).to_contain_text("no e-mail address")
    counter.get_by_label("Customer e-mail").fill("nila@example.com")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-stub")).to_contain_text("created with the sale")
    pay_exactly(counter)
    scan(counter, "P004")
    counter.keyboard.press("F4")
    counter.get_by_label("Customer name").press_sequentially("nila", delay=100)
    expect(counter.locator("#buyers li")).to_have_count(1)
    counter.keyboard.press("ArrowDown")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-stub")).to_contain_text("Last here")
    counter.get_by_role("button", name="Same again").click()
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    assert lines(counter)[1] == ("Milk", "2")


def pay_exactly(page: Page) -> str:
    page.keyboard.press("F8")
    page.keyboard.press("e")
    page.keyboard.press("Control+Enter")
    settled(page, "saved")
    return page.locator(".stub-head b").inner_text()


def test_f6_holds_with_a_name_and_f7_recalls(counter: Page) -> None:
    scan(counter, "P001", "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    counter.keyboard.press("F6")
    counter.get_by_label("Name it").press_sequentially("Table by the door", delay=20)
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-lines tr")).to_have_count(0)
    expect(counter.locator("#held-count")).to_have_text("(1)")
    counter.keyboard.press("F7")
    expect(counter.locator("#held")).to_contain_text("Table by the door")
    expect(counter.locator("[data-recall]")).to_be_focused()
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-lines tr")).to_have_count(2)


def test_f7_recalls_at_another_till(page: Page, live_shop: LiveShop) -> None:
    counter = page
    log_in(counter, live_shop, "/counter/")  # a session of its own: it keeps the till
    emptied(counter)
    live_shop.api("POST", "/tills", {"code": "B", "name": "By the door"})
    scan(counter, "P001", "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    counter.keyboard.press("F6")
    counter.get_by_label("Name it").press_sequentially("Asha", delay=20)
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-lines tr")).to_have_count(0)
    counter.reload()  # the new till was not there yet
    ready(counter)
    counter.get_by_role("button", name="Till A").click()
    counter.get_by_role("button", name="By the door").click()
    expect(counter.locator(".whoami")).to_contain_text("Till B")
    ready(counter)
    counter.keyboard.press("F7")
    expect(counter.locator("#held")).to_contain_text("Asha")
    counter.locator("[data-recall]", has_text="Asha").focus()
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    assert pay_exactly(counter).startswith("B/")


def test_f8_takes_notes_by_keys_and_shift_takes_one_back(counter: Page) -> None:
    scan(counter, "2*P001")
    counter.keyboard.press("F8")
    for key in "123456789":
        counter.keyboard.press(key)
    expect(counter.locator("#part-stub .received")).to_contain_text("888")
    counter.keyboard.press("Shift+Digit1")
    expect(counter.locator("#part-stub .received")).to_contain_text("388")
    counter.keyboard.press("Escape")
    settled(counter, "lines")
    counter.keyboard.press("F8")
    expect(counter.locator("#part-stub .received")).to_contain_text("388")


def test_a_mix_of_amount_card_and_upi(counter: Page, live_shop: LiveShop) -> None:
    live_shop.api("PATCH", "/shop", {"upi_id": "asha@okbank"})
    scan(counter, "P003")
    counter.keyboard.press("F8")
    for key, amount in (("a", "20"), ("c", "50")):
        counter.keyboard.press(key)
        dialog = counter.locator("dialog[open]")
        expect(dialog).to_be_visible()
        dialog.get_by_label("Amount").fill(amount)
        counter.keyboard.press("Enter")
        expect(dialog).to_be_hidden()
    expect(counter.locator("#part-stub .received")).to_contain_text("70")
    counter.keyboard.press("u")
    expect(counter.locator("#upi svg")).to_be_visible()
    expect(counter.locator("#upi")).to_contain_text("48")
    counter.get_by_label("Reference").last.fill("4281")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-stub .received")).to_contain_text("118")
    counter.keyboard.press("Control+Enter")
    settled(counter, "saved")
    expect(counter.locator("#part-hand")).to_contain_text("Nothing to give back")


def test_ctrl_enter_saves_and_the_change_stays_until_the_next_scan(counter: Page) -> None:
    scan(counter, "2*P001")
    counter.keyboard.press("F8")
    counter.keyboard.press("1")
    counter.keyboard.press("1")
    counter.keyboard.press("Control+Enter")
    settled(counter, "saved")
    expect(counter.locator("#part-hand")).to_contain_text("958")
    expect(counter.locator("#part-hand")).to_contain_text("2 × ₹200")
    counter.reload()
    ready(counter)
    expect(counter.locator("#part-hand")).to_contain_text("958")
    scan(counter, "P004")
    settled(counter, "lines")
    expect(counter.locator("#part-lines tr")).to_have_count(1)
    assert lines(counter) == [("Newspaper", "1")]


def test_f10_saves_and_prints_the_receipt(counter: Page, live_shop: LiveShop) -> None:
    scan(counter, "P004")
    counter.keyboard.press("F8")
    counter.keyboard.press("e")
    with counter.expect_response("**/pdf?format=receipt") as printed:
        counter.keyboard.press("F10")
    settled(counter, "saved")
    expect(counter.locator("#printed")).to_be_visible()
    number = counter.locator(".stub-head b").inner_text()
    assert printed.value.url == f"{live_shop.url}/invoices/{number}/pdf?format=receipt"
    assert (printed.value.status, printed.value.headers["content-type"]) == (200, "application/pdf")
    assert counter.locator("iframe.print-frame").get_attribute("title") == number


def test_f9_takes_goods_back_against_the_number_given(counter: Page, live_shop: LiveShop) -> None:
    scan(counter, "2*P004")
    number = pay_exactly(counter)
    counter.keyboard.press("F9")
    counter.get_by_label("Invoice number").fill(number)
    counter.keyboard.press("Enter")
    counter.wait_for_url(f"**/invoices/{number}/return/")
    counter.get_by_label("How many of Newspaper come back").fill("1")
    counter.get_by_label("Reason").fill("Read already")
    counter.keyboard.press("Control+Enter")
    expect(counter.locator("#toasts")).to_contain_text("hand back ₹6.00")
    _, sold = live_shop.api("GET", f"/invoices/{number}")
    _, back = live_shop.api("GET", f"/invoices/{sold['credit_notes'][0]}")
    assert (back["kind"], back["rounded_payable"], back["lines"][0]["quantity"]) == ("credit-note", "6.00", "1.000")


def test_f1_lists_the_keys_and_escape_goes_back(counter: Page) -> None:
    counter.keyboard.press("F1")
    dialog = counter.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    for key in ("F2", "F3", "F4", "F6", "F7", "F8", "F9", "F10", "Del", "Ctrl Z"):
        expect(dialog.locator("kbd", has_text=re.compile(f"^{key}$"))).to_have_count(1)
    counter.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(counter.locator("#scan")).to_be_focused()


@pytest.mark.parametrize("open_dialog", [lambda p: p.keyboard.press("F4"), lambda p: p.keyboard.press("F6")])
def test_a_scan_never_lands_in_a_field(counter: Page, open_dialog: Callable[[Page], None]) -> None:
    scan(counter, "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(1)
    open_dialog(counter)
    field = counter.locator("dialog[open] input:focus")
    field.press_sequentially("Asha", delay=120)
    scan(counter, MILK)
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    expect(counter.locator("dialog[open] input:focus")).to_have_value("Asha")


def test_a_scan_in_tender_is_a_line_and_no_notes(counter: Page) -> None:
    scan(counter, "P004")
    counter.keyboard.press("F8")
    settled(counter, "tender")
    scan(counter, MILK)
    expect(counter.locator(".payable")).to_contain_text("27")
    settled(counter, "tender")
    expect(counter.locator("[data-got]")).to_have_count(0)
