"""The rows of a list, drawn once and filled in for each: no text of a row gets out unescaped, none is left out."""

from dataclasses import dataclass

import pytest
from django.template import TemplateSyntaxError, engines
from django.utils.html import format_html
from django.utils.safestring import SafeString

pytestmark = [pytest.mark.pure]

HARD = 'O\'Brien "50%_off" கவிதா 😀 <script>alert(1)</script> {{ row.badge }} &amp; [0:name]'


@dataclass(frozen=True)
class Row:
    name: str
    badge: str = ""


def draw(source: str, rows: list[Row], **context: object) -> str:
    template = engines["django"].from_string("{% load stencil %}" + source)
    return str(template.render({"rows": rows, **context}))


def drawn_by_for(source: str, rows: list[Row], **context: object) -> str:
    return draw(source.replace("{% stencil ", "{% for ").replace("{% endstencil %}", "{% endfor %}"), rows, **context)


def test_it_draws_what_a_for_draws() -> None:
    source = (
        "<ul>{% stencil row in rows %}<li title='{{ row.name }}'>{{ row.badge }} {{ other }}</li>{% endstencil %}</ul>"
    )
    rows = [Row(HARD, format_html("<b>{}</b>", HARD)), Row(""), Row("Asha"), Row(HARD, HARD)]
    page = draw(source, rows, other=HARD)
    assert page == drawn_by_for(source, rows, other=HARD)
    assert "<script" not in page
    assert page.count("<b>O&#x27;Brien") == 1
    assert draw(source, [], other=HARD) == "<ul></ul>"


def test_a_row_may_be_a_part_that_stands_alone_too() -> None:
    part = "{% partialdef one %}<i{{ row.badge }}>{{ row.name }}</i>{% endpartialdef %}"
    row = Row("<&>", SafeString(' class="is-off"'))
    many = draw(part + "{% stencil row in rows %}{% partial one %}{% endstencil %}", [row, row])
    alone = draw(part + "{% partial one %}", [], row=row)
    assert many == alone * 2 == '<i class="is-off">&lt;&amp;&gt;</i>' * 2


@pytest.mark.parametrize(
    "inside",
    [
        "{% if row.name %}x{% endif %}",
        '{% if row.name == "Asha" %}x{% endif %}',
        "{{ row.name|default:'-' }}",
        "{{ row.name|upper }}",
        "{{ row.name|slice:'3:' }}",
    ],
)
def test_asking_a_row_anything_is_a_mistake_that_is_said(inside: str) -> None:
    with pytest.raises(TypeError, match="only texts"):
        draw("{% stencil row in rows %}" + inside + "{% endstencil %}", [Row("Asha")])


def test_a_name_that_no_row_has_is_a_mistake_too() -> None:
    with pytest.raises(AttributeError):
        draw("{% stencil row in rows %}{{ row.nmae }}{% endstencil %}", [Row("Asha")])


@pytest.mark.parametrize("tag", ["{% stencil row %}", "{% stencil row of rows %}", "{% stencil a, b in rows %}"])
def test_it_is_written_like_a_for(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        draw(tag + "{% endstencil %}", [])
