"""Denominations, tills, what lies in their drawers, and change."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query
from pydantic import Field

from counterfoil.api import answers
from counterfoil.api.app import call, reply
from counterfoil.api.fields import InPath, Positive
from counterfoil.api.paging import Paged, page, read_cursor
from counterfoil.checkout.sale import Amount, Count, Flag, Input, LongText, ShortText, TillCode
from counterfoil.rules.change import format_notes, format_value, parse_notes, plan_change
from counterfoil.rules.errors import Invalid, NotFound
from counterfoil.rules.money import format_amount, parse_amount
from counterfoil.shop import queries as shop
from counterfoil.till import actions, queries
from counterfoil.till.models import Denomination, Till

LARGEST_COIN_PAISE = 20_00  # what is a coin where nobody says: up to 20 rupees
NotesIn = Annotated[dict[str, Count], Field(max_length=50, examples=[{"500": 2, "20": 3}])]


class DenominationIn(Input):
    value: Positive
    enabled: Flag = True
    coin: Flag | None = None


class DenominationChange(Input):
    enabled: Flag | None = None
    coin: Flag | None = None
    value: Positive | None = None


class TillIn(Input):
    code: TillCode
    name: ShortText = ""


class CountIn(Input):
    notes: NotesIn
    note: LongText = ""


class ChangeIn(Input):
    amount: Amount
    notes: NotesIn | None = None


# ---- Denominations --------------------------------------------------------------------------------------------------


@call("GET", "/denominations", may="look", answers=answers.Denominations, tag="Cash")
def list_denominations(request: HttpRequest, query: Annotated[Paged, Query(...)]) -> HttpResponse:
    """Notes and coins, the highest first."""
    found = queries.denominations()
    if query.cursor:
        (value,) = read_cursor(query.cursor, int)
        found = found.filter(value_paise__lt=value)
    rows = list(found.order_by("-value_paise")[: query.limit + 1])
    return reply(page(rows, limit=query.limit, show=show_denomination, after=lambda row: (row.value_paise,)))


@call("POST", "/denominations", may="masters", answers=answers.Denomination, status=201, tag="Cash",
      example={"value": "0.50"})  # fmt: skip
def create_denomination(request: HttpRequest, body: DenominationIn) -> HttpResponse:
    """Add a note or coin."""
    coin = body.value < LARGEST_COIN_PAISE if body.coin is None else body.coin
    made = actions.add_denomination(value_paise=body.value, is_coin=coin, enabled=body.enabled, now=timezone.now())
    shown = show_denomination(made)
    return reply(shown, status=201, Location=f"/api/v1/denominations/{shown['value']}")


@call("PATCH", "/denominations/{value}", may="masters", answers=answers.Denomination, tag="Cash",
      example={"enabled": False})  # fmt: skip
def change_denomination(request: HttpRequest, value: InPath, body: DenominationChange) -> HttpResponse:
    """Enable or disable a note or coin: a disabled one is not given as change, but may still be received."""
    value_paise = _value_of(value)
    if body.value not in (None, value_paise):
        raise Invalid("A denomination's value does not change: add another.", field="value")
    changed = actions.change_denomination(
        value_paise=value_paise, enabled=body.enabled, is_coin=body.coin, now=timezone.now()
    )
    return reply(show_denomination(changed))


def _value_of(text: str) -> int:
    try:
        return parse_amount(text)
    except Invalid as refusal:
        raise NotFound(f"There is no note or coin of {text}.") from refusal


def show_denomination(denomination: Denomination) -> dict[str, Any]:
    return {
        "value": format_value(denomination.value_paise),
        "enabled": denomination.enabled,
        "coin": denomination.is_coin,
    }


# ---- Tills and drawers ----------------------------------------------------------------------------------------------


@call("GET", "/tills", may="look", answers=answers.Tills, tag="Tills")
def list_tills(request: HttpRequest, query: Annotated[Paged, Query(...)]) -> HttpResponse:
    """The tills, by code."""
    found = queries.tills()
    if query.cursor:
        (code,) = read_cursor(query.cursor, str)
        found = found.filter(code__gt=code)
    rows = list(found.order_by("code")[: query.limit + 1])
    return reply(page(rows, limit=query.limit, show=show_till, after=lambda row: (row.code,)))


@call("POST", "/tills", may="masters", answers=answers.Till, status=201, tag="Tills",
      example={"code": "B", "name": "By the door"})  # fmt: skip
def create_till(request: HttpRequest, body: TillIn) -> HttpResponse:
    """Open another till. Its code, 1 to 3 letters or digits, begins the numbers of its invoices."""
    made = actions.add_till(code=body.code.upper(), name=body.name, now=timezone.now())
    return reply(show_till(made), status=201, Location=f"/api/v1/tills/{made.code}")


@call("GET", "/tills/{code}", may="look", answers=answers.Till, tag="Tills")
def get_till(request: HttpRequest, code: InPath) -> HttpResponse:
    """One till."""
    return reply(show_till(queries.till(code=code.upper())))


@call("GET", "/tills/{code}/drawer", may="look", answers=answers.Drawer, tag="Tills")
def get_drawer(request: HttpRequest, code: InPath) -> HttpResponse:
    """What lies in a till's drawer. Until somebody counts it, nobody knows: `counted` is false, `notes` empty."""
    till = queries.till(code=code.upper())
    notes = queries.notes(till) if till.counted else {}
    return reply({"counted": till.counted, "notes": format_notes(notes), "total": _total(notes)})


@call("POST", "/tills/{code}/count", may="till", answers=answers.Count, tag="Tills", refusals=["denomination-unknown"],
      example={"notes": {"500": 2, "100": 5, "10": 12}})  # fmt: skip
def count_drawer(request: HttpRequest, code: InPath, body: CountIn) -> HttpResponse:
    """Count a drawer: from now on it holds these notes, and change is given out of them.
    The variance is counted − expected; on the first count nothing was expected."""
    till = queries.till(code=code.upper())
    notes = parse_notes(body.notes, denominations=queries.known_values())
    expected, variance = actions.count_drawer(till=till, notes=notes, note=body.note, now=timezone.now())
    every = {value: variance.get(value, 0) for value in {*notes, *expected}}
    return reply(
        {
            "till": till.code,
            "expected": format_notes(expected),
            "counted": format_notes(notes),
            "variance": format_notes(every),
            "expected_total": _total(expected),
            "counted_total": _total(notes),
            "variance_total": _total(variance),
        }
    )


def _total(notes: dict[int, int]) -> str:
    return format_amount(sum(value * count for value, count in notes.items()))


def show_till(till: Till) -> dict[str, Any]:
    return {"code": till.code, "name": till.name, "enabled": till.enabled, "counted": till.counted}


# ---- Change ---------------------------------------------------------------------------------------------------------


@call("POST", "/change", may="sell", answers=answers.Change, tag="Cash",
      refusals=["change-unavailable", "denomination-unknown"],
      example={"amount": "60.00", "notes": {"50": 1, "20": 3}})  # fmt: skip
def make_change(request: HttpRequest, body: ChangeIn) -> HttpResponse:
    """Exact change out of these notes (null: as many as needed), in enabled denominations, the highest first.
    Where there is none, `ask_for` says the smallest amount to ask the customer for that makes it possible."""
    notes = None if body.notes is None else parse_notes(body.notes, denominations=queries.known_values())
    strategy: Any = shop.settings().change_strategy
    change = plan_change(body.amount, denominations=queries.enabled_values(), notes=notes, strategy=strategy)
    return reply({"change": format_notes(change)})
