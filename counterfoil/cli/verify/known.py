"""What the checks of documents know of the shop beforehand, and remember from one document to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from counterfoil.cli.verify.reading import as_time, rows

FIRST_COUNTS = "SELECT till_id, MIN(at) FROM till_drawermovement WHERE kind = 'counted' GROUP BY till_id"
DENOMINATIONS = (
    "SELECT d.value_paise, d.enabled AND NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.what = 'denomination' "
    "AND e.which = CAST(d.value_paise AS varchar(200))) FROM till_denomination d ORDER BY d.value_paise"
)
FIRST_THAT_MOVED_NOTES = (
    "SELECT i.sequence FROM billing_invoice i WHERE i.series_id = %s "
    "AND EXISTS (SELECT 1 FROM till_drawermovement m WHERE m.invoice_id = i.id) ORDER BY i.sequence LIMIT 1"
)


@dataclass(slots=True)
class Series:
    """A number series as its row has it, and as far as the pass has come."""

    name: str
    kind: str
    year: str
    till: str
    last_sequence: int
    head_digest: str
    seen_sequence: int = 0
    seen_digest: str = ""


@dataclass(slots=True)
class Pass:
    """What the checks remember from one document to the next."""

    series: dict[int, Series] = field(default_factory=dict)
    tracked_since: dict[int, Any] = field(default_factory=dict)  # product → its first movement, if always tracked since
    session_tills: dict[int, int] = field(default_factory=dict)
    counted_from: dict[int, int] = field(default_factory=dict)  # series → the first document that moved notes
    counted_since: dict[int, Any] = field(default_factory=dict)  # till → its first count
    denominations: Mapping[int, bool] = field(default_factory=dict)  # paise → whether it was enabled all the time
    heads: Mapping[str, str] = field(default_factory=dict)  # kept elsewhere: number or series → digest
    heads_found: set[str] = field(default_factory=set)
    documents: int = 0


def begin(heads: Mapping[str, str]) -> Pass:
    """What is known of the shop before the first document."""
    series = rows(
        "SELECT s.id, t.code, s.kind, s.year, s.last_sequence, s.head_digest "
        "FROM billing_numberseries s JOIN till_till t ON t.id = s.till_id ORDER BY s.id"
    )
    once_untracked = {
        row[0]
        for row in rows(
            "SELECT DISTINCT p.id FROM catalog_product p JOIN audit_entry e ON e.what = 'product' AND e.which = p.code "
            "WHERE CAST(e.after AS text) LIKE %s",
            ['%"stock_milli": null%'],
        )
    }
    first = rows("SELECT product_id, MIN(at) FROM catalog_stockmovement GROUP BY product_id")
    return Pass(
        series={row[0]: Series(f"{row[1]}/{'C' if row[2] == 'credit-note' else ''}{row[3]}", row[2], row[3], row[1],
                               row[4], row[5]) for row in series},
        tracked_since={product: as_time(at) for product, at in first if product not in once_untracked},
        counted_from={row[0]: found[0][0] for row in series if (found := rows(FIRST_THAT_MOVED_NOTES, [row[0]]))},
        counted_since={till: as_time(at) for till, at in rows(FIRST_COUNTS)},
        session_tills=dict(rows("SELECT id, till_id FROM till_session")),
        denominations={value: bool(always) for value, always in rows(DENOMINATIONS)},
        heads=heads,
    )  # fmt: skip


def begin_again(state: Pass) -> Pass:
    """What is known of the shop, and nothing of what was seen."""
    fresh = {key: replace(series, seen_sequence=0, seen_digest="") for key, series in state.series.items()}
    return replace(state, series=fresh, heads_found=set(), documents=0)
