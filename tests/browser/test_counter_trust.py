"""What a cashier trusts: nothing typed is lost, nothing is saved twice, and the fast way stays fast."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.places import log_in
from tests.browser.test_counter_keys import MILK, counter, intercept, lines, open_counter, ready, scan, settled
from tests.live import LiveShop

__all__ = ["counter"]
CODES = ["P001", "P004", "P003", "P005", "P002"]


COUNT_KEYS = """() => addEventListener("keydown", (event) => {
  document.body.dataset.pressed = Number(document.body.dataset.pressed ?? 0) + 1;
}, true)"""


def test_five_items_and_exact_cash_in_seven_keystrokes_or_less(counter: Page) -> None:
    """Every key that goes down after the scans is counted by the page itself; Ctrl and Enter are two."""
    scan(counter, *CODES)
    expect(counter.locator("#part-lines tr")).to_have_count(5)
    counter.evaluate(COUNT_KEYS)
    for key in ("F8", "e", "Control+Enter"):
        counter.keyboard.press(key)
    settled(counter, "saved")
    assert 0 < int(counter.locator("body").get_attribute("data-pressed") or 0) <= 7
    expect(counter.locator("#part-hand")).to_contain_text("Nothing to give back")


def test_twenty_scans_in_four_seconds_all_land_in_order(counter: Page) -> None:
    wanted = [["P001", "P004"][n % 2] for n in range(20)]
    started = counter.evaluate("performance.now()")
    scan(counter, *wanted)
    typed = counter.evaluate("performance.now()") - started
    expect(counter.locator("#part-lines tr")).to_have_count(20)
    assert typed < 4000
    names = {"P001": "Milk", "P004": "Newspaper"}
    assert [name for name, _quantity in lines(counter)] == [names[code] for code in wanted]


def test_a_reload_keeps_everything(counter: Page) -> None:
    scan(counter, "3*P001", "P004")
    counter.keyboard.press("F8")
    counter.keyboard.press("1")
    expect(counter.locator("#part-stub .received")).to_contain_text("500")
    counter.reload()
    ready(counter)
    settled(counter, "tender")
    expect(counter.locator("#part-stub .received")).to_contain_text("500")
    counter.keyboard.press("Escape")
    settled(counter, "lines")
    assert lines(counter) == [("Milk", "3"), ("Newspaper", "1")]


def test_another_machine_goes_on_with_the_bill(counter: Page, browser: Browser, live_shop: LiveShop) -> None:
    scan(counter, "P001", "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    context = browser.new_context()
    try:
        other = context.new_page()
        log_in(other, live_shop, "/counter/")
        ready(other)
        assert lines(other) == [("Milk", "1"), ("Newspaper", "1")]
        scan(other, "P003")
        expect(other.locator("#part-lines tr")).to_have_count(3)
    finally:
        context.close()
    counter.keyboard.press("Delete")
    expect(counter.locator("#said")).to_contain_text("another screen")
    assert len(lines(counter)) == 3


def test_a_save_without_an_answer_is_sent_again_and_saved_once(counter: Page, live_shop: LiveShop) -> None:
    before = len(live_shop.api("GET", "/invoices?limit=200")[1]["items"])
    tries: list[str | None] = []

    def lose_the_first_answer(route: Route) -> None:
        tries.append(route.request.post_data)
        if len(tries) == 1:
            route.fetch()  # the shop saved it; the page never hears
            route.abort()
        else:
            route.continue_()

    intercept(counter, "**/counter/save/", lose_the_first_answer)
    scan(counter, "P004")
    counter.keyboard.press("F8")
    counter.keyboard.press("e")
    counter.keyboard.press("Control+Enter")
    expect(counter.locator("#said")).to_contain_text("same key")
    settled(counter, "saved")
    assert len(tries) == 2
    assert tries[0] == tries[1]
    assert len(live_shop.api("GET", "/invoices?limit=200")[1]["items"]) == before + 1


def test_saving_is_refused_while_a_save_is_under_way(counter: Page) -> None:
    saves: list[Route] = []
    intercept(counter, "**/counter/save/", lambda route: saves.append(route))
    scan(counter, "P004")
    counter.keyboard.press("F8")
    counter.keyboard.press("e")
    expect(counter.locator("#part-stub .received")).to_contain_text("6")
    counter.keyboard.press("Control+Enter")
    expect(counter.locator("main[aria-busy]")).to_be_attached()
    counter.keyboard.press("Control+Enter")
    expect(counter.locator("#said")).to_contain_text("being saved already")
    assert len(saves) == 1
    saves[0].continue_()
    settled(counter, "saved")
    assert len(saves) == 1


def test_a_lost_scan_is_sent_again_and_lands_once(counter: Page) -> None:
    tries: list[int] = []

    def lose_the_first(route: Route) -> None:
        tries.append(1)
        if len(tries) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    intercept(counter, "**/counter/do/", lose_the_first)
    scan(counter, MILK, "P004")
    expect(counter.locator("#part-lines tr")).to_have_count(2)
    assert lines(counter) == [("Milk", "1"), ("Newspaper", "1")]


def test_refusals_stand_where_they_belong(counter: Page) -> None:
    scan(counter, "99*P003")
    expect(counter.locator("#part-lines tr.is-wrong")).to_contain_text("Only")
    counter.keyboard.press("F8")
    counter.keyboard.press("1")
    counter.keyboard.press("Control+Enter")
    expect(counter.locator("#said.is-bad")).to_be_visible()
    expect(counter.locator("#part-stub .received")).to_contain_text("500")
    settled(counter, "tender")


def test_no_exact_change_asks_and_gives(counter: Page, live_shop: LiveShop) -> None:
    live_shop.api("POST", "/tills/A/count", {"notes": {"50": 4}})
    scan(counter, "2*P001")
    counter.keyboard.press("F8")
    for key in "455":
        counter.keyboard.press(key)
    expect(counter.locator("#part-stub")).to_contain_text("No exact change")
    counter.keyboard.press("Control+Enter")
    dialog = counter.locator("#d-nochange")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("The customer gives ₹2")
    counter.keyboard.press("Enter")
    expect(counter.locator("#part-stub .received")).to_contain_text("92")
    counter.keyboard.press("Control+Enter")
    settled(counter, "saved")
    expect(counter.locator("#part-hand")).to_contain_text("1 × ₹50")


def test_none_of_these_solves_the_change_again(counter: Page, live_shop: LiveShop) -> None:
    live_shop.api("POST", "/tills/A/count", {"notes": {"200": 9, "100": 9, "50": 9, "5": 9, "2": 9, "1": 9}})
    scan(counter, "2*P001")
    counter.keyboard.press("F8")
    counter.keyboard.press("1")
    counter.get_by_role("button", name="I have no ₹200").click()
    expect(counter.locator(".planned")).to_contain_text("×4")
    counter.keyboard.press("Control+Enter")
    settled(counter, "saved")
    expect(counter.locator("#part-hand")).to_contain_text("4 × ₹100")


def test_the_tablet_has_products_left_the_bill_right_and_notes_to_tap(browser: Browser, live_shop: LiveShop) -> None:
    context = browser.new_context(viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True)
    try:
        page = open_counter(context.new_page(), live_shop)
        tile = page.locator(".tile", has_text="Newspaper")
        tile.tap()
        tile.tap()
        expect(page.locator("#part-lines tr")).to_have_count(1)
        expect(page.locator("#part-lines")).to_contain_text("Newspaper")
        grid, bill = page.locator("#tiles").bounding_box(), page.locator("#lines").bounding_box()
        assert grid is not None
        assert bill is not None
        assert grid["x"] + grid["width"] <= bill["x"] + 1
        assert page.locator("#scan").get_attribute("inputmode") == "none"
        page.get_by_role("button", name="On-screen keyboard").tap()
        assert page.locator("#scan").get_attribute("inputmode") is None
        page.locator("#to-tender").tap()
        page.locator("#pad-10000").tap()
        page.locator("#pad-10000").tap()
        expect(page.locator("#part-stub .received")).to_contain_text("200")
        page.locator("#pad-10000").dispatch_event("pointerdown")
        expect(page.locator("#part-stub .received")).to_contain_text("100")
        page.locator("#pad-10000").dispatch_event("pointerup")
        page.locator("#save").tap()
        settled(page, "saved")
        for button in page.locator(".keys .btn:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44
    finally:
        context.close()


PARTS = [
    ".topbar", ".scan", "#tiles", "#lines", "#tools", "#part-sums", ".tender", "#part-hand", "#part-stub", ".keys",
]  # fmt: skip
OVERLAPS = """(parts) => {
  const all = parts.map((name) => [name, document.querySelector(name)])
    .filter(([, each]) => each.getClientRects().length).map(([name, each]) => [name, each.getBoundingClientRect()]);
  const over = (x, y) =>
    x.left < y.right - 1 && y.left < x.right - 1 && x.top < y.bottom - 1 && y.top < x.bottom - 1;
  return all.flatMap(([a, x], n) => all.slice(n + 1).filter(([, y]) => over(x, y)).map(([b]) => `${a} over ${b}`));
}"""


@pytest.mark.parametrize("size", [(640, 400), (853, 533), (820, 1180), (1024, 768), (1366, 640)])
def test_nothing_lies_over_anything_in_a_small_window_or_zoomed(counter: Page, size: tuple[int, int]) -> None:
    """640×400 is a screen of 1280×800 at 200 %, 853×533 at 150 %."""
    counter.set_viewport_size({"width": size[0], "height": size[1]})
    found = {"lines": counter.evaluate(OVERLAPS, PARTS)}
    scan(counter, "2*P001")
    counter.keyboard.press("F8")
    settled(counter, "tender")
    found["tender"] = counter.evaluate(OVERLAPS, PARTS)
    counter.keyboard.press("e")
    counter.keyboard.press("Control+Enter")
    settled(counter, "saved")
    found["saved"] = counter.evaluate(OVERLAPS, PARTS)
    assert found == {"lines": [], "tender": [], "saved": []}
    assert counter.evaluate("document.documentElement.scrollWidth <= innerWidth")
