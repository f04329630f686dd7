"""The rows of the products' and the customers' lists as texts, ready to be set: see web.ledger and the stencil tag."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from counterfoil.history.facts import Bought
from counterfoil.rules.money import format_grouped
from counterfoil.web.templatetags.shopui import NONE, badge, marked, quantity, rate

IS_OFF = SafeString(' class="is-off"')
NO_BARCODE = SafeString(f'<span class="muted">{NONE}</span>')


@dataclass(frozen=True, slots=True)
class ProductRow:
    id: str
    off: str
    href: str
    code: str
    name: str
    barcode: str
    unit: str
    price: str
    tax_side: str
    rate: str
    hsn: str
    stock: str
    state: str


class Products:
    """What all rows of one page share. `COLUMNS` are what a row is made of, `rates` those of each tax class."""

    COLUMNS = (
        "id", "code", "name", "barcode", "unit", "unit_price_paise", "price_includes_tax", "hsn", "stock_milli",
        "reorder_level_milli", "enabled", "tax_class_id",
    )  # fmt: skip

    def __init__(self, *, rates: Mapping[int, int], search: str = "") -> None:
        self.search, self.root = search, reverse("products")
        self.rates = {tax_class_id: rate(rate_bp) for tax_class_id, rate_bp in rates.items()}
        self.tax_sides = {True: _("incl. tax"), False: _("plus tax")}
        self.disabled, self.below = badge("", "dash", _("Disabled")), _("Below %(level)s")

    def row(self, product: Any) -> ProductRow:
        return ProductRow(
            id=f"p{product.id}",
            off="" if product.enabled else IS_OFF,
            href=f"{self.root}{product.id}/",
            code=marked(product.code, self.search),
            name=marked(product.name, self.search),
            barcode=marked(product.barcode, self.search) if product.barcode else NO_BARCODE,
            unit=product.unit,
            price=format_grouped(product.unit_price_paise),
            tax_side=self.tax_sides[product.price_includes_tax],
            rate=self.rates[product.tax_class_id],
            hsn=marked(product.hsn, self.search),
            stock=quantity(product.stock_milli),
            state=self._state(product),
        )

    def _state(self, product: Any) -> str:
        if not product.enabled:
            return self.disabled
        stock, level = product.stock_milli, product.reorder_level_milli
        if stock is None or level is None or stock >= level:
            return ""
        return badge("warn", "warn", self.below % {"level": quantity(level)})


@dataclass(frozen=True, slots=True)
class CustomerRow:
    off: str
    href: str
    name: str
    email: str
    phone: str
    count: str
    total: str
    last_visit: str
    state: str


class Customers:
    COLUMNS = ("id", "name", "email", "phone", "enabled")

    def __init__(self, *, search: str) -> None:
        self.search, self.root = search, reverse("customers")
        self.disabled = badge("", "dash", _("Disabled"))
        self.day = cache(partial(date_format, format="j M Y"))

    def row(self, customer: Any, bought: Bought) -> CustomerRow:
        return CustomerRow(
            off="" if customer.enabled else IS_OFF,
            href=f"{self.root}{customer.id}/",
            name=marked(customer.name, self.search),
            email=marked(customer.email, self.search) or NONE,
            phone=marked(customer.phone, self.search) or NONE,
            count=str(bought.count),
            total=format_grouped(bought.payable_paise),
            last_visit=self.day(timezone.localdate(bought.last_at)) if bought.last_at else NONE,
            state="" if customer.enabled else self.disabled,
        )
