"""Writing tax classes and their dated rates: a rate of tomorrow does not touch today's bills."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.catalog.models import TaxClass, TaxRate
from counterfoil.rules.errors import Invalid, NotFound


@transaction.atomic
def add_tax_class(*, name: str, rates_bp: Mapping[date, int], now: datetime) -> TaxClass:
    """`rates_bp`: the rate from each first day on. Before the first of them, the first one applies."""
    if not rates_bp:
        raise Invalid("Give one rate at least.", field="rates")
    try:
        with transaction.atomic():
            tax_class = TaxClass.objects.create(name=name)
    except IntegrityError as error:
        raise Invalid(f"There is a tax class {name} already.", field="name") from error
    TaxRate.objects.bulk_create(
        TaxRate(tax_class=tax_class, from_day=day, rate_bp=rate_bp) for day, rate_bp in sorted(rates_bp.items())
    )
    audit.note(verb="created", what="tax class", which=name, now=now, after=_written(rates_bp))
    return tax_class


@transaction.atomic
def add_rate(*, name: str, from_day: date, rate_bp: int, today: date, now: datetime) -> TaxClass:
    """A change of rate, from today at the earliest: what was billed before was billed rightly."""
    tax_class = TaxClass.objects.select_for_update().filter(name=name).first()
    if tax_class is None:
        raise NotFound(f"There is no tax class {name}.")
    if from_day < today:
        raise Invalid("A rate can begin today or later.", field="from")
    before = dict(tax_class.rates.values_list("from_day", "rate_bp"))
    TaxRate.objects.update_or_create(tax_class=tax_class, from_day=from_day, defaults={"rate_bp": rate_bp})
    audit.note(
        verb="changed", what="tax class", which=name, now=now, before=_written(before),
        after=_written({**before, from_day: rate_bp}),
    )  # fmt: skip
    return tax_class


def _written(rates_bp: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): rate_bp for day, rate_bp in sorted(rates_bp.items())}
