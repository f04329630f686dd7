"""Product Master: the list with editing in place, one product's page, its stock and its prices."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil.catalog import actions, queries
from counterfoil.catalog.models import Product
from counterfoil.history.facts import prices_of
from counterfoil.rules.errors import Invalid, Refusal
from counterfoil.rules.money import format_amount, format_quantity
from counterfoil.web import answers, problems
from counterfoil.web.access import allow
from counterfoil.web.inputs import ProductIn, StockIn, read_posted
from counterfoil.web.masters import ProductRow, Products
from counterfoil.web.templatetags.shopui import bare_rate

ROWS = 50
SORTS = {"code": "code", "name": "name", "price": "unit_price_paise", "stock": "stock_milli"}
SHOWS = ("", "enabled", "low", "disabled")


@allow("look")
def products(request: HttpRequest) -> HttpResponse:
    search, category = request.GET.get("search", "").replace("\0", "")[:200], request.GET.get("category", "")[:60]
    show = request.GET.get("show", "") if request.GET.get("show", "") in SHOWS else ""
    sort = request.GET.get("sort", "") if request.GET.get("sort", "").lstrip("-") in SORTS else "code"
    text = search.strip()
    found = queries.found(search=text, category=category)
    counts = queries.counts(found)
    listed = queries.shown(found, show).order_by(_order(sort), "code")
    paginator = _Counted(listed.values_list(*Products.COLUMNS, named=True), ROWS)
    paginator.known = counts[show]
    page = paginator.get_page(request.GET.get("page"))
    as_row = Products(rates=queries.rates_on(timezone.localdate()), search=search).row
    shown = {"search": search, "category": category, "show": show, "sort": "" if sort == "code" else sort}
    context = {
        "page": page, "rows": [as_row(each) for each in page.object_list], "values": shown, "sort": sort,
        "query": _query(shown), "sorts": {key: _sort_link(shown, key, sort) for key in SORTS},
        "shows": [(key, name, counts[key], _query(shown, show=key)) for key, name in _shows()],
        "categories": queries.categories(),
    }  # fmt: skip
    return answers.page(request, "web/products.html", context, part="listing")


def _order(sort: str) -> Any:
    """What has no stock comes last; the other columns are never empty, and said so plainly their index is of use."""
    name, down = sort.lstrip("-"), sort.startswith("-")
    if name == "stock":
        column = F(SORTS[name])
        return column.desc(nulls_last=True) if down else column.asc(nulls_last=True)
    return f"{'-' if down else ''}{SORTS[name]}"


class _Counted(Paginator):
    """The rows are counted already, with those of the other tabs."""

    known = 0

    @property
    def count(self) -> int:
        return self.known


def _shows() -> list[tuple[str, str]]:
    return [("", _("All")), ("enabled", _("Enabled")), ("low", _("Low stock")), ("disabled", _("Disabled"))]


def _query(shown: dict[str, str], **changes: str) -> str:
    return answers.query(**{**shown, **changes})


def _sort_link(shown: dict[str, str], key: str, sort: str) -> dict[str, str]:
    now = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
    return {"query": _query(shown, sort=f"-{key}" if sort == key else key), "now": now}


# ---- One row, edited where it stands -------------------------------------------------------------------------------


def _product(pk: int) -> Product:
    code = get_object_or_404(Product.objects.only("code"), pk=pk).code
    return queries.product(code=code, day=timezone.localdate())


def _row(pk: int) -> ProductRow:
    return Products(rates=queries.rates_on(timezone.localdate())).row(get_object_or_404(Product, pk=pk))


@allow("look")
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """The row as it stands in the list."""
    return render(request, "web/products.html#row", {"row": _row(pk)})


@allow("masters")
def edit_row(request: HttpRequest, pk: int) -> HttpResponse:
    """The row with its fields open; posted, it is saved and closed, or keeps open with what is wrong."""
    product = _product(pk)
    if not answers.in_place(request):
        return redirect("product", pk)
    context = {"product": product, "prefix": f"p{pk}", "values": values_of(product)}
    if request.method != "POST":
        return render(request, "web/products.html#open_row", context)
    try:
        changed = _change(product, request.POST)
    except Refusal as refusal:
        context |= {"values": request.POST.dict(), "errors": problems.by_field(refusal)}
        return render(request, "web/products.html#open_row", context, status=problems.status_of(refusal))
    answer = render(request, "web/products.html#row", {"row": _row(pk), "fresh": True})
    return answers.toast(answer, _("Saved: %(name)s.") % {"name": changed.name})


def values_of(product: Product) -> dict[str, Any]:
    """The form's values."""
    reorder = product.reorder_level_milli
    return {
        "code": product.code, "name": product.name, "barcode": product.barcode or "", "category": product.category,
        "unit": product.unit, "hsn": product.hsn, "unit_price": format_amount(product.unit_price_paise),
        "price_includes_tax": product.price_includes_tax, "tax_rate": bare_rate(product.tax_rate_bp),  # type: ignore[attr-defined]
        "reorder_level": "" if reorder is None else format_quantity(reorder).removesuffix(".000"),
        "tracked": product.stock_milli is not None, "enabled": product.enabled, "tax_class": product.tax_class_id,
    }  # fmt: skip


