"""Logging in and out. Five wrong tries in a quarter of an hour close the door, for that name from that address only:
so nobody can lock the shop for others."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from counterfoil.web.models import LoginTry

TRIES = 5
WINDOW = timedelta(minutes=15)


@never_cache
@sensitive_post_parameters("password")
def log_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(_wanted(request))
        return render(request, "web/login.html", {"next": request.GET.get("next", "")})
    username = request.POST.get("username", "").replace("\0", "")[:150]
    error, status = _try(request, username, now=timezone.now())
    if not error:
        return redirect(_wanted(request))
    context = {"username": username, "error": error, "next": request.POST.get("next", "")}
    return render(request, "web/login.html", context, status=status)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


def _try(request: HttpRequest, username: str, *, now: datetime) -> tuple[str, int]:
    """What to say, and the status; nothing where they are in. The try is counted before the password is looked at,
    so that many at once gain nothing."""
    who = {"name": username.casefold()[:150], "address": address_of(request)}
    LoginTry.objects.filter(at__lt=now - WINDOW).delete()
    if LoginTry.objects.filter(**who).count() >= TRIES:
        return _("Too many wrong tries. Wait a quarter of an hour, or ask the owner."), 429
    this = LoginTry.objects.create(**who, at=now)
    before = LoginTry.objects.filter(**who, id__lt=this.pk).count()
    if before >= TRIES:
        return _("Too many wrong tries. Wait a quarter of an hour, or ask the owner."), 429
    user = authenticate(request, username=username, password=request.POST.get("password", "")[:1000])
    if user is None:
        left = TRIES - before - 1
        if not left:
            return _("Username and password do not match. That was the last try for a quarter of an hour."), 422
        text = ngettext("%(left)s try left.", "%(left)s tries left.", left) % {"left": left}
        return _("Username and password do not match.") + " " + text, 422
    LoginTry.objects.filter(**who).delete()
    login(request, user)
    return "", 302


def address_of(request: HttpRequest) -> str:
    """The client's address; behind our own TLS proxy, what that proxy saw."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        if forwarded:
            return forwarded[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def _wanted(request: HttpRequest) -> str:
    """Where they were going, if that is in this shop."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return str(settings.LOGIN_REDIRECT_URL)
