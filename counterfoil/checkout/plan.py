"""From a sale as it came in to everything that will be written, without a number: the middle of the transaction.

`ask` and `world` read what there is; `price_cart` and `compose` are pure from there on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from counterfoil import edition
from counterfoil.billing.record import Record, Row, notes_as_json
from counterfoil.catalog import queries as catalog
from counterfoil.catalog.queries import SoldProduct
from counterfoil.checkout.masters import masters
from counterfoil.checkout.sale import LineIn, Sale
from counterfoil.checkout.settle import Settlement, Tender, waived
from counterfoil.customers import queries as customers
from counterfoil.customers.queries import Buyer
from counterfoil.rules.errors import FieldError, Invalid, OutOfStock, ProductDisabled, ProductNotFound, Refusal
from counterfoil.rules.money import format_quantity
from counterfoil.rules.pricing import CartLine, Policy, PricedSale, price
from counterfoil.rules.tax import heads, rate_on
from counterfoil.shop import queries as shop
from counterfoil.store import Statement
from counterfoil.till import statements as till

NET_AT_MOST_PAISE = 10**15


@dataclass(frozen=True, slots=True)
class Cashier:
    """Who rings it up: a user, or (id None) an API token by its name."""

    id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What one sale sees of the masters."""

    shop: shop.Settings
    products: Mapping[str, SoldProduct]
    rates: Mapping[int, list[tuple[date, int]]]
    buyer: Buyer | None
    till_id: int
    till_code: str
    money: till.Money

    def day(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.shop.time_zone)).date()

    def rate_bp(self, product: SoldProduct, day: date) -> int:
        dated = self.rates[product.tax_class_id]
        return rate_on(max(day, dated[0][0]), dated)  # before a class's first day its first rate applies


def ask(sale: Sale) -> list[Statement]:
    """The statements whose answers `world` takes, in this order: the edition after the products, whose tax classes it
    must know, since each statement sees what is committed when it begins."""
    customer = sale.customer
    return [
        catalog.ask_products([line.product for line in sale.lines if line.product]),
        customers.ask(customer_id=customer.id if customer else None, email=customer.email if customer else ""),
        till.ask_till(code=sale.till.upper()),
        edition.ask(),
    ]


def world(sale: Sale, answers: list[Any]) -> World:
    products, buyer, found_till, mark = answers
    if found_till is None:
        raise Invalid(f"There is no till {sale.till}.", field="till")
    till_id, till_code = found_till
    same = masters(mark)
    return World(same.shop, products, same.rates, _buyer(sale, buyer), till_id, till_code, same.money)


def _buyer(sale: Sale, known: Buyer | None) -> Buyer | None:
    """The master's entry, under the name given: the master keeps its own, the invoice the one given."""
    given = sale.customer
    if given is None:
        return None
    if given.id is not None and known is None:
        raise Invalid(f"There is no customer {given.id}.", field="customer.id")
    base = known or Buyer()
    buyer = Buyer(
        id=base.id,
        name=given.name or base.name,
        email=given.email or base.email,
        phone=given.phone or base.phone,
        gstin=given.gstin or base.gstin,
        state=given.state or base.state or (given.gstin or base.gstin)[:2],
        address=given.address or base.address,
    )
    return buyer if (buyer.id is not None or buyer.name or buyer.email) else None


@dataclass(slots=True)
class Cart:
    """A priced cart. `problems` are the refusals that a lenient pricing puts aside."""

    priced: PricedSale
    lines: list[Row]
    taxes: list[Row]
    payable_paise: int
    waived_paise: int
    wanted_milli: dict[int, int] = field(default_factory=dict)  # product id → milli, lines of one product added up
    problems: list[Refusal] = field(default_factory=list)


def price_cart(sale: Sale, seen: World, *, now: datetime, lenient: bool = False) -> Cart:
    """Price the sale. Strict: the first problem is raised. Lenient: unknown products are left out, problems listed."""
    problems: list[Refusal] = []
    day = seen.day(now)
    known: list[tuple[int, LineIn, SoldProduct | None]] = []
    for position, line in enumerate(sale.lines):
        product = seen.products.get(line.product)
        refusal = _line_problem(line, product, position)
        if refusal and not lenient:
            raise refusal
        if refusal:
            problems.append(refusal)
        if product or not line.product:
            known.append((position + 1, line, product))
    cart_lines = [_cart_line(line, product, seen, day) for _, line, product in known]
    priced = price(cart_lines, discount=sale.discount, policy=_policy(seen))
    if priced.net_paise > NET_AT_MOST_PAISE:
        raise Invalid("The bill is larger than can be billed at once: split it.", field="lines")
    let_go = waived(priced.payable_paise, waive_paise=sale.waive, limit_paise=seen.shop.waive_limit_paise)
    cart = Cart(
        priced=priced,
        payable_paise=priced.payable_paise - let_go,
        waived_paise=let_go,
        problems=problems,
        lines=[
            _line_row(position, line, product, figures)
            for (position, line, product), figures in zip(known, priced.lines, strict=True)
        ],
        taxes=[
            {
                "position": n,
                "name": t.name,
                "rate_ppm": t.rate_ppm,
                "taxable_paise": t.taxable_paise,
                "amount_paise": t.amount_paise,
            }
            for n, t in enumerate(priced.taxes, 1)
        ],
    )
    for _, line, product in known:
        if product:
            cart.wanted_milli[product.id] = cart.wanted_milli.get(product.id, 0) + line.quantity
    return cart


type Short = Mapping[str, tuple[str, int, int]]  # {code: (name, milli left, milli wanted)}


