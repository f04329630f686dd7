"""Pictures of every page and state, to be looked at: `python -m tests.browser.pictures --into FOLDER`.

Light and dark, at 1280×800 and 820×1180, with a demo shop of its own; and contact sheets of them.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsers import ARGUMENTS, find_browser
from tests.live import LiveShop

SIZES = ((1280, 800), (820, 1180))
SCHEMES = ("light", "dark")
LONGEST = 2600  # px of a page that are drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, required=True)
    parser.add_argument("--only", default="", help="names that contain this")
    parser.add_argument("--invoices", type=int, default=400, help="how many the demo shop has")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="counterfoil-pictures-") as name, demo(Path(name), given.invoices) as shop:
        os.environ |= {**shop.environment, "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings"}
        django.setup()  # the table of pages asks who may open them
        from tests.browser import places

        known = places.furnish(shop)
        with sync_playwright() as playwright:
            executable = find_browser(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            take_all(browser, places, shop, known, given.into, given.only)
            for size in SIZES:
                for scheme in SCHEMES:
                    contact_sheets(browser, given.into, f"{scheme}-{size[0]}")


@contextmanager
def demo(folder: Path, invoices: int) -> Iterator[LiveShop]:
    """The shop of the tests, with the demo's past."""
    with LiveShop(folder=folder, database_url=f"sqlite:///{folder / 'shop.sqlite3'}") as shop:
        shop.stock_up()
        if invoices:
            shop.command("demo", "--invoices", str(invoices))
        yield shop


def take_all(browser: Browser, places: Any, shop: LiveShop, known: dict[str, object], into: Path, only: str) -> None:
    context = browser.new_context(locale="en-IN", timezone_id="Asia/Kolkata")
    page = context.new_page()
    places.log_in(page, shop)
    known["file"] = places.keep_a_file(page, shop.url)
    places.open_a_session(page, shop.url)
    for name, path in places.pages(known).items():
        if only not in name:
            continue
        if name == "login":
            fresh = browser.new_context(locale="en-IN").new_page()
            fresh.goto(shop.url + path)
            take(fresh, into, name)
            continue
        page.goto(shop.url + path)
        take(page, into, name)
    for name in places.STATES:
        if only in name:
            page.set_viewport_size({"width": 1280, "height": 800})
            page.emulate_media(color_scheme="light")
            places.bring_about(page, shop.url, name)
            take(page, into, name)


def take(page: Page, into: Path, name: str) -> None:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_load_state("networkidle")  # the tablet's tiles
            tall = int(page.evaluate("document.documentElement.scrollHeight"))
            page.screenshot(
                path=into / f"{name}-{scheme}-{width}.png", full_page=True, animations="disabled",
                clip={"x": 0, "y": 0, "width": width, "height": min(max(tall, height), LONGEST)},
            )  # fmt: skip


def contact_sheets(browser: Browser, into: Path, suffix: str, *, each: int = 6) -> None:
    """Six pictures a sheet, with their names."""
    files = sorted(into.glob(f"*-{suffix}.png"))
    page = browser.new_page(viewport={"width": 2000, "height": 1400})
    for at in range(0, len(files), each):
        figures = "".join(
            f'<figure><figcaption>{file.stem}</figcaption><img src="{file.name}"></figure>'
            for file in files[at : at + each]
        )
        style = "body{display:flex;flex-wrap:wrap;gap:8px;margin:8px;background:#888;align-items:start}figure{margin:0;"
        style += "width:655px}img{width:100%;max-height:640px;object-fit:cover;object-position:top}"
        html = into / f"sheet-{suffix}-{at // each:02}.html"
        html.write_text(f"<!doctype html><style>{style}</style>{figures}", encoding="utf-8")
        page.goto(html.absolute().as_uri())
        page.screenshot(path=html.with_suffix(".png"), full_page=True)
        html.unlink()
    page.close()


if __name__ == "__main__":
    main()
