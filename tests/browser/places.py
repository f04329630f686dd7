"""Every page of the shop, and the states that only a hand brings about: for whoever has to look at all of them.

The pages come from the table that tests/web/test_access.py holds against the URLconf, so that none can be forgotten.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.live import LiveShop
from tests.web.test_access import PAGES

HARD = 'O\'Brien "50%_off" கவிதா हिन्दी 😀 <script>alert(1)</script>'
LONG = "Cold-pressed groundnut oil from Saurashtra, unrefined, in the five-litre tin with the red lid and a handle " * 2
NO_PAGES = {"invoice-pdf", "product-row", "home"}  # a file, a part of a page; the front page is listed below
OTHERS = {
    "day": "/", "login": "/login/", "lost": "/nothing/", "lost-invoice": "/invoices/Z/26-27/000001/",
    "counter-form": "/counter/form/", "credit-note": "/invoices/{credit}/", "no-customer": "/customers/?search=zzzz",
    "no-product": "/products/?search=zzzz", "no-invoice": "/invoices/?customer_name=zzzz",
    "no-mail": "/mail/?search=zz", "find-nothing": "/find/?q=zzzz", "import_file": "{file}",
    "till-session": "/tills/A/sessions/1/", "till-close": "/tills/A/close/", "till-hand-over": "/tills/A/hand-over/",
}  # fmt: skip


def pages(known: dict[str, Any]) -> dict[str, str]:
    """name: path, with the shop's own numbers in it."""
    listed = {
        name: path
        for name, (path, method, _ability, status) in PAGES.items()
        if method == "get" and status == 200 and name not in NO_PAGES and not name.startswith("export_")
    }
    return {name: path.format(**known) for name, path in {**listed, **OTHERS}.items()}


def furnish(shop: LiveShop) -> dict[str, Any]:
    """A shop with something on every page: a hard name, a long one, a sale, a return, low stock, a customer."""
    for code, name, more in (("H1", HARD, {"stock": "2"}), ("L1", LONG[:120], {"barcode": "8901030865278"})):
        body = {"code": code, "name": name, "unit_price": "118.00", "tax_rate": "18.00", "hsn": "3305", **more}
        assert shop.api("POST", "/products", body)[0] == 201
    buyer = {"name": HARD, "email": "bob@example.com", "phone": "+91 98220 33333", "address": f"12 Road\n{HARD}"[:400]}
    status, customer = shop.api("POST", "/customers", buyer)
    assert status == 201, customer
    lines = [{"product": "P001", "quantity": "2"}, {"product": "P002", "quantity": "1.250"}, {"product": "P005"}]
    lines += [{"product": "H1", "discount": "5%"}, {"product": "L1"}]
    sale: dict[str, Any] = {
        "customer": {"id": customer["id"], "name": HARD, "email": "bob@example.com"},
        "lines": lines,
    }
    paid = [{"method": "cash", "notes": {"500": 3}}]
    status, sold = shop.api("POST", "/invoices", {**sale, "payments": paid}, Idempotency_Key=uuid.uuid4().hex)
    assert status == 201, sold
    path = f"/invoices/{sold['number']}/returns"
    back = {"lines": [{"position": 1, "quantity": "1"}], "refund": [{"method": "cash"}], "reason": "sour"}
    status, credit = shop.api("POST", path, back, Idempotency_Key=uuid.uuid4().hex)
    assert status == 201, credit
    return {"number": sold["number"], "credit": credit["number"], "product": 1, "customer": customer["id"], "file": ""}


# ---- States --------------------------------------------------------------------------------------------------------

FILE = "Code,Name,Price,GST %\nN1,Salt,20,5\nP001,Milk,25,5\nN2,<script>,twenty,5\n"


def keep_a_file(page: Page, url: str) -> str:
    """An import that was looked at and not done; the path of its page."""
    page.goto(f"{url}/products/import/")
    page.get_by_label("CSV or Excel workbook").set_input_files(
        {"name": "prices.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("table", name="Row by row")).to_be_visible()
    return page.url.removeprefix(url)


def open_a_session(page: Page, url: str) -> None:
    """Till A's first, or the one that is open already, with twenty of each note."""
    page.goto(f"{url}/tills/A/open/")
    for field in page.locator("input[name^=note-]").all():
        field.fill("20")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"{url}/tills/A/")


def _scanned(page: Page) -> None:
    expect(page.locator("main[data-ready]")).to_be_attached()
    if page.locator('main[data-view="tender"]').count():
        page.keyboard.press("Escape")
        expect(page.locator('main[data-view="lines"]')).to_be_attached()
    if not page.locator("#part-lines tr").count():
        for code in ("P001", "P003", "L1", "H1"):
            page.keyboard.type(code)
            page.keyboard.press("Enter")
        expect(page.locator("#part-lines tr")).to_have_count(4)


def _dialog(*keys: str) -> Callable[[Page], None]:
    def open_it(page: Page) -> None:
        _scanned(page)
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_be_visible()

    return open_it


def _pay_dialog(key: str) -> Callable[[Page], None]:
    def open_it(page: Page) -> None:
        _tender(page)
        page.keyboard.press(key)
        expect(page.locator("dialog[open]")).to_be_visible()

    return open_it


def _tender(page: Page) -> None:
    _scanned(page)
    page.keyboard.press("F8")
    expect(page.locator('main[data-view="tender"]')).to_be_attached()


def _unknown(page: Page) -> None:
    _scanned(page)
    page.keyboard.type("8909999999999")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alertdialog")).to_be_visible()


def _matches(page: Page) -> None:
    _scanned(page)
    page.keyboard.type("sham", delay=60)
    expect(page.locator("#matches li").first).to_be_visible()


def _saved(page: Page) -> None:
    _tender(page)
    page.keyboard.press("1")
    page.keyboard.press("1")
    expect(page.locator(".received, #part-stub")).not_to_have_count(0)
    page.keyboard.press("Control+Enter")
    expect(page.locator('main[data-view="saved"]')).to_be_attached()


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("bob")
    expect(page.get_by_role("option", selected=True)).to_be_visible()


def _open_row(page: Page) -> None:
    page.get_by_role("link", name="P003").press("Enter")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()


def _refused_row(page: Page) -> None:
    _open_row(page)
    page.get_by_role("textbox", name="Barcode").fill("8901234567894")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".error").first).to_be_visible()


