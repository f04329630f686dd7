"""`{% stencil row in rows %} … {% endstencil %}`: a `for` for the rows of a list, which are nothing but texts.

What stands between is rendered once, with marks where `{{ row.name }}` stands, and then filled in for each row: fifty
rows take a tenth of what fifty rounds of a `for` take. So there can be no `if` and no filter on a row in it: a row
comes with its texts ready to be set (web.ledger, for instance). A text that is not marked safe is escaped, as always.
"""

import re
import secrets
from collections.abc import Sequence
from html import escape
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.safestring import SafeString

register = template.Library()

# Nobody can guess it, so no text that stands beside the marks can be one.
_SECRET = secrets.token_hex(8)
MISUSED = "A stencil's row is only texts to be set: ask nothing about them, and put them through no filter."
_MARK = re.compile(rf"\[{_SECRET}:(\w+)\]")


class Mark(SafeString):
    """Where a row's text goes."""

    def __bool__(self) -> bool:
        raise TypeError(MISUSED)


class _Marks:
    """Stands for the row: whatever it is asked for is a mark."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, name: str) -> Mark:
        self.asked.append(name)
        return Mark(f"[{_SECRET}:{name}]")


class StencilNode(template.Node):
    child_nodelists = ("nodelist",)

    def __init__(self, name: str, rows: FilterExpression, nodelist: NodeList) -> None:
        self.name, self.rows, self.nodelist = name, rows, nodelist

    def render(self, context: Context) -> SafeString:
        marks = _Marks()
        with context.push(**{self.name: marks}):
            cut = _MARK.split(self.nodelist.render(context))
        texts, names = cut[::2], cut[1::2]
        if names != marks.asked:
            raise TypeError(MISUSED)
        return SafeString(fill(self.rows.resolve(context), texts, names))


def fill(rows: Sequence[Any], texts: list[str], names: list[str]) -> str:
    """The rows, each with its values of those names between the texts."""
    first, behind = texts[0], list(zip(names, texts[1:], strict=True))
    parts: list[str] = []
    for row in rows:
        parts.append(first)
        for name, text in behind:
            value = getattr(row, name)
            parts.append(value if isinstance(value, SafeString) else escape(str(value)))
            parts.append(text)
    return "".join(parts)


@register.tag
def stencil(parser: Parser, token: Token) -> StencilNode:
    words = token.split_contents()
    if len(words) != 4 or words[2] != "in":
        raise template.TemplateSyntaxError("Write {% stencil row in rows %}")
    nodelist = parser.parse(("endstencil",))
    parser.delete_first_token()
    return StencilNode(words[1], parser.compile_filter(words[3]), nodelist)