def _columns(given: ProductIn, product: Product | None) -> dict[str, Any]:
    """As the table names them."""
    columns = given.model_dump(
        include={"code", "name", "barcode", "category", "unit", "hsn", "price_includes_tax", "enabled"}
    )
    columns |= {"unit_price_paise": given.unit_price, "reorder_level_milli": given.reorder_level}
    held = (product.tax_class_id, product.tax_rate_bp) if product else (None, None)  # type: ignore[attr-defined]
    if given.tax_class and given.tax_class != held[0]:
        columns["tax_class_id"] = given.tax_class
    elif given.tax_rate != held[1]:  # while today's rate is the one given, the class is kept
        columns["tax_class_id"] = actions.class_for_rate(rate_bp=given.tax_rate, day=timezone.localdate()).pk
    return columns


def _read(posted: Mapping[str, Any]) -> ProductIn:
    """A class that is chosen brings its rate: the field beside it may be empty."""
    rates = {str(tax_class.pk): rate_bp for tax_class, rate_bp in queries.tax_classes(day=timezone.localdate())}
    chosen = posted.get("tax_class", "")
    if chosen and chosen not in rates:
        raise Invalid(_("This class is no longer there: choose another."), field="tax_class")
    if chosen and not posted.get("tax_rate", "").strip():
        posted = {**posted, "tax_rate": bare_rate(rates[chosen])}
    return read_posted(ProductIn, posted)


def _change(product: Product, posted: Any) -> Product:
    """The open row has no field for some columns: they stay."""
    given = _read({"code": product.code, **values_as_posted(product), **posted.dict()})
    changes = _columns(given, product)
    if "whole" in posted and given.tracked != (product.stock_milli is not None):
        changes["stock_milli"] = 0 if given.tracked else None
    return actions.change_product(code=product.code, changes=changes, now=timezone.now())


def values_as_posted(product: Product) -> dict[str, Any]:
    return {name: str(value) for name, value in values_of(product).items() if not isinstance(value, bool)}


# ---- One product's page ----------------------------------------------------------------------------------------------


@allow("masters")
def new(request: HttpRequest) -> HttpResponse:
    start = {"unit": "pc", "enabled": True, "tracked": True, "price_includes_tax": request.shop.prices_include_tax}  # type: ignore[attr-defined]
    if request.method != "POST":
        return _form(request, values=start)
    try:
        given = _read(request.POST.dict())
        stock_milli = (given.stock or 0) if given.tracked else None
        product = actions.add_product(values=_columns(given, None), stock_milli=stock_milli, now=timezone.now())
    except Refusal as refusal:
        return _form(request, values=request.POST.dict(), errors=problems.by_field(refusal), status=422)
    return answers.done(request, _("Added: %(name)s.") % {"name": product.name}, "product", product.pk)


def _form(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    context["categories"] = queries.categories()
    classes = queries.tax_classes(day=timezone.localdate())
    context["classes"] = [("", _("By its rate"), "")] + [
        (each.pk, _named(each.name, bare_rate(rate_bp)), bare_rate(rate_bp)) for each, rate_bp in classes
    ]
    return answers.page(request, "web/product.html", {"tab": "details", **context}, status=status)


def _named(name: str, rate: str) -> str:
    """A class with its rate, unless its name says it."""
    return name if f"{rate} %" in name else f"{name}, {rate} %"


@allow("look")
def product(request: HttpRequest, pk: int) -> HttpResponse:
    found = _product(pk)
    return _form(request, product=found, values=values_of(found))


@allow("masters")
def save(request: HttpRequest, pk: int) -> HttpResponse:
    found = _product(pk)
    if request.method != "POST":
        return redirect("product", pk)
    try:
        changed = _change(found, request.POST)
    except Refusal as refusal:
        status, errors = problems.status_of(refusal), problems.by_field(refusal)
        return _form(request, product=found, values=request.POST.dict(), errors=errors, status=status)
    return answers.done(request, _("Saved: %(name)s.") % {"name": changed.name}, "product", pk)


@allow("masters")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = _product(pk)
    if request.method != "POST":
        return redirect("product", pk)
    try:
        actions.remove_product(code=found.code, now=timezone.now())
    except Refusal as refusal:
        errors = {"": refusal.detail}
        return _form(request, product=found, values=values_of(found), errors=errors, status=problems.status_of(refusal))
    return answers.done(request, _("Deleted: %(name)s.") % {"name": found.name}, "products")


@allow("look")
def movements(request: HttpRequest, pk: int) -> HttpResponse:
    return _movements_page(request, _product(pk), values={"reason": "received"})


def _movements_page(request: HttpRequest, found: Product, *, status: int = 200, **context: Any) -> HttpResponse:
    rows = Paginator(found.movements.select_related("invoice"), ROWS).get_page(request.GET.get("page"))
    context |= {"product": found, "rows": rows, "tab": "movements", "reasons": _reasons()}
    return answers.page(request, "web/product.html", context, status=status)


def _reasons() -> list[tuple[str, str]]:
    return [("received", _("Received")), ("adjusted", _("Adjusted"))]


@allow("masters")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Goods received, or an adjustment with its reason."""
    found = _product(pk)
    if request.method != "POST":
        return redirect("product-movements", pk)
    try:
        given = read_posted(StockIn, request.POST)
        actions.move_stock(
            code=found.code, quantity_milli=given.quantity, reason=given.reason, note=given.note, now=timezone.now()
        )
    except Refusal as refusal:
        errors, status = problems.by_field(refusal), problems.status_of(refusal)
        return _movements_page(request, found, values=request.POST.dict(), errors=errors, status=status)
    return answers.done(request, _("Stock of %(name)s: moved.") % {"name": found.name}, "product-movements", pk)


@allow("look")
def prices(request: HttpRequest, pk: int) -> HttpResponse:
    found = _product(pk)
    context = {"product": found, "prices": prices_of(product_id=pk), "tab": "prices"}
    return answers.page(request, "web/product.html", context)
