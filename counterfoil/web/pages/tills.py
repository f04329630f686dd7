"""Tills and their drawers, counted note by note; and Denomination Master."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil.checkout.sale import read_text
from counterfoil.history.day import tills as tills_of_day
from counterfoil.rules.errors import FieldError, Invalid, Refusal
from counterfoil.rules.money import parse_amount
from counterfoil.till import actions, queries
from counterfoil.till.models import Till
from counterfoil.web import answers, problems
from counterfoil.web.access import allow

COUNT_AT_MOST = 100_000


@allow("look")
def tills(request: HttpRequest) -> HttpResponse:
    return _tills_page(request)


def _tills_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    seen = {row["till"].pk: row for row in tills_of_day(day=timezone.localdate())}
    rows = [seen.get(till.pk, {"till": till}) for till in queries.tills()]
    return answers.page(request, "web/tills.html", {"rows": rows, **context}, status=status)


@allow("masters")
def add(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("tills")
    code, name = request.POST.get("code", "").strip().upper(), request.POST.get("name", "")
    try:
        till = actions.add_till(code=code, name=read_text(name, longest=60), now=timezone.now())
    except Refusal as refusal:
        errors = problems.by_field(refusal)
        return _tills_page(request, values=request.POST.dict(), errors=errors, status=problems.status_of(refusal))
    return answers.done(request, _("Added: %(name)s.") % {"name": till.name}, "tills")


@allow("look")
def till(request: HttpRequest, code: str) -> HttpResponse:
    return _till_page(request, queries.till(code=code))


def _till_page(request: HttpRequest, found: Till, *, status: int = 200, **context: Any) -> HttpResponse:
    held = queries.notes(found)
    values, errors = context.get("values") or {}, context.get("errors") or {}
    rows = [
        {
            "value_paise": each.value_paise, "is_coin": each.is_coin, "held": held.get(each.value_paise, 0),
            "total_paise": each.value_paise * held.get(each.value_paise, 0), "name": f"note-{each.value_paise}",
            "typed": values.get(f"note-{each.value_paise}", ""), "error": errors.get(f"note-{each.value_paise}", ""),
        }
        for each in queries.denominations()
    ]  # fmt: skip
    context |= {
        "till": found, "rows": rows, "held_paise": sum(row["total_paise"] for row in rows),
        "session": queries.open_session(found), "moves": found.movements.select_related("invoice")[:30],
    }  # fmt: skip
    return answers.page(request, "web/till.html", context, status=status)


@allow("till")
def count(request: HttpRequest, code: str) -> HttpResponse:
    """What lies in the drawer, as counted; answers what was expected and the difference for each note."""
    found = queries.till(code=code)
    if request.method != "POST":
        return redirect("till", code)
    try:
        notes = _read_notes(request.POST)
        expected, variance = actions.count_drawer(till=found, notes=notes, now=timezone.now())
    except Refusal as refusal:
        errors = problems.by_field(refusal)
        return _till_page(request, found, values=request.POST.dict(), errors=errors, status=problems.status_of(refusal))
    found.refresh_from_db()
    values = sorted({*expected, *notes}, reverse=True)
    lines = [(value, expected.get(value, 0), notes.get(value, 0), variance.get(value, 0)) for value in values]
    sums = [sum(value * n for value, n in each.items()) for each in (expected, notes, variance)]
    return _till_page(request, found, counted=[line for line in lines if any(line[1:])], sums=sums)


def _read_notes(given: QueryDict) -> dict[int, int]:
    """Every note's count in paise; a field left empty is none."""
    notes, errors = {}, []
    for value in queries.known_values():
        text = given.get(f"note-{value}", "").strip()
        if not text:
            continue
        if not (text.isascii() and text.isdecimal()) or int(text[:9]) > COUNT_AT_MOST or len(text) > 9:
            errors.append(FieldError(f"note-{value}", _("Write a whole number, such as 12.")))
        else:
            notes[value] = int(text)
    if errors:
        raise Invalid(_("Some counts are no numbers. Nothing was saved."), errors=errors)
    return notes


# ---- Denominations -------------------------------------------------------------------------------------------------


@allow("look")
def denominations(request: HttpRequest) -> HttpResponse:
    return _denominations_page(request)


def _denominations_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    rows = list(queries.denominations())
    context["kinds"] = [("note", _("Note")), ("coin", _("Coin"))]
    return answers.page(request, "web/denominations.html", {"rows": rows, **context}, status=status)


@allow("masters")
def add_denomination(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("denominations")
    try:
        value_paise = parse_amount(request.POST.get("value", ""), field="value", at_least=1)
        actions.add_denomination(
            value_paise=value_paise, is_coin=request.POST.get("kind") == "coin", now=timezone.now()
        )
    except Refusal as refusal:
        errors = problems.by_field(refusal)
        return _denominations_page(
            request, values=request.POST.dict(), errors=errors, status=problems.status_of(refusal)
        )
    return answers.done(request, _("Added."), "denominations")


@allow("masters")
def switch_denomination(request: HttpRequest, value_paise: int) -> HttpResponse:
    """On or off; from now on only."""
    if request.method == "POST":
        enabled = request.POST.get("enabled") == "1"
        actions.change_denomination(value_paise=value_paise, enabled=enabled, now=timezone.now())
        return answers.done(
            request,
            _("Switched on.") if enabled else _("Switched off: change leaves it out from now on."),
            "denominations",
        )
    return redirect("denominations")
