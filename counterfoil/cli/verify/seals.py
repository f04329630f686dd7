"""Checks of what no document's digest holds: rows written by hand carry a seal of their own, a delivery's Message-ID
seals its promise, and a movement of a document is of the document's own moment (invariants 4 to 7)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from counterfoil.audit.actions import seal_of as entry_seal
from counterfoil.catalog.stock import seal_of as stock_seal
from counterfoil.cli.verify.breach import RESTORE, Breach
from counterfoil.cli.verify.reading import as_notes, as_time, rows
from counterfoil.delivery.statements import keeps_its_promise

BATCH = 5_000
TIMES = ("at", "created_at", "opened_at", "closed_at")
Row = dict[str, Any]


def check_stock_seals() -> Iterator[Breach]:
    """Opening stock, goods received and adjustments are as they were entered."""
    columns = ("id", "product_id", "quantity_milli", "reason", "note", "at", "seal")
    for row in each("catalog_stockmovement", columns, "invoice_id IS NULL"):
        if row["seal"] != stock_seal(row):
            product = rows("SELECT code FROM catalog_product WHERE id = %s", [row["product_id"]])
            named = f"stock movement {row['id']} of {product[0][0] if product else 'no product'}"
            yield Breach("seal", named, "is not what was entered: its values and its seal do not match", RESTORE)


def check_trail() -> Iterator[Breach]:
    """Entries of the audit trail are as they were written."""
    columns = ("id", "at", "actor_id", "via", "verb", "what", "which", "before", "after", "seal")
    for row in each("audit_entry", columns):
        row["before"], row["after"] = as_notes(row["before"]), as_notes(row["after"])
        if row["seal"] != sealed(entry_seal, row):
            named = f"entry {row['id']} of the audit trail ({row['what']} {row['which']})"
            yield Breach("seal", named, "is not what was written: its values and its seal do not match", RESTORE)


def check_promised() -> Iterator[Breach]:
    """A delivery is the one that was promised: to that address, of that document, then."""
    columns = ("id", "invoice_id", "address", "round", "asked_by", "created_at", "message_id")
    for row in each("delivery_delivery", columns):
        if not keeps_its_promise(row):
            number = rows("SELECT number FROM billing_invoice WHERE id = %s", [row["invoice_id"]])
            named = f"{number[0][0] if number else 'no document'}, delivery {row['id']}"
            yield Breach("delivery", named, f"to {row['address']} is not the letter that was promised", RESTORE)


def check_moments() -> Iterator[Breach]:
    """A document moves goods and notes at its own moment, without a remark, and never nothing."""
    for table, name, moves, count in (
        ("catalog_stockmovement", "stock", "reason", "quantity_milli"),
        ("till_drawermovement", "drawer", "kind", "count"),
    ):
        for row, number, how in rows(
            f"SELECT m.id, i.number, m.{moves} FROM {table} m JOIN billing_invoice i ON i.id = m.invoice_id "
            f"WHERE m.at <> i.issued_at OR m.note <> '' OR m.{count} = 0 OR m.seal IS NOT NULL"
        ):
            wrong = f"its {name} movement {row} ({how}) is not as the document made it"
            yield Breach("movements", number, wrong, RESTORE)


def each(table: str, columns: Sequence[str], where: str = "TRUE") -> Iterator[Row]:
    """Every row, in the order of its id, a batch at a time."""
    after = -1
    sql = f"SELECT {', '.join(columns)} FROM {table} WHERE id > %s AND {where} ORDER BY id LIMIT {BATCH}"
    while batch := rows(sql, [after]):
        for values in batch:
            row = dict(zip(columns, values, strict=True))
            for name in TIMES:
                if name in row:
                    row[name] = as_time(row[name])
            yield row
        after = batch[-1][0]


def sealed(seal: Callable[[Row], str], row: Row) -> str:
    """Text that is no time or no JSON (somebody wrote it) cannot be sealed, and so does not match."""
    try:
        return seal(row)
    except TypeError:
        return ""
