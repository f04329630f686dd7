"""Who may open a page: one decorator, which asks people.access and nothing else. It also turns a refusal that no form
took into a page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from counterfoil.people import access
from counterfoil.rules.errors import Refusal
from counterfoil.web import problems


def allow(ability: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The view needs somebody who is logged in and whose role has the ability. `view.ability` names it."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            try:
                access.require(request.user.role, ability)
                answer: HttpResponseBase = view(request, *args, **kwargs)
            except Refusal as refusal:
                return problems.as_page(request, refusal)
            answer.headers.setdefault("Cache-Control", "private, no-store")
            return answer

        guarded.ability = ability  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_login(request: HttpRequest) -> HttpResponse:
    """Back to where they were after logging in; a part of a page sends the whole page there."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(redirect_to_login(request.htmx.current_url_abs_path or "/").url)  # type: ignore[attr-defined]
    return redirect_to_login(request.get_full_path())
