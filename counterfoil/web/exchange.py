"""Import and export: choose a file, look at what it would do, do it; download what is listed."""

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from counterfoil.catalog import queries as catalog
from counterfoil.customers import queries as customers
from counterfoil.exchange import actions, exports, keeping
from counterfoil.exchange.cells import BYTES_AT_MOST, ROWS_AT_MOST
from counterfoil.exchange.columns import HEADINGS, NEEDED
from counterfoil.exchange.keeping import Kept
from counterfoil.exchange.planning import VERBS
from counterfoil.exchange.writing import FORMATS, Counted, Line, csv_chunks, framed
from counterfoil.rules.errors import Invalid, NotFound, Refusal
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.filters import Filters

ROWS = 100
NAMES = {
    "code": gettext_lazy("Code"), "name": gettext_lazy("Name"), "barcode": gettext_lazy("Barcode"),
    "category": gettext_lazy("Category"), "unit": gettext_lazy("Unit"), "hsn": gettext_lazy("HSN"),
    "unit_price": gettext_lazy("Price"), "mrp": gettext_lazy("MRP"),
    "price_includes_tax": gettext_lazy("Price includes tax"), "tax_rate": gettext_lazy("Tax %"),
    "tax_class": gettext_lazy("Tax class"), "stock": gettext_lazy("Stock"),
    "reorder_level": gettext_lazy("Reorder level"), "enabled": gettext_lazy("Enabled"), "id": gettext_lazy("Id"),
    "email": gettext_lazy("E-mail"), "phone": gettext_lazy("Phone"), "gstin": gettext_lazy("GSTIN"),
    "state": gettext_lazy("State"), "address": gettext_lazy("Address"), "": "",
}  # fmt: skip
TITLES = {"products": gettext_lazy("Import products"), "customers": gettext_lazy("Import customers")}
VERB_NAMES = {
    "create": gettext_lazy("New"), "change": gettext_lazy("Changed"), "same": gettext_lazy("Unchanged"),
    "refuse": gettext_lazy("Refused"),
}  # fmt: skip


# ---- Choose a file ---------------------------------------------------------------------------------------------------


