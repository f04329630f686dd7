"""Reading products: for a sale (a statement in a batch), for lists and searches (Django's ORM)."""

import json
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from counterfoil.catalog.models import Product, TaxClass, TaxRate
from counterfoil.rules.errors import NotFound
from counterfoil.search import clean, matching, matching_sql
from counterfoil.store import Rows, Statement, is_postgresql


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """A product as one sale sees it."""

    id: int
    code: str
    name: str
    hsn: str
    unit: str
    unit_price_paise: int
    price_includes_tax: bool
    stock_milli: int | None
    enabled: bool
    tax_class_id: int


_COLUMNS = ", ".join(f.name for f in fields(SoldProduct))


def _read_products(rows: Rows) -> dict[str, SoldProduct]:
    found: dict[str, SoldProduct] = {}
    for id_, code, name, hsn, unit, price_paise, inclusive, stock_milli, enabled, tax_class_id in rows:
        found[code] = SoldProduct(
            id_, code, name, hsn, unit, price_paise, bool(inclusive), stock_milli, bool(enabled), tax_class_id
        )
    return found


def ask_products(codes: Collection[str]) -> Statement:
    """By code; answers {code: SoldProduct}; an unknown code is missing from it."""
    wanted = sorted(set(codes))
    given = "ARRAY(SELECT json_array_elements_text(%s::json))" if is_postgresql() else ""
    among = f"= ANY({given})" if given else "IN (SELECT value FROM json_each(?))"
    sql = f"SELECT {_COLUMNS} FROM catalog_product WHERE code {among}"
    return Statement(sql, (json.dumps(wanted),), _read_products)


def ask_rates() -> Statement:
    """Answers {tax class id: [(first day, rate in bp)]}: a handful of rows."""
    return Statement("SELECT tax_class_id, from_day, rate_bp FROM catalog_taxrate ORDER BY from_day", (), _read_rates)


def _read_rates(rows: Rows) -> dict[int, list[tuple[date, int]]]:
    rates: dict[int, list[tuple[date, int]]] = {}
    for class_id, day, rate_bp in rows:
        rates.setdefault(class_id, []).append((date.fromisoformat(day) if isinstance(day, str) else day, rate_bp))
    return rates


def with_rate(products: QuerySet[Product], *, day: date) -> QuerySet[Product]:
    """Annotates `tax_rate_bp`, the rate of the day."""
    rates = TaxRate.objects.filter(tax_class=OuterRef("tax_class"))
    return products.annotate(
        tax_rate_bp=Coalesce(
            Subquery(rates.filter(from_day__lte=day).order_by("-from_day").values("rate_bp")[:1]),
            Subquery(rates.order_by("from_day").values("rate_bp")[:1]),
        )
    )


def rates_on(day: date) -> dict[int, int]:
    """{tax class id: its rate of the day}: for a list sooner looked up there than asked for row by row."""
    rates = ask_rates()
    with connection.cursor() as cursor:
        cursor.execute(rates.sql)
        dated = rates.read(cursor.fetchall())
    return {tax_class_id: _valid(found, day) for tax_class_id, found in dated.items()}


def _valid(rates: list[tuple[date, int]], day: date) -> int:
    """The last one that has begun, or the first: they are in order."""
    return [rate_bp for from_day, rate_bp in rates if from_day <= day or from_day == rates[0][0]][-1]


def found(*, search: str = "", show: str = "", category: str = "") -> QuerySet[Product]:
    """`search`: any part of name, code, barcode, category or HSN; `show` is "", "enabled", "disabled" or "low"."""
    found = Product.objects.all()
    if search:
        found = found.filter(pk__in=matching("catalog_product", search))
    if category:
        found = found.filter(category=category)
    if show == "enabled":
        found = found.filter(enabled=True)
    elif show == "disabled":
        found = found.filter(enabled=False)
    elif show == "low":
        found = found.filter(enabled=True, stock_milli__lt=F("reorder_level_milli"))
    return found


def products(*, day: date, search: str = "", show: str = "", category: str = "") -> QuerySet[Product]:
    """The same, each with its rate of the day."""
    return with_rate(found(search=search, show=show, category=category), day=day)


def counts(*, search: str = "", category: str = "") -> dict[str, int]:
    """How many `found` finds, by what `show` says."""
    wanted: list[str] = ["TRUE"]
    params: list[str] = []
    if search:
        ids, params = matching_sql("catalog_product", clean(search))
        wanted.append(f"id IN ({ids})")
    if category:
        wanted.append("category = %s")
        params.append(category)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE enabled), "
            "COUNT(*) FILTER (WHERE enabled AND stock_milli < reorder_level_milli) "
            f"FROM catalog_product WHERE {' AND '.join(wanted)}",
            params,
        )
        every, enabled, low = cursor.fetchone()
    return {"": every, "enabled": enabled, "low": low, "disabled": every - enabled}


def product(*, code: str, day: date) -> Product:
    found = with_rate(Product.objects.filter(code=code), day=day).first()
    if found is None:
        raise NotFound(f"There is no product {code}.")
    return found


def scanned(*, text: str, day: date) -> Product | None:
    """What a scan means: a barcode first, then a code, then a code without regard to case."""
    if not text:
        return None
    found = with_rate(Product.objects.all(), day=day)
    return (
        found.filter(barcode=text).first()
        or found.filter(code=text).first()
        or found.filter(code__iexact=text).order_by("code").first()
    )


# From one to the next by the index: there are few of them, and many products of each.
_CATEGORIES = """
WITH RECURSIVE c(category) AS (
  SELECT MIN(category) FROM catalog_product WHERE category > ''
  UNION ALL SELECT (SELECT MIN(p.category) FROM catalog_product p WHERE p.category > c.category) FROM c
  WHERE c.category IS NOT NULL
) SELECT category FROM c WHERE category IS NOT NULL"""


def categories() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_CATEGORIES)
        return [str(row[0]) for row in cursor.fetchall()]


def tax_classes(*, day: date) -> list[tuple[TaxClass, int]]:
    """Each class with its rate of the day."""
    classes = TaxClass.objects.prefetch_related("rates")
    return [(c, rate_of(c, day=day)) for c in classes]


def rate_of(tax_class: TaxClass, *, day: date) -> int:
    return _valid(sorted((rate.from_day, rate.rate_bp) for rate in tax_class.rates.all()), day)
