"""Finding for the counter: products by name, customers, the grid of a tablet."""

from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from counterfoil.catalog import queries as catalog
from counterfoil.catalog.models import Product
from counterfoil.customers import queries as customers
from counterfoil.customers.models import Customer
from counterfoil.search import matching

MATCHES_AT_MOST = 8
TILES_AT_MOST = 60
CODE_LIKE = 6  # so many digits are a barcode, not a part of a name


def day(now: datetime) -> date:
    return timezone.localtime(now).date()


def scanned(text: str, now: datetime) -> Product | None:
    """A barcode first, then a code, in one query: this is asked at every scan. Then what catalog makes of it."""
    found = {p.barcode == text: p for p in Product.objects.filter(Q(barcode=text) | Q(code=text))}
    return found.get(True) or found.get(False) or catalog.scanned(text=text, day=day(now))


def by_name(text: str) -> list[Product]:
    """Sellable products whose name or code has the text; those that begin with it first."""
    words = text.split()
    if len(text) < 2 or not words or (text.isdigit() and len(text) >= CODE_LIKE):
        return []
    wanted = Q(enabled=True)
    for word in words[:5]:
        wanted &= Q(pk__in=matching("catalog_product", word))  # by the index; barcodes too, so that it narrows only
        wanted &= Q(name__icontains=word) | Q(code__icontains=word)
    begin = Product.objects.filter(wanted, Q(name__istartswith=text) | Q(code__istartswith=text))
    found = list(begin.order_by("name")[:MATCHES_AT_MOST])
    if len(found) < MATCHES_AT_MOST:
        others = Product.objects.filter(wanted).exclude(pk__in=[p.pk for p in found]).order_by("name")
        found += others[: MATCHES_AT_MOST - len(found)]
    return found


def buyers(text: str) -> list[Customer]:
    if len(text) < 2:
        return []
    return list(customers.customers(search=text).filter(enabled=True)[:MATCHES_AT_MOST])


def tiles(*, text: str, category: str, now: datetime) -> dict[str, Any]:
    """The product grid: all, a category, or what is searched for."""
    found = Product.objects.filter(enabled=True)
    if text:
        products = by_name(text)
    else:
        if category:
            found = found.filter(category=category)
        products = list(found.order_by("name")[:TILES_AT_MOST])
    return {"products": products, "categories": catalog.categories(), "category": category, "text": text}
