"""The shop's settings (one row), and its identity: a row for each version, so that an invoice keeps what applied."""

from django.db import models

from counterfoil.fields import PaiseField


class Identity(models.Model):
    """Who the shop was when an invoice was issued. Never changed: a change of the shop adds a row."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=400, default="", blank=True)
    gstin = models.CharField(max_length=15, default="", blank=True)
    state = models.CharField(max_length=2, default="", blank=True)
    phone = models.CharField(max_length=40, default="", blank=True)
    email = models.CharField(max_length=254, default="", blank=True)
    upi_id = models.CharField(max_length=100, default="", blank=True)
    currency = models.CharField(max_length=3, default="INR")
    tax_regime = models.CharField(max_length=12, default="gst-india")
    tax_name = models.CharField(max_length=20, default="Tax")


IDENTITY_FIELDS = tuple(f.name for f in Identity._meta.concrete_fields if f.name != "id")


class Shop(models.Model):
    """The only row has id 1. Policy fields say how the next invoice is priced; identity says who issues it."""

    identity = models.ForeignKey(Identity, on_delete=models.PROTECT)
    time_zone = models.CharField(max_length=64, default="Asia/Kolkata")
    tax_rounding = models.CharField(max_length=4, default="rate")
    payable_rounding = models.CharField(max_length=8, default="down")
    payable_unit_paise = PaiseField(default=100)
    prices_include_tax = models.BooleanField(default=False)
    waive_limit_paise = PaiseField(default=0)
    change_strategy = models.CharField(max_length=8, default="highest")
    blind_close = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="shop_only_one"),
            models.CheckConstraint(condition=models.Q(tax_rounding__in=["rate", "line"]), name="shop_tax_rounding"),
            models.CheckConstraint(
                condition=models.Q(payable_rounding__in=["down", "nearest", "none"]), name="shop_payable_rounding"
            ),
            models.CheckConstraint(condition=models.Q(payable_unit_paise__gt=0), name="shop_payable_unit"),
            models.CheckConstraint(condition=models.Q(waive_limit_paise__gte=0), name="shop_waive_limit"),
            models.CheckConstraint(
                condition=models.Q(change_strategy__in=["highest", "fewest", "scarce"]), name="shop_change_strategy"
            ),
        ]