class Bounded(TemporaryFileUploadHandler):
    """An upload that is too large is read to its end, so that the page can say so, and not written down."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= BYTES_AT_MOST:
            super().receive_data_chunk(raw_data, start)


@csrf_exempt  # asked for below: the upload has to be bounded before the form is read
@allow("masters")
def import_products(request: HttpRequest) -> HttpResponse:
    request.upload_handlers = [Bounded(request)]
    return _choose(request, "products")


@csrf_exempt
@allow("masters")
def import_customers(request: HttpRequest) -> HttpResponse:
    request.upload_handlers = [Bounded(request)]
    return _choose(request, "customers")


@csrf_protect
def _choose(request: HttpRequest, kind: str) -> HttpResponse:
    if request.method != "POST":
        return _form(request, kind)
    try:
        kept = _keep(request, kind)
    except Refusal as refusal:
        return _form(request, kind, errors=problems.by_field(refusal), status=problems.status_of(refusal))
    return redirect("import_file", kind, kept.token)


def _keep(request: HttpRequest, kind: str) -> Kept:
    upload = request.FILES.get("file")
    if not isinstance(upload, UploadedFile):
        raise Invalid(_("Choose a file."), field="file")
    name = "".join(letter for letter in (upload.name or "") if letter.isprintable())[-120:]
    meta = {"kind": kind, "name": name, "options": {"set_stock": request.POST.get("set_stock") == "on"}}
    return keeping.keep(user_id=_user_id(request), chunks=upload.chunks(), meta=meta)


def _form(request: HttpRequest, kind: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {
        "kind": kind, "title": TITLES[kind], "most_bytes": BYTES_AT_MOST, "most_rows": ROWS_AT_MOST,
        "most_mb": BYTES_AT_MOST // 1024 // 1024, "values": {"set_stock": True},
        "headings": [
            {"name": NAMES[name], "needed": name in NEEDED[kind], "aliases": ", ".join(aliases[:7])}
            for name, aliases in HEADINGS[kind].items()
        ],
    }  # fmt: skip
    return answers.page(request, "exchange/choose.html", context, status=status)


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk)  # type: ignore[arg-type]


# ---- Look, then do ---------------------------------------------------------------------------------------------------


def _kept(request: HttpRequest, kind: str, token: str) -> Kept:
    kept = keeping.find(user_id=_user_id(request), token=token)
    if kept.read("meta").get("kind") != kind:
        raise NotFound(_("This import is no longer there: choose the file again."))
    return kept


@allow("masters")
def import_file(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """Waiting to be checked, the dry run, or what was done."""
    return _file_page(request, _kept(request, kind, token))


def _file_page(request: HttpRequest, kept: Kept, *, status: int = 200, **context: Any) -> HttpResponse:
    meta = kept.read("meta")
    context |= {
        "kept": kept, "meta": meta, "kind": meta["kind"], "title": TITLES[meta["kind"]], "result": kept.read("result"),
        "progress": kept.read("progress"),
    }  # fmt: skip
    if totals := meta.get("totals"):
        show = request.GET.get("show", "")
        show = show if show in VERBS else "refuse" if totals["refuse"] and "show" not in request.GET else ""
        count = totals[show] if show else meta["rows"]
        last = max((count - 1) // ROWS, 0)
        page = min(_whole(request.GET.get("page", "1")) - 1, last)
        context |= {
            "verdicts": kept.verdicts(verb=show, start=page * ROWS, most=ROWS), "show": show, "count": count,
            "first": page * ROWS + 1 if count else 0, "last": min((page + 1) * ROWS, count),
            "before": page if page else 0, "after": page + 2 if page < last else 0,
            "tabs": [("", _("All"), meta["rows"]), *((verb, VERB_NAMES[verb], totals[verb]) for verb in VERBS)],
            "names": NAMES, "good": totals["create"] + totals["change"],
            "columns": [(NAMES[name], heading) for name, heading in meta["columns"].items()],
        }  # fmt: skip
    return answers.page(request, "exchange/file.html", context, status=status)


def _whole(text: str) -> int:
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


@require_POST
@allow("masters")
def import_check(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """The dry run, in this request; a script asks for its progress meanwhile."""
    kept = _kept(request, kind, token)
    if not kept.read("result"):
        try:
            actions.check_file(kept=kept)
        except Refusal as refusal:
            return _form(request, kind, errors=problems.by_field(refusal), status=problems.status_of(refusal))
    return redirect("import_file", kind, token)


@require_POST
@allow("masters")
def import_apply(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """All or nothing, or only the good rows. What would no longer be what was shown is shown anew, and not done."""
    kept = _kept(request, kind, token)
    try:
        actions.apply_file(kept=kept, only_good=request.POST.get("rows") == "good", now=timezone.now())
    except Refusal as refusal:
        if "digest" in kept.read("meta"):
            actions.check_file(kept=kept)
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _file_page(request, kept, errors=errors, refused_detail=refusal.detail, status=status)
    return redirect("import_file", kind, token)


@allow("masters")
def import_progress(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    return JsonResponse(_kept(request, kind, token).read("progress") or {"phase": "", "done": 0, "percent": 0})


@allow("masters")
def import_refused(request: HttpRequest, kind: str, token: str) -> HttpResponse | StreamingHttpResponse:
    """The refused rows with their reasons, to be mended beside the file."""
    kept = _kept(request, kind, token)
    rows = (
        (verdict.row, verdict.which, verdict.name, str(NAMES.get(field, field)), why)
        for verdict in kept.all_verdicts(verb="refuse")
        for field, why in verdict.details
    )
    headings = [_("Row"), _("Which"), _("Name"), _("Column"), _("Reason")]
    return _download(csv_chunks(headings, rows), "csv", f"{kind}-refused")


# ---- Export ----------------------------------------------------------------------------------------------------------


FRAMES = "application/vnd.counterfoil.frames"  # what static/js/export.js asks for


def _download(chunks: Iterator[bytes], kind: str, name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(chunks, content_type=FORMATS[kind][0])
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.{kind}"'
    answer["X-Accel-Buffering"] = "no"
    return answer


def _export(
    request: HttpRequest, found: QuerySet[Any], lines: Iterator[Line], *, title: str, headings: Sequence[str], name: str
) -> StreamingHttpResponse:
    """Streamed; in frames, by which a script shows how far it is, where it is asked for like that."""
    kind, rows = _format(request), Counted(lines)
    chunks, in_frames = FORMATS[kind][1](title, headings, rows), request.headers.get("Accept") == FRAMES
    answer = _download(framed(chunks, rows) if in_frames else chunks, kind, name)
    answer["Vary"] = "Accept"
    if in_frames:
        answer["X-Type"], answer["Content-Type"] = answer["Content-Type"], FRAMES
        answer["X-Rows"] = str(found.order_by().count())
    return answer


def _format(request: HttpRequest) -> str:
    kind = request.GET.get("format", "csv")
    if kind not in FORMATS:
        raise Invalid(_("Choose csv or xlsx."), field="format")
    return kind


@allow("export")
def export_products(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """All products, or those that the list's search shows."""
    given = request.GET
    found = catalog.products(
        day=timezone.localdate(), search=given.get("search", "").strip()[:200], show=given.get("show", ""),
        category=given.get("category", "")[:60],
    )  # fmt: skip
    rows = exports.export_products(found.order_by("code"))
    return _export(request, found, rows, title=_("Products"), headings=exports.PRODUCT_HEADINGS, name="products")


@allow("export")
def export_customers(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    found = customers.customers(search=request.GET.get("search", "").strip()[:200])
    rows = exports.export_customers(found.order_by("id"))
    return _export(request, found, rows, title=_("Customers"), headings=exports.CUSTOMER_HEADINGS, name="customers")


@allow("export")
def export_invoices(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Exactly what previous purchases show with the same filters."""
    filters = Filters(request.GET)
    found = filters.found()
    if filters.errors:
        raise filters.refusal()
    rows = exports.export_invoices(found, zone=ZoneInfo(request.shop.time_zone))  # type: ignore[attr-defined]
    return _export(request, found, rows, title=_("Invoices"), headings=exports.INVOICE_HEADINGS, name="invoices")
