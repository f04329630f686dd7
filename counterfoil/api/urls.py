"""Addresses under /api/v1/. Whatever is not one answers a problem, as everything here does."""

import functools
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, re_path
from django.views.decorators.csrf import csrf_exempt

from counterfoil.api import (  # noqa: F401 (the views register themselves)
    customers,
    docs,
    invoices,
    problems,
    products,
    sessions,
    shop,
    taxes,
    tills,
)
from counterfoil.api.app import api
from counterfoil.api.parsing import take_chunked
from counterfoil.rules.errors import NotFound

View = Callable[..., HttpResponse]
# Data, not pages: kept by nobody, and nothing in it is to be run, fetched or framed.
HEADERS = (("Cache-Control", "no-store"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"))


def guarded(view: View) -> View:
    """No answer but a problem where it goes wrong, and nothing is kept by caches. HEAD is GET without the body, which
    the server leaves out; ninja does not know it."""

    @functools.wraps(view)
    def guard(request: HttpRequest, *args: object, **named: object) -> HttpResponse:
        asked = request.method
        try:
            take_chunked(request)
            request.method = "GET" if asked == "HEAD" else asked
            response = view(request, *args, **named)
        except Exception as error:  # noqa: BLE001 (the edge: mapped, logged and answered in one place)
            response = problems.on_exception(request, error)
        finally:
            request.method = asked
        if response.status_code == 405 and response["Content-Type"] != problems.CONTENT_TYPE:
            allowed = response.get("Allow", "")
            response = problems.answer(problems.MethodNotAllowed(f"Use {allowed}."))
            response["Allow"] = allowed
        for name, value in HEADERS:
            response.headers.setdefault(name, value)
        return response

    return csrf_exempt(guard)


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    return problems.answer(NotFound("There is nothing at this address: see /api/v1/docs."))


def _addresses() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = []
    for pattern in (*docs.urlpatterns, *api.urls[0]):
        assert isinstance(pattern, URLPattern)
        if pattern.name == "api-root":
            continue
        pattern.callback = guarded(pattern.callback)
        found.append(pattern)
    found.sort(key=lambda pattern: not str(pattern.pattern).startswith("invoices"))  # tried in order: the sale first
    return [*found, re_path(r"", nothing_here)]


urlpatterns = _addresses()
