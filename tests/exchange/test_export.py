"""What goes out can come back, is what was filtered, and is no formula."""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from counterfoil.exchange.opening import open_table
from counterfoil.exchange.values import neutral, read_cell
from counterfoil.exchange.writing import Figure, csv_chunks, xlsx_chunks
from tests.exchange.conftest import NOW, Look
from tests.shop import SmallShop

NASTY = [
    "=1+1", "+91 98220", "-5", "@SUM(A1)", "\tx", "\rx", "'=x", "''-y", "'plain", "a=b", "<script>", "_x0041_",
    "é உ 🧂", "100%_'\"",
]  # fmt: skip


@pytest.mark.pure
@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_a_formula_and_none_is_lost(text: str, tmp_path: Path) -> None:
    written = neutral(text)
    assert written[0] not in "=+-@\t\r"
    assert read_cell(written) == text.strip(" ")
    path = tmp_path / "x"
    path.write_bytes(b"".join(xlsx_chunks("T", ["Code"], [[text]])))
    back = [cells for _n, cells in open_table(path).rows][1][0]
    assert read_cell(back) == text
    assert b"<f" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")


@pytest.mark.pure
def test_numbers_stay_numbers() -> None:
    line = b"".join(csv_chunks(["a", "b", "c"], [(Figure("-42.00"), -7, "-42.00")])).decode("utf-8-sig")
    assert line.splitlines()[1] == "-42.00,-7,'-42.00"
    sheet = b"".join(xlsx_chunks("T", ["a"], [(Figure("-42.00"),)]))
    assert b"<v>-42.00</v>" in zipfile.ZipFile(io.BytesIO(sheet)).read("xl/worksheets/sheet1.xml")


def exported(kind: str, form: str) -> bytes:
    from counterfoil.catalog import queries as catalog
    from counterfoil.customers import queries as customers
    from counterfoil.exchange import exports

    write: Any = csv_chunks if form == "csv" else lambda heads, rows: xlsx_chunks("T", heads, rows)
    if kind == "products":
        found = catalog.products(day=NOW.date()).order_by("code")
        return b"".join(write(exports.PRODUCT_HEADINGS, exports.export_products(found)))
    return b"".join(write(exports.CUSTOMER_HEADINGS, exports.export_customers(customers.customers())))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["products", "customers"])
def test_an_export_read_back_changes_nothing(look: Look, shop: SmallShop, kind: str, form: str) -> None:
    from counterfoil.catalog import actions
    from counterfoil.customers.actions import add_customer

    add_customer(values={"name": "=cmd|' /C calc'!A0", "phone": "+91 98", "address": "1 Road\nPune"}, now=NOW)
    for at, text in enumerate(NASTY):
        values = {"code": f"0{at}", "name": text.strip(), "unit_price_paise": 1999, "hsn": "odd", "barcode": f"00{at}"}
        actions.add_product(values={**values, "tax_class_id": shop.milk.tax_class_id}, stock_milli=1_250, now=NOW)
    found = look(exported(kind, form), kind)
    assert [v for v in found.kept.all_verdicts() if v.verb != "same"] == []
    assert found.totals[2] > 2


def test_invoices_are_those_that_are_filtered(shop: SmallShop) -> None:
    from counterfoil.checkout.actions import complete_sale
    from counterfoil.checkout.plan import Cashier
    from counterfoil.checkout.sale import read_sale
    from counterfoil.exchange.exports import INVOICE_HEADINGS, export_invoices
    from counterfoil.history import queries as history

    for name in ("=Asha", "Meena"):
        sale = {
            "lines": [{"product": "P001"}],
            "customer": {"name": name},
            "payments": [{"method": "upi", "amount": "21"}],
        }
        complete_sale(sale=read_sale(sale), key=f"key-{name}-1", cashier=Cashier(shop.cashier.pk, "Ravi"), now=NOW)
    found = history.invoices(customer_name="asha")
    rows = export_invoices(found, zone=ZoneInfo("Asia/Kolkata"))
    text = b"".join(csv_chunks(INVOICE_HEADINGS, rows)).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["Customer"], row["Net"], row["Paid by"], row["Time"]) == ("'=Asha", "21.00", "upi", "11:15:00")
