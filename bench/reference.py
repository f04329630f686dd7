"""The same sale as plain, honest Django: one ORM call after another. What the product is compared with.

It shares the pure middle (reading, pricing, change, digest) and writes the very same rows; a test compares every
table. `bulk_create` where it fits, `select_related` where it helps: what a good Django programmer would write first.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from counterfoil.billing.document import document
from counterfoil.billing.models import Invoice, InvoiceLine, InvoiceTax, NumberSeries, Payment
from counterfoil.billing.record import Record
from counterfoil.catalog.models import Product, StockMovement, TaxRate
from counterfoil.catalog.queries import SoldProduct
from counterfoil.checkout import plan
from counterfoil.checkout.plan import Cart, Cashier, World
from counterfoil.checkout.sale import Sale
from counterfoil.checkout.settle import read_payments, settle
from counterfoil.customers.models import Customer, email_key
from counterfoil.customers.queries import Buyer
from counterfoil.delivery import queries as delivery_queries
from counterfoil.delivery.models import Delivery
from counterfoil.delivery.statements import new_message_id, promised
from counterfoil.rules.change import plan_change
from counterfoil.rules.numbering import document_number, financial_year
from counterfoil.shop import queries as shop
from counterfoil.till.models import Denomination, DrawerMovement, DrawerNote, Session, Till
from counterfoil.till.statements import Money


@transaction.atomic
def complete_sale(*, sale: Sale, key: str, cashier: Cashier, now: datetime) -> dict[str, Any]:
    """Answers the invoice. Knows no replay: it is measured, not sold."""
    assert not Invoice.objects.filter(idempotency_key=key).exists()
    seen = _world(sale)
    cart = plan.price_cart(sale, seen, now=now)
    if short := plan.short_of(cart, seen):
        raise plan.out_of_stock(sale, short)
    tenders = read_payments(sale.payments, known=seen.money.known)
    settlement = settle(cart.payable_paise, tenders)
    if settlement.problem:
        raise settlement.problem
    customer = _customer(seen.buyer, now)
    _take_stock_rows(cart)
    till = Till.objects.select_for_update().get(id=seen.till_id)
    session = Session.objects.filter(till=till, closed_at=None).first()
    received: dict[int, int] = {}
    for tender in tenders:
        for value, count in tender.notes.items():
            received[value] = received.get(value, 0) + count
    notes = dict(DrawerNote.objects.filter(till=till, count__gt=0).values_list("value_paise", "count"))
    there = {v: notes.get(v, 0) + received.get(v, 0) for v in {*notes, *received}}
    change = plan_change(
        settlement.change_paise, denominations=seen.money.enabled, notes=there if till.counted else None
    )
    record = plan.compose(
        cart, seen, tenders=tenders, settlement=settlement, change=change, cashier=cashier, key=key,
        fingerprint=sale.fingerprint(), now=now,
    )  # fmt: skip
    invoice = _number(record, till, session, seen, customer, cashier)
    _write_children(invoice, record, cart, now)
    if till.counted:
        _move_notes(invoice, till, session, received, change, now)
    if invoice.customer_email:
        row = {
            "invoice_id": invoice.pk,
            "address": invoice.customer_email,
            "round": 0,
            "asked_by": "",
            "created_at": now,
        }
        Delivery.objects.create(**row, message_id=new_message_id(*promised(row)), next_attempt_at=now)
    return document(
        record, time_zone=seen.shop.time_zone, customer_id=customer.pk if customer else None,
        email=delivery_queries.fresh(address=invoice.customer_email, now=now),
    )  # fmt: skip


def _world(sale: Sale) -> World:
    codes = {line.product for line in sale.lines if line.product}
    columns = ("id", "code", "name", "hsn", "unit", "unit_price_paise", "price_includes_tax", "stock_milli", "enabled",
               "tax_class_id")  # fmt: skip
    products = {p.code: SoldProduct(*[getattr(p, c) for c in columns]) for p in Product.objects.filter(code__in=codes)}
    rates: dict[int, list[Any]] = {}
    for rate in TaxRate.objects.order_by("from_day"):
        rates.setdefault(rate.tax_class_id, []).append((rate.from_day, rate.rate_bp))
    till = Till.objects.filter(code=sale.till).first() if sale.till else Till.objects.order_by("id").first()
    assert till is not None
    known = Denomination.objects.order_by("-value_paise")
    money = Money(tuple(d.value_paise for d in known), tuple(d.value_paise for d in known if d.enabled))
    return World(shop.settings(), products, rates, _buyer(sale), till.pk, till.code, money)


def _buyer(sale: Sale) -> Buyer | None:
    given = sale.customer
    if given is None:
        return None
    known = Customer.objects.filter(email_key=email_key(given.email)).first() if given.email else None
    base = known or Buyer()
    return Buyer(
        id=known.pk if known else None, name=given.name or base.name, email=given.email or base.email,
        phone=given.phone or base.phone, gstin=given.gstin or base.gstin, state=given.state or base.state,
        address=given.address or base.address,
    )  # fmt: skip


def _customer(buyer: Buyer | None, now: datetime) -> Customer | None:
    if buyer is None:
        return None
    if buyer.id is not None:
        return Customer.objects.get(id=buyer.id)
    if not buyer.email:
        return None
    return Customer.objects.create(
        name=buyer.name or buyer.email, email=buyer.email, email_key=email_key(buyer.email), phone=buyer.phone,
        gstin=buyer.gstin, state=buyer.state, address=buyer.address, created_at=now,
    )  # fmt: skip


def _take_stock_rows(cart: Cart) -> None:
    for product_id, milli in sorted(cart.wanted_milli.items()):
        product = Product.objects.select_for_update().get(id=product_id)
        if product.stock_milli is not None:
            enough = Product.objects.filter(id=product_id, stock_milli__gte=milli)
            assert enough.update(stock_milli=F("stock_milli") - milli), "out of stock"


def _number(
    record: Record, till: Till, session: Session | None, seen: World, customer: Customer | None, cashier: Cashier
) -> Invoice:
    year = financial_year(record.header["day"])
    series, _ = NumberSeries.objects.select_for_update().get_or_create(till=till, kind="invoice", year=year)
    record.header.update(
        sequence=series.last_sequence + 1,
        number=document_number(till=till.code, year=year, sequence=series.last_sequence + 1),
        previous_digest=series.head_digest,
        session_id=session.pk if session else None,
        customer_id=customer.pk if customer else None,
        cashier_id=cashier.id,
    )
    record.header["digest"] = record.digest(previous=series.head_digest)
    series.last_sequence, series.head_digest = record.header["sequence"], record.header["digest"]
    series.save()
    return Invoice.objects.create(series=series, till=till, supplier_id=seen.shop.identity_id, **record.header)


def _write_children(invoice: Invoice, record: Record, cart: Cart, now: datetime) -> None:
    InvoiceLine.objects.bulk_create([InvoiceLine(invoice=invoice, **row) for row in record.lines])
    InvoiceTax.objects.bulk_create([InvoiceTax(invoice=invoice, **row) for row in record.taxes])
    Payment.objects.bulk_create([Payment(invoice=invoice, **row) for row in record.payments])
    tracked = Product.objects.filter(id__in=cart.wanted_milli, stock_milli__isnull=False).order_by("id")
    StockMovement.objects.bulk_create(
        StockMovement(product=p, invoice=invoice, quantity_milli=-cart.wanted_milli[p.pk], reason="sale", at=now)
        for p in tracked
    )


def _move_notes(
    invoice: Invoice,
    till: Till,
    session: Session | None,
    received: dict[int, int],
    change: dict[int, int],
    now: datetime,
) -> None:
    rows = [("received", v, c) for v, c in sorted(received.items(), reverse=True)]
    rows += [("change", v, -c) for v, c in sorted(change.items(), reverse=True)]
    for _, value, count in rows:
        note, _ = DrawerNote.objects.get_or_create(till=till, value_paise=value, defaults={"count": 0})
        DrawerNote.objects.filter(pk=note.pk).update(count=F("count") + count)
    DrawerMovement.objects.bulk_create(
        DrawerMovement(till=till, session=session, invoice=invoice, kind=k, value_paise=v, count=c, at=now)
        for k, v, c in rows
    )
