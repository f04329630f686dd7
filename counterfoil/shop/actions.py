"""Changing the shop's settings."""

from datetime import datetime
from typing import Any

from django.db import transaction

from counterfoil.audit import actions as audit
from counterfoil.rules.errors import Invalid
from counterfoil.shop import queries
from counterfoil.shop.models import IDENTITY_FIELDS, Identity, Shop

POLICY_FIELDS = (
    "time_zone",
    "tax_rounding",
    "payable_rounding",
    "payable_unit_paise",
    "prices_include_tax",
    "waive_limit_paise",
    "change_strategy",
    "blind_close",
)


@transaction.atomic
def change_shop(*, changes: dict[str, Any], now: datetime) -> queries.Settings:
    """Change settings by column name. What invoices copy becomes a new identity; issued ones keep theirs."""
    unknown = changes.keys() - {*IDENTITY_FIELDS, *POLICY_FIELDS}
    if unknown:
        raise Invalid(f"There is no setting {sorted(unknown)[0]}.", field=sorted(unknown)[0])
    shop = Shop.objects.select_for_update().select_related("identity").get(id=1)
    before = {**audit.values_of(shop.identity), **audit.values_of(shop, leave_out=frozenset({"identity_id"}))}
    identity = {n: changes.get(n, getattr(shop.identity, n)) for n in IDENTITY_FIELDS}
    if any(identity[n] != getattr(shop.identity, n) for n in IDENTITY_FIELDS):
        shop.identity = Identity.objects.create(**identity)
    for name in POLICY_FIELDS:
        setattr(shop, name, changes.get(name, getattr(shop, name)))
    shop.save()
    after = {**audit.values_of(shop.identity), **audit.values_of(shop, leave_out=frozenset({"identity_id"}))}
    audit.note(verb="changed", what="shop", which=shop.identity.name, now=now, before=before, after=after)
    return queries.settings()
