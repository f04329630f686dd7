"""What a document's digest covers, and that it never comes out otherwise."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from counterfoil.billing.record import (
    HEADER_COLUMNS,
    LINE_DIGESTED,
    PAYMENT_COLUMNS,
    REFERENCES,
    TAX_COLUMNS,
    Record,
)

INDIA = timezone(timedelta(hours=5, minutes=30))
NUMBERS = ("paise", "milli", "bp", "ppm", "id", "position", "sequence")


def made(columns: tuple[str, ...]) -> dict[str, Any]:
    """A number where there is one in the table, else a text with everything that JSON writes in a way of its own."""
    return {
        name: n if name.endswith(NUMBERS) else f'{name} दूध "\\\x01\x7f\u2028' for n, name in enumerate(columns, start=1)
    }


def record(**changes: Any) -> Record:
    header = made((*HEADER_COLUMNS, *REFERENCES)) | {
        "issued_at": datetime(2026, 11, 22, 10, 15, 0, 7, tzinfo=INDIA), "day": date(2026, 11, 22),
        "change_notes": {"500": 1, "20000": 2}, "customer_id": None,
        "digest": "not this", "previous_digest": "nor this",
    }  # fmt: skip
    return Record(
        header=header | changes,
        supplier={"name": "Kirana Asha", "address": "12 Tilak Road"},
        till="A",
        original_number="A/26-27/000001",
        lines=[
            made(LINE_DIGESTED) | {"price_includes_tax": True, "product_id": None},
            made(LINE_DIGESTED) | {"price_includes_tax": False},
        ],
        taxes=[made(TAX_COLUMNS)],
        payments=[made(PAYMENT_COLUMNS) | {"notes": {"500": 1}}],
    )


def test_a_document_of_last_year_still_has_its_digest() -> None:
    """Written down once: were it ever to come out otherwise, every chain in every shop would break."""
    known = "e4f4c1405987ba516729b2bfc7d5ee6297b2d2d50b0352630151de4148ced2c9"
    assert record().digest(previous="0" * 64) == known


def test_the_seal_is_no_content_and_a_moment_is_one_whatever_its_time_zone() -> None:
    known = record().digest(previous="x")
    assert record(digest="else", previous_digest="else").digest(previous="x") == known
    assert record(issued_at=datetime(2026, 11, 22, 4, 45, 0, 7, tzinfo=UTC)).digest(previous="x") == known
    assert record(issued_at=datetime(2026, 11, 22, 4, 45, 0, 8, tzinfo=UTC)).digest(previous="x") != known
