"""What every page needs: who is signed in and acts (for the audit trail), and the shop's time zone.

The API knows tokens and no sessions: what only pages need is not done for it.
"""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_htmx.middleware import HtmxMiddleware

from counterfoil.audit.actions import Actor, acting
from counterfoil.shop import queries as shop

Handler = Callable[[HttpRequest], HttpResponse]

NOT_PAGES = ("/api/", "/static/", "/healthz", "/readyz")


def for_pages(middleware: Any) -> Any:
    """The same middleware, which lets everything that is no page pass."""

    class ForPages(middleware):
        def __call__(self, request: HttpRequest) -> HttpResponse:
            if request.path_info.startswith(NOT_PAGES):
                return self.get_response(request)
            return super().__call__(request)

    return ForPages


class ShopMiddleware:
    """The API sets its own actor, and answers times in the shop's zone by itself."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        request.shop = shop.settings()  # type: ignore[attr-defined]
        with timezone.override(ZoneInfo(request.shop.time_zone)), acting(Actor(request.user.pk, "page")):  # type: ignore[attr-defined]
            return self.get_response(request)


Sessions = for_pages(SessionMiddleware)
SignedIn = for_pages(AuthenticationMiddleware)
TheShop = for_pages(ShopMiddleware)
Messages = for_pages(MessageMiddleware)
Htmx = for_pages(HtmxMiddleware)
