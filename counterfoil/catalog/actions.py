"""Writing products, tax classes and stock outside a sale."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from counterfoil.audit import actions as audit
from counterfoil.catalog import queries, stock
from counterfoil.catalog.models import Product, Reason, StockMovement, TaxClass, TaxRate
from counterfoil.rules.errors import Invalid, NotFound, OutOfStock
from counterfoil.rules.money import format_quantity, format_rate

FIELDS = (
    "code",
    "name",
    "barcode",
    "category",
    "unit",
    "hsn",
    "unit_price_paise",
    "price_includes_tax",
    "tax_class_id",
    "reorder_level_milli",
    "enabled",
)


def class_for_rate(*, rate_bp: int, day: date) -> TaxClass:
    """The tax class whose rate is this one today; made where there is none, so that any lawful rate can be used."""
    for tax_class, rate in queries.tax_classes(day=day):
        if rate == rate_bp:
            return tax_class
    tax_class, created = TaxClass.objects.get_or_create(name=f"Tax {format_rate(rate_bp * 100)} %")
    if created:
        TaxRate.objects.create(tax_class=tax_class, from_day=day, rate_bp=rate_bp)
    return tax_class


@transaction.atomic
def add_product(*, values: dict[str, Any], stock_milli: int | None, now: datetime) -> Product:
    """`values` by column name (FIELDS). A product with stock starts with an opening movement."""
    product = Product(**{**values, "barcode": values.get("barcode") or None}, stock_milli=stock_milli)
    _save(product)
    if stock_milli:
        _move(product, stock_milli, Reason.OPENING, "", now)
    audit.note(verb="created", what="product", which=product.code, now=now, after=audit.values_of(product))
    return product


@transaction.atomic
def change_product(*, code: str, changes: dict[str, Any], now: datetime) -> Product:
    """Change columns of FIELDS. `stock_milli` may be given too: a new figure is an adjustment, null stops tracking."""
    product = Product.objects.select_for_update().filter(code=code).first()
    if product is None:
        raise NotFound(f"There is no product {code}.")
    before = audit.values_of(product)
    for name in FIELDS:
        if name in changes:
            setattr(product, name, (changes[name] or None) if name == "barcode" else changes[name])
    if "stock_milli" in changes:
        _set_stock(product, changes["stock_milli"], now)
    _save(product)
    audit.note(
        verb="changed", what="product", which=product.code, now=now, before=before, after=audit.values_of(product)
    )
    return product


def _set_stock(product: Product, wanted_milli: int | None, now: datetime) -> None:
    held = product.stock_milli
    if wanted_milli == held:
        return
    if held is not None and held != 0 and wanted_milli is None:
        _move(product, -held, Reason.ADJUSTED, "no longer tracked", now)
    elif wanted_milli is not None and wanted_milli != (held or 0):
        _move(product, wanted_milli - (held or 0), Reason.ADJUSTED, "", now)
    product.stock_milli = wanted_milli


@transaction.atomic
def move_stock(*, code: str, quantity_milli: int, reason: str, note: str, now: datetime) -> Product:
    """Goods received, or an adjustment (negative allowed). Never below zero; starts tracking where there was none."""
    if reason not in (Reason.RECEIVED, Reason.ADJUSTED):
        raise Invalid("Use received or adjusted.", field="reason")
    if quantity_milli == 0:
        raise Invalid("Say how many: not 0.", field="quantity")
    if reason == Reason.RECEIVED and quantity_milli < 0:
        raise Invalid("Received cannot be negative: use adjusted.", field="quantity")
    product = Product.objects.select_for_update().filter(code=code).first()
    if product is None:
        raise NotFound(f"There is no product {code}.")
    if (product.stock_milli or 0) + quantity_milli < 0:
        left = format_quantity(product.stock_milli or 0)
        raise OutOfStock(f"Only {left} of {product.name} are there.", field="quantity", product=code, left=left)
    if product.stock_milli is None:
        product.stock_milli = 0
        product.save(update_fields=["stock_milli"])
    Product.objects.filter(id=product.id).update(stock_milli=F("stock_milli") + quantity_milli)
    _move(product, quantity_milli, reason, note, now)
    product.refresh_from_db(fields=["stock_milli"])
    return product


@transaction.atomic
def remove_product(*, code: str, now: datetime) -> None:
    """Delete what was never used; what was used can only be disabled."""
    product = Product.objects.filter(code=code).first()
    if product is None:
        raise NotFound(f"There is no product {code}.")
    if product.lines.exists() or product.movements.exists():
        raise Invalid(f"{product.name} was used: disable it instead, its invoices keep it.", field="code")
    before = audit.values_of(product)
    product.delete()
    audit.note(verb="removed", what="product", which=code, now=now, before=before)


def _save(product: Product) -> None:
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError as error:
        taken = "barcode" if "barcode" in str(error) else "code"
        raise Invalid(
            f"Another product has the {taken} {getattr(product, taken)}: choose another.", field=taken
        ) from error


def _move(product: Product, quantity_milli: int, reason: str, note: str, now: datetime) -> None:
    StockMovement.objects.create(**stock.by_hand(product.pk, quantity_milli, reason, note, now))
