"""What only the pages of a till write: who did it, a head's rate, the face of a note that is kept as text."""

from django import template

from counterfoil.history.zreport import name_of
from counterfoil.people.models import User
from counterfoil.rules.money import format_rate
from counterfoil.web.templatetags.shopui import NONE, face, rate

register = template.Library()


@register.filter
def who(user: User | None) -> str:
    return name_of(user) or NONE


@register.filter
def per_million(ppm: int) -> str:
    """2.5 % of 25000 parts per million."""
    return rate(format_rate(ppm))


@register.filter
def face_of(text: str) -> str:
    """500 of "50000": a denomination in paise, as JSON keeps it."""
    return face(int(text))
