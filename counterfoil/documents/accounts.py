"""What an accountant reads on an invoice: taxes per rate and head, and per HSN. Sums of the invoice's own figures."""

from decimal import Decimal
from typing import Any

from counterfoil.documents.sheet import Document, sheet
from counterfoil.documents.wording import number_of


def tax_tables(document: Document) -> dict[str, Any]:
    """`heads` (CGST, SGST …); `rates`: a row for each rate, its `cells` in the order of the heads; `hsn`: a row for
    each HSN and rate. Amounts as in the document: plain strings."""
    pivot = sheet(document)["taxes"]
    heads: list[str] = pivot["heads"]
    sums = dict.fromkeys(heads, Decimal("0.00"))
    for entry in document["taxes"]:
        sums[entry["name"]] += number_of(entry["amount"])
    return {"heads": heads, "rates": pivot["rows"], "sums": [str(sums[head]) for head in heads], "hsn": hsn(document)}


def hsn(document: Document) -> list[dict[str, str]]:
    """Taxable value and tax per HSN and rate, as a return asks for them. The lines' taxes add up to the invoice's."""
    found: dict[tuple[str, Decimal], list[Decimal]] = {}
    for line in document["lines"]:
        row = found.setdefault((line["hsn"], number_of(line["tax_rate"])), [Decimal("0.00"), Decimal("0.00")])
        row[0] += number_of(line["taxable"])
        row[1] += number_of(line["tax"])
    return [
        {"hsn": code, "rate": str(rate), "taxable": str(taxable), "tax": str(tax)}
        for (code, rate), (taxable, tax) in sorted(found.items())
    ]
