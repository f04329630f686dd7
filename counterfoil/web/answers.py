"""Answering: a page or the part of it that htmx asked for, and a word said as a toast."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event


def in_place(request: HttpRequest) -> bool:
    """Asked for by htmx, and not because the browser's history lost the page."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.history_restore_request  # type: ignore[union-attr]


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, part: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or with htmx its part."""
    name = f"{template}#{part}" if part and in_place(request) else template
    answer = render(request, name, context, status=status)
    answer["Vary"] = "HX-Request"
    return answer


def toast(answer: HttpResponse, text: str, *, bad: bool = False) -> HttpResponse:
    """Say it with an answer in place."""
    return trigger_client_event(answer, "toast", {"text": text, "bad": bad})


def done(request: HttpRequest, text: str, to: str, *args: Any, **kwargs: Any) -> HttpResponse:
    """After a form of a whole page: say it on the page that comes next."""
    messages.success(request, text)
    return redirect(to, *args, **kwargs)


def query(**parameters: str) -> str:
    """For links: what is set, encoded."""
    return urlencode({name: text for name, text in parameters.items() if text})
