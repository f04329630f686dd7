"""Issued documents and the drafts they come from. An issued one copies all it needs and never changes:
triggers in the database refuse UPDATE and DELETE on invoices, lines, taxes and payments."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from counterfoil.fields import MilliField, PaiseField, RateField


class DocumentKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit-note", "Credit note"


class NumberSeries(models.Model):
    """Per till, kind and financial year. The row is locked while a number is taken, so none is burnt or doubled.

    `head_digest` is the digest of the last document: the end of the chain that shows tampering.
    """

    till = models.ForeignKey("till.Till", on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=11, choices=DocumentKind.choices)
    year = models.CharField(max_length=5)
    last_sequence = models.IntegerField(default=0)
    head_digest = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["till", "kind", "year"], name="series_once")]


class Invoice(models.Model):
    """An issued sale, or (kind credit-note) the mirror of one."""

    number = models.CharField(max_length=16, unique=True)
    kind = models.CharField(max_length=11, choices=DocumentKind.choices)
    # No index of its own where another one begins with the same column, or nobody ever looks that way.
    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    sequence = models.IntegerField()
    till = models.ForeignKey("till.Till", on_delete=models.PROTECT, related_name="invoices", db_index=False)
    session = models.ForeignKey("till.Session", null=True, on_delete=models.PROTECT, related_name="invoices")
    original = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="credit_notes")
    reason = models.CharField(max_length=200, default="", blank=True)
    idempotency_key = models.CharField(max_length=200, unique=True)
    request_digest = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    day = models.DateField()  # the day of issue in the shop's time zone
    cashier = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    cashier_name = models.CharField(max_length=150, default="", blank=True)
    supplier = models.ForeignKey("shop.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(
        "customers.Customer", null=True, on_delete=models.PROTECT, related_name="invoices", db_index=False
    )
    customer_name = models.CharField(max_length=120, default="", blank=True)
    customer_email = models.CharField(max_length=254, default="", blank=True)
    customer_phone = models.CharField(max_length=40, default="", blank=True)
    customer_gstin = models.CharField(max_length=15, default="", blank=True)
    customer_state = models.CharField(max_length=2, default="", blank=True)
    customer_address = models.CharField(max_length=400, default="", blank=True)
    place_of_supply = models.CharField(max_length=2, default="", blank=True)
    discount_paise = PaiseField()
    taxable_paise = PaiseField()
    tax_paise = PaiseField()
    net_paise = PaiseField()
    rounding_paise = PaiseField()
    waived_paise = PaiseField(default=0)
    payable_rounding = models.CharField(max_length=8)  # the policy that applied: a return mirrors it
    payable_unit_paise = PaiseField()
    payable_paise = PaiseField()
    paid_paise = PaiseField()
    change_paise = PaiseField()
    change_notes = models.JSONField(default=dict)  # {paise: count}
    previous_digest = models.CharField(max_length=64, default="", blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="invoice_newest"),
            models.Index(fields=["customer", "-issued_at", "-id"], name="invoice_of_customer"),
            models.Index(fields=["till", "-issued_at", "-id"], name="invoice_of_till"),
            models.Index(fields=["customer_name", "customer_email"], name="invoice_buyer"),
            models.Index(fields=["payable_paise"], name="invoice_payable_amount"),
            models.Index(fields=["-issued_at", "-id"], condition=Q(kind="credit-note"), name="invoice_credit_notes"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="invoice_sequence_once"),
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="invoice_kind_known"),
            models.CheckConstraint(condition=Q(net_paise=F("taxable_paise") + F("tax_paise")), name="invoice_net"),
            models.CheckConstraint(
                condition=Q(payable_paise=F("net_paise") + F("rounding_paise")), name="invoice_payable"
            ),
            models.CheckConstraint(
                condition=Q(payable_paise=F("paid_paise") - F("change_paise")), name="invoice_settled"
            ),
            models.CheckConstraint(
                condition=Q(
                    taxable_paise__gte=0,
                    tax_paise__gte=0,
                    payable_paise__gte=0,
                    paid_paise__gte=0,
                    change_paise__gte=0,
                    discount_paise__gte=0,
                    waived_paise__gte=0,
                    sequence__gt=0,
                ),
                name="invoice_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.IntegerField()
    original_position = models.IntegerField(null=True)  # credit notes: the line this one mirrors
    product = models.ForeignKey(
        "catalog.Product", null=True, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    code = models.CharField(max_length=40, default="", blank=True)
    name = models.CharField(max_length=120)
    hsn = models.CharField(max_length=8, default="", blank=True)
    unit = models.CharField(max_length=12, default="", blank=True)
    quantity_milli = MilliField()
    unit_price_paise = PaiseField()
    price_includes_tax = models.BooleanField()
    value_paise = PaiseField()  # quantity × unit price, before any discount
    discount_paise = PaiseField()
    bill_discount_paise = PaiseField()  # the line's share of the discount on the whole bill
    tax_rate_bp = RateField()
    taxable_paise = PaiseField()
    tax_paise = PaiseField()
    total_paise = PaiseField()

    class Meta:
        ordering = ["position"]
        indexes = [
            models.Index(fields=["product", "invoice"], name="line_of_product"),
            models.Index(fields=["name"], condition=Q(product__isnull=True), name="line_free_text"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="line_position_once"),
            models.CheckConstraint(condition=Q(total_paise=F("taxable_paise") + F("tax_paise")), name="line_total"),
            models.CheckConstraint(
                condition=Q(
                    quantity_milli__gt=0,
                    unit_price_paise__gte=0,
                    taxable_paise__gte=0,
                    tax_paise__gte=0,
                    discount_paise__gte=0,
                    bill_discount_paise__gte=0,
                ),
                name="line_not_negative",
            ),
        ]


class InvoiceTax(models.Model):
    """One tax head at one rate. `rate_ppm`: parts per million, since half of 0.25 % is no whole basis point."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes", db_index=False)
    position = models.IntegerField()
    name = models.CharField(max_length=20)
    rate_ppm = models.IntegerField()
    taxable_paise = PaiseField()
    amount_paise = PaiseField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="tax_position_once"),
            models.CheckConstraint(condition=Q(taxable_paise__gte=0, amount_paise__gte=0), name="tax_not_negative"),
        ]


class Method(models.TextChoices):
    CASH = "cash", "Cash"
    CARD = "card", "Card"
    UPI = "upi", "UPI"
    ACCOUNT = "account", "On account"


class Payment(models.Model):
    """What the customer handed over (or, on a credit note, got back)."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments", db_index=False)
    position = models.IntegerField()
    method = models.CharField(max_length=8, choices=Method.choices)
    amount_paise = PaiseField()
    reference = models.CharField(max_length=80, default="", blank=True)
    notes = models.JSONField(default=dict)  # {paise: count}

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["method", "invoice"], name="payment_by_method")]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="payment_position_once"),
            models.CheckConstraint(condition=Q(method__in=Method.values), name="payment_method_known"),
            models.CheckConstraint(condition=Q(amount_paise__gte=0), name="payment_not_negative"),
        ]


class Draft(models.Model):
    """A bill being rung up or on hold. `sale` is what the API takes as a sale; `key` will be its idempotency key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    till = models.ForeignKey("till.Till", on_delete=models.PROTECT, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=60, default="", blank=True)
    held = models.BooleanField(default=False)
    sale = models.JSONField(default=dict)
    state = models.JSONField(default=dict)  # what the screen needs to come back as it was
    key = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-updated_at"]
