"""The counter page and what its script asks for. A change is posted as JSON and answered with parts of the page."""

import json
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from counterfoil.billing import drafts
from counterfoil.billing.models import Draft
from counterfoil.checkout.actions import complete_sale, read_document
from counterfoil.checkout.sale import read_sale
from counterfoil.documents.upi import upi_qr_svg
from counterfoil.rules.errors import Invalid, NotFound, Refusal
from counterfoil.rules.money import format_amount, parse_amount
from counterfoil.rules.numbering import document_number, financial_year
from counterfoil.store import writing
from counterfoil.till import queries as tills
from counterfoil.web.access import allow
from counterfoil.web.counter import commands, find, screen, wording
from counterfoil.web.counter.desk import SAVED, TILL, Desk, bill_of, desk_of
from counterfoil.web.problems import by_field, status_of

# The receipt is printed out of a frame that holds it as a blob: nothing else may be framed.
COUNTER_CSP: dict[str, Any] = {**settings.SECURE_CSP, "frame-src": [CSP.SELF, "blob:"]}
TOKENS_KEPT = 60


@require_GET
@allow("sell")
@csp_override(COUNTER_CSP)
@ensure_csrf_cookie
def page(request: HttpRequest) -> HttpResponse:
    desk = desk_of(request)
    draft = desk.current()
    shown = screen.context(desk, draft)
    number = request.session.get(SAVED, "")
    if number and bill_of(draft).empty:
        try:
            shown = screen.saved_context(desk, read_document(number=number))
        except NotFound:
            del request.session[SAVED]
    shown |= {
        "said": screen.summary(shown),
        "tills": list(tills.tills().filter(enabled=True)),
        "not_open": tills.closed_between(desk.till),
        "draft_id": str(draft.id) if draft else "",
        "draft_key": draft.key if draft else "",
        "revision": bill_of(draft).state.get("revision", 0),
        "first_number": document_number(till=desk.till.code, year=financial_year(find.day(desk.now)), sequence=1),
        "ways": wording.ways(),
        "key_list": wording.keys(),
    }
    return render(request, "counter/counter.html", shown)


@require_POST
@allow("sell")
def do(request: HttpRequest) -> JsonResponse:
    """One change. The same token again changes nothing more: it answers what the bill looks like."""
    desk = desk_of(request)
    draft: Draft | None = None
    done, refusal, priced = commands.Done(), None, None
    try:
        data = _json(request)
        with writing():
            draft = desk.open(str(data.get("draft", "")))
            done = _change(desk, draft, data)
            # Priced before it is kept: what cannot be priced is refused, and the bill stays as it was.
            priced = None if done.leave else desk.price(bill_of(draft))
    except Refusal as refused:
        refusal = refused
        draft = desk.current()
    if done.leave:
        draft = desk.current()
    if refusal is None and draft and draft.sale.get("lines") and SAVED in request.session:
        del request.session[SAVED]
    return _answer(request, desk, draft, done, refusal, priced)


def _change(desk: Desk, draft: Draft, data: dict[str, Any]) -> commands.Done:
    bill, token, verb = bill_of(draft), str(data.get("token", ""))[:60], str(data.get("do", ""))
    if verb not in commands.VERBS:
        raise Invalid(_("The counter does not know how to do that."))
    if token and token in bill.state.get("tokens", []):
        return commands.Done(said=_("Kept."))
    if verb in commands.BY_LINE and data.get("revision") != bill.state.get("revision", 0):
        raise Invalid(_("The bill was changed on another screen: look at it again."))
    done = commands.VERBS[verb](commands.Work(desk, draft, bill, data))
    if done.leave:
        return done
    line = data.get("marked", data.get("line")) if done.line is None else done.line
    state = {
        **bill.state,
        "line": line if isinstance(line, int) else -1,
        "view": done.view or bill.state.get("view", "lines"),
        "revision": bill.state.get("revision", 0) + 1,
        "tokens": [*bill.state.get("tokens", []), token][-TOKENS_KEPT:],
    }
    drafts.keep(draft, sale=bill.sale, state=state, now=desk.now)
    return done


def _answer(
    request: HttpRequest,
    desk: Desk,
    draft: Draft | None,
    done: commands.Done,
    refusal: Refusal | None = None,
    priced: dict[str, Any] | None = None,
) -> JsonResponse:
    shown = screen.context(desk, draft, refusal, priced)
    said = screen.said(shown, done.said, done.more, done.added)
    if refusal:
        plain = refusal.code in (Invalid.code, NotFound.code)  # their titles say nothing that the text does not
        said = {"title": "" if plain else refusal.title, "text": refusal.detail, "bad": "1"}
    answer = {
        "draft": str(draft.id) if draft else "",
        "key": draft.key if draft else "",
        "revision": bill_of(draft).state.get("revision", 0),
        "view": shown["view"],
        "line": shown["line"],
        "held": shown["held"],
        "said": said,
        "parts": screen.parts(shown, request),
    }
    stop = dict(done.stop)
    if "matches" in stop:
        stop["html"] = _matches(request, stop.pop("matches"), stop["text"])
    if refusal:
        stop = {"errors": by_field(refusal), "code": refusal.code}
    return JsonResponse({**answer, "stop": stop}, status=status_of(refusal) if refusal else 200)


