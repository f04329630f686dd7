"""An issued document as plain values, in the tables' own column names: what is written, read back and digested.

All of it is digested, and to whom, by whom, in which session and of which product it is: their row ids, since nothing
else about a customer or a user stays the same for good. Ids outlive a backup and a move to the other database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

from counterfoil.rules.digest import digest

Row = dict[str, Any]

LINE_COLUMNS = (
    "position",
    "original_position",
    "code",
    "name",
    "hsn",
    "unit",
    "quantity_milli",
    "unit_price_paise",
    "price_includes_tax",
    "value_paise",
    "discount_paise",
    "bill_discount_paise",
    "tax_rate_bp",
    "taxable_paise",
    "tax_paise",
    "total_paise",
)
REFERENCES = ("session_id", "customer_id", "cashier_id")  # of the header; a line's is its product_id
TAX_COLUMNS = ("position", "name", "rate_ppm", "taxable_paise", "amount_paise")
PAYMENT_COLUMNS = ("position", "method", "amount_paise", "reference", "notes")
CUSTOMER_COLUMNS = (
    "customer_name",
    "customer_email",
    "customer_phone",
    "customer_gstin",
    "customer_state",
    "customer_address",
)
FIGURE_COLUMNS = (
    "discount_paise",
    "taxable_paise",
    "tax_paise",
    "net_paise",
    "rounding_paise",
    "waived_paise",
    "payable_paise",
    "paid_paise",
    "change_paise",
)


LINE_DIGESTED = ("product_id", *LINE_COLUMNS)
_line_values, _tax_values, _payment_values = (itemgetter(*c) for c in (LINE_DIGESTED, TAX_COLUMNS, PAYMENT_COLUMNS))
MOMENTS = ("issued_at", "day")
DIGESTS = ("digest", "previous_digest")  # the seal, not the content


@dataclass(slots=True, kw_only=True)
class Record:
    """`header` has the invoice's columns and, once it is issued, its REFERENCES; rows have the columns named above,
    lines also their product_id."""

    header: Row
    supplier: dict[str, str]
    till: str
    original_number: str = ""
    lines: list[Row] = field(default_factory=list)
    taxes: list[Row] = field(default_factory=list)
    payments: list[Row] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """The content that the digest covers."""
        header = dict(self.header)
        for name in DIGESTS:
            header.pop(name, None)
        return content(
            header=header,
            supplier=self.supplier,
            till=self.till,
            original=self.original_number,
            lines=[list(_line_values(row)) for row in self.lines],
            taxes=[list(_tax_values(row)) for row in self.taxes],
            payments=[list(_payment_values(row)) for row in self.payments],
        )

    def digest(self, *, previous: str, check: bool = True) -> str:
        return digest(self.values(), previous=previous, check=check)


def content(
    *,
    header: Mapping[str, Any],
    supplier: Mapping[str, str],
    till: str,
    original: str,
    lines: Sequence[Sequence[Any]],
    taxes: Sequence[Sequence[Any]],
    payments: Sequence[Sequence[Any]],
) -> dict[str, Any]:
    """What a digest covers, from rows in the order of LINE_DIGESTED, TAX_COLUMNS and PAYMENT_COLUMNS, and a header
    without its DIGESTS. Times in UTC to the microsecond."""
    return {
        "header": {**header, **{name: _plain(header[name]) for name in MOMENTS}},
        "lines": lines,
        "original": original,
        "payments": payments,
        "supplier": supplier,
        "taxes": taxes,
        "till": till,
    }


HEADER_COLUMNS = (
    "number",
    "kind",
    "sequence",
    "reason",
    "idempotency_key",
    "request_digest",
    "issued_at",
    "day",
    "cashier_name",
    *CUSTOMER_COLUMNS,
    "place_of_supply",
    *FIGURE_COLUMNS,
    "payable_rounding",
    "payable_unit_paise",
    "change_notes",
)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def notes_as_json(notes: Mapping[int, int]) -> dict[str, int]:
    """{paise: count} with text keys, as JSON columns keep it."""
    return {str(value): count for value, count in notes.items()}


def notes_from_json(notes: Mapping[str, int]) -> dict[int, int]:
    """Highest first: a JSON column does not keep the order."""
    return {int(value): count for value, count in sorted(notes.items(), key=lambda item: -int(item[0]))}
