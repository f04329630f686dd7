"""Stock in a sale's batch: the one verb that needs different SQL for the two databases, side by side.

The UPDATE decides whether there is enough; nothing is checked first and acted on later. Rows are locked in the
order of their ids, so that two tills cannot deadlock. Untracked products (stock null) are let through.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from counterfoil.catalog.models import Reason, StockMovement
from counterfoil.rules.digest import seal
from counterfoil.store import Rows, Statement, array, as_json, insert, is_postgresql

# Its plan must not depend on the parameters: for arrays PostgreSQL would think it over anew at every sale.
_TAKE_POSTGRESQL = """
WITH wanted AS (SELECT * FROM json_to_recordset(%s::json) AS w(id bigint, quantity_milli bigint)),
locked AS (
  SELECT id FROM catalog_product WHERE id = ANY(ARRAY(SELECT id FROM wanted)) ORDER BY id FOR NO KEY UPDATE),
taken AS (
  UPDATE catalog_product p SET stock_milli = p.stock_milli - w.quantity_milli
  FROM locked JOIN wanted w USING (id)
  WHERE p.id = locked.id AND (p.stock_milli IS NULL OR p.stock_milli >= w.quantity_milli)
  RETURNING p.id, p.stock_milli, w.quantity_milli),
moved AS (
  INSERT INTO catalog_stockmovement (product_id, invoice_id, quantity_milli, reason, note, at)
  SELECT id, %s::bigint, -quantity_milli, 'sale', '', %s::timestamptz FROM taken WHERE stock_milli IS NOT NULL)
SELECT id FROM taken"""

_TAKE_SQLITE = """
UPDATE catalog_product SET stock_milli = stock_milli - w.value FROM json_each(?) AS w
WHERE catalog_product.id = CAST(w.key AS INTEGER) AND (stock_milli IS NULL OR stock_milli >= w.value)
RETURNING catalog_product.id"""


def take_stock(
    *,
    wanted: Mapping[int, int],
    tracked: Mapping[int, bool],
    invoice_id: int,
    now: datetime,
    refuse: Callable[[set[int]], Exception],
) -> list[Statement]:
    """Take `wanted` (product id → milli) for an invoice. `refuse` makes the error from the ids that fall short."""
    if not wanted:
        return []

    def read(rows: Rows) -> None:
        short = wanted.keys() - {row[0] for row in rows}
        if short:
            raise refuse(short)

    ids = sorted(wanted)
    if is_postgresql():
        rows = as_json([{"id": i, "quantity_milli": wanted[i]} for i in ids])
        return [Statement(_TAKE_POSTGRESQL, (rows, invoice_id, now), read)]
    statements = [Statement(_TAKE_SQLITE, (as_json({str(i): wanted[i] for i in ids}),), read)]
    moved = [_movement(i, -wanted[i], Reason.SALE, invoice_id, now) for i in ids if tracked[i]]
    return [*statements, insert(StockMovement, moved)] if moved else statements


def put_back(*, returned: Mapping[int, int], written_off: bool, invoice_id: int, now: datetime) -> list[Statement]:
    """Goods that came back (product id → milli, tracked products only): on the shelf, or in and straight out again."""
    if not returned:
        return []
    ids = sorted(returned)
    movements = [_movement(i, returned[i], Reason.RETURNED, invoice_id, now) for i in ids]
    if written_off:
        movements += [_movement(i, -returned[i], Reason.WRITTEN_OFF, invoice_id, now) for i in ids]
        return [insert(StockMovement, movements)]
    if is_postgresql():
        update = Statement(
            "WITH wanted AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS w(id, quantity_milli)), "
            "locked AS (SELECT id FROM catalog_product WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE) "
            "UPDATE catalog_product p SET stock_milli = p.stock_milli + w.quantity_milli "
            "FROM locked JOIN wanted w USING (id) WHERE p.id = locked.id",
            (array(ids), array([returned[i] for i in ids]), array(ids)),
        )
    else:
        update = Statement(
            "UPDATE catalog_product SET stock_milli = stock_milli + w.value FROM json_each(?) AS w "
            "WHERE catalog_product.id = CAST(w.key AS INTEGER)",
            (as_json({str(i): returned[i] for i in ids}),),
        )
    return [update, insert(StockMovement, movements)]


def _movement(
    product_id: int, quantity_milli: int, reason: str, invoice_id: int | None, now: datetime
) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "invoice_id": invoice_id,
        "quantity_milli": quantity_milli,
        "reason": str(reason),
        "note": "",
        "at": now,
    }


def by_hand(product_id: int, quantity_milli: int, reason: str, note: str, now: datetime) -> dict[str, Any]:
    """A movement without a document: opening, received or adjusted. Its seal shows that it was changed afterwards."""
    row = _movement(product_id, quantity_milli, reason, None, now) | {"note": note[:200]}
    return {**row, "seal": seal_of(row)}


def seal_of(row: Mapping[str, Any]) -> str:
    return seal(row["product_id"], row["quantity_milli"], row["reason"], row["note"], row["at"])
