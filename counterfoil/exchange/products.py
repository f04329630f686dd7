"""What a row of a product file would do. The code says which product is meant."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from counterfoil.catalog import queries
from counterfoil.catalog.models import Product
from counterfoil.checkout.sale import read_text
from counterfoil.exchange.planning import CHANGE, CREATE, SAME, Cells, Verdict, read_fields, refused
from counterfoil.exchange.values import (
    read_amount,
    read_cell,
    read_code,
    read_flag,
    read_hsn,
    read_milli,
    read_name,
    read_product_code,
    read_rate,
)
from counterfoil.rules.errors import FieldError, Invalid
from counterfoil.rules.money import format_amount, format_quantity, format_rate
from counterfoil.shop import queries as shop

COLUMNS = {"unit_price": "unit_price_paise", "stock": "stock_milli", "reorder_level": "reorder_level_milli"}
SEEN = (
    "code", "name", "barcode", "category", "unit", "hsn", "unit_price_paise", "price_includes_tax", "tax_class_id",
    "stock_milli", "reorder_level_milli", "enabled",
)  # fmt: skip
NEEDED = {"name": "Give a name.", "unit_price": "Give a price.", "tax_rate": "Give the tax in per cent; 0 for none."}
SHOWN_OF_NEW = ("unit_price", "tax_rate", "stock", "barcode")


def show(name: str, value: Any) -> str:
    """A value as people and exports write it."""
    if value is None:
        return ""
    if name == "unit_price":
        return format_amount(value)
    if name in ("stock", "reorder_level"):
        return format_quantity(value).removesuffix(".000")
    if name == "tax_rate":
        return format_rate(value * 100).removesuffix(".00")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


class Products:
    """The shop's products as they are now, and the rows judged so far."""

    def __init__(self, *, set_stock: bool, semicolons: bool) -> None:
        settings = shop.settings()
        day = timezone.now().astimezone(ZoneInfo(settings.time_zone)).date()
        classes = queries.tax_classes(day=day)
        self.rates = {tax_class.pk: rate_bp for tax_class, rate_bp in classes}
        self.class_ids = {tax_class.name: tax_class.pk for tax_class, _rate in classes}
        self.class_names = {tax_class.pk: tax_class.name for tax_class, _rate in classes}
        self.prices_include_tax = settings.prices_include_tax
        self.set_stock = set_stock
        self.held = {row[1]: row for row in Product.objects.order_by().values_list("id", *SEEN).iterator(5000)}
        self.barcodes = {row[3]: row[1] for row in self.held.values() if row[3]}
        self.codes_read: dict[str, int] = {}
        self.barcodes_read: dict[str, int] = {}
        self.readers = _readers(semicolons)

    def judge(self, number: int, cells: Cells) -> Verdict:
        try:
            code = self._code(cells)
            before = self.codes_read.setdefault(code, number)
            if before != number:
                raise Invalid(f"Row {before} has the same code.")
        except Invalid as refusal:
            name = str(cells.get("name")).strip()
            return refused(number, str(cells.get("code")).strip(), name, [FieldError("code", refusal.detail)])
        row = self.held.get(code)
        held = self._values(row) if row else {}
        given, wrong = read_fields(cells, self.readers, held)
        self._price_of_mrp(given, cells, held)
        wrong += self._tax(given, held)
        wrong += self._barcode(given, code, number)
        if row is None:
            wrong += [FieldError(name, why) for name, why in NEEDED.items() if name not in given]
        if wrong:
            first = {error.field: error for error in reversed(wrong)}  # one reason for each field
            return refused(number, code, str(given.get("name") or held.get("name", "")), list(first.values()))
        return self._change(number, row, held, given) if row else self._create(number, code, given)

    def _code(self, cells: Cells) -> str:
        text = read_cell(cells.get("code"))
        return text if text in self.held else read_product_code(text)

    def _values(self, row: tuple[Any, ...]) -> dict[str, Any]:
        held = dict(zip(SEEN, row[1:], strict=True))
        return {
            **held, "barcode": held["barcode"] or "", "unit_price": held["unit_price_paise"],
            "stock": held["stock_milli"], "reorder_level": held["reorder_level_milli"],
            "tax_rate": self.rates[held["tax_class_id"]], "tax_class": self.class_names[held["tax_class_id"]],
        }  # fmt: skip

    def _price_of_mrp(self, given: dict[str, Any], cells: Cells, held: dict[str, Any]) -> None:
        """The maximum retail price has its tax in it, by law; so has a price under that heading."""
        if "mrp" in given:
            given["unit_price"] = given.pop("mrp")
            if given["unit_price"] == held.get("unit_price"):
                del given["unit_price"]
            if not cells.get("price_includes_tax") and not held.get("price_includes_tax"):
                given["price_includes_tax"] = True

    def _tax(self, given: dict[str, Any], held: dict[str, Any]) -> list[FieldError]:
        """Leaves `tax_class_id` or, for a rate that has no class yet, `tax_rate` alone."""
        name = given.pop("tax_class", None)
        if name is None:
            return []
        if name not in self.class_ids:
            return [FieldError("tax_class", f"There is no tax class {name}: leave the cell empty to go by the rate.")]
        class_id = self.class_ids[name]
        rate_bp = self.rates[class_id]
        if given.get("tax_rate", rate_bp) != rate_bp:
            return [FieldError("tax_rate", f"{name} is {show('tax_rate', rate_bp)} % today: leave one of them out.")]
        given |= {"tax_class_id": class_id, "tax_rate": rate_bp}
        return []

    def _barcode(self, given: dict[str, Any], code: str, number: int) -> list[FieldError]:
        barcode = given.get("barcode")
        if not barcode:
            return []
        if self.barcodes.get(barcode, code) != code:
            return [FieldError("barcode", f"The product {self.barcodes[barcode]} has this barcode.")]
        before = self.barcodes_read.setdefault(barcode, number)
        return [FieldError("barcode", f"Row {before} has the same barcode.")] if before != number else []

    def _create(self, number: int, code: str, given: dict[str, Any]) -> Verdict:
        details = [(name, show(name, given[name])) for name in SHOWN_OF_NEW if name in given]
        values = {
            "code": code, "barcode": None, "category": "", "unit": "pc", "hsn": "", "enabled": True,
            "price_includes_tax": self.prices_include_tax, "reorder_level": None, "stock": None, **given,
        }  # fmt: skip
        return Verdict(number, CREATE, code, given["name"], details, _write(values))

    def _change(self, number: int, row: tuple[Any, ...], held: dict[str, Any], given: dict[str, Any]) -> Verdict:
        if not self.set_stock:
            given.pop("stock", None)
        if given.get("tax_class_id") == held["tax_class_id"]:
            del given["tax_class_id"]
        name = given.get("name", held["name"])
        if not given:
            return Verdict(number, SAME, held["code"], name, [])
        details: list[tuple[str, ...]] = [
            (field, show(field, held[field]), show(field, value))
            for field, value in given.items()
            if field != "tax_class_id"
        ]
        if "tax_class_id" in given and given.get("tax_rate") == held["tax_rate"]:
            details = [each for each in details if each[0] != "tax_rate"]
            details.append(("tax_class", held["tax_class"], self.class_names[given["tax_class_id"]]))
        seen = dict(zip(SEEN, row[1:], strict=True))
        return Verdict(number, CHANGE, held["code"], name, details, (row[0], seen, _write(given)))


def _write(values: dict[str, Any]) -> dict[str, Any]:
    """By column; a `tax_rate` stays where no class is named yet."""
    columns = {COLUMNS.get(name, name): value for name, value in values.items()}
    if "tax_class_id" in columns:
        columns.pop("tax_rate", None)
    return columns


def _readers(semicolons: bool) -> dict[str, Callable[[str], Any]]:
    def amount(cell: str) -> int:
        return read_amount(cell, semicolons=semicolons)

    def milli(cell: str) -> int:
        return read_milli(cell, semicolons=semicolons)

    return {
        "name": read_name, "barcode": read_code, "category": lambda cell: read_text(cell, longest=60),
        "unit": lambda cell: read_text(cell, longest=12), "hsn": read_hsn, "unit_price": amount, "mrp": amount,
        "price_includes_tax": read_flag, "tax_rate": read_rate, "tax_class": lambda cell: read_text(cell, longest=60),
        "stock": milli, "reorder_level": milli, "enabled": read_flag,
    }  # fmt: skip
