"""Writing tax classes and their dated rates: a rate of tomorrow does not touch today's bills."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import IntegrityError, transaction

from counterfoil.audit import actions as audit
from counterfoil.catalog.models import TaxClass, TaxRate
from counterfoil.rules.errors import Invalid, NotFound
from counterfoil.rules.money import format_rate


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
    """A change of rate, from today at the earliest: what was billed before was billed rightly. A day has one rate."""
    tax_class = _locked(name)
    before = dict(tax_class.rates.values_list("from_day", "rate_bp"))
    if before.get(from_day) == rate_bp:
        return tax_class  # said twice
    if from_day < today:
        raise Invalid("A rate can begin today or later.", field="from")
    if from_day in before:
        told = f"{format_rate(before[from_day] * 100)} %"
        raise Invalid(f"On that day {told} begins already: withdraw it, or choose another day.", field="from")
    if before and rate_on(before, from_day) == rate_bp:
        raise Invalid("That is the rate on that day already.", field="rate")
    TaxRate.objects.create(tax_class=tax_class, from_day=from_day, rate_bp=rate_bp)
    _note(name, before, {**before, from_day: rate_bp}, now)
    return tax_class


@transaction.atomic
def withdraw_rate(*, name: str, from_day: date, today: date, now: datetime) -> TaxClass:
    """Take back a change of rate that has not begun."""
    tax_class = _locked(name)
    before = dict(tax_class.rates.values_list("from_day", "rate_bp"))
    if from_day not in before:
        raise NotFound("No rate begins on that day.")
    if from_day <= today or len(before) == 1:
        raise Invalid("This rate is in force: add another one from a day on.", field="from")
    tax_class.rates.filter(from_day=from_day).delete()
    _note(name, before, {day: rate_bp for day, rate_bp in before.items() if day != from_day}, now)
    return tax_class


@transaction.atomic
def remove_tax_class(*, name: str, now: datetime) -> None:
    """Only one that no product belongs to."""
    tax_class = _locked(name)
    if tax_class.products.exists():
        raise Invalid(f"Products belong to {name}: give them another class first.", field="name")
    before = dict(tax_class.rates.values_list("from_day", "rate_bp"))
    tax_class.rates.all().delete()
    tax_class.delete()
    audit.note(verb="removed", what="tax class", which=name, now=now, before=_written(before))


def rate_on(rates_bp: Mapping[date, int], day: date) -> int:
    """Before the first of them, the first one applies."""
    return rates_bp[max((first for first in rates_bp if first <= day), default=min(rates_bp))]


def _locked(name: str) -> TaxClass:
    tax_class = TaxClass.objects.select_for_update().filter(name=name).first()
    if tax_class is None:
        raise NotFound(f"There is no tax class {name}.")
    return tax_class


def _note(name: str, before: Mapping[date, int], after: Mapping[date, int], now: datetime) -> None:
    audit.note(
        verb="changed", what="tax class", which=name, now=now, before=_written(before), after=_written(after)
    )  # fmt: skip


def _written(rates_bp: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): rate_bp for day, rate_bp in sorted(rates_bp.items())}
