"""Every call of docs/api.md, in its order, in the small shop: what the page promises is what is answered."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from counterfoil.rules.numbering import financial_year
from tests.api.caller import Caller
from tests.services import ROOT

INSIDE = r"(?:(?!```).)*?"  # of one fenced block
RECIPE = re.compile(
    r"```http\n(?P<method>[A-Z]+) (?P<path>\S+)\n(?P<headers>(?:[A-Za-z-]+: [^\n]*\n)*)"
    rf"(?:\n(?P<body>{INSIDE}))?```\n+answers `(?P<status>\d+)`(?::\n+```json\n(?P<answer>{INSIDE})```)?",
    re.DOTALL,
)


@dataclass(frozen=True)
class Recipe:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any


def recipes() -> Iterator[Recipe]:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    today = timezone.now().astimezone(timezone.get_default_timezone()).date()
    text = text.replace("26-27", financial_year(today))
    found = list(RECIPE.finditer(text))
    assert len(found) == text.count("```http"), "every call says what it answers"
    for each in found:
        headers = dict(line.split(": ", 1) for line in each["headers"].splitlines())
        body, answer = each["body"], each["answer"]
        yield Recipe(
            each["method"],
            each["path"].removeprefix("/api/v1"),
            {name.replace("-", "_"): value for name, value in headers.items()},
            json.loads(body) if body else None,
            int(each["status"]),
            json.loads(answer) if answer else None,
        )


def agrees(promised: Any, given: Any) -> bool:
    """The page may leave members out, and writes … for a value that does not matter."""
    if isinstance(promised, dict):
        return isinstance(given, dict) and all(
            name in given and agrees(part, given[name]) for name, part in promised.items()
        )
    if isinstance(promised, list):
        return len(promised) == len(given) and all(map(agrees, promised, given))
    return bool(promised in ("…", given))


def test_the_recipes_work(api: Caller) -> None:
    for recipe in recipes():
        answer = api.send(recipe.method, recipe.path, recipe.body, **recipe.headers)
        assert answer.status_code == recipe.status, (recipe, answer.content)
        if recipe.answer is not None:
            assert agrees(recipe.answer, answer.json()), (recipe, answer.json())


def test_the_page_names_every_limit() -> None:
    from counterfoil.api import limits, paging, parsing
    from counterfoil.checkout.sale import LINES_AT_MOST

    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert f"| {paging.LIMIT_MOST} |" in text
    assert f"| {LINES_AT_MOST} |" in text
    assert f"| {parsing.LARGEST_BODY // 1024**2} MiB, {parsing.DEEPEST} levels deep |" in text
    assert f"| {limits.per_token().rate:,} a second" in text
    assert f"| {limits.per_stranger().rate:,} a second" in text
