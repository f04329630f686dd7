"""Products, their stock, and the tax classes they belong to."""

from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query

from counterfoil.api import answers
from counterfoil.api.app import call, reply
from counterfoil.api.fields import ClassName, GivenName, InPath, Movement, ProductCode, Stock
from counterfoil.api.paging import Searched, page, read_cursor
from counterfoil.catalog import actions, queries
from counterfoil.catalog.models import Product, TaxClass
from counterfoil.checkout.sale import Amount, Code, Flag, Hsn, Input, LongText, Rate, Unit
from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import format_amount, format_quantity, format_rate
from counterfoil.shop import queries as shop


class ProductChange(Input):
    """Only what is given is changed. `tax_rate` is today's rate; `tax_class`, the name of one, may stand instead."""

    code: ProductCode = ""
    name: GivenName = ""
    unit_price: Amount = 0
    price_includes_tax: Flag = False
    tax_rate: Rate | None = None
    tax_class: ClassName | None = None
    stock: Stock | None = None
    enabled: Flag = True
    barcode: Code | None = None
    hsn: Hsn = ""
    unit: Unit = "pc"
    category: Code = ""
    reorder_level: Stock | None = None


class ProductIn(ProductChange):
    """`stock` null or left out: not tracked. `price_includes_tax` left out: as the shop's prices are."""

    code: ProductCode
    name: GivenName
    unit_price: Amount


class StockIn(Input):
    quantity: Movement
    reason: Literal["received", "adjusted"] = "received"
    note: LongText = ""


class ProductQuery(Searched):
    enabled: bool | None = None


EXAMPLE = {"code": "P001", "name": "Milk", "unit_price": "20.00", "tax_rate": "5.00", "stock": "50", "hsn": "0401"}


def today() -> date:
    return timezone.now().astimezone(ZoneInfo(shop.settings().time_zone)).date()


@call("GET", "/products", may="look", answers=answers.Products, tag="Products")
def list_products(request: HttpRequest, query: Annotated[ProductQuery, Query(...)]) -> HttpResponse:
    """Products by code; `search` looks in name, code, barcode, category and HSN."""
    show_only = {None: "", True: "enabled", False: "disabled"}[query.enabled]
    found = queries.products(day=today(), search=query.search, show=show_only).select_related("tax_class")
    if query.cursor:
        (code,) = read_cursor(query.cursor, str)
        found = found.filter(code__gt=code)
    rows = list(found.order_by("code")[: query.limit + 1])
    return reply(page(rows, limit=query.limit, show=show, after=lambda row: (row.code,)))


@call("POST", "/products", may="masters", answers=answers.Product, status=201, tag="Products", example=EXAMPLE)
def create_product(request: HttpRequest, body: ProductIn) -> HttpResponse:
    """Add a product."""
    day = today()
    values = _columns(body, day)
    values.setdefault("price_includes_tax", shop.settings().prices_include_tax)
    if "tax_class_id" not in values:
        values["tax_class_id"] = actions.class_for_rate(rate_bp=0, day=day).pk
    stock_milli = values.pop("stock_milli", None)
    product = actions.add_product(values=values, stock_milli=stock_milli, now=timezone.now())
    return reply(show(_read(product.code, day)), status=201, Location=f"/api/v1/products/{quote(product.code)}")


@call("POST", "/products/{path:code}/stock", may="masters", answers=answers.Product, tag="Products",
      refusals=["out-of-stock"], example={"quantity": "24", "reason": "received"})  # fmt: skip
def move_stock(request: HttpRequest, code: InPath, body: StockIn) -> HttpResponse:
    """Goods received, or an adjustment (which may be negative)."""
    actions.move_stock(code=code, quantity_milli=body.quantity, reason=body.reason, note=body.note, now=timezone.now())
    return reply(show(_read(code, today())))


@call("GET", "/products/{path:code}", may="look", answers=answers.Product, tag="Products")
def get_product(request: HttpRequest, code: InPath) -> HttpResponse:
    """One product."""
    return reply(show(_read(code, today())))


@call("PATCH", "/products/{path:code}", may="masters", answers=answers.Product, tag="Products",
      example={"unit_price": "21.00"})  # fmt: skip
def change_product(request: HttpRequest, code: InPath, body: ProductChange) -> HttpResponse:
    """Change a product; what is not given stays. A new `stock` is an adjustment, null ends tracking."""
    day = today()
    changes = _columns(body, day, present=_read(code, day))
    product = actions.change_product(code=code, changes=changes, now=timezone.now())
    return reply(show(_read(product.code, day)))


@call("DELETE", "/products/{path:code}", may="masters", answers=None, status=204, tag="Products")
def delete_product(request: HttpRequest, code: InPath) -> HttpResponse:
    """Delete a product that was never used; others can only be disabled."""
    actions.remove_product(code=code, now=timezone.now())
    return HttpResponse(status=204)


def _read(code: str, day: date) -> Product:
    return queries.product(code=code, day=day)


COLUMNS = {"unit_price": "unit_price_paise", "stock": "stock_milli", "reorder_level": "reorder_level_milli"}


def _columns(body: ProductChange, day: date, present: Product | None = None) -> dict[str, Any]:
    """The fields that were given, by column."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    rate_bp, class_name = given.pop("tax_rate", None), given.pop("tax_class", None)
    if present and rate_bp == present.tax_rate_bp:  # type: ignore[attr-defined]
        rate_bp = None  # as it is: what differs from the present counts
    if present and class_name == present.tax_class.name:
        class_name = None
    columns = {COLUMNS.get(name, name): value for name, value in given.items()}
    if class_name is not None:
        columns["tax_class_id"] = _class_of(class_name, rate_bp, day).pk
    elif rate_bp is not None:
        columns["tax_class_id"] = actions.class_for_rate(rate_bp=rate_bp, day=day).pk
    return columns


def _class_of(name: str, rate_bp: int | None, day: date) -> TaxClass:
    found = TaxClass.objects.filter(name=name).prefetch_related("rates").first()
    if found is None:
        raise Invalid(f"There is no tax class {name}.", field="tax_class")
    rate_now_bp = queries.rate_of(found, day=day)
    if rate_bp is not None and rate_bp != rate_now_bp:
        raise Invalid(f"{name} is {format_rate(rate_now_bp * 100)} % today: leave one out.", field="tax_rate")
    return found


def show(product: Product) -> dict[str, Any]:
    return {
        "code": product.code,
        "name": product.name,
        "unit_price": format_amount(product.unit_price_paise),
        "price_includes_tax": product.price_includes_tax,
        "tax_rate": format_rate(product.tax_rate_bp * 100),  # type: ignore[attr-defined]
        "tax_class": product.tax_class.name,
        "stock": _quantity(product.stock_milli),
        "enabled": product.enabled,
        "barcode": product.barcode,
        "hsn": product.hsn,
        "unit": product.unit,
        "category": product.category,
        "reorder_level": _quantity(product.reorder_level_milli),
    }


def _quantity(milli: int | None) -> str | None:
    return None if milli is None else format_quantity(milli)
