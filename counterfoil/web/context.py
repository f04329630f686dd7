"""What every page's template can use: `shop`, `theme`, `nav`, and what the user may do (`can.masters`)."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from counterfoil.people import access
from counterfoil.shop import queries as shop

NAV = (
    ("/counter/", _("Counter"), "sell"),
    ("/invoices/", _("History"), "look"),
    ("/products/", _("Products"), "look"),
    ("/customers/", _("Customers"), "look"),
    ("/tills/", _("Till"), "look"),
    ("/mail/", _("Mail"), "mail"),
    ("/settings/", _("Settings"), "settings"),
    ("/", _("Day"), "day"),
)
TOGETHER = {"/tills/": ("/tills/", "/denominations/"), "/": ("/taxes/",)}  # what belongs to which of them


def page(request: HttpRequest) -> dict[str, Any]:
    theme = request.COOKIES.get("theme", "")
    return {
        "shop": SimpleLazyObject(lambda: getattr(request, "shop", None) or shop.settings()),
        "theme": theme if theme in ("light", "dark") else "",
        "can": SimpleLazyObject(lambda: abilities(request)),
        "nav": SimpleLazyObject(lambda: list(nav(request))),
    }


def abilities(request: HttpRequest) -> dict[str, bool]:
    role = getattr(getattr(request, "user", None), "role", "")
    return {ability: access.may(role, ability) for ability in access.ABILITIES}


def nav(request: HttpRequest) -> Iterator[dict[str, Any]]:
    may, path = abilities(request), request.path_info
    for href, name, ability in NAV:
        if may[ability]:
            here = path == href or path.startswith(TOGETHER.get(href, (href,)))
            yield {"href": href, "name": name, "here": here}