def _refused(button: str) -> Callable[[Page], None]:
    """The form sent with what is wrong in it: errors beside their fields."""

    def refuse(page: Page) -> None:
        page.evaluate("for (const form of document.forms) form.noValidate = true")
        page.get_by_role("button", name=re.compile(rf"^{button}( Ctrl ↵)?$")).first.click()
        expect(page.locator("main .error, main .problem").first).to_be_visible()

    return refuse


def _open_details(page: Page) -> None:
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")


# name: (path, what brings it about)
STATES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "palette": ("/customers/", _palette),
    "row-open": ("/products/?search=P00", _open_row),
    "row-refused": ("/products/?search=P00", _refused_row),
    "product-refused": ("/products/new/", _refused("Save")),
    "customer-refused": ("/customers/new/", _refused("Save")),
    "till-refused": ("/tills/", _refused("Add till")),
    "denomination-refused": ("/denominations/", _refused("Add")),
    "person-refused": ("/settings/people/", _refused("Add person")),
    "history-more": ("/invoices/", _open_details),
    "day-figures": ("/", _open_details),
    "counter-lines": ("/counter/", _scanned),
    "counter-matches": ("/counter/", _matches),
    "counter-keys": ("/counter/", _dialog("F1")),
    "counter-customer": ("/counter/", _dialog("F4")),
    "counter-discount": ("/counter/", _dialog("%")),
    "counter-bill-discount": ("/counter/", _dialog("F3")),
    "counter-hold": ("/counter/", _dialog("F6")),
    "counter-recall": ("/counter/", _dialog("F7")),
    "counter-return": ("/counter/", _dialog("F9")),
    "counter-unknown": ("/counter/", _unknown),
    "counter-tender": ("/counter/", _tender),
    "counter-amount": ("/counter/", _pay_dialog("a")),
    "counter-card": ("/counter/", _pay_dialog("c")),
    "counter-upi": ("/counter/", _pay_dialog("u")),
    "counter-saved": ("/counter/", _saved),
    "counter-empty": ("/counter/", lambda page: expect(page.locator("main[data-ready]")).to_be_attached()),
}
# Worth a picture, but made of the same parts as another.
LIKE_OTHERS = {
    "login", "lost", "lost-invoice", "no-customer", "no-mail", "no-invoice", "find-nothing", "import_customers",
    "row-open", "till-open", "till-hand-over", "counter-bill-discount", "counter-amount", "counter-card",
    "counter-empty", "counter-hold", "counter-return",
}  # fmt: skip
# A page with something more in it: whoever has looked at this has looked at the page.
MORE_THAN = {
    "row-refused": "products", "product-refused": "product-new", "customer-refused": "customer-new",
    "till-refused": "tills", "denomination-refused": "denominations", "person-refused": "users",
    "history-more": "invoices", "day-figures": "day",
}  # fmt: skip


def bring_about(page: Page, url: str, name: str) -> None:
    """The state, from a page that is loaded anew; the counter is left open between its own."""
    path, do = STATES[name]
    if path == "/counter/" and page.url == url + path and page.locator("dialog[open]").count():
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)
    else:
        page.goto(url + path)
    do(page)


def log_in(page: Page, shop: LiveShop, path: str = "/") -> None:
    """By the form, as the owner, and on to `path`."""
    page.goto(f"{shop.url}/login/?next={path}")
    page.get_by_label("Username").fill(shop.owner)
    page.get_by_label("Password").fill(shop.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{shop.url}{path}")


def enter(page: Page, shop: LiveShop, path: str = "/") -> None:
    """The same, by the form once for each shop: a password takes long to check. Then by what the form gave."""
    if shop.cookies:
        page.context.add_cookies(shop.cookies)
        page.goto(f"{shop.url}{path}")
    else:
        log_in(page, shop, path)
        shop.cookies = page.context.cookies()
