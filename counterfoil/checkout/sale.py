"""A sale as it comes in, from the API or the counter: read once, checked field by field, in integer units.

The shape is the API's (docs/api.md). `read_sale` is the only way in; it raises Invalid with every field that is
wrong and what to do about it.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from counterfoil.rules import money
from counterfoil.rules.errors import FieldError, Invalid
from counterfoil.rules.money import Discount
from counterfoil.rules.tax import STATES, check_gstin

LINES_AT_MOST = 500
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_CONTROL_BUT_NEWLINE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
_LABEL = r"[A-Za-z0-9\u0080-\uffff]([A-Za-z0-9\u0080-\uffff-]{0,61}[A-Za-z0-9\u0080-\uffff])?"
_EMAIL = re.compile(rf"[^\s@<>\"(),:;\\\[\]]{{1,64}}@({_LABEL}\.)+(?![0-9]+$){_LABEL}")


def _pure(rule: Callable[[Any], Any]) -> BeforeValidator:
    """A rule of counterfoil.rules as a validator: its refusal becomes the field's message."""

    def check(value: Any) -> Any:
        try:
            return rule(value)
        except Invalid as refusal:
            raise ValueError(refusal.detail) from refusal

    return BeforeValidator(check)


def read_text(value: Any, *, longest: int, newlines: bool = False) -> str:
    """Text without control characters, trimmed; refuses what is too long instead of cutting it."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid("Write text.")
    if (_CONTROL_BUT_NEWLINE if newlines else _CONTROL).search(value):
        raise Invalid("Write it without line breaks or control characters.")
    if len(value.strip()) > longest:
        raise Invalid(f"Write at most {longest} characters.")
    return value.strip()


def read_email(value: Any) -> str:
    text = read_text(value, longest=254)
    if text and not _EMAIL.fullmatch(text):
        raise Invalid("This is no e-mail address: write it like name@example.com.")
    return text


def read_state(value: Any) -> str:
    text = read_text(value, longest=2)
    if text and text not in STATES:
        raise Invalid("Write the state's two-digit GST code, such as 29.")
    return text


def _text(longest: int, *, newlines: bool = False) -> BeforeValidator:
    return _pure(lambda value: read_text(value, longest=longest, newlines=newlines))


def _shape(longest: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": longest})


TillCode = Annotated[str, _text(3), _shape(3)]
Hsn = Annotated[str, _text(8), _shape(8)]
Unit = Annotated[str, _text(12), _shape(12)]
Code = Annotated[str, _text(40), _shape(40)]
ShortText = Annotated[str, _text(80), _shape(80)]
Name = Annotated[str, _text(120), _shape(120)]
LongText = Annotated[str, _text(200), _shape(200)]
Address = Annotated[str, _text(400, newlines=True), _shape(400)]

_NUMBER = {"anyOf": [{"type": "string"}, {"type": "number"}]}
Amount = Annotated[int, _pure(money.parse_amount), WithJsonSchema({**_NUMBER, "examples": ["472.00"]})]
Quantity = Annotated[int, _pure(money.parse_quantity), WithJsonSchema({**_NUMBER, "examples": ["1.250"]})]
Rate = Annotated[int, _pure(money.parse_rate), WithJsonSchema({**_NUMBER, "examples": ["18.00"]})]
DiscountIn = Annotated[
    Discount,
    _pure(money.parse_discount),
    PlainSerializer(lambda d: [d.amount_paise, d.rate_bp]),
    WithJsonSchema({**_NUMBER, "examples": ["5%", "10.00"]}),
]
Email = Annotated[str, _pure(read_email), WithJsonSchema({"type": "string", "maxLength": 254})]
Gstin = Annotated[
    str, _pure(lambda v: check_gstin(read_text(v, longest=20))), WithJsonSchema({"type": "string", "maxLength": 20})
]
State = Annotated[str, _pure(read_state), WithJsonSchema({"type": "string", "maxLength": 2})]
Count = Annotated[int, Field(strict=True, ge=0, le=100_000)]
Flag = Annotated[bool, Field(strict=True)]  # neither "no" nor 1: what is nearly right may be meant the other way round


class Input(BaseModel):
    """A misspelt field is refused, not ignored: a bill must not lose a discount to a typing error."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)


