"""The digest chain."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from counterfoil.rules.digest import digest

DOCUMENT: dict[str, Any] = {
    "number": "A/26-27/000001",
    "lines": [{"name": "दूध", "paid": True, "note": None}],
    "net": 4200,
}


def test_the_digest_is_sha_256_over_the_predecessor_and_canonical_json() -> None:
    canonical = '{"lines":[{"name":"दूध","note":null,"paid":true}],"net":4200,"number":"A/26-27/000001"}'
    assert digest(DOCUMENT, previous="") == sha256(("\n" + canonical).encode()).hexdigest()
    assert digest(DOCUMENT, previous="ab") == sha256(("ab\n" + canonical).encode()).hexdigest()


def test_the_order_of_keys_does_not_matter_and_any_change_does() -> None:
    assert digest(dict(reversed(DOCUMENT.items())), previous="x") == digest(DOCUMENT, previous="x")
    assert digest(DOCUMENT | {"net": 4201}, previous="x") != digest(DOCUMENT, previous="x")
    assert digest(DOCUMENT | {"net": "4200"}, previous="x") != digest(DOCUMENT, previous="x")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"net": 1.0}, "net is a float, which has no one canonical form"),
        ({"net": Decimal(1)}, "net is a Decimal, which has no one canonical form"),
        ({"lines": [{"tax": 1.5}]}, r"lines\[0\]\.tax is a float, which has no one canonical form"),
        ({"lines": [1, (2,)]}, r"lines\[1\] is a tuple, which has no one canonical form"),
        ({"a": {"b": {1: 2}}}, r"a\.b has a key that is no text: 1"),
        ({1: 2}, "the document has a key that is no text: 1"),
    ],
)
def test_what_has_no_one_form_is_refused_and_named(wrong: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        digest(wrong, previous="")
