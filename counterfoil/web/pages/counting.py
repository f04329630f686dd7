"""A form that counts notes: its rows, what was typed, what it may show. For opening, closing, handing over, moving."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from counterfoil.people import access
from counterfoil.rules.errors import FieldError, Invalid, Refusal
from counterfoil.rules.money import format_amount
from counterfoil.till import queries
from counterfoil.till.models import Till
from counterfoil.web import problems

COUNT_AT_MOST = 100_000
KEY_AT_MOST = 64
FIELDS = ("kind", "reason", "to")


def blind(request: HttpRequest) -> bool:
    """Whoever counts here must not see what should be there: the owner's wish, for those who may not see the day."""
    role = request.user.role  # type: ignore[union-attr]
    return bool(request.shop.blind_close) and not access.may(role, "day")  # type: ignore[attr-defined]


def rows(till: Till, given: Mapping[str, Any], errors: Mapping[str, str]) -> list[dict[str, Any]]:
    """One for each denomination that the shop has, or that lies in the drawer."""
    held = queries.notes(till) if till.counted else {}
    known = {each.value_paise: each.is_coin for each in queries.denominations()}
    return [
        {
            "value_paise": value, "is_coin": known.get(value, False), "held": held.get(value, 0),
            "total_paise": value * held.get(value, 0), "name": f"note-{value}",
            "typed": given.get(f"note-{value}", ""), "error": errors.get(f"note-{value}", ""),
        }
        for value in sorted({*known, *held}, reverse=True)
    ]  # fmt: skip


def read_notes(given: QueryDict) -> dict[int, int]:
    """Every note's count in paise; a field left empty is none, but not all of them."""
    notes, errors, typed = {}, [], False
    for value in queries.known_values():
        text = given.get(f"note-{value}", "").strip()
        typed = typed or bool(text)
        if not text:
            continue
        if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) > COUNT_AT_MOST:
            errors.append(FieldError(f"note-{value}", _("Write a whole number, such as 12.")))
        else:
            notes[value] = int(text)
    if errors:
        raise Invalid(_("Some counts are no numbers. Nothing was saved."), errors=errors)
    if not typed:
        first = FieldError(f"note-{max(queries.known_values(), default=0)}", _("Write how many, 0 for none."))
        raise Invalid(_("Nothing was counted yet. Nothing was saved."), errors=[first])
    return notes


def key_of(given: QueryDict) -> str:
    """The form's own key: sent twice, it is done once."""
    return given.get("key", "")[:KEY_AT_MOST] or new_key()


def new_key() -> str:
    return uuid.uuid4().hex


def errors_of(refusal: Refusal, till: Till, *, hidden: bool = False) -> dict[str, str]:
    """By field; what no field shows stands above the form. Notes that are not there are named beside each of them."""
    short: list[int] = refusal.more.get("short", [])
    if not short:
        found = problems.by_field(refusal).items()
        return {field if field in FIELDS or field.startswith("note-") else "": text for field, text in found}
    if hidden:
        return {f"note-{value}": _("So many are not there.") for value in short}
    held = queries.notes(till)
    texts = {
        v: _("Only %(n)s are there.") % {"n": held.get(v, 0)} if held.get(v) else _("None is there.") for v in short
    }
    return {f"note-{value}": text for value, text in texts.items()}


def say_notes(notes: Mapping[int, int]) -> str:
    return ", ".join(f"{count} × ₹{format_amount(value).removesuffix('.00')}" for value, count in notes.items())