class CustomerIn(Input):
    id: Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)] | None = None
    name: Name = ""
    email: Email = ""
    phone: Code = ""
    gstin: Gstin = ""
    state: State = ""
    address: Address = ""


class LineIn(Input):
    """A product by its code, or a free-text line with its own name, price and tax rate."""

    product: Code = ""
    quantity: Quantity = 1000
    discount: DiscountIn = Discount()
    name: Name = ""
    unit_price: Amount | None = None
    tax_rate: Rate | None = None
    price_includes_tax: Flag | None = None
    hsn: Hsn = ""
    unit: Unit = ""

    @model_validator(mode="after")
    def product_or_free_text(self) -> "LineIn":
        if self.product:
            given = [n for n in ("name", "hsn", "unit") if getattr(self, n)]
            given += [n for n in ("unit_price", "tax_rate", "price_includes_tax") if getattr(self, n) is not None]
            if given:
                raise ValueError(f"A line with a product takes its {given[0]} from the product: leave it out.")
        elif not self.name:
            raise ValueError("Name a product, or give the line a name, a unit_price and a tax_rate.")
        elif self.unit_price is None:
            raise ValueError("A line without a product needs a unit_price.")
        return self


class PaymentIn(Input):
    method: Literal["cash", "card", "upi", "account"]
    amount: Amount | None = None
    notes: dict[str, Count] | None = Field(default=None, max_length=50)
    reference: ShortText = ""

    @model_validator(mode="after")
    def amount_or_notes(self) -> "PaymentIn":
        if self.notes is not None and self.method != "cash":
            raise ValueError("Only cash is given in notes.")
        if self.notes is None and self.amount is None:
            raise ValueError("Say how much: an amount" + (", or the notes." if self.method == "cash" else "."))
        return self


class Sale(Input):
    till: TillCode = ""
    customer: CustomerIn | None = None
    lines: Annotated[list[LineIn], Field(min_length=1, max_length=LINES_AT_MOST)]
    discount: DiscountIn = Discount()
    payments: Annotated[list[PaymentIn], Field(max_length=20)] = []
    waive: Amount = 0
    without: Annotated[list[Amount], Field(max_length=50)] = []  # denominations that the drawer turned out not to have

    def fingerprint(self) -> str:
        """The same for the same sale, however its numbers were written: what an idempotency key stands for."""
        return hashlib.sha256(f"sale {self.model_dump_json()}".encode()).hexdigest()


def read_sale(data: Mapping[str, Any]) -> Sale:
    """Read a sale from JSON values."""
    return read(Sale, data)


def read[M: BaseModel](model: type[M], data: Any) -> M:
    """Read any input model; every wrong field is named."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise invalid(error) from error


_SAYINGS = {
    "missing": "This is needed.",
    "extra_forbidden": "There is no such field.",
    "list_type": "Give a list.",
    "too_short": "Give at least one.",
    "model_type": "Give an object.",
    "dict_type": "Give an object.",
    "bool_type": "Give true or false.",
    "bool_parsing": "Give true or false.",
    "int_type": "Give a whole number.",
    "string_type": "Write text.",
    "greater_than_equal": "Give at least {ge}.",
    "less_than_equal": "Give at most {le}.",
    "too_long": "Give at most {max_length}.",
    "string_too_long": "Write at most {max_length} characters.",
    "literal_error": "Give {expected}.",
}


def invalid(error: ValidationError) -> Invalid:
    """Pydantic's findings in our words, as `lines[0].quantity`."""
    errors = [FieldError(_path(item["loc"]), _message(item)) for item in error.errors(include_url=False)[:50]]
    return Invalid(f"{errors[0].field or 'input'}: {errors[0].message}", errors=errors)


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def _message(item: Any) -> str:
    kind = item["type"]
    if kind == "value_error":
        return str(item["ctx"]["error"])
    return _SAYINGS[kind].format(**item.get("ctx", {})) if kind in _SAYINGS else f"{item['msg']}."
