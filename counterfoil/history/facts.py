"""What is known of one customer, or of one product, from all that was ever sold."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from counterfoil.history import rollups
from counterfoil.history.queries import SIGNED, Totals
from counterfoil.history.rollups import CUSTOMERS, Tail

LATELY = 200  # invoices: what a customer buys is told from the last so many


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    totals: Totals
    first_day: date | None
    last_at: datetime | None
    most_bought: list[dict[str, Any]]


def customer_facts(*, customer_id: int, most: int = 8) -> CustomerFacts:
    def read(tail: Tail) -> rollups.Rows:
        return rollups.rows(
            f"SELECT MIN(CASE kind WHEN 'invoice' THEN first_day END), MAX(CASE kind WHEN 'invoice' THEN last_at END), "
            f"SUM(documents), {SIGNED} FROM {CUSTOMERS.whole(tail)} x WHERE customer_id = %s",
            [customer_id],
        )

    first, last, *figures = rollups.exact(read)[0]
    return CustomerFacts(
        Totals(*(int(figure or 0) for figure in figures)), rollups.as_day(first), rollups.as_moment(last),
        _most_bought(customer_id, most),
    )  # fmt: skip


_MOST_BOUGHT = """
SELECT t.product_id, p.code, p.name, p.unit, t.times, t.milli, t.paise FROM (
  SELECT l.product_id, COUNT(DISTINCT l.invoice_id) AS times, SUM(l.quantity_milli) AS milli,
    SUM(l.total_paise) AS paise
  FROM (
    SELECT id FROM billing_invoice WHERE customer_id = %s AND kind = 'invoice' ORDER BY issued_at DESC, id DESC LIMIT %s
  ) i JOIN billing_invoiceline l ON l.invoice_id = i.id WHERE l.product_id IS NOT NULL
  GROUP BY l.product_id ORDER BY times DESC, paise DESC LIMIT %s
) t JOIN catalog_product p ON p.id = t.product_id ORDER BY t.times DESC, t.paise DESC"""


def _most_bought(customer_id: int, most: int) -> list[dict[str, Any]]:
    names = ("product_id", "code", "name", "unit", "times", "quantity_milli", "total_paise")
    found = rollups.rows(_MOST_BOUGHT, [customer_id, LATELY, most])
    return [dict(zip(names, (*row[:5], int(row[5]), int(row[6])), strict=True)) for row in found]


@dataclass(frozen=True, slots=True)
class Bought:
    """What a customer bought in all; returns are not taken off."""

    count: int = 0
    payable_paise: int = 0
    last_at: datetime | None = None


def bought_by(customer_ids: list[int]) -> dict[int, Bought]:
    """Of each of a page of customers."""
    if not customer_ids:
        return {}
    marks = ", ".join(["%s"] * len(customer_ids))

    def read(tail: Tail) -> rollups.Rows:
        return rollups.rows(
            f"SELECT customer_id, SUM(documents), SUM(payable_paise), MAX(last_at) FROM {CUSTOMERS.whole(tail)} x "
            f"WHERE kind = 'invoice' AND customer_id IN ({marks}) GROUP BY customer_id",
            customer_ids,
        )

    return {row[0]: Bought(int(row[1]), int(row[2]), rollups.as_moment(row[3])) for row in rollups.exact(read)}


def prices_of(*, product_id: int) -> list[dict[str, Any]]:
    """Each price that invoices used, newest first: from which day to which, how often, how much."""
    names = ("unit_price_paise", "price_includes_tax", "tax_rate_bp", "first_day", "last_day", "times",
             "quantity_milli", "total_paise")  # fmt: skip

    def read(tail: Tail) -> rollups.Rows:
        return rollups.rows(
            "SELECT unit_price_paise, price_includes_tax, tax_rate_bp, MIN(day) AS first_day, MAX(day) AS last_day, "
            f"SUM(lines), SUM(quantity_milli), SUM(total_paise) FROM {rollups.sold(tail)} x WHERE product_id = %s "
            "GROUP BY unit_price_paise, price_includes_tax, tax_rate_bp ORDER BY last_day DESC, first_day DESC",
            [product_id],
        )

    return [
        {
            **dict(zip(names, row, strict=True)), "price_includes_tax": bool(row[1]),
            "first_day": rollups.as_day(row[3]), "last_day": rollups.as_day(row[4]),
            "times": int(row[5]), "quantity_milli": int(row[6]), "total_paise": int(row[7]),
        }
        for row in rollups.exact(read)
    ]  # fmt: skip
