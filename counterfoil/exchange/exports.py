"""What is exported: all columns of products and customers, which an import reads back, and invoices as filtered."""

from collections.abc import Iterator
from datetime import date
from itertools import batched
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from counterfoil.billing.models import DocumentKind, Invoice
from counterfoil.catalog.models import Product
from counterfoil.customers.models import Customer
from counterfoil.delivery import queries as delivery
from counterfoil.exchange.writing import Figure, Line
from counterfoil.rules.money import format_amount, format_quantity, format_rate
from counterfoil.rules.tax import STATES

BATCH = 1000
PRODUCT_HEADINGS = (
    "Code", "Name", "Barcode", "Category", "Unit", "HSN", "Price", "Price includes tax", "Tax %", "Tax class", "Stock",
    "Reorder level", "Enabled",
)  # fmt: skip
CUSTOMER_HEADINGS = ("Id", "Name", "E-mail", "Phone", "GSTIN", "State", "Address", "Enabled")
INVOICE_HEADINGS = (
    "Number", "Kind", "Date", "Time", "Till", "Cashier", "Customer", "E-mail", "Phone", "GSTIN", "Place of supply",
    "Taxable", "Tax", "Net", "Rounding", "Payable", "Paid by", "Mail", "Credit note for",
)  # fmt: skip


def export_products(found: QuerySet[Product]) -> Iterator[Line]:
    """`found` as of catalog.queries.products: with the rate of the day."""
    for product in found.select_related("tax_class").iterator(BATCH):
        yield (
            product.code, product.name, product.barcode, product.category, product.unit, product.hsn,
            Figure(format_amount(product.unit_price_paise)), _flag(product.price_includes_tax),
            Figure(_bare(format_rate(product.tax_rate_bp * 100))), product.tax_class.name,  # type: ignore[attr-defined]
            _quantity(product.stock_milli), _quantity(product.reorder_level_milli), _flag(product.enabled),
        )  # fmt: skip


def export_customers(found: QuerySet[Customer]) -> Iterator[Line]:
    for customer in found.iterator(BATCH):
        yield (
            customer.pk, customer.name, customer.email, customer.phone, customer.gstin, customer.state,
            customer.address, _flag(customer.enabled),
        )  # fmt: skip


def export_invoices(found: QuerySet[Invoice], *, zone: ZoneInfo) -> Iterator[Line]:
    """Exactly those, newest first; credit notes count against, so that a column's sum is the list's total."""
    rows = (
        found.order_by("-issued_at", "-id")
        .select_related("till", "original")
        .prefetch_related("payments")
        .iterator(BATCH)
    )
    for batch in batched(rows, BATCH, strict=False):
        mails = delivery.mail_states(invoice.pk for invoice in batch)
        for invoice in batch:
            yield _invoice(invoice, str(mails.get(invoice.pk, {}).get("state", "none")), zone)


def _invoice(invoice: Invoice, mail: str, zone: ZoneInfo) -> Line:
    at = invoice.issued_at.astimezone(zone)
    sign = -1 if invoice.kind == DocumentKind.CREDIT_NOTE else 1
    figures = (
        invoice.taxable_paise, invoice.tax_paise, invoice.net_paise, invoice.rounding_paise, invoice.payable_paise
    )  # fmt: skip
    return (
        invoice.number, invoice.kind, date(at.year, at.month, at.day), f"{at:%H:%M:%S}", invoice.till.code,
        invoice.cashier_name, invoice.customer_name, invoice.customer_email, invoice.customer_phone,
        invoice.customer_gstin, STATES.get(invoice.place_of_supply, invoice.place_of_supply),
        *(Figure(format_amount(sign * paise)) for paise in figures),
        "+".join(dict.fromkeys(payment.method for payment in invoice.payments.all())), mail,
        invoice.original.number if invoice.original else None,
    )  # fmt: skip


def _flag(value: bool) -> str:
    return "yes" if value else "no"


def _quantity(milli: int | None) -> Figure | None:
    return None if milli is None else Figure(_bare(format_quantity(milli)))


def _bare(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
