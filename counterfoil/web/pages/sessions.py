"""A till's day on pages: open, cash in and out, close, hand over; and its X and Z reports.

Every form has a key of its own, so that a second click does nothing twice. What a till may do is `till.sessions`'
business; here it is asked, and its refusals are put beside their fields.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil import documents
from counterfoil.billing import drafts
from counterfoil.history import till_days
from counterfoil.history.session import report as report_of
from counterfoil.history.suspects import suspects
from counterfoil.history.zreport import document, name_of
from counterfoil.people import access
from counterfoil.people.models import User
from counterfoil.rules.errors import Forbidden, Invalid, Refusal
from counterfoil.store import writing
from counterfoil.till import queries, sessions
from counterfoil.till.models import Session, Till
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.pages import counting

ROWS = 30


def _form(request: HttpRequest, till: Till, what: str, *, status: int = 200, **context: Any) -> HttpResponse:
    values, errors = context.setdefault("values", {}), context.setdefault("errors", {})
    context.setdefault("key", counting.new_key())
    context |= {
        "till": till, "what": what, "rows": counting.rows(till, values, errors), "blind": counting.blind(request),
        "session": queries.open_session(till),
    }  # fmt: skip
    return answers.page(request, "web/till-form.html", context, status=status)


def _send(
    request: HttpRequest, till: Till, what: str, act: Callable[[dict[int, int], str], HttpResponse], **context: Any
) -> HttpResponse:
    """Read the notes and do it; a refusal comes back as the same form, as it was filled in, under the same key."""
    key = counting.key_of(request.POST)
    try:
        return act(counting.read_notes(request.POST), key)
    except Refusal as refusal:
        errors = counting.errors_of(refusal, till, hidden=counting.blind(request))
        context |= {"values": request.POST.dict(), "errors": errors, "key": key}
        context["paying"] = refusal.more.get("drafts", [])
        return _form(request, till, what, status=problems.status_of(refusal), **context)


def _who(request: HttpRequest) -> tuple[int, datetime]:
    return request.user.pk, timezone.now()  # type: ignore[return-value]


# ---- Opening, closing, handing over ---------------------------------------------------------------------------------


@allow("till")
def open_till(request: HttpRequest, code: str) -> HttpResponse:
    till = queries.till(code=code)
    user_id, now = _who(request)

    def act(notes: dict[int, int], key: str) -> HttpResponse:
        sessions.open_session(till=till, notes=notes, now=now, user_id=user_id, key=key)
        return answers.done(request, _("%(till)s is open.") % {"till": till.name}, "till", till.code)

    if request.method == "POST":
        return _send(request, till, "open", act)
    return _form(request, till, "open") if not queries.open_session(till) else redirect("till", till.code)


@allow("till")
def close_till(request: HttpRequest, code: str) -> HttpResponse:
    till = queries.till(code=code)
    user_id, now = _who(request)

    def act(notes: dict[int, int], key: str) -> HttpResponse:
        session, _variance = sessions.close_session(till=till, notes=notes, now=now, user_id=user_id, key=key)
        text = _("%(till)s is closed.") % {"till": till.name}
        return answers.done(request, text, "till-session", till.code, queries.number_of(session))

    if request.method == "POST":
        return _send(request, till, "close", act)
    return _form(request, till, "close") if queries.open_session(till) else redirect("till", till.code)


@allow("till")
def hand_over(request: HttpRequest, code: str) -> HttpResponse:
    """Count, close and open again for the next cashier, in one go."""
    till = queries.till(code=code)
    user_id, now = _who(request)
    takers = _takers()

    def act(notes: dict[int, int], key: str) -> HttpResponse:
        to = request.POST.get("to", "")
        if to not in {value for value, _name in takers[1:]}:
            raise Invalid(_("Choose who takes over."), field="to")
        left, taken = sessions.hand_over(till=till, notes=notes, now=now, user_id=user_id, to_id=int(to), key=key)
        names = {"till": till.name, "name": name_of(taken.opened_by)}
        text = _("%(till)s is handed over to %(name)s.") % names
        return answers.done(request, text, "till-session", till.code, queries.number_of(left))

    if request.method == "POST":
        return _send(request, till, "hand-over", act, takers=takers)
    return (
        _form(request, till, "hand-over", takers=takers) if queries.open_session(till) else redirect("till", till.code)
    )


def _takers() -> list[tuple[str, str]]:
    """Who may work at a till."""
    people = User.objects.filter(is_active=True).order_by("first_name", "username")
    able = [user for user in people if access.may(user.role, "till")]
    return [("", "–"), *((str(user.pk), name_of(user)) for user in able)]


@allow("till")
def set_aside(request: HttpRequest, code: str) -> HttpResponse:
    """A bill that somebody began to pay goes on hold, its notes back to the customer, so that the till can close.
    What was counted meanwhile stays in the form."""
    till = queries.till(code=code)
    if request.method != "POST":
        return redirect("till", till.code)
    with writing():
        drafts.set_aside(draft_id=request.POST.get("draft", "")[:40], till=till, now=timezone.now())
    messages.success(request, _("The bill is on hold, and nothing is paid on it."))
    what = "hand-over" if request.POST.get("what") == "hand-over" else "close"
    values, key = request.POST.dict(), counting.key_of(request.POST)
    return _form(request, till, what, values=values, key=key, takers=_takers())


# ---- Cash in and out ------------------------------------------------------------------------------------------------


def _kinds() -> list[tuple[str, str]]:
    return [("safe-drop", _("Drop to the safe")), ("cash-out", _("Cash out")), ("cash-in", _("Cash in"))]


@allow("till")
def cash(request: HttpRequest, code: str) -> HttpResponse:
    till = queries.till(code=code)
    user_id, now = _who(request)

    def act(notes: dict[int, int], key: str) -> HttpResponse:
        sessions.move_cash(
            till=till, kind=request.POST.get("kind", ""), notes={v: n for v, n in notes.items() if n},
            reason=request.POST.get("reason", "").strip(), now=now, user_id=user_id, key=key,
        )  # fmt: skip
        return answers.done(request, _("Written down: %(notes)s.") % {"notes": counting.say_notes(notes)}, "till", code)

    if request.method == "POST":
        return _send(request, till, "cash", act, kinds=_kinds())
    kind = request.GET.get("kind", "safe-drop")
    return _form(request, till, "cash", kinds=_kinds(), values={"kind": kind})


# ---- X and Z --------------------------------------------------------------------------------------------------------


@allow("look")
def past(request: HttpRequest, code: str) -> HttpResponse:
    """Each session with what it came to, newest first, and what was sold outside of any."""
    till = queries.till(code=code)
    page = Paginator(till_days.sessions_of(till), ROWS).get_page(request.GET.get("page"))
    context = {
        "till": till, "page": page, "rows": till_days.with_figures(list(page)),
        "outside": till_days.outside_sessions(till), "hidden": counting.blind(request),
    }  # fmt: skip
    return answers.page(request, "web/till-sessions.html", context)


@allow("look")
def session(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """The X report of a session that is open, the Z report of one that is closed."""
    found = _session(code, number)
    context: dict[str, Any] = {
        "session": found,
        "till": found.till,
        "number": number,
        "hidden": _hidden(request, found),
    }
    if not context["hidden"]:
        told = report_of(found, now=timezone.now())
        context |= {
            "report": told, "suspects": suspects(found, told.variance),
            "handed_to": next(iter(found.handed_to.select_related("opened_by")), None),
        }  # fmt: skip
    return answers.page(request, "web/till-session.html", context)


@allow("look")
def session_pdf(request: HttpRequest, code: str, number: int) -> HttpResponse:
    found = _session(code, number)
    if _hidden(request, found):
        raise Forbidden(_("This report can be seen after the till is closed."))
    told = report_of(found, now=timezone.now())
    paper = document(told, shop=request.shop, suspected=suspects(found, told.variance))  # type: ignore[attr-defined]
    made = documents.pdf(paper, format="receipt" if request.GET.get("format") == "receipt" else "a4")
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{paper["kind"].upper()}-{code}-{number}.pdf"'
    return answer


def _session(code: str, number: int) -> Session:
    found = queries.session_of(queries.till(code=code), number)
    return Session.objects.select_related("till", "opened_by", "closed_by", "handed_from__closed_by").get(pk=found.pk)


def _hidden(request: HttpRequest, session: Session) -> bool:
    """Who counts blind sees no report before the count."""
    return session.closed_at is None and counting.blind(request)
