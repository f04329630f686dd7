"""The digest that chains documents: whoever changes one afterwards breaks every one that follows."""

import hashlib
import json
from collections.abc import Mapping


def digest(values: Mapping[str, object], *, previous: str) -> str:
    """SHA-256 in hex over the predecessor's digest and the values as canonical JSON."""
    _check(dict(values), path="")
    canonical = json.dumps(dict(values), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{canonical}".encode()).hexdigest()


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
