"""The demo written in bulk: the same prices, records, digests, movements and deliveries as the sale itself makes, from
the same functions, but a batch of visits in one transaction and each table's rows at once. For hundreds of thousands
of invoices, in a shop where nobody sells meanwhile."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

from django.db import models

from counterfoil.billing import statements as billing
from counterfoil.billing.models import Invoice, InvoiceLine, InvoiceTax, NumberSeries, Payment
from counterfoil.billing.record import Record
from counterfoil.catalog import stock
from counterfoil.catalog.models import Reason, StockMovement
from counterfoil.checkout import plan
from counterfoil.checkout.plan import Cart, Cashier, World
from counterfoil.checkout.sale import Sale
from counterfoil.checkout.settle import Settlement, Tender
from counterfoil.cli.demo import mail
from counterfoil.cli.demo.baskets import Part, pay_exactly
from counterfoil.cli.demo.days import ComesBack, GoodsIn, Visit
from counterfoil.cli.demo.neighbours import CASHIERS
from counterfoil.cli.demo.safe import too_much
from counterfoil.cli.demo.writing import Place, pay, payment_of, sale_of
from counterfoil.cli.rows import copy_in
from counterfoil.delivery.models import Delivery, Step
from counterfoil.delivery.statements import new_message_id, promised
from counterfoil.rules.change import plan_change
from counterfoil.rules.errors import ChangeUnavailable
from counterfoil.rules.numbering import document_number, financial_year
from counterfoil.store import Statement, array, is_postgresql, new_ids, send, writing
from counterfoil.till import statements as till
from counterfoil.till.models import DrawerMovement, Kind

BATCH = 4_000
ORDER = (StockMovement, InvoiceLine, InvoiceTax, Payment, Delivery, Step, DrawerMovement, Invoice)


class BulkWriter:
    """Keeps visits back until a batch is full; `finish` writes the rest."""

    def __init__(self, place: Place, key: str, seed: int | str) -> None:
        self.place, self.key = place, key
        self.luck = Random(f"mail {seed}")
        self.events: list[GoodsIn | Visit] = []
        self.visits = 0

    def goods_in(self, event: GoodsIn) -> None:
        self.events.append(event)

    def visit(self, visit: Visit) -> None:
        self.events.append(visit)
        self.visits += 1
        if self.visits == BATCH:
            self.finish()

    def comes_back(self, event: ComesBack) -> None:
        raise NotImplementedError("returns are written one by one")

    def finish(self) -> None:
        if self.events:
            with writing():
                Batch(self.place, self.key, self.luck).write(self.events, self.visits)
        self.events, self.visits = [], 0


class Batch:
    """One transaction: locks first, then everything in memory, then the rows."""

    def __init__(self, place: Place, key: str, luck: Random) -> None:
        self.place, self.key, self.luck = place, key, luck
        self.rows: dict[type[models.Model], list[dict[str, Any]]] = {model: [] for model in ORDER}
        self.taken_milli: dict[int, int] = defaultdict(int)
        self.series: dict[tuple[str, str], billing.Series] = {}
        self.drawers: dict[str, dict[int, int]] = {}
        self.before: dict[str, dict[int, int]] = {}
        self.sessions: dict[str, int | None] = {}

    def write(self, events: list[GoodsIn | Visit], visits: int) -> None:
        product_ids = {good.code: good.id for world in self.place.worlds.values() for good in world.products.values()}
        for code, world in self.place.worlds.items():
            _, (held, notes) = send(till.hold(till_id=world.till_id), till.ask_drawer(till_id=world.till_id))
            self.sessions[code], self.before[code], self.drawers[code] = held.session_id, notes, dict(notes)
        invoice_ids, delivery_ids = new_ids(Invoice, visits), new_ids(Delivery, visits)
        for event in events:
            if isinstance(event, GoodsIn):
                product = product_ids[event.good.code]
                self._move_stock(product, event.quantity_milli, Reason.RECEIVED, None, event.at)
            else:
                self._visit(event, next(invoice_ids), delivery_ids)
        for model in ORDER:
            copy_in(model, self.rows[model])
        self._close()

    def _visit(self, visit: Visit, invoice_id: int, delivery_ids: Iterator[int]) -> None:
        sale, seen = sale_of(visit, self.place)
        cart = plan.price_cart(sale, seen, now=visit.at)
        parts = payment_of(visit, cart.payable_paise, self.place)
        try:
            change = self._change(visit.till, parts, cart.payable_paise, seen)
        except ChangeUnavailable:
            parts, change = pay_exactly(parts, cart.payable_paise, self.place.denominations), {}
        pay(sale, parts)
        record = self._record(visit, sale, seen, cart, parts, change)
        self._issue(record, seen, invoice_id, visit)
        self._move_notes(visit, seen, parts, change, invoice_id)
        for product, quantity_milli in sorted(cart.wanted_milli.items()):
            self._move_stock(product, -quantity_milli, Reason.SALE, invoice_id, visit.at)
        if record.header["customer_email"]:
            self._mail(record, invoice_id, next(delivery_ids))

    def _change(self, code: str, parts: list[Part], payable_paise: int, seen: World) -> dict[int, int]:
        drawer = dict(self.drawers[code])
        for part in parts:
            for value, count in (part.notes or {}).items():
                drawer[value] = drawer.get(value, 0) + count
        back_paise = sum(part.amount_paise for part in parts) - payable_paise
        strategy: Any = seen.shop.change_strategy
        return plan_change(back_paise, denominations=seen.money.enabled, notes=drawer, strategy=strategy)

    def _record(
        self, visit: Visit, sale: Sale, seen: World, cart: Cart, parts: list[Part], change: dict[int, int]
    ) -> Record:
        given_paise = sum(part.amount_paise for part in parts)
        return plan.compose(
            cart,
            seen,
            tenders=[Tender(p.method, p.amount_paise, p.reference, p.notes or {}) for p in parts],
            settlement=Settlement(given_paise, given_paise - cart.payable_paise),
            change=change,
            cashier=Cashier(None, CASHIERS[visit.till]),
            key=f"{self.key}-{visit.number:07}",
            fingerprint=sale.fingerprint(),
            now=visit.at,
        )

    def _issue(self, record: Record, seen: World, invoice_id: int, visit: Visit) -> None:
        """Number and digest, as `checkout.number_and_issue` gives them."""
        where = (visit.till, financial_year(record.header["day"]))
        if where not in self.series:
            named = {"till_id": seen.till_id, "kind": "invoice", "day": record.header["day"]}
            (held,) = send(billing.ask_series(**named))
            self.series[where] = held or billing.begin_series(**named)
        series = self.series[where]
        number = document_number(till=visit.till, year=series.year, sequence=series.next_sequence)
        record.header.update(
            sequence=series.next_sequence, number=number, previous_digest=series.head_digest, cashier_id=None,
            session_id=self.sessions[visit.till], customer_id=seen.buyer.id if seen.buyer else None,
        )  # fmt: skip
        record.header["digest"] = record.digest(previous=series.head_digest, check=False)
        self.series[where] = billing.Series(
            series.id, series.year, series.next_sequence + 1, str(record.header["digest"])
        )
        # The record has been digested and is read no more: its rows become the tables' own.
        record.header.update(
            id=invoice_id, series_id=series.id, till_id=seen.till_id, supplier_id=seen.shop.identity_id,
            original_id=None,
        )  # fmt: skip
        self.rows[Invoice].append(record.header)
        for model, rows in ((InvoiceLine, record.lines), (InvoiceTax, record.taxes), (Payment, record.payments)):
            for row in rows:
                row["invoice_id"] = invoice_id
            self.rows[model] += rows

    def _move_notes(
        self, visit: Visit, seen: World, parts: list[Part], change: dict[int, int], invoice_id: int
    ) -> None:
        drawer = self.drawers[visit.till]
        received: dict[int, int] = defaultdict(int)
        for part in parts:
            for value, count in (part.notes or {}).items():
                received[value] += count
        moves = [(Kind.RECEIVED, value, count, invoice_id) for value, count in received.items()]
        moves += [(Kind.CHANGE, value, -count, invoice_id) for value, count in change.items()]
        for _, value, count, _ in moves:
            drawer[value] = drawer.get(value, 0) + count
        for value, count in too_much(drawer).items():
            drawer[value] -= count
            moves.append((Kind.SAFE_DROP, value, -count, None))  # type: ignore[arg-type]
        common = {"till_id": seen.till_id, "session_id": self.sessions[visit.till], "note": "", "at": visit.at}
        for kind, value, count, invoice in moves:
            row = {**common, "invoice_id": invoice, "kind": str(kind), "value_paise": value, "count": count}
            if count:
                self.rows[DrawerMovement].append({**row, "seal": None if invoice else till.seal_of(row)})

    def _move_stock(self, product: int, milli: int, reason: str, invoice_id: int | None, at: datetime) -> None:
        self.taken_milli[product] -= milli
        if invoice_id is None:
            row = stock.by_hand(product, milli, str(reason), "", at)
        else:  # its document's digest is its seal
            row = {
                "product_id": product, "invoice_id": invoice_id, "quantity_milli": milli, "reason": str(reason),
                "note": "", "at": at, "seal": None,
            }  # fmt: skip
        self.rows[StockMovement].append(row)

    def _mail(self, record: Record, invoice_id: int, delivery_id: int) -> None:
        created_at = record.header["issued_at"]
        columns, story = mail.settled(self.luck, created_at)
        at = columns.pop("at")
        row = {
            "id": delivery_id, "invoice_id": invoice_id, "address": record.header["customer_email"], "round": 0,
            "asked_by": "", "created_at": created_at, "claimed_at": None, "claimed_by": "", "accepted_at_risk": False,
            "ambiguous_attempts": 0, **columns,
        }  # fmt: skip
        self.rows[Delivery].append({**row, "message_id": new_message_id(*promised(row))})
        self.rows[Step].append({"delivery_id": delivery_id, "at": at, "text": story})

    def _close(self) -> None:
        """Stock, drawers and series as they are after the batch; the tables' own rules decide whether that can be."""
        self._take_stock()
        for code, world in self.place.worlds.items():
            before, after = self.before[code], self.drawers[code]
            changed = {value: after.get(value, 0) - before.get(value, 0) for value in sorted({*before, *after})}
            send(*till._change_notes(world.till_id, {value: count for value, count in changed.items() if count}))
        for series in self.series.values():
            NumberSeries.objects.filter(id=series.id).update(
                last_sequence=series.next_sequence - 1, head_digest=series.head_digest
            )

    def _take_stock(self) -> None:
        """Locked in the order of a sale, so that two processes that fill cannot lock each other out."""
        taken = sorted((product_id, milli) for product_id, milli in self.taken_milli.items() if milli)
        ids, amounts = [product_id for product_id, _ in taken], [milli for _, milli in taken]
        if is_postgresql():
            lock = "SELECT 1 FROM catalog_product WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"
            take = (
                "UPDATE catalog_product p SET stock_milli = p.stock_milli - w.milli "
                "FROM unnest(%s::bigint[], %s::bigint[]) AS w(id, milli) WHERE p.id = w.id"
            )
            send(Statement(lock, (array(ids),)), Statement(take, (array(ids), array(amounts))))
        else:
            take = "UPDATE catalog_product SET stock_milli = stock_milli - ? WHERE id = ?"
            send(Statement(take, [(milli, product_id) for product_id, milli in taken], many=True))
