"""The shop's settings, users, API tokens, and the audit trail."""

from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.audit.models import Entry
from counterfoil.history.queries import any_part
from counterfoil.people import actions as people
from counterfoil.people.models import ApiToken, Role, User
from counterfoil.rules.errors import FieldError, Invalid, Refusal
from counterfoil.rules.money import format_amount
from counterfoil.rules.tax import STATES
from counterfoil.shop import actions
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.inputs import ShopIn, read_posted

ROWS = 50
LIVES = [("", gettext_lazy("Never")), ("30", gettext_lazy("In 30 days")), ("90", gettext_lazy("In 90 days")),
         ("365", gettext_lazy("In a year"))]  # fmt: skip


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "states": [("", "–"), *((code, f"{code} {name}") for code, name in STATES.items())],
        "tax_regime": [("gst-india", _("GST of India")), ("simple", _("One simple tax"))],
        "tax_rounding": [("rate", _("Once for each rate")), ("line", _("On each line"))],
        "payable_rounding": [("down", _("Down")), ("nearest", _("To the nearest")), ("none", _("Not at all"))],
        "change_strategy": [
            ("highest", _("Highest notes first")), ("fewest", _("Fewest notes")), ("scarce", _("Spare what is scarce")),
        ],
        "time_zone": [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"],
    }  # fmt: skip


# ---- The shop ------------------------------------------------------------------------------------------------------


@allow("settings")
def shop(request: HttpRequest) -> HttpResponse:
    held = request.shop  # type: ignore[attr-defined]
    names = [name for name in ShopIn.model_fields if name not in ("payable_unit", "waive_limit")]
    values: dict[str, Any] = {name: getattr(held, name) for name in names}
    values |= {
        "payable_unit": format_amount(held.payable_unit_paise),
        "waive_limit": format_amount(held.waive_limit_paise),
    }
    if request.method != "POST":
        return _shop_page(request, values=values)
    try:
        given = read_posted(ShopIn, request.POST).model_dump()
        _refuse_unlisted(given)
        given["payable_unit_paise"], given["waive_limit_paise"] = given.pop("payable_unit"), given.pop("waive_limit")
        actions.change_shop(changes=given, now=timezone.now())
    except Refusal as refusal:
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _shop_page(request, values=request.POST.dict(), errors=errors, status=status)
    return answers.done(request, _("The settings are saved. Issued invoices keep what they say."), "settings")


def _refuse_unlisted(given: dict[str, Any]) -> None:
    choices = _choices()
    listed = ("tax_regime", "tax_rounding", "payable_rounding", "change_strategy", "time_zone")
    wrong = [name for name in listed if given[name] not in {value for value, _name in choices[name]}]
    errors = [FieldError(name, _("Choose one of the list.")) for name in wrong]
    if given["payable_unit"] < 1:
        errors.append(FieldError("payable_unit", _("Give at least 0.01.")))
    if errors:
        raise Invalid(errors[0].message, errors=errors)


def _shop_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    return answers.page(request, "web/settings.html", {"tab": "shop", "choices": _choices(), **context}, status=status)


# ---- People --------------------------------------------------------------------------------------------------------


@allow("settings")
def users(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _users_page(request)
    given = request.POST
    try:
        user = people.create_user(
            username=given.get("username", ""), password=given.get("password", ""), role=given.get("role", ""),
            name=given.get("name", ""), now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        values = {name: text for name, text in given.dict().items() if name != "password"}
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _users_page(request, values=values, errors=errors, status=status)
    return answers.done(request, _("%(name)s can log in now.") % {"name": user.username}, "users")


def _users_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    context = {"tab": "users", "rows": User.objects.order_by("username"), "roles": Role.choices, **context}
    context.setdefault("values", {"role": "cashier"})
    return answers.page(request, "web/settings.html", context, status=status)


@allow("settings")
def change_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Role, on or off, a new password; each only where it was given."""
    if request.method != "POST":
        return redirect("users")
    given = request.POST
    try:
        user = people.change_user(
            user_id=pk, role=given.get("role") or None, password=given.get("password", ""), now=timezone.now(),
            is_active={"1": True, "0": False}.get(given.get("active", "")),
        )  # fmt: skip
    except Refusal as refusal:
        status = problems.status_of(refusal)
        return _users_page(request, row_error={"pk": pk, "text": refusal.detail}, status=status)
    return answers.done(request, _("Saved: %(name)s.") % {"name": user.username}, "users")


# ---- Tokens --------------------------------------------------------------------------------------------------------


@allow("settings")
def tokens(request: HttpRequest) -> HttpResponse:
    """A new token is shown on the answer to its making, this once."""
    if request.method != "POST":
        return _tokens_page(request)
    name, role, now = request.POST.get("name", ""), request.POST.get("role", ""), timezone.now()
    life = request.POST.get("life", "")
    expires_at = now + timedelta(days=int(life)) if life and life in dict(LIVES) else None
    try:
        made = people.create_token(name=name, role=role, now=now, expires_at=expires_at)
    except Refusal as refusal:
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _tokens_page(request, values=request.POST.dict(), errors=errors, status=status)
    return _tokens_page(request, made=made, made_name=name.strip())


def _tokens_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    rows = ApiToken.objects.order_by("-id")
    context = {"tab": "tokens", "rows": rows, "roles": Role.choices, "lives": LIVES, "now": timezone.now(), **context}
    return answers.page(request, "web/settings.html", context, status=status)


@allow("settings")
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("tokens")
    people.revoke_token(token_id=pk, now=timezone.now())
    return answers.done(request, _("The token is revoked."), "tokens")


# ---- The audit trail -----------------------------------------------------------------------------------------------


@allow("settings")
def trail(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("search", "").strip()
    found = Entry.objects.select_related("actor")
    if search:
        parts = ("which", "what", "verb", "via", "actor__username")
        wanted = any_part(parts[0], search)
        for part in parts[1:]:
            wanted |= any_part(part, search)
        found = found.filter(wanted)
    rows = Paginator(found, ROWS).get_page(request.GET.get("page"))
    for entry in rows.object_list:
        names = sorted({*entry.before, *entry.after})
        entry.changes = [(name, entry.before.get(name), entry.after.get(name)) for name in names]  # type: ignore[attr-defined]
    context = {"tab": "trail", "rows": rows, "query": answers.query(search=search), "search": search}
    return answers.page(request, "web/settings.html", context)
