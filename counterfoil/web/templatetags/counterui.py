"""The picture of a note for the counter, where its count is written beside it. Any denomination has one."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.rules.change import format_value
from counterfoil.rules.money import parse_amount
from counterfoil.web.icons import BACKS

register = template.Library()
SMALLEST_NOTE_PAISE = 1000
COINS = (1, 2, 5)


@register.filter
def short(amount: str) -> str:
    """A whole amount without its decimals: on the slip every digit is one to read."""
    return str(amount).removesuffix(".00")


@register.simple_tag
def picture(value: Any, count: int = 0) -> SafeString:
    """Paise, or a document's "500". Decorative to a screen reader."""
    paise = value if isinstance(value, int) else parse_amount(str(value))
    rupees = paise // 100 if paise % 100 == 0 else 0
    pile = f" pile-{min(count, 3)}" if count > 1 and paise >= SMALLEST_NOTE_PAISE else ""
    if rupees in BACKS:
        back = format_html('<svg viewBox="0 0 48 32"><path d="{}"/></svg>', BACKS[rupees])
        css = f"n{rupees}{pile}"
    elif paise >= SMALLEST_NOTE_PAISE:
        back, css = format_html("{}", ""), f"n-other{pile}"
    else:
        back, css = format_html("{}", ""), f"coin n{rupees}" if rupees in COINS else "coin n1 n-part"
    return format_html('<span class="note {}" aria-hidden="true"><b>{}</b>{}</span>', css, format_value(paise), back)
