"""`complete_sale`: one transaction across the capabilities, in three batches (docs/architecture.md has the shape).

Locks are taken in one order everywhere: customer, products by id, till, number series. The number, and the
predecessor's digest, come last: a failed sale burns none.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from counterfoil.billing import queries as billing_queries
from counterfoil.billing import statements as billing
from counterfoil.billing.document import document
from counterfoil.billing.record import REFERENCES, Record, notes_as_json
from counterfoil.catalog import stock
from counterfoil.catalog.models import Product
from counterfoil.checkout import plan
from counterfoil.checkout.plan import Cart, Cashier, World
from counterfoil.checkout.sale import Sale
from counterfoil.checkout.settle import Tender, read_payments, settle
from counterfoil.customers import actions as customers
from counterfoil.customers.queries import Buyer
from counterfoil.delivery import doorbell
from counterfoil.delivery import queries as delivery_queries
from counterfoil.delivery import statements as delivery
from counterfoil.rules.change import Strategy, make_change, plan_change
from counterfoil.rules.errors import Invalid, KeyReused, Refusal
from counterfoil.rules.numbering import document_number
from counterfoil.store import Statement, crash_point, send, writing
from counterfoil.till import statements as till
from counterfoil.till.models import Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """`document` is the invoice as the API answers it; `replayed`: the key had been seen, nothing was written."""

    document: dict[str, Any]
    replayed: bool = False


def complete_sale(*, sale: Sale, key: str, cashier: Cashier, now: datetime, draft_id: str = "") -> Outcome:
    """Ring up, pay, change out, number and write one sale, or refuse it and leave nothing behind.

    The same key and sale again answers the same invoice. Raises the refusals of rules.errors.
    """
    fingerprint = sale.fingerprint()
    try:
        with writing():
            outcome = _sell(sale, key=key, fingerprint=fingerprint, cashier=cashier, now=now, draft_id=draft_id)
    except IntegrityError as error:
        if "idempotency_key" not in str(error):
            raise
        # Twins at once: the other one committed first. No number was burnt; answer what it wrote.
        (twin,) = send(billing.ask_twin(key=key))
        return replay(twin, fingerprint)
    crash_point("sale-answered")
    return outcome


def _sell(sale: Sale, *, key: str, fingerprint: str, cashier: Cashier, now: datetime, draft_id: str) -> Outcome:
    crash_point("sale-begun")
    *answers, twin, invoice_id = send(*plan.ask(sale), billing.ask_twin(key=key), billing.ask_id())  # 1: read
    if twin:
        return replay(twin, fingerprint)
    crash_point("sale-read")
    seen = plan.world(sale, answers)
    cart = plan.price_cart(sale, seen, now=now)
    if short := plan.short_of(cart, seen):
        raise plan.out_of_stock(sale, short)
    tenders = read_payments(sale.payments, known=seen.money.known)
    settlement = settle(cart.payable_paise, tenders)
    if settlement.problem:
        raise settlement.problem
    _refuse_account_of_nobody(tenders, seen.buyer)
    record = plan.compose(
        cart, seen, tenders=tenders, settlement=settlement, change={}, cashier=cashier, key=key,
        fingerprint=fingerprint, now=now,
    )  # fmt: skip
    adding = customers.add_if_new(buyer=seen.buyer, now=now) if seen.buyer else []
    # 2: write all that needs no number; then the till's lock, and what is planned on under it.
    *written, _, (held_till, notes), series = send(
        *adding,
        *_take_stock(sale, cart, seen, invoice_id, now),
        *billing.write_lines(invoice_id=invoice_id, record=record),
        *delivery.queue_invoice(invoice_id=invoice_id, address=record.header["customer_email"], now=now),
        till.hold(till_id=seen.till_id),
        till.ask_drawer(till_id=seen.till_id),
        billing.ask_series(till_id=seen.till_id, kind="invoice", day=record.header["day"]),
    )
    crash_point("sale-written")
    series = series or billing.begin_series(till_id=seen.till_id, kind="invoice", day=record.header["day"])
    drawer = Drawer(held_till, notes, tenders, seen, without=sale.without)
    change = drawer.change(settlement.change_paise, seen.shop.change_strategy)
    record.header["change_notes"] = notes_as_json(change)
    ids = {
        "till_id": seen.till_id,
        "session_id": held_till.session_id,
        "supplier_id": seen.shop.identity_id,
        "customer_id": written[0] if adding else (seen.buyer.id if seen.buyer else None),
        "cashier_id": cashier.id,
        "original_id": None,
    }
    send(  # 3: the drawer, the number and the digest last
        *drawer.move(change, invoice_id=invoice_id, now=now),
        *number_and_issue(record, series, invoice_id=invoice_id, ids=ids),
        *([billing.finish_draft(draft_id=draft_id)] if draft_id else []),
    )
    crash_point("sale-issued")
    transaction.on_commit(lambda: ring_for(record, invoice_id=invoice_id))
    return Outcome(
        document(
            record,
            time_zone=seen.shop.time_zone,
            customer_id=ids["customer_id"],
            email=delivery_queries.fresh(address=record.header["customer_email"], now=now),
        )
    )


def number_and_issue(
    record: Record, series: billing.Series, *, invoice_id: int, ids: dict[str, Any]
) -> list[Statement]:
    """Give the record its number, its place in the chain and its digest, and write it."""
    record.header.update(
        sequence=series.next_sequence,
        number=document_number(
            till=record.till, year=series.year, sequence=series.next_sequence, kind=record.header["kind"]
        ),
        previous_digest=series.head_digest,
        **{name: ids[name] for name in REFERENCES},
    )
    record.header["digest"] = record.digest(previous=series.head_digest)
    return billing.issue_invoice(invoice_id=invoice_id, record=record, series=series, ids=ids)


def ring_for(record: Record, *, invoice_id: int) -> None:
    """After the commit: the document is safe, its letter can be fetched."""
    crash_point(f"{record.header['kind']}-committed")
    if record.header["customer_email"]:
        doorbell.ring(invoice_id=invoice_id)


def replay(twin: billing.Twin, fingerprint: str) -> Outcome:
    """Answer the document that this key stands for, or refuse a key that stands for something else."""
    if twin.request_digest != fingerprint:
        raise KeyReused("This Idempotency-Key was used for something else: use a new key for a new sale.")
    return Outcome(read_document(number=twin.number), replayed=True)


def read_document(*, number: str) -> dict[str, Any]:
    """One issued document as the API answers it."""
    invoice = billing_queries.invoice(number=number)
    return delivery_queries.document_of(invoice)


def _refuse_account_of_nobody(tenders: list[Tender], buyer: Buyer | None) -> None:
    if buyer is None and any(tender.method == "account" for tender in tenders):
        raise Invalid("On account needs to know whose: name the customer.", field="customer")


def _take_stock(sale: Sale, cart: Cart, seen: World, invoice_id: int, now: datetime) -> list[Statement]:
    tracked = {product.id: product.stock_milli is not None for product in seen.products.values()}

    def refuse(ids: set[int]) -> Refusal:
        """Under the codes that the sale was read with: since then a product may be renamed, or deleted."""
        there = Product.objects.filter(id__in=ids).values_list("id", "name", "stock_milli")
        left = {i: (name, milli or 0) for i, name, milli in there}
        gone = [code for code, product in seen.products.items() if product.id in ids - left.keys()]
        if gone:
            return plan.product_not_found(sale, gone[0])
        asked = {code: p.id for code, p in seen.products.items() if p.id in ids}
        return plan.out_of_stock(sale, {code: (*left[i], cart.wanted_milli[i]) for code, i in asked.items()})

    return stock.take_stock(wanted=cart.wanted_milli, tracked=tracked, invoice_id=invoice_id, now=now, refuse=refuse)


class Drawer:
    """A till's notes in one sale, under the till's lock. An uncounted drawer is taken as unlimited and not moved.

    `without`: denominations that the cashier does not find there, whatever the count says; change does without them.
    """

    def __init__(
        self,
        held: till.TillNow,
        notes: Mapping[int, int],
        tenders: list[Tender],
        seen: World,
        *,
        without: Collection[int] = (),
    ) -> None:
        self.till_id, self.held, self.money = seen.till_id, held, seen.money
        self.giving = tuple(value for value in seen.money.enabled if value not in without)
        self.received: dict[int, int] = {}
        for tender in tenders:
            if tender.method == "cash":
                for value, count in (tender.notes or self._assumed(tender.amount_paise)).items():
                    self.received[value] = self.received.get(value, 0) + count
        self.there = notes.keys()
        self.notes = {v: notes.get(v, 0) + self.received.get(v, 0) for v in {*notes, *self.received}}

    def _assumed(self, amount_paise: int) -> dict[int, int]:
        """Cash given as an amount only: taken as the largest notes that make it, as far as notes can make it."""
        smallest = min(self.money.enabled, default=1)
        whole = amount_paise - amount_paise % smallest
        return make_change(whole, denominations=self.money.enabled, notes=None) or {}

    def change(self, amount_paise: int, strategy: Strategy) -> dict[int, int]:
        return plan_change(
            amount_paise,
            denominations=self.giving,
            notes=self.notes if self.held.counted else None,
            strategy=strategy,
        )

    def move(self, change: Mapping[int, int], *, invoice_id: int, now: datetime) -> list[Statement]:
        if not self.held.counted:
            return []
        return till.move_notes(
            till_id=self.till_id,
            session_id=self.held.session_id,
            invoice_id=invoice_id,
            now=now,
            moves={Kind.RECEIVED: self.received, Kind.CHANGE: {value: -count for value, count in change.items()}},
            there=self.there,
        )
