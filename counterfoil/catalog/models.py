"""Products, the tax classes they belong to, and the movements that explain every piece in stock."""

from django.db import models
from django.db.models import Case, F, Q, When

from counterfoil.fields import MilliField, PaiseField, RateField


class TaxClass(models.Model):
    """A kind of goods for tax. Its rate is dated: a change tomorrow does not touch yesterday's invoice."""

    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class TaxRate(models.Model):
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="rates")
    from_day = models.DateField()
    rate_bp = RateField()

    class Meta:
        ordering = ["from_day"]
        constraints = [
            models.UniqueConstraint(fields=["tax_class", "from_day"], name="tax_rate_once_a_day"),
            models.CheckConstraint(condition=Q(rate_bp__gte=0, rate_bp__lte=10000), name="tax_rate_0_to_100"),
        ]


class Product(models.Model):
    """`stock_milli` is null where stock is not tracked; else it is the sum of the product's movements.

    `low` is the database's own. An index on the stock itself would be written at every sale, one on this when it turns.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    barcode = models.CharField(max_length=40, null=True, unique=True)
    category = models.CharField(max_length=60, default="", blank=True)
    unit = models.CharField(max_length=12, default="pc")
    hsn = models.CharField(max_length=8, default="", blank=True)
    unit_price_paise = PaiseField()
    price_includes_tax = models.BooleanField(default=False)
    tax_class = models.ForeignKey(TaxClass, on_delete=models.PROTECT, related_name="products")
    stock_milli = MilliField(null=True)
    reorder_level_milli = MilliField(null=True)
    enabled = models.BooleanField(default=True)
    low = models.GeneratedField(
        expression=Case(When(enabled=True, stock_milli__lt=F("reorder_level_milli"), then=True), default=False),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["code"]
        indexes = [
            models.Index(fields=["category", "code"], name="product_category"),
            models.Index(fields=["code"], condition=Q(low=True), name="product_low"),
            models.Index(fields=["code"], condition=Q(enabled=False), name="product_disabled"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="product_code_given"),
            models.CheckConstraint(condition=~Q(name=""), name="product_name_given"),
            models.CheckConstraint(condition=Q(unit_price_paise__gte=0), name="product_price_not_negative"),
            models.CheckConstraint(
                condition=Q(stock_milli__isnull=True) | Q(stock_milli__gte=0), name="product_stock_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Reason(models.TextChoices):
    OPENING = "opening", "Opening"
    RECEIVED = "received", "Received"
    ADJUSTED = "adjusted", "Adjusted"
    SALE = "sale", "Sold"
    RETURNED = "returned", "Returned"
    WRITTEN_OFF = "written-off", "Written off"


class StockMovement(models.Model):
    """One reason why stock is what it is. Append-only; the database refuses to change or remove one."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="movements")
    invoice = models.ForeignKey("billing.Invoice", null=True, on_delete=models.PROTECT, related_name="stock_movements")
    quantity_milli = MilliField()
    reason = models.CharField(max_length=12, choices=Reason.choices)
    note = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()
    seal = models.CharField(max_length=64, null=True)  # of a movement without a document, which has its own digest

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(reason__in=Reason.values), name="stock_reason_known")]
