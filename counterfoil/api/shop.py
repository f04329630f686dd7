"""The shop's settings."""

from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from babel.numbers import is_currency
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pydantic import WithJsonSchema

from counterfoil.api import answers
from counterfoil.api.app import call, reply
from counterfoil.api.fields import GivenName, Positive, TaxName, checked
from counterfoil.checkout.sale import Address, Amount, Code, Email, Flag, Gstin, Input, State, read_text
from counterfoil.rules.errors import Invalid
from counterfoil.rules.money import format_amount, minor_digits
from counterfoil.rules.tax import STATES
from counterfoil.shop import actions, queries
from counterfoil.shop.queries import Settings


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(value: Any) -> str:
    text = read_text(value, longest=64)
    if text not in _time_zones():
        raise Invalid("Write a time zone of the IANA list, such as Asia/Kolkata.")
    return text


def _currency(value: Any) -> str:
    text = read_text(value, longest=3).upper()
    if not is_currency(text, "en"):
        raise Invalid("Write a currency's three letters, such as INR.")
    if minor_digits(text) != 2:
        raise Invalid(f"{text} has not two decimals: such currencies are not supported yet.")
    return text


def _upi_id(value: Any) -> str:
    text = read_text(value, longest=100)
    name, at, handle = text.partition("@")
    allowed = name.replace(".", "").replace("-", "").replace("_", "").isalnum() and handle.isalnum()
    if text and not (at and allowed and text.isascii()):
        raise Invalid("Write a UPI ID like shop@bank.")
    return text


class ShopChange(Input):
    """Only what is given is changed."""

    name: GivenName = ""
    address: Address = ""
    gstin: Gstin = ""
    state: State = ""
    email: Email = ""
    phone: Code = ""
    upi_id: Annotated[str, checked(_upi_id), WithJsonSchema({"type": "string", "maxLength": 100})] = ""
    currency: Annotated[
        str, checked(_currency), WithJsonSchema({"type": "string", "minLength": 3, "maxLength": 3, "examples": ["INR"]})
    ] = ""
    time_zone: Annotated[
        str, checked(_time_zone), WithJsonSchema({"type": "string", "maxLength": 64, "examples": ["Asia/Kolkata"]})
    ] = ""
    tax_regime: Literal["gst-india", "simple"] = "gst-india"
    tax_name: TaxName = ""
    tax_rounding: Literal["rate", "line"] = "rate"
    payable_rounding: Literal["down", "nearest", "none"] = "down"
    payable_unit: Positive = 100
    prices_include_tax: Flag = False
    waive_limit: Amount = 0
    change_strategy: Literal["highest", "fewest", "scarce"] = "highest"
    blind_close: Flag = False


@call("GET", "/shop", may="look", answers=answers.Shop, tag="Shop")
def get_shop(request: HttpRequest) -> HttpResponse:
    """The shop's settings."""
    return reply(show(queries.settings()))


@call("PATCH", "/shop", may="settings", answers=answers.Shop, tag="Shop",
      example={"gstin": "27AAPFU0939F1ZV", "payable_rounding": "down"})  # fmt: skip
def change_shop(request: HttpRequest, body: ShopChange) -> HttpResponse:
    """Change settings; what is not given stays.
    The state follows from the GSTIN, and must agree with it. Issued invoices keep what they were issued with."""
    changes = {name: getattr(body, name) for name in body.model_fields_set}
    for shown, column in (("payable_unit", "payable_unit_paise"), ("waive_limit", "waive_limit_paise")):
        if shown in changes:
            changes[column] = changes.pop(shown)
    with transaction.atomic():
        _agree_on_state(changes, queries.settings())
        settings = actions.change_shop(changes=changes, now=timezone.now())
    return reply(show(settings))


def _agree_on_state(changes: dict[str, Any], now: Settings) -> None:
    """A GSTIN begins with the state's code. Those of states that are no more leave the state open."""
    gstin = changes.get("gstin", now.gstin)
    if gstin[:2] not in STATES or not changes.keys() & {"gstin", "state"}:
        return
    state = changes.get("state") or gstin[:2]
    if state != gstin[:2]:
        raise Invalid(f"The GSTIN is of {gstin[:2]} {STATES[gstin[:2]]}, not of {state}.", field="state")
    changes["state"] = state


def show(settings: Settings) -> dict[str, Any]:
    same = (
        "name",
        "address",
        "gstin",
        "state",
        "email",
        "phone",
        "upi_id",
        "currency",
        "time_zone",
        "tax_regime",
        "tax_name",
        "tax_rounding",
        "payable_rounding",
        "prices_include_tax",
        "change_strategy",
        "blind_close",
    )
    return {
        **{name: getattr(settings, name) for name in same},
        "payable_unit": format_amount(settings.payable_unit_paise),
        "waive_limit": format_amount(settings.waive_limit_paise),
    }
