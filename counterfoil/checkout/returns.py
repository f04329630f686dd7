"""`take_back`: a return, whole or in part, as a credit note that mirrors its invoice to the paisa.

One transaction, with the sale's lock order: the original first (two returns of one invoice wait for each other),
then products by id, till, number series.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Sum
from pydantic import Field

from counterfoil.billing import queries as billing_queries
from counterfoil.billing import statements as billing
from counterfoil.billing.models import Invoice, InvoiceLine
from counterfoil.billing.record import CUSTOMER_COLUMNS, Record, Row, notes_as_json
from counterfoil.catalog import stock
from counterfoil.catalog.models import Product
from counterfoil.checkout.actions import Outcome, number_and_issue, replay, ring_for
from counterfoil.checkout.plan import Cashier
from counterfoil.checkout.sale import Amount, Flag, Input, LongText, Quantity, ShortText, TillCode
from counterfoil.delivery import queries as delivery_queries
from counterfoil.delivery import statements as delivery
from counterfoil.rules.change import Strategy, plan_change
from counterfoil.rules.errors import FieldError, Invalid, NotFound
from counterfoil.rules.money import format_amount
from counterfoil.rules.returns import Credit, Sold, SoldLine, give_back
from counterfoil.shop import queries as shop
from counterfoil.store import Statement, crash_point, send, writing
from counterfoil.till import statements as till
from counterfoil.till.models import Kind


class ReturnLineIn(Input):
    position: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    quantity: Quantity


class RefundIn(Input):
    """`amount` may be left out in one refund: it is then what the others leave."""

    method: Literal["cash", "card", "upi", "account"] = "cash"
    amount: Amount | None = None
    reference: ShortText = ""


class ReturnIn(Input):
    """`lines` left out: all that is left of the invoice. An empty list is refused: it may be an accident."""

    till: TillCode = ""
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=500)] | None = None
    refund: Annotated[list[RefundIn], Field(min_length=1, max_length=10)] = [RefundIn()]
    reason: LongText = ""
    write_off: Flag = False

    def fingerprint(self, number: str) -> str:
        return hashlib.sha256(f"return {number} {self.model_dump_json()}".encode()).hexdigest()


def take_back(*, number: str, request: ReturnIn, key: str, cashier: Cashier, now: datetime) -> Outcome:
    """Issue the credit note, put the goods back or write them off, hand out the refund; or refuse and change nothing.

    Raises NotFound, AlreadyReturned, ChangeUnavailable, Invalid, KeyReused.
    """
    fingerprint = request.fingerprint(number)
    try:
        with writing():
            return _take_back(number, request, key=key, fingerprint=fingerprint, cashier=cashier, now=now)
    except IntegrityError as error:
        if "idempotency_key" not in str(error):
            raise
        (twin,) = send(billing.ask_twin(key=key))
        return replay(twin, fingerprint)


def returned_so_far(original: Invoice) -> dict[int, int]:
    """{position: milli} that credit notes took back already."""
    lines = InvoiceLine.objects.filter(invoice__original=original).values_list("original_position").order_by()
    return dict(lines.annotate(Sum("quantity_milli")))


def _take_back(
    number: str, request: ReturnIn, *, key: str, fingerprint: str, cashier: Cashier, now: datetime
) -> Outcome:
    twin, invoice_id = send(billing.ask_twin(key=key), billing.ask_id())
    if twin:
        return replay(twin, fingerprint)
    locked = Invoice.objects.select_for_update(no_key=True, of=("self",)).filter(number=number).first()
    if locked is None:
        raise NotFound(f"There is no invoice {number}.")
    if locked.kind != "invoice":
        raise Invalid(f"{number} is a credit note: only an invoice can be returned.", field="number")
    crash_point("return-read")
    original = billing_queries.invoice(number=number)
    credit = _credit(original, request)
    (found_till,) = send(till.ask_till(code=request.till.upper() or original.till.code))
    if found_till is None:
        raise Invalid(f"There is no till {request.till}.", field="till")
    till_id, till_code = found_till
    record = _compose(original, credit, request, till_code, cashier=cashier, key=key, fingerprint=fingerprint, now=now)
    *_, (held, notes), money, series = send(
        *_goods_back(original, credit, written_off=request.write_off, invoice_id=invoice_id, now=now),
        till.hold(till_id=till_id),
        till.ask_drawer(till_id=till_id),
        till.ask_money(),
        billing.ask_series(till_id=till_id, kind="credit-note", day=record.header["day"]),
    )
    crash_point("return-written")
    series = series or billing.begin_series(till_id=till_id, kind="credit-note", day=record.header["day"])
    strategy = shop.settings().change_strategy
    out = _pay_out(record, request, credit.payable_paise, notes if held.counted else None, money, strategy)
    ids = {
        "till_id": till_id,
        "session_id": held.session_id,
        "supplier_id": original.supplier_id,
        "customer_id": original.customer_id,
        "cashier_id": cashier.id,
        "original_id": original.pk,
    }
    moves: dict[str, dict[int, int]] = (
        {Kind.REFUND: {value: -count for value, count in out.items()}} if held.counted else {}
    )
    send(
        *billing.write_lines(invoice_id=invoice_id, record=record),
        *delivery.queue_invoice(invoice_id=invoice_id, address=record.header["customer_email"], now=now),
        *till.move_notes(till_id=till_id, session_id=held.session_id, moves=moves, invoice_id=invoice_id, now=now),
        *number_and_issue(record, series, invoice_id=invoice_id, ids=ids),
    )
    crash_point("return-issued")
    transaction.on_commit(lambda: ring_for(record, invoice_id=invoice_id))
    return Outcome(delivery_queries.document_of(billing_queries.invoice(number=record.header["number"])))


def _credit(original: Invoice, request: ReturnIn) -> Credit:
    wanted: dict[int, int] | None = None
    if request.lines is not None:
        wanted = {}
        for line in request.lines:
            wanted[line.position] = wanted.get(line.position, 0) + line.quantity
    credit = give_back(sold_of(original), returned_milli=returned_so_far(original), now_milli=wanted)
    if any(line.taxable_paise < 0 for line in credit.lines):
        raise Invalid("So little cannot be given back by itself, to the paisa: return more at once.", field="lines")
    return credit


def sold_of(original: Invoice) -> Sold:
    """The invoice as the pure rule takes it. Heads share each rate equally, so one rate's rows name them all."""
    heads: list[str] = []
    for tax in original.taxes.all():
        if tax.name not in heads:
            heads.append(tax.name)
    fields = (
        "position",
        "quantity_milli",
        "value_paise",
        "discount_paise",
        "bill_discount_paise",
        "taxable_paise",
        "tax_paise",
        "total_paise",
        "tax_rate_bp",
    )
    return Sold(
        lines=tuple(SoldLine(**{f: getattr(line, f) for f in fields}) for line in original.lines.all()),
        heads=tuple(heads),
        payable_paise=original.payable_paise,
        payable_rounding=original.payable_rounding,  # type: ignore[arg-type]
        payable_unit_paise=original.payable_unit_paise,
    )


