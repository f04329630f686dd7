"""What every page needs: who acts (for the audit trail), and the shop's time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from counterfoil.audit.actions import Actor, acting
from counterfoil.shop import queries as shop

Handler = Callable[[HttpRequest], HttpResponse]

NOT_PAGES = ("/api/", "/static/", "/fonts/", "/healthz", "/readyz")


class ShopMiddleware:
    """Pages only: the API sets its own actor, and answers times in the shop's zone by itself."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            request.path_info.startswith(("/api/", "/static/", "/healthz", "/readyz"))
            or not request.user.is_authenticated
        ):
            return self.get_response(request)
        request.shop = shop.settings()  # type: ignore[attr-defined]
        with timezone.override(ZoneInfo(request.shop.time_zone)), acting(Actor(request.user.pk, "page")):  # type: ignore[attr-defined]
            return self.get_response(request)
