"""Which column of a file is which field: by our own names and by those that other programs use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from counterfoil.exchange.cells import Row, Table, unreadable

TITLE_ROWS_AT_MOST = 20  # lines above the headings

PRODUCT_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "code": ("Code", "Product code", "Item code", "SKU", "Item no", "Item number", "Article", "Article no", "PLU"),
    "name": (
        "Name", "Product name", "Item name", "Item", "Product", "Description", "Product description",
        "Item description", "Particulars",
    ),
    "barcode": ("Barcode", "Barcodes", "EAN", "Barcode/EAN", "EAN/UPC", "EAN13", "EAN code", "UPC", "GTIN"),
    "category": ("Category", "Group", "Item group", "Product group", "Product category", "Department"),
    "unit": ("Unit", "UOM", "Units", "Unit of measure", "Unit of measurement", "Per"),
    "hsn": ("HSN", "HSN/SAC", "HSN code", "HSN/SAC code", "SAC", "SAC code"),
    "unit_price": (
        "Price", "Unit price", "Rate", "Selling price", "Sale price", "Sales price", "Selling rate", "Sale rate",
        "Retail price", "Price INR", "Price Rs",
    ),
    "mrp": ("MRP", "Maximum retail price", "MRP Rs", "MRP INR"),
    "price_includes_tax": (
        "Price includes tax", "Includes tax", "Tax included", "Tax inclusive", "Inclusive", "Inclusive of tax",
        "Incl tax", "Incl GST",
    ),
    "tax_rate": (
        "Tax %", "Tax rate", "Tax", "GST", "GST %", "GST rate", "GST percent", "GST percentage", "Tax percent",
        "Tax percentage", "IGST", "IGST %", "VAT", "VAT %",
    ),
    "tax_class": ("Tax class", "Tax category"),
    "stock": (
        "Stock", "Qty", "Quantity", "Stock qty", "Qty/Stock", "Stock quantity", "Opening stock", "Opening qty",
        "In stock", "On hand", "Qty on hand", "Current stock", "Closing stock", "Balance qty",
    ),
    "reorder_level": (
        "Reorder level", "Reorder", "Reorder point", "Minimum stock", "Min stock", "Min qty", "Minimum qty",
        "Low stock",
    ),
    "enabled": ("Enabled", "Active", "Is active", "Status"),
}  # fmt: skip

CUSTOMER_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "id": ("Id", "Customer id", "Customer no", "Customer number"),
    "name": (
        "Name", "Customer", "Customer name", "Full name", "Party", "Party name", "Client", "Client name",
        "Contact name",
    ),
    "email": ("E-mail", "Mail", "E-mail id", "E-mail address", "Mail id"),
    "phone": (
        "Phone", "Mobile", "Mobile no", "Mobile number", "Phone no", "Phone number", "Contact", "Contact no",
        "Contact number", "Telephone", "Tel", "Cell", "WhatsApp",
    ),
    "gstin": ("GSTIN", "GST no", "GST number", "GSTIN no", "GSTIN/UIN", "GST"),
    "state": ("State", "State code", "State name"),
    "address": ("Address", "Billing address", "Full address", "Postal address"),
    "enabled": ("Enabled", "Active", "Is active", "Status"),
}  # fmt: skip

NEEDED = {"products": ("code",), "customers": ("name",)}
HEADINGS = {"products": PRODUCT_HEADINGS, "customers": CUSTOMER_HEADINGS}


def bare(heading: str) -> str:
    """Letters and digits alone: "GST %", "Gst%" and "gst" are one."""
    return "".join(letter for letter in heading.casefold() if letter.isalnum())


_KNOWN = {
    kind: {bare(alias): name for name, aliases in headings.items() for alias in aliases}
    for kind, headings in HEADINGS.items()
}


@dataclass(slots=True)
class Columns:
    """`at`: where each field stands. `unused`: headings that mean nothing to us."""

    at: dict[str, int]
    found: dict[str, str] = field(default_factory=dict)  # field: its heading in the file
    unused: list[str] = field(default_factory=list)


def read_columns(table: Table, kind: str) -> tuple[Columns, Iterator[Row]]:
    """The headings, and the rows below them. They need not stand in the first line."""
    above = list(islice(table.rows, TITLE_ROWS_AT_MOST))
    if not above:
        raise unreadable("The file has no rows.")
    for at, (_number, cells) in enumerate(above):
        if columns := _columns(cells, kind):
            return columns, chain(above[at + 1 :], table.rows)
    wanted = ", ".join(HEADINGS[kind][name][0] for name in NEEDED[kind])
    seen = ", ".join(cell.strip()[:40] for cell in above[0][1][:8] if cell.strip())
    raise unreadable(f"No column is called {wanted}. The first line has: {seen}")


def _columns(cells: list[str], kind: str) -> Columns | None:
    columns = Columns({})
    for at, cell in enumerate(cells):
        heading = " ".join(cell.split())
        name = _KNOWN[kind].get(bare(heading), "")
        if not name:
            if heading:
                columns.unused.append(heading[:60])
        elif name in columns.at:
            if all(needed in columns.at for needed in NEEDED[kind]):
                raise unreadable(f"“{columns.found[name]}” and “{heading}” mean the same: leave one of them out.")
            return None
        else:
            columns.at[name], columns.found[name] = at, heading[:60]
    if any(needed not in columns.at for needed in NEEDED[kind]):
        return None
    if "mrp" in columns.at and "unit_price" in columns.at:  # what it is sold at counts
        columns.unused.append(columns.found.pop("mrp"))
        del columns.at["mrp"]
    return columns