def short_of(cart: Cart, seen: World) -> Short:
    """What was not there when the masters were read. This only tells early and fully; the UPDATE decides."""
    return {
        p.code: (p.name, p.stock_milli, cart.wanted_milli[p.id])
        for p in seen.products.values()
        if p.stock_milli is not None and p.stock_milli < cart.wanted_milli.get(p.id, 0)
    }


def out_of_stock(sale: Sale, short: Short) -> OutOfStock:
    """One refusal for all of it, in the order of the lines, whatever order a database answered in."""
    short = {line.product: short[line.product] for line in sale.lines if line.product in short}
    left = {code: format_quantity(left_milli) for code, (_, left_milli, _) in short.items()}
    errors = [
        FieldError(f"lines[{n}].quantity", f"Only {left[line.product]} of {short[line.product][0]} are left.")
        for n, line in enumerate(sale.lines)
        if line.product in short
    ]
    first = next(iter(short))
    return OutOfStock(
        "; ".join(f"{short[code][0]}: {left[code]} left" for code in left) + ".",
        errors=errors,
        product=first,
        left=left[first],
        requested=format_quantity(short[first][2]),
        products=left,
    )


def product_not_found(sale: Sale, code: str) -> ProductNotFound:
    position = [line.product for line in sale.lines].index(code)
    return ProductNotFound(f"There is no product {code}.", field=f"lines[{position}].product", product=code)


def _line_problem(line: LineIn, product: SoldProduct | None, position: int) -> Refusal | None:
    field_name = f"lines[{position}].product"
    if line.product and product is None:
        return ProductNotFound(f"There is no product {line.product}.", field=field_name, product=line.product)
    if product and not product.enabled:
        return ProductDisabled(f"{product.name} is disabled.", field=field_name, product=line.product)
    return None


def _cart_line(line: LineIn, product: SoldProduct | None, seen: World, day: date) -> CartLine:
    if product:
        price_paise, inclusive = product.unit_price_paise, product.price_includes_tax
        rate_bp = seen.rate_bp(product, day)
    else:
        price_paise, rate_bp = line.unit_price or 0, line.tax_rate or 0
        inclusive = seen.shop.prices_include_tax if line.price_includes_tax is None else line.price_includes_tax
    return CartLine(line.quantity, price_paise, inclusive, rate_bp, line.discount)


def place_of_supply(seen: World) -> str:
    return (seen.buyer.state if seen.buyer else "") or seen.shop.state


def _policy(seen: World) -> Policy:
    settings = seen.shop
    return Policy(
        heads=heads(
            regime=settings.tax_regime,
            tax_name=settings.tax_name,
            shop_state=settings.state,
            place_of_supply=place_of_supply(seen),
        ),
        tax_rounding=settings.tax_rounding,
        payable_rounding=settings.payable_rounding,
        payable_unit_paise=settings.payable_unit_paise,
    )


def _line_row(position: int, line: LineIn, product: SoldProduct | None, figures: Any) -> Row:
    return {
        "position": position,
        "original_position": None,
        "product_id": product.id if product else None,
        "code": product.code if product else "",
        "name": product.name if product else line.name,
        "hsn": product.hsn if product else line.hsn,
        "unit": product.unit if product else line.unit,
        "quantity_milli": figures.quantity_milli,
        "unit_price_paise": figures.unit_price_paise,
        "price_includes_tax": figures.price_includes_tax,
        "value_paise": figures.value_paise,
        "discount_paise": figures.discount_paise,
        "bill_discount_paise": figures.bill_discount_paise,
        "tax_rate_bp": figures.tax_rate_bp,
        "taxable_paise": figures.taxable_paise,
        "tax_paise": figures.tax_paise,
        "total_paise": figures.total_paise,
    }


def customer_columns(buyer: Buyer) -> Row:
    return {
        f"customer_{name}": getattr(buyer, name) for name in ("name", "email", "phone", "gstin", "state", "address")
    }


def _figures(cart: Cart) -> Row:
    priced = cart.priced
    return {
        "discount_paise": priced.discount_paise,
        "taxable_paise": priced.taxable_paise,
        "tax_paise": priced.tax_paise,
        "net_paise": priced.net_paise,
        "rounding_paise": priced.rounding_paise - cart.waived_paise,
        "waived_paise": cart.waived_paise,
        "payable_paise": cart.payable_paise,
    }


def compose(
    cart: Cart,
    seen: World,
    *,
    tenders: list[Tender],
    settlement: Settlement,
    change: Mapping[int, int],
    cashier: Cashier,
    key: str,
    fingerprint: str,
    now: datetime,
) -> Record:
    """The whole document but for its number, sequence and digests."""
    header = {
        "number": "",
        "kind": "invoice",
        "sequence": 0,
        "reason": "",
        "idempotency_key": key,
        "request_digest": fingerprint,
        "issued_at": now,
        "day": seen.day(now),
        "cashier_name": cashier.name,
        **customer_columns(seen.buyer or Buyer()),
        "place_of_supply": place_of_supply(seen),
        **_figures(cart),
        "payable_rounding": seen.shop.payable_rounding,
        "payable_unit_paise": seen.shop.payable_unit_paise,
        "paid_paise": settlement.paid_paise,
        "change_paise": settlement.change_paise,
        "change_notes": notes_as_json(change),
    }
    payments = [
        {
            "position": n,
            "method": t.method,
            "amount_paise": t.amount_paise,
            "reference": t.reference,
            "notes": notes_as_json(t.notes),
        }
        for n, t in enumerate(tenders, 1)
    ]
    return Record(
        header=header,
        supplier=seen.shop.identity,
        till=seen.till_code,
        lines=cart.lines,
        taxes=cart.taxes,
        payments=payments,
    )
