"""What both writers need: the shop, its products and people, and a visit turned into the sale that the API takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from random import Random
from typing import Any

from counterfoil.catalog import actions as catalog
from counterfoil.catalog.bulk import add_products
from counterfoil.catalog.models import Product
from counterfoil.checkout import plan
from counterfoil.checkout.plan import World
from counterfoil.checkout.sale import CustomerIn, LineIn, PaymentIn, Sale
from counterfoil.cli.demo import baskets
from counterfoil.cli.demo.baskets import Part
from counterfoil.cli.demo.crowd import more_people
from counterfoil.cli.demo.days import Shelf, Town, Visit
from counterfoil.cli.demo.goods import GOODS, Good
from counterfoil.cli.demo.neighbours import CASHIERS, NEIGHBOURS, SHOP, Neighbour
from counterfoil.customers import actions as customers
from counterfoil.customers.bulk import add_customers
from counterfoil.customers.models import Customer
from counterfoil.customers.queries import Buyer
from counterfoil.rules.money import Discount
from counterfoil.shop import actions as shop_actions
from counterfoil.shop import queries as shop
from counterfoil.store import send
from counterfoil.till import actions as tills
from counterfoil.till.models import Till

# What lies in a drawer in the morning: {paise: count}.
FLOAT = {500_00: 4, 200_00: 10, 100_00: 20, 50_00: 20, 20_00: 30, 10_00: 40, 5_00: 40, 2_00: 40, 1_00: 50}
STRANGERS_PHONE = "+91 98000"
KEPT = 65_536  # one of a product and quantity is as good for the next customer, and so is one of a customer
UNNAMED = "My shop"  # as the migrations leave it


@dataclass(frozen=True, slots=True)
class Place:
    """The shop as the demo uses it."""

    worlds: Mapping[str, World]  # by till
    buyers: list[Buyer]
    denominations: tuple[int, ...]


def furnish(*, now: datetime, shelf: Shelf, town: Town) -> None:
    """Name a shop that has no name yet, and put in what is missing of products, customers and tills."""
    if shop.settings().name == UNNAMED:
        shop_actions.change_shop(changes=dict(SHOP), now=now)
    _stock_shelves(now, shelf)
    _stock_more(now, shelf, town)
    for number in range(len(NEIGHBOURS)):
        _customer(number, now)
    _move_in(now, _strangers(town))
    for code, cashier in CASHIERS.items():
        _till(code, cashier, now)


def look(town: Town) -> Place:
    """The shop once it is furnished."""
    worlds = {code: _world(code, town.goods) for code in town.tills}
    neighbours = [_buyer(row) for number in range(len(NEIGHBOURS)) if (row := _neighbour(number))]
    columns = ("id", "name", "email", "phone", "gstin", "state", "address")
    named = Customer.objects.filter(phone__startswith=STRANGERS_PHONE).values_list(*columns)
    by_phone = {row[columns.index("phone")]: Buyer(*row) for row in named}
    strangers = [by_phone[_strangers_phone(number)] for number in range(town.people - len(NEIGHBOURS))]
    return Place(worlds, neighbours + strangers, next(iter(worlds.values())).money.enabled)


def _buyer(row: Customer) -> Buyer:
    return Buyer(row.pk, row.name, row.email, row.phone, row.gstin, row.state, row.address)


def _stock_shelves(now: datetime, shelf: Shelf) -> None:
    there = {product.code: product for product in Product.objects.filter(code__in=[good.code for good in GOODS])}
    for good in GOODS:
        product = there.get(good.code)
        if product is None:
            tax_class = catalog.class_for_rate(rate_bp=good.rate_bp, day=now.date())
            values: dict[str, Any] = {
                "code": good.code, "name": good.name, "barcode": good.barcode, "category": good.category,
                "unit": good.unit, "hsn": good.hsn, "unit_price_paise": good.price_paise, "price_includes_tax": True,
                "tax_class_id": tax_class.pk, "reorder_level_milli": shelf.reorder_level_milli(good), "enabled": True,
            }  # fmt: skip
            product = catalog.add_product(values=values, stock_milli=shelf.opening_milli(good), now=now)
        shelf.stock_milli[good.code] = product.stock_milli or 0


def _stock_more(now: datetime, shelf: Shelf, town: Town) -> None:
    goods = town.goods
    there = dict(Product.objects.filter(code__in=[good.code for good in goods]).values_list("code", "stock_milli"))
    classes = {rate: catalog.class_for_rate(rate_bp=rate, day=now.date()).pk for rate in {g.rate_bp for g in goods}}
    rows: list[dict[str, Any]] = [
        {
            "code": good.code, "name": good.name, "barcode": good.barcode, "category": good.category,
            "unit": good.unit, "hsn": good.hsn, "unit_price_paise": good.price_paise, "price_includes_tax": True,
            "tax_class_id": classes[good.rate_bp], "reorder_level_milli": 5_000, "enabled": True,
            "stock_milli": shelf.plenty_milli(len(goods), town.days),
        }
        for good in goods
        if good.code not in there
    ]  # fmt: skip
    add_products(rows=rows, now=now)
    shelf.stock_milli |= {row["code"]: row["stock_milli"] for row in rows}
    shelf.stock_milli |= {code: stock_milli or 0 for code, stock_milli in there.items()}


def _neighbour(number: int) -> Customer | None:
    values = NEIGHBOURS[number].values(number)
    same = {"email": values["email"]} if values["email"] else {"name": values["name"], "phone": values["phone"]}
    return Customer.objects.filter(**same).first()


def _customer(number: int, now: datetime) -> None:
    if _neighbour(number) is None:
        customers.add_customer(values=NEIGHBOURS[number].values(number), now=now)


def _strangers(town: Town) -> list[dict[str, Any]]:
    people: list[Neighbour] = more_people(town.people - len(NEIGHBOURS))
    return [{**each.values(n), "phone": _strangers_phone(n)} for n, each in enumerate(people)]


def _strangers_phone(number: int) -> str:
    return f"{STRANGERS_PHONE} {number:06}"


def _move_in(now: datetime, people: list[dict[str, Any]]) -> None:
    there = set(Customer.objects.filter(phone__startswith=STRANGERS_PHONE).values_list("phone", flat=True))
    add_customers(rows=[values for values in people if values["phone"] not in there], now=now)


def _till(code: str, cashier: str, now: datetime) -> None:
    till = Till.objects.filter(code=code).first() or tills.add_till(code=code, name=f"Till {code}, {cashier}", now=now)
    if not till.counted:
        tills.count_drawer(till=till, notes=FLOAT, now=now)


def _world(till: str, more: Sequence[Good]) -> World:
    """All products at once, so that carts can be priced without asking the database again."""
    sale = Sale.model_construct(till=till, lines=[LineIn(product=good.code) for good in (*GOODS, *more)])
    return plan.world(sale, send(*plan.ask(sale)))


# From a visit to a sale


def sale_of(visit: Visit, place: Place) -> tuple[Sale, World]:
    """What they buy; not yet how they pay."""
    world = place.worlds[visit.till]
    buyer = place.buyers[visit.neighbour] if visit.neighbour is not None else None
    lines = [_line(line.good.code, line.quantity_milli, line.discount) for line in visit.lines]
    customer = _customer_in(buyer.id) if buyer else None
    sale = Sale.model_construct(till=visit.till, customer=customer, lines=lines, discount=visit.discount)
    return sale, replace(world, buyer=buyer)


@lru_cache(maxsize=KEPT)
def _customer_in(number: int | None) -> CustomerIn:
    return CustomerIn(id=number)


@lru_cache(maxsize=KEPT)
def _line(code: str, quantity_milli: int, discount: Discount) -> LineIn:
    return LineIn.model_construct(product=code, quantity=quantity_milli, discount=discount)


def pay(sale: Sale, parts: list[Part]) -> None:
    """How they pay, written into their sale."""
    sale.payments = [
        PaymentIn.model_construct(
            method=part.method,
            amount=None if part.notes else part.amount_paise,
            reference=part.reference,
            notes={str(value // 100): count for value, count in part.notes.items()} if part.notes else None,
        )
        for part in parts
    ]


def payment_of(visit: Visit, payable_paise: int, place: Place) -> list[Part]:
    return baskets.pay(Random(visit.luck), payable_paise, business=visit.business, denominations=place.denominations)
