"""Tills and their drawers, counted note by note; and Denomination Master."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil.checkout.sale import read_text
from counterfoil.history.day import tills as tills_of_day
from counterfoil.rules.errors import Refusal
from counterfoil.rules.money import parse_amount
from counterfoil.till import actions, queries, sessions
from counterfoil.till.models import Till
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.pages import counting

MOVES_READ, MOVES_SHOWN = 60, 8


@allow("look")
def tills(request: HttpRequest) -> HttpResponse:
    return _tills_page(request)


def _tills_page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    seen = {row["till"].pk: row for row in tills_of_day(day=timezone.localdate())}
    rows = [seen.get(till.pk, {"till": till}) for till in queries.tills()]
    context = {"rows": rows, "hidden": counting.blind(request), **context}
    return answers.page(request, "web/tills.html", context, status=status)


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
    """The drawer as it is now. The page asks again every few seconds; nothing new is answered with nothing."""
    found = queries.till(code=code)
    state = _state(found)
    if answers.in_place(request) and request.GET.get("seen") == state:
        return HttpResponse(status=204)
    return _till_page(request, found, state=state)


def _state(till: Till) -> str:
    """Changes with everything that the page shows."""
    last = till.movements.order_by("-id").values_list("id", flat=True).first()
    session = queries.open_session(till)
    return f"{last or 0}-{session.pk if session else 0}-{int(till.counted)}"


def _till_page(request: HttpRequest, found: Till, *, state: str) -> HttpResponse:
    rows = counting.rows(found, {}, {})
    session = queries.open_session(found)
    context = {
        "till": found, "rows": rows, "held_paise": sum(row["total_paise"] for row in rows), "state": state,
        "session": session, "number": queries.number_of(session) if session else 0,
        "moves": _moves(found), "hidden": counting.blind(request), "at": timezone.localtime(),
    }  # fmt: skip
    return answers.page(request, "web/till.html", context, part="live")


def _moves(till: Till) -> list[dict[str, Any]]:
    """The last movements, those of one document or one deed together."""
    together: dict[tuple[Any, ...], dict[str, Any]] = {}
    for move in till.movements.select_related("invoice").order_by("-id")[:MOVES_READ]:
        key = (move.invoice_id, move.kind, move.at)
        row = together.setdefault(key, {"move": move, "notes": {}, "paise": 0})
        row["notes"][move.value_paise] = row["notes"].get(move.value_paise, 0) + move.count
        row["paise"] += move.value_paise * move.count
    rows = list(together.values())[:MOVES_SHOWN]
    return [{**row, "notes": sorted(row["notes"].items(), reverse=True)} for row in rows]


@allow("till")
def count(request: HttpRequest, code: str) -> HttpResponse:
    """A count in between: answers what was expected and the difference for each note."""
    found = queries.till(code=code)
    if request.method != "POST":
        return _count_page(request, found)
    key = counting.key_of(request.POST)
    user_id: int = request.user.pk  # type: ignore[assignment]
    try:
        notes = counting.read_notes(request.POST)
        expected, variance = sessions.count(till=found, notes=notes, now=timezone.now(), user_id=user_id, key=key)
    except Refusal as refusal:
        more = {"values": request.POST.dict(), "errors": counting.errors_of(refusal, found), "key": key}
        return _count_page(request, found, status=problems.status_of(refusal), **more)
    found.refresh_from_db()
    if counting.blind(request):
        return answers.done(request, _("The count is saved."), "till", found.code)
    values = sorted({*expected, *notes}, reverse=True)
    lines = [(value, expected.get(value, 0), notes.get(value, 0), variance.get(value, 0)) for value in values]
    sums = [sum(value * n for value, n in each.items()) for each in (expected, notes, variance)]
    return _count_page(request, found, counted=[line for line in lines if any(line[1:])], sums=sums)


def _count_page(request: HttpRequest, found: Till, *, status: int = 200, **context: Any) -> HttpResponse:
    values, errors = context.get("values", {}), context.get("errors", {})
    context = {
        "till": found, "what": "count", "key": counting.new_key(), "rows": counting.rows(found, values, errors),
        "blind": counting.blind(request), "session": queries.open_session(found), **context,
    }  # fmt: skip
    return answers.page(request, "web/till-form.html", context, status=status)


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
