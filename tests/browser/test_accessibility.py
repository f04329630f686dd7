"""axe-core looks at every page and every state, light and dark: nothing serious, nothing critical. And nothing is wider
than its window."""

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

from tests.browser import places
from tests.live import LiveShop

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
WIDE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const twice = ids.filter((id, n) => ids.indexOf(id) !== n).map((id) => `#${id} twice`);
  return document.documentElement.scrollWidth > innerWidth ? ["wider than its window", ...twice] : twice;
}"""
GRAVE = ("serious", "critical")
# In the dark only colours differ. A list's rows are alike: the first four are looked at.
RUN = """([where, rules]) => axe.run({
  include: [where || "html"], exclude: [".ledger tbody tr:nth-child(n + 5)", ".ledger tbody:nth-of-type(n + 5)"],
}, {
  resultTypes: ["violations"], elementRef: false, preload: false, iframes: false,
  ...(rules && {runOnly: {type: "rule", values: rules}}),
}).then((found) => found.violations.map((each) => [
  each.id, each.impact, each.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`)]))"""


def violations(page: Page, where: str = "") -> list[Any]:
    """(scheme, rule, where and why) of each grave one; of the whole page, or of what a selector names."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = []
    for scheme, rules in (("light", None), ("dark", ["color-contrast"])):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        said = page.evaluate(RUN, [where, rules])
        found += [(scheme, rule, nodes) for rule, impact, nodes in said if impact in GRAVE]
    page.emulate_media(color_scheme="light")
    return found


def overflowing(page: Page) -> list[Any]:
    """Where the page is wider than its window; ids that are there twice."""
    found: list[Any] = []
    for width, height in ((820, 1180), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        found += [(width, id_) for id_ in page.evaluate(WIDE)]
    return found


def test_no_page_and_no_state_has_a_grave_violation(page: Page, live_shop: LiveShop) -> None:
    known = places.furnish(live_shop)
    page.emulate_media(reduced_motion="reduce")  # nothing is looked at while it fades in
    wrong: dict[str, Any] = {}
    page.goto(f"{live_shop.url}/login/")
    wrong["login"] = violations(page)
    places.log_in(page, live_shop)
    known["file"] = places.keep_a_file(page, live_shop.url)
    places.open_a_session(page, live_shop.url)
    for name, path in places.pages(known).items():
        if name not in {*places.LIKE_OTHERS, *places.MORE_THAN.values()}:
            page.goto(live_shop.url + path)
            wrong[name] = [*violations(page), *overflowing(page)]
    for name in [name for name in places.STATES if name not in places.LIKE_OTHERS]:
        places.bring_about(page, live_shop.url, name)
        # Where it is not the page with something more, what stands around it was looked at with its page.
        around = "dialog[open]" if page.locator("dialog[open]").count() else "main"
        wrong[name] = violations(page, "" if name in places.MORE_THAN else around)
        if name in places.MORE_THAN:
            wrong[name] += overflowing(page)
    assert {name: found for name, found in wrong.items() if found} == {}
