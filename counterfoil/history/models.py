"""Roll-ups: what the issued documents add up to, per day and till. Derived, written outside the sale (`rollups`), and
never needed to be complete: whatever is not rolled up yet is added from the documents themselves.

There are no foreign keys: these rows say nothing that the documents do not say.
"""

from django.db import models

from counterfoil.fields import MilliField, PaiseField, RateField


class Mark(models.Model):
    """Up to which document of its series everything is rolled up."""

    series = models.BigIntegerField(primary_key=True, db_column="series_id")
    sequence = models.IntegerField()
    most_rounding_paise = PaiseField(default=0)  # how far apart net and payable are, at most


class DayTakings(models.Model):
    day = models.DateField()
    till_id = models.BigIntegerField()
    kind = models.CharField(max_length=11)
    documents = models.BigIntegerField()
    taxable_paise = PaiseField()
    tax_paise = PaiseField()
    net_paise = PaiseField()
    payable_paise = PaiseField()
    change_paise = PaiseField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "till_id", "kind"], name="day_takings_once")]


class QuarterTakings(models.Model):
    """Sales of a quarter of an hour, counted from 1970 in UTC: hours in any time zone are made of whole ones."""

    day = models.DateField()
    quarter = models.IntegerField()
    documents = models.BigIntegerField()
    payable_paise = PaiseField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "quarter"], name="quarter_takings_once")]


class DayTax(models.Model):
    day = models.DateField()
    till_id = models.BigIntegerField()
    kind = models.CharField(max_length=11)
    name = models.CharField(max_length=20)
    rate_ppm = models.IntegerField()
    documents = models.BigIntegerField()
    taxable_paise = PaiseField()
    amount_paise = PaiseField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "till_id", "kind", "name", "rate_ppm"], name="day_tax_once")
        ]


class MonthTax(models.Model):
    """`month` is its first day."""

    month = models.DateField()
    till_id = models.BigIntegerField()
    kind = models.CharField(max_length=11)
    name = models.CharField(max_length=20)
    rate_ppm = models.IntegerField()
    documents = models.BigIntegerField()
    taxable_paise = PaiseField()
    amount_paise = PaiseField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "till_id", "kind", "name", "rate_ppm"], name="month_tax_once")
        ]


class DayMethod(models.Model):
    day = models.DateField()
    till_id = models.BigIntegerField()
    kind = models.CharField(max_length=11)
    method = models.CharField(max_length=8)
    documents = models.BigIntegerField()
    amount_paise = PaiseField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "till_id", "kind", "method"], name="day_method_once")]


class Good(models.Model):
    """What was ever sold, as the lines call it. `product_id` is 0 for free text."""

    product_id = models.BigIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=12)
    lines = models.BigIntegerField()  # credit notes' lines too
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product_id", "code", "name", "unit"], name="good_once")]


class DayGood(models.Model):
    """Sales of a good at a price."""

    day = models.DateField()
    good_id = models.BigIntegerField()
    unit_price_paise = PaiseField()
    price_includes_tax = models.BooleanField()
    tax_rate_bp = RateField()
    lines = models.BigIntegerField()
    quantity_milli = MilliField()
    total_paise = PaiseField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["good_id", "day", "unit_price_paise", "price_includes_tax", "tax_rate_bp"],
                name="day_good_once",
            )
        ]
        indexes = [models.Index(fields=["day"], name="day_good_day")]


class Buyer(models.Model):
    """The names and addresses that documents carry."""

    name = models.CharField(max_length=120)
    email = models.CharField(max_length=254)
    documents = models.BigIntegerField()
    first_day = models.DateField()
    last_day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "email"], name="buyer_once")]


class CustomerTakings(models.Model):
    customer_id = models.BigIntegerField()
    kind = models.CharField(max_length=11)
    documents = models.BigIntegerField()
    taxable_paise = PaiseField()
    tax_paise = PaiseField()
    net_paise = PaiseField()
    payable_paise = PaiseField()
    first_day = models.DateField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer_id", "kind"], name="customer_takings_once")]
