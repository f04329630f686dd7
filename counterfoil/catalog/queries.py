"""Reading products: for a sale (a statement in a batch), for lists and searches (Django's ORM)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.db.models import BooleanField, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from counterfoil.catalog.models import Product, TaxClass, TaxRate
from counterfoil.rules.errors import NotFound
from counterfoil.search import looked_up
from counterfoil.store import Rows, Statement, as_json, is_postgresql


class SoldProduct(NamedTuple):
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


_COLUMNS = ", ".join(SoldProduct._fields)


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
    return Statement(sql, (as_json(wanted),), _read_products)


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
        found = found.filter(pk__in=looked_up("catalog_product", search))
    return shown(found.filter(category=category) if category else found, show)


def shown(found: QuerySet[Product], show: str) -> QuerySet[Product]:
    """Those of them that `show` says."""
    kinds = {"enabled": ("enabled", True), "disabled": ("enabled", False), "low": ("low", True)}
    return found.filter(RawSQL(_is(*kinds[show]), [], output_field=BooleanField())) if show else found


def _is(column: str, value: bool) -> str:
    """Written out as the indexes of the few are: SQLite takes no parameter for their condition."""
    return f"catalog_product.{column} = {value if is_postgresql() else int(value)}"


def products(*, day: date, search: str = "", show: str = "", category: str = "") -> QuerySet[Product]:
    """The same, each with its rate of the day."""
    return with_rate(found(search=search, show=show, category=category), day=day)


def counts(found: QuerySet[Product]) -> dict[str, int]:
    """How many of them there are, by what `show` says."""
    if not found.query.where:
        every, disabled, low = _all_counted()
    else:
        kinds = {"disabled": Count("pk", filter=Q(enabled=False)), "low": Count("pk", filter=Q(low=True))}
        every, disabled, low = found.aggregate(every=Count("pk"), **kinds).values()
    return {"": every, "enabled": every - disabled, "low": low, "disabled": disabled}


def _all_counted() -> Sequence[int]:
    """By the indexes. On PostgreSQL the narrow table stands for the wide one, whose rows move with every sale: an
    index alone cannot say which of them are there."""
    every = "catalog_product_text" if is_postgresql() else "catalog_product"
    few = [f"(SELECT COUNT(*) FROM catalog_product WHERE {_is(*kind)})" for kind in (("enabled", False), ("low", True))]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT (SELECT COUNT(*) FROM {every}), {', '.join(few)}")
        return cursor.fetchone()


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
