"""From a scan to its line on the screen, in a real browser, in a shop of 50,000 products; and from save to change.

Run from the checkout: `python -m bench.counter [--figures FILE]`. A scan counts from its Enter to the frame after the
line is there: keyboard, request, pricing, rendering, swap and layout together. Bills grow to twenty lines and are
then saved.
"""

import argparse
import os
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench import figures
from bench.figures import Figure
from tests.browsers import ARGUMENTS, find_browser
from tests.live import LiveShop

PRODUCTS = 50_000
BILLS, LINES = 10, 20
LAYOUT_SHIFT = 0.01  # of the viewport; nothing that can be seen
WANTED: dict[str, tuple[float | None, float | None]] = {"scan to line": (60, 120), "save to change": (200, None)}

SEED = f"""
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from counterfoil.catalog.models import Product, TaxClass
tax_class = TaxClass.objects.first()
Product.objects.bulk_create([
    Product(code=f"B{{n:05}}", name=f"Packet of goods number {{n}}", barcode=f"89{{n:011}}", unit="pc", hsn="1905",
            unit_price_paise=1000 + n % 50000, price_includes_tax=True, tax_class=tax_class,
            category=f"Shelf {{n % 30}}")
    for n in range({PRODUCTS})
], batch_size=5000)
"""

# Enter is heard before the page's own script; what it caused is seen when the part it swaps has changed.
WATCH = """([part]) => {
  window.took = [];
  let from = 0;
  const heard = (event) => { if (event.key === "Enter") from = event.timeStamp; };
  const seen = () => { if (from) { window.took.push(performance.now() - from); from = 0; } };
  document.addEventListener("keydown", heard, { capture: true });
  new MutationObserver(() => requestAnimationFrame(seen)).observe(document.getElementById(part), { childList: true });
}"""

WATCH_LOADING = """
  window.usable = 0; window.shift = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shift += e.value; })
    .observe({ type: "layout-shift", buffered: true });
  new MutationObserver(() => {
    if (!window.usable && document.querySelector("main[data-ready]")) window.usable = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
"""
LOADING = """() => {
  const files = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [window.usable, window.shift, files.filter((f) => f.transferSize).length,
    files.reduce((sum, f) => sum + f.transferSize, 0)];
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=Path)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'shop.sqlite3'}"
        environment = {**os.environ, "COUNTERFOIL_DATA_DIR": str(folder), "DATABASE_URL": url}
        environment["DJANGO_SETTINGS_MODULE"] = "counterfoil.config.settings"
        subprocess.run([sys.executable, "-c", SEED], env=environment, check=True)
        with LiveShop(folder=folder, database_url=url) as shop, sync_playwright() as playwright:
            executable = find_browser(playwright.chromium.executable_path)
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            found = weigh(browser, shop)
            found += speeds(measure(browser.new_page(viewport={"width": 1280, "height": 800}), shop))
            browser.close()
    print(f"{PRODUCTS:,} products, {BILLS} bills of {LINES} lines, SQLite, {os.cpu_count()} processors")
    print(figures.table(found))
    if options.figures:
        figures.write(options.figures, found)


def log_in(page: Page, shop: LiveShop) -> None:
    page.goto(f"{shop.url}/login/?next=/counter/")
    page.get_by_label("Username").fill(shop.owner)
    page.get_by_label("Password").fill(shop.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("main[data-ready]")).to_be_attached()


def measure(page: Page, shop: LiveShop) -> dict[str, list[float]]:
    log_in(page, shop)
    pick, scans, saves = random.Random(1), [], []
    for _bill in range(BILLS):
        page.evaluate(WATCH, ["part-lines"])
        for line in range(LINES):
            page.keyboard.type(f"89{pick.randrange(PRODUCTS):011}")
            page.keyboard.press("Enter")
            expect(page.locator("#part-lines tr")).to_have_count(line + 1)
        scans += page.evaluate("window.took")
        page.keyboard.press("F8")
        page.keyboard.press("e")
        expect(page.locator("#part-stub .received")).to_be_visible()
        page.evaluate(WATCH, ["part-hand"])
        page.keyboard.press("Control+Enter")
        expect(page.locator('main[data-view="saved"]')).to_be_attached()
        saves += page.evaluate("window.took")
        page.reload()
    return {"scan to line": scans, "save to change": saves}


def weigh(browser: Browser, shop: LiveShop) -> list[Figure]:
    """The counter as a browser meets it for the first time in the day, and again with its files kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    log_in(page, shop)
    found = []
    for when in ("first", "again"):
        if when == "first":
            context.new_cdp_session(page).send("Network.clearBrowserCache")
        page.add_init_script(WATCH_LOADING)
        page.goto(f"{shop.url}/counter/")
        expect(page.locator("main[data-ready]")).to_be_attached()
        page.wait_for_load_state("networkidle")
        usable, shift, requests, size = page.evaluate(LOADING)
        found += [
            Figure(f"counter, {when}: usable after", usable, usable, usable, "ms"),
            Figure(f"counter, {when}: requests", requests, requests, requests, ""),
            Figure(f"counter, {when}: transferred", size / 1024, size / 1024, size / 1024, "KiB"),
            Figure(f"counter, {when}: layout shift", shift, shift, shift, "", LAYOUT_SHIFT, more=False),
        ]
    context.close()
    return found


def speeds(took: dict[str, list[float]]) -> list[Figure]:
    found = []
    for name, times in took.items():
        ordered = sorted(times)
        for per_cent, wanted in zip((50, 95), WANTED[name], strict=True):
            value = ordered[min(len(ordered) - 1, len(ordered) * per_cent // 100)]
            what = f"counter, {name}: {'median' if per_cent == 50 else '95th percentile'} of {len(ordered)}"
            found.append(Figure(what, value, ordered[0], ordered[-1], "ms", wanted, more=False))
    return found


if __name__ == "__main__":
    main()
