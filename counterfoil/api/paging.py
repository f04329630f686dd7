"""Lists: a limit, an opaque cursor that says after which row to go on, and `{"items": […], "next": …}`."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from ninja import Query
from pydantic import BaseModel, BeforeValidator, Field

from counterfoil.api.fields import CONTROL
from counterfoil.checkout.sale import LongText
from counterfoil.rules.errors import Invalid

LIMIT_DEFAULT, LIMIT_MOST = 50, 200


def _number(value: Any) -> Any:
    if isinstance(value, str) and not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise ValueError("Give a whole number.")
    return value


class Paged(BaseModel):
    """The two parameters that every list takes."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MOST), BeforeValidator(_number)] = LIMIT_DEFAULT
    cursor: Annotated[str, Field(max_length=500, description="`next` of the page before.")] = ""


class Searched(Paged):
    search: LongText = ""


Page = Annotated[Paged, Query(...)]


def write_cursor(*values: str | int) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: type) -> list[Any]:
    """The values that `write_cursor` was given, of these types; or Invalid."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _not_ours() from error
    right = isinstance(values, list) and [type(value) for value in values] == list(kinds)
    if not right or any(_odd(value) for value in values):
        raise _not_ours()
    return list(values)


def _odd(value: str | int) -> bool:
    return not 0 <= value < 2**63 if isinstance(value, int) else bool(CONTROL.search(value))


def _not_ours() -> Invalid:
    return Invalid("This cursor is not one of ours: start from the first page.", field="cursor")


def page[Row](
    rows: Sequence[Row], *, limit: int, show: Callable[[Row], Any], after: Callable[[Row], tuple[str | int, ...]]
) -> dict[str, Any]:
    """Of at most limit + 1 rows; `after` are the values that the next page starts behind."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {"items": [show(row) for row in shown], "next": write_cursor(*after(shown[-1])) if more else None}
