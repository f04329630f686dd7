"""What is answered when no view came to it: a problem document under /api/, Django's own page (ours by its template)
elsewhere."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views import defaults

from counterfoil.api import problems

API = "/api/"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Such as a host name that is not ours."""
    if _is_api(request):
        return problems.on_exception(request, exception)
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return problems.on_exception(request, Http404())
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, *args: Any) -> HttpResponse:
    """Django has logged it."""
    if _is_api(request):
        return problems.answer(problems.Broken("Something went wrong on our side; it has been noted."))
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)
