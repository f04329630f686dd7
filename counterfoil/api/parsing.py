"""Reading a JSON body without loss and without surprises: numbers stay decimal, every key is there once, all of it is
text that any database can keep. What cannot be read is refused by name."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from counterfoil.api.problems import LengthRequired, TooLarge
from counterfoil.rules.errors import Invalid

LARGEST_BODY = 1024 * 1024
DEEPEST = 32
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonParser(Parser):
    """What ninja asks to read a body."""

    def parse_body(self, request: HttpRequest) -> Any:
        return parse(request.body)


def take_chunked(request: Any) -> None:
    """Django reads a body by its Content-Length only, and takes one sent in chunks for empty. Where the server ends
    the input by itself (granian does) it is read here; where it does not, reading might never come back."""
    environ = getattr(request, "environ", {})
    if "chunked" not in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return
    if not environ.get("wsgi.input_terminated"):
        raise LengthRequired("Say how long the body is: this server does not read chunks.")
    request._body = environ["wsgi.input"].read(LARGEST_BODY + 1)


def parse(body: bytes) -> Any:
    """JSON as Python values; raises TooLarge or Invalid."""
    if len(body) > LARGEST_BODY:
        raise TooLarge("The body is larger than 1 MiB: send less at once.")
    try:
        data = json.loads(
            body.decode("utf-8"), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_object
        )
    except RecursionError as error:
        raise _unreadable(f"It is nested deeper than {DEEPEST}.") from error
    except InvalidOperation as error:
        raise _unreadable("It has a number that is no number.") from error
    except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
        raise _unreadable("Send JSON, in UTF-8.") from error
    _check(data, check_text=b"\\u" in body)
    return data


def _unreadable(message: str) -> Invalid:
    return Invalid(f"The body cannot be read. {message}", field="body")


def _no_constant(name: str) -> Any:
    raise _unreadable(f"{name} is no number in JSON.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("The same name is there twice: which one counts?", field=twice)
    return found


def _check(data: Any, *, check_text: bool) -> None:
    """Level by level, so that depth costs no recursion."""
    level: list[Any] = [data]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += value.values()
                if check_text:
                    below += value.keys()
            elif isinstance(value, list):
                below += value
            elif check_text and isinstance(value, str) and _SURROGATE.search(value):
                raise _unreadable("It has half of a surrogate pair, which is no character.")
        if not below:
            return
        level = below
    raise _unreadable(f"It is nested deeper than {DEEPEST}.")
