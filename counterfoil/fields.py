"""Integer columns that say their unit. SQLite keeps decimals as floats, so money never meets a DecimalField."""

from django.db import models


def written(model: type[models.Model]) -> list[models.Field]:
    """The columns that a row is written with; what the database works out from them is not among these."""
    return [field for field in model._meta.concrete_fields if not field.generated]


class PaiseField(models.BigIntegerField):
    """An amount in the currency's minor unit."""


class MilliField(models.BigIntegerField):
    """A quantity in thousandths: 1250 is 1.250."""


class RateField(models.IntegerField):
    """A rate in basis points: 1800 is 18 %."""
