"""How money, quantities, notes, icons and badges are written. Formatting only: every figure comes from elsewhere."""

import re
from datetime import datetime
from functools import cache, lru_cache
from html import escape
from typing import Any

from babel.numbers import get_currency_symbol
from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.rules import money as rules
from counterfoil.web.icons import BACKS, ICONS

register = template.Library()
NONE = "–"
HUGE = 10**18
MAIL = {
    "none": ("", "dash", gettext_lazy("No address")),
    "queued": ("badge-info", "clock", gettext_lazy("Queued")),
    "sending": ("badge-info", "sending", gettext_lazy("Sending")),
    "sent": ("badge-good", "check", gettext_lazy("Sent")),
    "failed": ("badge-bad", "warn", gettext_lazy("Failed")),
    "unknown": ("badge-warn", "question", gettext_lazy("Unknown")),
}
METHODS = {
    "cash": gettext_lazy("Cash"),
    "card": gettext_lazy("Card"),
    "upi": gettext_lazy("UPI"),
    "account": gettext_lazy("On account"),
}


# ---- Money, quantities, times ---------------------------------------------------------------------------------------


def _units(amount: Any) -> tuple[int, int]:
    """(minor units, decimals) of paise, or of a document's amount string."""
    if isinstance(amount, int):
        return amount, 2
    decimals = len(str(amount).partition(".")[2])
    return rules.parse_amount(str(amount), decimals=decimals, at_least=-HUGE, at_most=HUGE), decimals


@register.filter
def grouped(amount: Any) -> str:
    """1,23,456.50: paise (int) or an amount string of a document, for tables."""
    if amount is None or amount == "":
        return NONE
    paise, decimals = _units(amount)
    return rules.format_grouped(paise, decimals=decimals)


@register.filter
def money(amount: Any, currency: str = "INR") -> str:
    """₹1,23,456.50."""
    if amount is None or amount == "":
        return NONE
    paise, _decimals = _units(amount)
    return rules.format_money(paise, currency=currency)


@register.filter
def plain(paise: Any) -> str:
    """1234.50: for an input field."""
    return "" if paise is None or paise == "" else rules.format_amount(int(paise))


@register.filter
def signed(count: int) -> str:
    """+3, −2, 0."""
    return f"{count:+}".replace("-", rules.MINUS) if count else "0"


@register.filter
def whole(paise: int) -> str:
    """1,23,456: a round figure on a chart."""
    return rules.format_grouped(paise).removesuffix(".00")


@register.filter
def tenths(bp: int) -> str:
    """6.6 per cent of 660 basis points, with a real minus."""
    return rules.format_grouped(rules.round_half_away(bp, 10), decimals=1)


@register.filter
def face(paise: int) -> str:
    """What is printed on a note: 500, or 0.50."""
    return rules.format_amount(paise).removesuffix(".00")


@register.filter
def quantity(milli: Any) -> str:
    """1.250, or 2: thousandths, or a document's string."""
    if milli is None or milli == "":
        return NONE
    text = rules.format_quantity(milli) if isinstance(milli, int) else str(milli)
    return text.removesuffix(".000").replace("-", rules.MINUS)


@register.filter
def pace(milli: int) -> str:
    """0.9: how many go on a day, to a tenth; more digits would only look exact."""
    tenths = rules.round_half_away(milli, 100)
    return f"{tenths // 10}.{tenths % 10}"


@register.filter
def rate(rate: Any) -> str:
    """18 %, 2.5 %: basis points, or a document's string."""
    if rate is None or rate == "":
        return NONE
    return f"{bare_rate(rate)} %"


@register.filter
def bare_rate(rate: Any) -> str:
    """18, 2.5: for an input field."""
    text = rules.format_rate(rate * 100) if isinstance(rate, int) else str(rate)
    return re.sub(r"\.?0+$", "", text) if "." in text else text


@register.filter
def moment(text: str) -> datetime | None:
    """A document's time as one that `date` can write."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def method(name: str) -> Any:
    return METHODS.get(name, name)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key, "") if mapping else ""


@register.filter
def marked(text: str, search: str) -> SafeString | str:
    """The text with what was searched for marked."""
    if not search or not text:
        return conditional_escape(text)
    parts = [escape(part) for part in _around(search).split(str(text))]
    parts[1::2] = [f"<mark>{part}</mark>" for part in parts[1::2]]  # every second one is a match
    return SafeString("".join(parts))  # each part is escaped


@lru_cache(maxsize=100)
def _around(search: str) -> re.Pattern[str]:
    return re.compile(f"({re.escape(search)})", re.IGNORECASE)


# ---- Parts ----------------------------------------------------------------------------------------------------------


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    return format_html('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.simple_tag
def badge(kind: str, picture: str, text: str) -> SafeString:
    """`kind`: good, warn, bad, info or nothing."""
    return format_html('<span class="badge{}">{}{}</span>', f" badge-{kind}" if kind else "", icon(picture), text)


@register.simple_tag
def mail_badge(state: str) -> SafeString:
    css, picture, text = MAIL.get(state or "none", MAIL["unknown"])
    return format_html('<span class="badge {}">{}{}</span>', css, icon(picture), text)


@register.simple_tag
def note(value: Any, count: int = 0, *, times: bool = True) -> SafeString:
    """The picture of a note or coin: paise, or a document's "500". With a count, also the count in words."""
    paise = value if isinstance(value, int) else rules.parse_amount(str(value))
    rupees = paise // 100
    coin = rupees not in BACKS
    css = f"n{rupees}" if rupees in (1, 2, 5) or not coin else "n1"
    pile = f" pile-{min(count, 3)}" if count > 1 and not coin else ""
    back = format_html('<svg viewBox="0 0 48 32"><path d="{}"/></svg>', BACKS[rupees]) if not coin else ""
    picture = format_html(
        '<span class="note {}{}{}" aria-hidden="true"><b>{}</b>{}</span>',
        "coin " if coin else "",
        css,
        pile,
        face(paise),
        back,
    )
    if not count:
        return picture
    said = format_html(
        '<span class="hear">{}</span>', _("%(count)s of ₹%(value)s") % {"count": count, "value": face(paise)}
    )
    counted = format_html('<span class="times" aria-hidden="true">×{}</span>', count) if times else ""
    return format_html("{}{}{}", picture, counted, said)


@register.simple_tag
def notes(held: dict[Any, int] | None) -> SafeString:
    """A list of notes, as {"500": 2} of a document or {50000: 2} in paise."""
    items = ((note(value, count),) for value, count in (held or {}).items() if count)
    return format_html('<ul class="notes">{}</ul>', format_html_join("", "<li>{}</li>", items))


@register.simple_tag
def total(amount: Any, css: str = "received", currency: str = "INR") -> SafeString:
    """The large figures: payable, received, change."""
    paise, decimals = _units(amount)
    whole, dot, part = rules.format_grouped(paise, decimals=decimals).partition(".")
    rupees = abs(paise) // 10**decimals
    long = " is-longer" if rupees >= 100_000 else " is-long" if rupees >= 10_000 else ""
    return format_html(
        '<span class="sum {}{}"><span class="cur">{}</span>{}<span class="ps">{}{}</span></span>',
        css,
        long,
        get_currency_symbol(currency, "en_IN"),
        whole,
        dot,
        part,
    )
