"""Kirana Asha, the small shop of the tests: six products, three who work there, two who buy.

The models are imported where they are used: this module is read before Django is set up.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterfoil.catalog.models import Product
    from counterfoil.customers.models import Customer
    from counterfoil.people.models import User
    from counterfoil.till.models import Till

OPENED_AT = datetime(2026, 11, 22, 4, 45, tzinfo=UTC)  # 10:15 in the shop
TOKEN = "cf_token-of-the-tests"
MAHARASHTRA = "27"
PEOPLE = {"meera": "owner", "ravi": "cashier", "fatima": "accountant"}

# code: name, price, its tax included, rate, stock in thousandths (None: not tracked), unit, HSN, barcode, enabled
PRODUCTS: dict[str, tuple[str, int, bool, int, int | None, str, str, str, bool]] = {
    "P001": ("Milk", 20_00, False, 500, 50_000, "pc", "0401", "8901234567894", True),
    "P002": ("Basmati rice, loose", 96_50, True, 500, 25_000, "kg", "1006", "", True),
    "P003": ("Shampoo", 118_00, True, 1800, 12_000, "pc", "3305", "8901234500011", True),
    "P004": ("Newspaper", 6_00, True, 0, None, "pc", "4902", "", True),
    "P005": ("Cola", 45_00, True, 4000, 3_000, "pc", "2202", "", True),
    "P006": ("Last year's soap", 30_00, True, 1800, 7_000, "pc", "3401", "", False),
}


@dataclass(frozen=True)
class SmallShop:
    till: Till
    owner: User  # Meera
    cashier: User  # Ravi
    accountant: User  # Fatima
    asha: Customer  # has an e-mail
    thomas: Customer  # has none
    products: dict[str, Product]

    @property
    def token(self) -> str:
        """An API token with the owner's rights."""
        return TOKEN

    @property
    def milk(self) -> Product:
        return self.products["P001"]

    def stock_milli(self, code: str) -> int | None:
        """As the database has it now."""
        from counterfoil.catalog.models import Product

        return Product.objects.get(code=code).stock_milli


def open_small_shop() -> SmallShop:
    """In the tests' own database from the rows that were kept of it, elsewhere by the shop's own actions."""
    from tests.databases import put_back

    if not put_back():
        write_small_shop()
    return _look()


def write_small_shop() -> None:
    from counterfoil.shop import actions as shop_actions

    identity = {"name": "Kirana Asha", "address": "12 Tilak Road, Pune 411030", "state": MAHARASHTRA}
    identity |= {"gstin": "27AAPFU0939F1ZV", "email": "bills@example.com"}
    shop_actions.change_shop(changes=identity, now=OPENED_AT)
    for name, role in PEOPLE.items():
        _employ(name, role)
    _know(name="Asha Rao", email="asha@example.com", phone="+91 98220 11111")
    _know(name="Thomas Kurian", phone="+91 98220 22222")
    for code in PRODUCTS:
        _stock(code)


def _look() -> SmallShop:
    from counterfoil.catalog.models import Product
    from counterfoil.customers.models import Customer
    from counterfoil.people.models import User
    from counterfoil.till.models import Till

    people = {user.role: user for user in User.objects.filter(username__in=PEOPLE)}
    buyers = {customer.name: customer for customer in Customer.objects.all()}
    return SmallShop(
        till=Till.objects.get(code="A"),
        owner=people["owner"],
        cashier=people["cashier"],
        accountant=people["accountant"],
        asha=buyers["Asha Rao"],
        thomas=buyers["Thomas Kurian"],
        products={product.code: product for product in Product.objects.filter(code__in=PRODUCTS)},
    )


def _stock(code: str) -> None:
    from counterfoil.catalog import actions as catalog

    name, price_paise, inclusive, rate_bp, stock_milli, unit, hsn, barcode, enabled = PRODUCTS[code]
    tax_class = catalog.class_for_rate(rate_bp=rate_bp, day=OPENED_AT.date())
    values: dict[str, Any] = {"code": code, "name": name, "unit": unit, "hsn": hsn, "barcode": barcode}
    values |= {"unit_price_paise": price_paise, "price_includes_tax": inclusive}
    values |= {"tax_class_id": tax_class.pk, "enabled": enabled}
    catalog.add_product(values=values, stock_milli=stock_milli, now=OPENED_AT)


def _know(**values: str) -> None:
    from counterfoil.customers import actions as customers

    customers.add_customer(values=values, now=OPENED_AT)


def _employ(name: str, role: str) -> None:
    from counterfoil.people.models import ApiToken, User

    if role == "owner":
        digest = hashlib.sha256(TOKEN.encode()).hexdigest()
        ApiToken.objects.create(name="tests", digest=digest, role=role, created_at=OPENED_AT)
    User.objects.create(username=name, password=_hashed(f"{name}-at-the-till"), role=role)


@cache
def _hashed(password: str) -> str:
    """Once per process."""
    from django.contrib.auth.hashers import make_password

    return make_password(password)