def _goods_back(
    original: Invoice, credit: Credit, *, written_off: bool, invoice_id: int, now: datetime
) -> list[Statement]:
    """Only what is tracked now, and was taken from tracked stock then, is put back."""
    by_position = {line.position: line for line in original.lines.all()}
    taken = set(original.stock_movements.values_list("product_id", flat=True))
    tracked = set(Product.objects.filter(id__in=taken, stock_milli__isnull=False).values_list("id", flat=True))
    returned: dict[int, int] = {}
    for line in credit.lines:
        product_id = by_position[line.position].product_id
        if product_id in tracked:
            returned[product_id] = returned.get(product_id, 0) + line.quantity_milli
    return stock.put_back(returned=returned, written_off=written_off, invoice_id=invoice_id, now=now)


def _compose(
    original: Invoice,
    credit: Credit,
    request: ReturnIn,
    till_code: str,
    *,
    cashier: Cashier,
    key: str,
    fingerprint: str,
    now: datetime,
) -> Record:
    sold = billing_queries.record_of(original)
    header = {
        "number": "",
        "kind": "credit-note",
        "sequence": 0,
        "reason": request.reason,
        "idempotency_key": key,
        "request_digest": fingerprint,
        "issued_at": now,
        "day": now.astimezone(ZoneInfo(shop.settings().time_zone)).date(),
        "cashier_name": cashier.name,
        **{name: sold.header[name] for name in CUSTOMER_COLUMNS},
        "place_of_supply": original.place_of_supply,
        "discount_paise": credit.discount_paise,
        "taxable_paise": credit.taxable_paise,
        "tax_paise": credit.tax_paise,
        "net_paise": credit.net_paise,
        "rounding_paise": credit.rounding_paise,
        "waived_paise": 0,
        "payable_rounding": original.payable_rounding,
        "payable_unit_paise": original.payable_unit_paise,
        "payable_paise": credit.payable_paise,
        "paid_paise": credit.payable_paise,
        "change_paise": 0,
        "change_notes": {},
    }
    taxes = [
        {
            "position": n,
            "name": t.name,
            "rate_ppm": t.rate_ppm,
            "taxable_paise": t.taxable_paise,
            "amount_paise": t.amount_paise,
        }
        for n, t in enumerate(credit.taxes, 1)
    ]
    return Record(
        header=header,
        supplier=sold.supplier,
        till=till_code,
        original_number=original.number,
        lines=_lines(sold.lines, credit),
        taxes=taxes,
    )


def _lines(sold: list[Row], credit: Credit) -> list[Row]:
    by_position = {row["position"]: row for row in sold}
    figures = (
        "quantity_milli",
        "value_paise",
        "discount_paise",
        "bill_discount_paise",
        "taxable_paise",
        "tax_paise",
        "total_paise",
    )
    return [
        {
            **by_position[line.position],
            **{f: getattr(line, f) for f in figures},
            "position": n,
            "original_position": line.position,
        }
        for n, line in enumerate(credit.lines, 1)
    ]


def _pay_out(
    record: Record,
    request: ReturnIn,
    payable_paise: int,
    notes: Mapping[int, int] | None,
    money: till.Money,
    strategy: Strategy,
) -> dict[int, int]:
    """Split the refund over its methods into `record.payments`; answers the notes that leave the drawer."""
    given = sum(refund.amount or 0 for refund in request.refund)
    open_ones = [refund for refund in request.refund if refund.amount is None]
    if given > payable_paise or (given != payable_paise and not open_ones) or len(open_ones) > 1:
        message = f"The refunds must make {format_amount(payable_paise)}; leave the amount out in one of them."
        raise Invalid(message, errors=[FieldError("refund", message)])
    out: dict[int, int] = {}
    for refund in request.refund:
        amount = payable_paise - given if refund.amount is None else refund.amount
        if not amount:
            continue
        handed: dict[int, int] = {}
        if refund.method == "cash":
            left = None if notes is None else {value: count - out.get(value, 0) for value, count in notes.items()}
            handed = plan_change(amount, denominations=money.enabled, notes=left, strategy=strategy)
            out = {value: out.get(value, 0) + handed.get(value, 0) for value in {*out, *handed}}
        record.payments.append(
            {
                "position": len(record.payments) + 1,
                "method": refund.method,
                "amount_paise": amount,
                "reference": refund.reference,
                "notes": notes_as_json(handed),
            }
        )
    return out
