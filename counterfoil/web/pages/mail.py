"""The outbox: every delivery by state, why it stands so, when it is tried next, trying again."""

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override

from counterfoil import documents
from counterfoil.billing.models import Invoice
from counterfoil.delivery import actions, transports
from counterfoil.delivery.models import Delivery, State
from counterfoil.delivery.reading import letter_document
from counterfoil.history.queries import any_part
from counterfoil.rules.errors import Refusal
from counterfoil.web import answers, problems
from counterfoil.web.access import allow

ROWS = 50


@allow("mail")
def outbox(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    search = request.GET.get("search", "").strip()
    state = request.GET.get("state", "") if request.GET.get("state", "") in State.values else ""
    found = Delivery.objects.all()
    if search:
        found = found.filter(
            any_part("address", search) | any_part("invoice__number", search) | any_part("last_error", search)
        )
    counts = dict(found.order_by().values_list("state").annotate(Count("pk")))
    shown = found.filter(state=state) if state else found
    page = Paginator(shown.select_related("invoice"), ROWS).get_page(request.GET.get("page"))
    states = [("", _("All"), sum(counts.values())), *((s.value, s.label, counts.get(s.value, 0)) for s in State)]
    context |= {
        "page": page, "query": answers.query(search=search, state=state), "search": search, "state": state,
        "states": [(key, name, n, answers.query(search=search, state=key)) for key, name, n in states],
        "failed": counts.get("failed", 0),
    }  # fmt: skip
    return answers.page(request, "web/mail.html", context, part="listing", status=status)


@allow("mail")
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    if request.method != "POST":
        return redirect("mail")
    delivery = actions.retry(delivery_id=pk, now=timezone.now(), asked_by=request.user.get_username())
    return answers.done(request, _("%(address)s: tried again.") % {"address": delivery.address}, "mail")


@allow("mail")
def retry_all(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("mail")
    count = actions.retry_all_failed(now=timezone.now(), asked_by=request.user.get_username())
    text = ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", count) % {"n": count}
    return answers.done(request, text, "mail")


@allow("mail")
def send_test(request: HttpRequest) -> HttpResponse:
    """A letter to oneself, sent at once: does the mail server take it?"""
    if request.method != "POST":
        return redirect("mail")
    to = request.POST.get("to", "").strip()
    try:
        said = actions.send_test(to=to, shop_name=request.shop.name, now=timezone.now())  # type: ignore[attr-defined]
    except Refusal as refusal:
        errors = problems.by_field(refusal)
        errors = {"to": errors.get("to") or refusal.detail}
        return _page(request, values={"to": to}, errors=errors, status=problems.status_of(refusal))
    return answers.done(request, said, "mail")


# ---- Settings: how mail goes out, and what a customer gets ----------------------------------------------------------


@allow("settings")
def setup(request: HttpRequest) -> HttpResponse:
    """How mail goes out, a preview of the letter, and one to try it with: its answer says plainly what is wrong."""
    if request.method != "POST":
        return _setup_page(request, values={"to": request.shop.email})  # type: ignore[attr-defined]
    to = request.POST.get("to", "").strip()
    try:
        said = actions.send_test(to=to, shop_name=request.shop.name, now=timezone.now())  # type: ignore[attr-defined]
    except Refusal as refusal:
        return _setup_page(request, values={"to": to}, errors=problems.by_field(refusal), status=422)
    return answers.done(request, said, "settings-mail")


def _setup_page(request: HttpRequest, *, status: int = 200, **context: object) -> HttpResponse:
    newest = Invoice.objects.order_by("-id").first()
    shown = documents.letter(letter_document(invoice_id=newest.pk)) if newest else None
    context |= {"tab": "mail", "server": transports.options(), "sender": settings.DEFAULT_FROM_EMAIL, "letter": shown}
    context |= {"broker": bool(settings.CELERY_BROKER_URL), "folder": settings.MAIL_DIR}
    return answers.page(request, "web/settings.html", context, status=status)


@allow("settings")
@xframe_options_sameorigin
@csp_override({"default-src": [CSP.NONE], "style-src": [CSP.UNSAFE_INLINE], "frame-ancestors": [CSP.SELF]})
def letter(request: HttpRequest) -> HttpResponse:
    """The newest invoice's letter as a mail program shows it. Its styles stand inline, as in every letter; nothing else
    is allowed to it."""
    newest = Invoice.objects.order_by("-id").first()
    html = documents.letter(letter_document(invoice_id=newest.pk)).html if newest else ""
    return HttpResponse(html)
