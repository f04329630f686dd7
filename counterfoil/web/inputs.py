"""What the masters' forms send, read once with the sale's own validators; every wrong field is named beside it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, field_validator

from counterfoil.checkout.sale import Amount, Email, Gstin, Input, Rate, State, read, read_text
from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import QUANTITY_AT_MOST_MILLI, parse_amount


def _text(longest: int, *, needed: str = "", newlines: bool = False) -> Any:
    def check(value: Any) -> str:
        try:
            text = read_text(
                value.replace("\r\n", "\n") if isinstance(value, str) else value, longest=longest, newlines=newlines
            )
        except Invalid as refusal:
            raise ValueError(refusal.detail) from refusal
        if needed and not text:
            raise ValueError(needed)
        return text

    return Annotated[str, BeforeValidator(check)]


def _milli(*, at_least: int) -> Any:
    def check(value: Any) -> int | None:
        if value is None or not str(value).strip():
            return None
        try:
            return parse_amount(str(value), decimals=3, at_least=at_least, at_most=QUANTITY_AT_MOST_MILLI)
        except Invalid as refusal:
            raise ValueError(refusal.detail) from refusal

    return Annotated[int | None, BeforeValidator(check)]


def _id() -> Any:
    def check(value: Any) -> int | None:
        text = str(value or "").strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None

    return Annotated[int | None, BeforeValidator(check)]


class ProductIn(Input):
    code: _text(40, needed="Give the product a code.")  # type: ignore[valid-type]
    name: _text(120, needed="Give the product a name.")  # type: ignore[valid-type]
    barcode: _text(40) = ""  # type: ignore[valid-type]
    category: _text(60) = ""  # type: ignore[valid-type]
    unit: _text(12) = "pc"  # type: ignore[valid-type]
    hsn: _text(8) = ""  # type: ignore[valid-type]
    unit_price: Amount
    price_includes_tax: bool = False
    tax_class: _id() = None  # type: ignore[valid-type]
    tax_rate: Rate
    reorder_level: _milli(at_least=0) = None  # type: ignore[valid-type]
    tracked: bool = False
    stock: _milli(at_least=0) = None  # type: ignore[valid-type]
    enabled: bool = False

    @field_validator("hsn")
    @classmethod
    def hsn_is_digits(cls, value: str) -> str:
        if value and not (value.isdecimal() and len(value) in (2, 4, 6, 8)):
            raise ValueError("An HSN code has 4, 6 or 8 digits.")
        return value


class TaxClassIn(Input):
    name: _text(60, needed="Give the class a name.")  # type: ignore[valid-type]
    rate: Rate


class TaxRateIn(Input):
    day: date
    rate: Rate

    @field_validator("day", mode="before")
    @classmethod
    def day_is_written_as_one(cls, value: Any) -> date:
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError as error:
            raise ValueError("Write a day like 2026-11-22.") from error


class StockIn(Input):
    quantity: _milli(at_least=-QUANTITY_AT_MOST_MILLI)  # type: ignore[valid-type]
    reason: str = "received"
    note: _text(200) = ""  # type: ignore[valid-type]

    @field_validator("quantity")
    @classmethod
    def something(cls, value: int | None) -> int:
        if not value:
            raise ValueError("Say how many: not 0.")
        return value


class CustomerIn(Input):
    name: _text(120, needed="Give the customer a name.")  # type: ignore[valid-type]
    email: Email = ""
    phone: _text(40) = ""  # type: ignore[valid-type]
    gstin: Gstin = ""
    state: State = ""
    address: _text(400, newlines=True) = ""  # type: ignore[valid-type]
    enabled: bool = False


class ShopIn(Input):
    name: _text(120, needed="Give the shop a name.")  # type: ignore[valid-type]
    address: _text(400, newlines=True) = ""  # type: ignore[valid-type]
    gstin: Gstin = ""
    state: State = ""
    phone: _text(40) = ""  # type: ignore[valid-type]
    email: Email = ""
    upi_id: _text(100) = ""  # type: ignore[valid-type]
    tax_regime: str
    tax_name: _text(20, needed="Name the tax, such as GST.") = "Tax"  # type: ignore[valid-type]
    time_zone: str
    tax_rounding: str
    payable_rounding: str
    payable_unit: Amount
    prices_include_tax: bool = False
    waive_limit: Amount = 0
    change_strategy: str
    blind_close: bool = False


def posted(model: type[Input], given: Mapping[str, Any]) -> dict[str, Any]:
    """The form's own fields, ticks as booleans: a box that is not ticked sends nothing. Others are ignored."""
    data: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.annotation is bool:
            data[name] = given.get(name) in ("on", "true", "1")
        elif name in given:
            data[name] = given[name]
    return data


def read_posted[M: Input](model: type[M], given: Mapping[str, Any]) -> M:
    return read(model, posted(model, given))
