"""The digest that chains documents: whoever changes one afterwards breaks every one that follows. And the seal of a row
that no document holds: whoever changes a value of it breaks the seal."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import NoneType

TEXT = frozenset({str})
PLAIN = frozenset({str, int, bool, NoneType})
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False)


def digest(values: Mapping[str, object], *, previous: str, check: bool = True) -> str:
    """SHA-256 in hex over the predecessor's digest and the values as canonical JSON. `check` False: whoever calls
    knows that they are JSON's own types, and no float among them."""
    document = dict(values)
    if check and not _is_plain(document):
        _check(document, path="")
    canonical = _CANONICAL.encode(document)
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


def _is_plain(values: object) -> bool:
    """The usual case, decided quickly: JSON's own types and nothing else. Of the rest, `_check` says what it is."""
    if type(values) is dict:
        inside = [value for value in values.values() if type(value) not in PLAIN]
        return TEXT.issuperset(map(type, values)) and all(map(_is_plain, inside))
    if type(values) is list:
        return all(map(_is_plain, [value for value in values if type(value) not in PLAIN]))
    return False


def _check(value: object, *, path: str) -> None:
    """Only what JSON writes in one way on every machine; a float is not."""
    if value is None or isinstance(value, (str, int)):
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{path or 'the document'} has a key that is no text: {key!r}")
            _check(inner, path=f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            _check(inner, path=f"{path}[{position}]")
    else:
        raise TypeError(f"{path} is a {type(value).__name__}, which has no one canonical form")


def seal(*values: object) -> str:
    """SHA-256 in hex over the values of one row, in the order given: JSON's own types, and times."""
    return hashlib.sha256(_WITH_TIMES.encode(values).encode()).hexdigest()


def _as_utc(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    raise TypeError(f"{type(value).__name__} cannot be sealed")


_WITH_TIMES = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_as_utc
)
