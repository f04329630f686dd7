"""What the counter asks and says: a dialog opens with what is there already, and no key stays without an answer."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_counter_keys import intercept, lines, open_counter, pay_exactly, scan, settled
from tests.live import LiveShop


@pytest.fixture
def counter(page: Page, live_shop: LiveShop) -> Page:
    return open_counter(page, live_shop)


def test_a_star_types_the_quantity_of_the_marked_line(counter: Page) -> None:
    scan(counter, "P001", "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    counter.keyboard.press("ArrowUp")
    counter.keyboard.press("*")
    dialog = counter.locator("#d-quantity")
    expect(dialog).to_contain_text("Milk")
    expect(dialog.get_by_label("Quantity")).to_have_value("1")
    counter.keyboard.type("many")
    counter.keyboard.press("Enter")
    expect(counter.locator("#quantity-text-error")).to_be_visible()
    expect(dialog.get_by_label("Quantity")).to_be_focused()
    dialog.get_by_label("Quantity").fill("24")
    counter.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(counter.locator("#said")).to_contain_text("Quantity 24")
    assert lines(counter) == [("Milk", "24"), ("Newspaper", "1")]
    counter.keyboard.press("*")
    dialog.get_by_label("Quantity").fill("")
    counter.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(counter.locator("#scan")).to_be_focused()
    assert lines(counter) == [("Milk", "24"), ("Newspaper", "1")]


def test_a_discount_is_there_again_to_be_changed(counter: Page) -> None:
    scan(counter, "P003", "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    counter.keyboard.press("ArrowUp")
    for key, text in (("%", "10%"), ("F3", "5")):
        counter.keyboard.press(key)
        expect(counter.locator("#discount-text")).to_have_value("")
        counter.locator("#discount-text").fill(text)
        counter.keyboard.press("Enter")
        expect(counter.locator("#said")).to_contain_text(text)
    for key, text in (("%", "10%"), ("F3", "5")):
        counter.keyboard.press(key)
        expect(counter.locator("#discount-text")).to_have_value(text)
        counter.keyboard.press("Escape")
    counter.keyboard.press("ArrowDown")
    counter.keyboard.press("%")
    expect(counter.locator("#discount-text")).to_have_value("")


def test_f4_puts_a_new_name_right_and_only_names_a_known_customer(counter: Page) -> None:
    scan(counter, "P001")
    counter.keyboard.press("F4")
    counter.get_by_label("Customer name").fill("Nilla Devi")
    counter.get_by_label("Customer e-mail").fill("nila.d@example.com")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-stub .who")).to_have_text("Nilla Devi")
    counter.keyboard.press("F4")
    expect(counter.get_by_label("Customer e-mail")).to_have_value("nila.d@example.com")
    counter.get_by_label("Customer name").fill("Nila Devi")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-stub .who")).to_have_text("Nila Devi")
    expect(counter.locator("#part-stub")).to_contain_text("nila.d@example.com")
    pay_exactly(counter)

    # With the saved bill on the screen F4 begins the next one; and from now on she is in the master.
    counter.keyboard.press("F4")
    expect(counter.locator("#customer-now")).to_have_text("")
    room = counter.locator("#d-customer").bounding_box()
    counter.get_by_label("Customer name").press_sequentially("nila", delay=100)
    expect(counter.locator("#buyers li")).to_have_count(1)
    assert counter.locator("#d-customer").bounding_box() == room  # nothing moves when somebody is found
    counter.keyboard.press("ArrowDown")
    counter.keyboard.press("Enter")
    settled(counter, "lines")
    expect(counter.locator("#part-stub")).to_contain_text("Last here")
    counter.keyboard.press("F4")
    expect(counter.locator("#customer-now")).to_have_text("Now: Nila Devi · nila.d@example.com")
    expect(counter.get_by_label("Customer e-mail")).to_have_value("")  # another name must not keep her address
    counter.keyboard.press("Enter")
    expect(counter.locator("#d-customer")).to_be_hidden()
    expect(counter.locator("#part-stub .who")).to_have_text("Nila Devi")
    counter.keyboard.press("F4")
    counter.get_by_role("button", name="Walk-in").click()
    expect(counter.locator("#part-stub .who")).to_have_text("Walk-in")


@pytest.mark.parametrize("key", ["F8", "F6", "F3", "*", "%", "Delete"])
def test_a_key_with_nothing_to_do_says_so(counter: Page, key: str) -> None:
    counter.keyboard.press(key)
    expect(counter.locator("#said")).to_contain_text("Nothing is on the bill yet")
    expect(counter.locator("dialog[open]")).to_have_count(0)
    settled(counter, "lines")


def test_what_was_said_does_not_outlive_the_next_thing(counter: Page) -> None:
    scan(counter, "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(1)
    scan(counter, "8909999999999")
    expect(counter.get_by_role("alertdialog")).to_be_visible()
    counter.keyboard.press("Escape")
    expect(counter.locator("#said")).to_contain_text("Not found")
    counter.keyboard.press("F8")
    expect(counter.locator("#said")).to_have_text(re.compile("^1 line, net ₹6.00"))


def test_a_list_that_cannot_be_fetched_says_so(counter: Page) -> None:
    scan(counter, "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(1)
    intercept(counter, "**/counter/held/**", lambda route: route.abort())
    counter.keyboard.press("F7")
    expect(counter.locator("#said.is-bad")).to_contain_text("cannot be reached")
    expect(counter.locator("dialog[open]")).to_have_count(0)
    expect(counter.locator("#scan")).to_be_focused()


def test_f9_says_at_its_field_that_there_is_no_such_invoice_and_takes_the_last_digits(counter: Page) -> None:
    scan(counter, "P004")
    number = pay_exactly(counter)
    counter.keyboard.press("F9")
    field = counter.get_by_label("Invoice number")
    for wrong in ("999999", "no number", "../../settings"):
        field.fill(wrong)
        counter.keyboard.press("Enter")
        expect(counter.locator("#return-number-error")).to_contain_text("There is no such invoice")
        expect(field).to_have_value(wrong)
        expect(field).to_be_focused()
    field.fill(str(int(number[-6:])))
    counter.keyboard.press("Enter")
    counter.wait_for_url(f"**/invoices/{number}/return/")
