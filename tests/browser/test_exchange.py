"""An import by the keyboard alone, in a real browser: choose, look, do; and what the pages look like on the way."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.live import LiveShop

FILE = (
    "Code;Item name;EAN;MRP;GST %;HSN/SAC;Qty;Brand\r\n"
    "P001;Milk;8901234567894;21,50;5;0401;48;Amul\r\n"
    "0042;Basmati rice, 1 kg;0012345678905;120;5%;1006;24;\r\n"
    "0043;Ghee;8.90123E+12;540;12;0405;6;\r\n"
    "P004;Newspaper;;6;0;4902;;\r\n"
)


def shot(page: Page, name: str) -> None:
    """Pictures to look at, where COUNTERFOIL_SHOTS says."""
    folder = os.environ.get("COUNTERFOIL_SHOTS")
    if folder:
        for scheme in ("light", "dark"):
            for width, height in ((1280, 800), (820, 1180)):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size({"width": width, "height": height})
                page.screenshot(path=Path(folder) / f"{name}-{scheme}-{width}.png")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 800})


def test_an_import_by_the_keyboard(quiet_page: Page, live_shop: LiveShop, tmp_path: Path) -> None:
    page, file = quiet_page, tmp_path / "old program.csv"
    file.write_bytes(FILE.encode("utf-8-sig"))
    # Playwright takes Chromium's file dialog over once somebody listens, and does not wait until it has: a key pressed
    # at once may open the dialog that nobody sees. So somebody listens from before the page on.
    page.on("filechooser", lambda chooser: None)
    page.goto(f"{live_shop.url}/products/import/")
    shot(page, "choose")
    expect(page.get_by_label("CSV or Excel workbook")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(file)
    page.keyboard.press("Control+Enter")
    table = page.get_by_role("table", name="Row by row")
    expect(table).to_contain_text("Excel shortened this to 8.90123E+12")
    shot(page, "refused")
    page.get_by_role("link", name="All 4").focus()
    page.keyboard.press("Enter")
    expect(table).to_contain_text("20.00")
    expect(table).to_contain_text("21.50")
    expect(page.get_by_text("Not used: Brand.")).to_be_visible()
    shot(page, "dry-run")
    expect(page.get_by_role("button", name="Import the 2 good rows")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Done: 1 added, 1 changed.")).to_be_visible()
    shot(page, "done")
    assert live_shop.api("GET", "/products/0042")[1]["barcode"] == "0012345678905"
    assert live_shop.api("GET", "/products/P001")[1]["stock"] == "48.000"


def test_a_file_that_cannot_be_read(quiet_page: Page, live_shop: LiveShop, tmp_path: Path) -> None:
    page, file = quiet_page, tmp_path / "photo.xlsx"
    file.write_bytes(b"PK\x03\x04 not a workbook")
    page.goto(f"{live_shop.url}/customers/import/")
    page.get_by_label("CSV or Excel workbook").set_input_files(file)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("This is no Excel workbook that can be read").first).to_be_visible()
    shot(page, "unreadable")
    page.get_by_label("CSV or Excel workbook").set_input_files({
        "name": "people.csv", "mimeType": "text/csv", "buffer": b"Name,Mobile\nMeena,98220 33333\n",
    })  # fmt: skip
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Import 1 row").press("Enter")
    expect(page.get_by_text("Done: 1 added, 0 changed.")).to_be_visible()