@require_POST
@allow("sell")
def save(request: HttpRequest) -> JsonResponse:
    """Save under the draft's own key: asked twice, it is saved once."""
    desk = desk_of(request)
    draft: Draft | None = None
    try:
        data = _json(request)
        key = str(data.get("key", ""))
        number = drafts.saved_with(key=key) if key else ""
        if number:
            return _saved(request, desk, read_document(number=number))
        draft = _draft_to_save(desk, data)
        if draft is None:  # its twin was faster
            return _saved(request, desk, read_document(number=drafts.saved_with(key=key)))
        sale = read_sale({**draft.sale, "till": desk.till.code})
        outcome = complete_sale(sale=sale, key=draft.key, cashier=desk.cashier, now=desk.now, draft_id=str(draft.id))
    except Refusal as refusal:
        return _answer(request, desk, draft or desk.current(), commands.Done(), refusal)
    return _saved(request, desk, outcome.document)


def _draft_to_save(desk: Desk, data: dict[str, Any]) -> Draft | None:
    """The draft as the page has seen it; None where it has become an invoice meanwhile."""
    try:
        with writing():
            draft = drafts.locked(draft_id=str(data.get("draft", "")), user_id=desk.user.pk)
    except NotFound:
        if drafts.saved_with(key=str(data.get("key", ""))):
            return None
        raise
    if data.get("revision") != draft.state.get("revision", 0):
        raise Invalid(_("The bill was changed on another screen: look at it, then save again."))
    if not draft.sale.get("lines"):
        raise Invalid(_("There is nothing to save: scan something first."))
    return draft


def _saved(request: HttpRequest, desk: Desk, document: dict[str, Any]) -> JsonResponse:
    request.session[SAVED] = document["number"]
    shown = screen.saved_context(desk, document)
    names = ("lines", "sums", "stub", "pad", "hand")
    return JsonResponse(
        {
            "draft": "",
            "key": "",
            "revision": 0,
            "view": "saved",
            "line": -1,
            "held": shown["held"],
            "stop": {},
            "saved": document["number"],
            "parts": screen.parts(shown, request, names),
            "said": {
                "title": _("Saved as %(number)s") % {"number": document["number"]},
                "text": _("This stays until the next scan"),
                "bad": "",
            },
        }
    )


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        data = json.loads(request.body)
    except ValueError as error:
        raise Invalid(_("That is no change of a bill.")) from error
    if not isinstance(data, dict):
        raise Invalid(_("That is no change of a bill."))
    return data


# ---- What dialogs and lists ask for ---------------------------------------------------------------------------------


@require_POST
@allow("sell")
def choose_till(request: HttpRequest) -> HttpResponse:
    """The till of this browser from now on. The open bill stays at its till; recalling brings it here."""
    till = tills.till(code=request.POST.get("till", "")[:3])
    if not till.enabled:
        raise Invalid(_("This till is switched off."), field="till")
    request.session[TILL] = till.code
    request.session.pop(SAVED, None)
    return redirect("counter")


@require_GET
@allow("sell")
def matches(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:80].replace("\0", "").rpartition("*")[2].strip()
    return HttpResponse(_matches(request, find.by_name(text), text))


def _matches(request: HttpRequest, found: list[Any], text: str) -> str:
    from django.template.loader import render_to_string

    return render_to_string("counter/parts.html#matches", {"matches": found, "text": text}, request)


@require_GET
@allow("sell")
def buyers(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:80].replace("\0", "").strip()
    return render(request, "counter/parts.html#buyers", {"buyers": find.buyers(text), "text": text})


@require_GET
@allow("sell")
def held(request: HttpRequest) -> HttpResponse:
    desk = desk_of(request)
    waiting = drafts.waiting(user_id=desk.user.pk, till_id=desk.till.pk)[:50]
    rows = [{"draft": draft, "priced": screen.price_or_none(desk, bill_of(draft))[0]} for draft in waiting]
    return render(request, "counter/parts.html#held", {"rows": rows, "till": desk.till})


@require_GET
@allow("sell")
def tiles(request: HttpRequest) -> HttpResponse:
    text, category = (
        request.GET.get("q", "")[:80].replace("\0", "").strip(),
        request.GET.get("category", "")[:60].replace("\0", ""),
    )
    return render(
        request, "counter/parts.html#tiles", find.tiles(text=text, category=category, now=desk_of(request).now)
    )


@require_GET
@allow("sell")
def upi(request: HttpRequest) -> HttpResponse:
    """The QR code for what is left to pay, or for the amount typed."""
    desk = desk_of(request)
    bill = bill_of(desk.current())
    bill.unpay("upi")
    left_paise = commands.left_paise(desk, bill)
    try:
        amount_paise = parse_amount(request.GET.get("amount", "")[:20]) or left_paise
    except Invalid:
        amount_paise = left_paise
    priced = desk.price(bill) or {}
    wanted = {
        "supplier": priced["supplier"],
        "currency": priced["currency"],
        "rounded_payable": format_amount(amount_paise),
    }
    svg = re.sub(
        r'width="(\d+)" height="(\d+)"', r'viewBox="0 0 \1 \2"', upi_qr_svg(wanted) or "", count=1
    )  # fits its frame
    context = {"qr": svg, "amount_paise": amount_paise, "upi_id": priced["supplier"]["upi_id"]}
    return render(request, "counter/parts.html#upi", context)
