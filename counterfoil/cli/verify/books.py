"""Checks of shelves and drawers: what is there is explained by movements, and every movement by a reason
(invariants 5 and 6)."""

from collections.abc import Iterator

from counterfoil.cli.verify.breach import COUNT, RESTORE, Breach
from counterfoil.cli.verify.reading import rows


def check_shelves() -> Iterator[Breach]:
    """Stock is the sum of the product's movements, and never below zero."""
    for code, stock, moved in rows(
        "SELECT p.code, p.stock_milli, COALESCE(m.moved, 0) FROM catalog_product p LEFT JOIN "
        "(SELECT product_id, SUM(quantity_milli) AS moved FROM catalog_stockmovement GROUP BY product_id) m "
        "ON m.product_id = p.id WHERE COALESCE(p.stock_milli, 0) <> COALESCE(m.moved, 0) OR p.stock_milli < 0 "
        "ORDER BY p.code"
    ):
        wrong = f"{stock or 0} thousandths are in stock, the movements explain {moved}"
        yield Breach("stock", f"product {code}", wrong, COUNT)


def check_stock_reasons() -> Iterator[Breach]:
    """Sold, returned and written off have a document; opening, received and adjusted have none."""
    for number, product, reason in rows(
        "SELECT m.id, p.code, m.reason FROM catalog_stockmovement m JOIN catalog_product p ON p.id = m.product_id "
        "WHERE (m.invoice_id IS NULL) <> (m.reason IN ('opening', 'received', 'adjusted'))"
    ):
        yield Breach("movements", f"stock movement {number} of {product}", f"{reason!r} without its document", RESTORE)


def check_drawers() -> Iterator[Breach]:
    """A drawer's notes are the sum of its movements, note by note, and never below zero."""
    for till, value, count, moved in rows(
        "SELECT t.code, x.value_paise, SUM(x.held), SUM(x.moved) FROM ("
        "SELECT till_id, value_paise, count AS held, 0 AS moved FROM till_drawernote UNION ALL "
        "SELECT till_id, value_paise, 0, SUM(count) FROM till_drawermovement GROUP BY till_id, value_paise) x "
        "JOIN till_till t ON t.id = x.till_id GROUP BY t.code, x.value_paise "
        "HAVING SUM(x.held) <> SUM(x.moved) OR SUM(x.held) < 0 ORDER BY t.code, x.value_paise"
    ):
        wrong = f"{count} of {value // 100} are in it, the movements explain {moved}"
        yield Breach("drawer", f"drawer of till {till}", wrong, COUNT)


def check_drawer_reasons() -> Iterator[Breach]:
    """What was received, given as change or refunded has a document; counts and cash in or out have none."""
    for number, till, kind in rows(
        "SELECT m.id, t.code, m.kind FROM till_drawermovement m JOIN till_till t ON t.id = m.till_id "
        "WHERE (m.invoice_id IS NULL) <> (m.kind NOT IN ('received', 'change', 'refund'))"
    ):
        yield Breach("drawer", f"drawer movement {number} of till {till}", f"{kind!r} without its document", RESTORE)
