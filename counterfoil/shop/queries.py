"""Reading the shop's settings."""

from dataclasses import dataclass, fields
from typing import Any

from django.db import connection

from counterfoil.rules.change import Strategy
from counterfoil.rules.money import PayableMode
from counterfoil.rules.pricing import TaxRounding
from counterfoil.rules.tax import TaxRegime
from counterfoil.shop.models import IDENTITY_FIELDS
from counterfoil.store import Rows, Statement


@dataclass(frozen=True, slots=True)
class Settings:
    """The shop as one sale sees it. Field names are the columns'."""

    identity_id: int
    time_zone: str
    tax_rounding: TaxRounding
    payable_rounding: PayableMode
    payable_unit_paise: int
    prices_include_tax: bool
    waive_limit_paise: int
    change_strategy: Strategy
    blind_close: bool
    name: str
    address: str
    gstin: str
    state: str
    phone: str
    email: str
    upi_id: str
    currency: str
    tax_regime: TaxRegime
    tax_name: str

    @property
    def identity(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in IDENTITY_FIELDS}


_NAMES = tuple(f.name for f in fields(Settings))
_SQL = "SELECT {} FROM shop_shop s JOIN shop_identity i ON i.id = s.identity_id WHERE s.id = 1".format(
    ", ".join(f"i.{n}" if n in IDENTITY_FIELDS else f"s.{n}" for n in _NAMES)
)


def _read(rows: Rows) -> Settings:
    values: dict[str, Any] = dict(zip(_NAMES, rows[0], strict=True))
    for name in ("prices_include_tax", "blind_close"):  # SQLite answers 0 and 1
        values[name] = bool(values[name])
    return Settings(**values)


def ask() -> Statement:
    """The statement that reads the settings, for a batch."""
    return Statement(_SQL, (), _read)


def settings() -> Settings:
    """By the same statement: every page asks for them, and the ORM takes ten times as long over it."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL)
        return _read(cursor.fetchall())
