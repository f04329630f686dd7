"""The types of the API's inputs beyond those that a sale has."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from counterfoil.checkout.sale import read_text
from counterfoil.rules import money
from counterfoil.rules.errors import Invalid, NotFound

MOST_MILLI = money.QUANTITY_AT_MOST_MILLI
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # what no text of the shop has in it
NUMBER = {"anyOf": [{"type": "string"}, {"type": "number"}]}


def checked(rule: Any) -> BeforeValidator:
    """A rule as a validator: its refusal becomes the field's message."""

    def check(value: Any) -> Any:
        try:
            return rule(value)
        except Invalid as refusal:
            raise ValueError(refusal.detail) from refusal

    return BeforeValidator(check)


def _given(value: Any, longest: int) -> str:
    text = read_text(value, longest=longest)
    if not text:
        raise Invalid("This cannot be empty.")
    return text


def _code(value: Any) -> str:
    text = _given(value, 40)
    parts = text.split("/")
    if not text.isprintable() or "" in parts or "." in parts or ".." in parts or parts[-1] == "stock":
        raise Invalid("Use printable characters; an address could not be made of this one.")
    return text


GivenName = Annotated[
    str, checked(lambda value: _given(value, 120)), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 120})
]
TaxName = Annotated[
    str, checked(lambda value: _given(value, 20)), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 20})
]
ClassName = Annotated[
    str, checked(lambda value: _given(value, 60)), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 60})
]
ProductCode = Annotated[
    str, checked(_code), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 40, "examples": ["P001"]})
]
Stock = Annotated[
    int,
    checked(lambda value: money.parse_amount(value, decimals=3, at_most=MOST_MILLI)),
    WithJsonSchema({**NUMBER, "examples": ["24", "1.250"]}),
]
Movement = Annotated[
    int,
    checked(lambda value: money.parse_amount(value, decimals=3, at_least=-MOST_MILLI, at_most=MOST_MILLI)),
    WithJsonSchema({**NUMBER, "examples": ["24", "-1.5"]}),
]
Positive = Annotated[
    int, checked(lambda value: money.parse_amount(value, at_least=1)), WithJsonSchema({**NUMBER, "examples": ["1.00"]})
]


def _in_path(value: Any) -> str:
    text = str(value)
    if CONTROL.search(text) or len(text) > 200:
        raise NotFound("There is nothing at this address.")
    return text


# Part of an address: what no row can be called is not found, before any database is asked.
InPath = Annotated[str, BeforeValidator(_in_path)]


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Invalid("Write the day like 2026-11-22.")


Day = Annotated[date | None, checked(_day), WithJsonSchema({"type": "string", "format": "date"})]
GivenDay = Annotated[
    date,
    checked(lambda value: _day(value) or _day("-")),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-04-01"]}),
]
