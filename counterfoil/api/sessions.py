"""A till's sessions and their X and Z reports: reading only. A till is opened, handed over and closed on its pages."""

from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query

from counterfoil.api import session_answers
from counterfoil.api.app import call, reply
from counterfoil.api.auth import caller
from counterfoil.api.fields import InPath
from counterfoil.api.paging import Paged, page, read_cursor
from counterfoil.history import till_days, zreport
from counterfoil.history.session import report
from counterfoil.history.suspects import suspects
from counterfoil.people import access
from counterfoil.rules.change import format_notes
from counterfoil.rules.errors import Forbidden, NotFound
from counterfoil.rules.money import format_amount
from counterfoil.shop import queries as shop
from counterfoil.till import queries

NUMBER_DIGITS_AT_MOST = 9


@call("GET", "/tills/{code}/sessions", may="look", answers=session_answers.Sessions, tag="Tills")
def list_sessions(request: HttpRequest, code: InPath, query: Annotated[Paged, Query(...)]) -> HttpResponse:
    """A till's sessions, the newest first. Money of one that is open, with a blind close, is the owner's to see."""
    till = queries.till(code=code.upper())
    found = till_days.sessions_of(till)
    if query.cursor:
        (older_than,) = read_cursor(query.cursor, int)
        found = found.filter(id__lt=older_than)
    days = till_days.with_figures(list(found[: query.limit + 1]))
    hidden, zone = _blind(request), ZoneInfo(shop.settings().time_zone)

    def show(day: till_days.TillDay) -> dict[str, Any]:
        return _show(day, hidden=hidden, zone=zone)

    return reply(page(days, limit=query.limit, show=show, after=lambda day: (day.session.pk,)))


def _show(day: till_days.TillDay, *, hidden: bool, zone: ZoneInfo) -> dict[str, Any]:
    session = day.session
    closed = session.closed_at
    return {
        "number": day.number,
        "opened_at": session.opened_at.astimezone(zone).isoformat(timespec="seconds"),
        "opened_by": zreport.name_of(session.opened_by),
        "closed_at": closed.astimezone(zone).isoformat(timespec="seconds") if closed else None,
        "closed_by": zreport.name_of(session.closed_by),
        "invoices": day.bills,
        "kept": None if hidden and not closed else format_amount(day.kept_paise),
        "variance": format_notes(day.variance) if closed else None,
        "variance_total": format_amount(day.variance_paise) if closed else None,
    }


@call("GET", "/tills/{code}/sessions/{number}", may="look", answers=session_answers.SessionReport, tag="Tills")
def get_session(request: HttpRequest, code: InPath, number: InPath) -> HttpResponse:
    """The Z report of a session that is closed, the X report of one that is open: note by note, with what is off and
    the documents it may come from."""
    session = queries.session_of(queries.till(code=code.upper()), _number(number))
    if session.closed_at is None and _blind(request):
        raise Forbidden("This report can be seen after the till is closed.")
    told = report(session, now=timezone.now())
    return reply(zreport.document(told, shop=shop.settings(), suspected=suspects(session, told.variance)))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS_AT_MOST):
        raise NotFound(f"There is no session {text[:20]}.")
    return int(text)


def _blind(request: HttpRequest) -> bool:
    return shop.settings().blind_close and not access.may(caller(request).role, "day")
