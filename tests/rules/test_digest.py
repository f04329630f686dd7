"""The digest chain."""

import json
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_document_of_last_year_still_has_its_digest() -> None:
    """Written down once: were it ever to come out otherwise, every chain in every shop would break."""
    known = "45bf80121d19f6ee728cb03fc66c70b285081fe79755506c1c1efaa73a76f749"
    assert digest(DOCUMENT, previous="0" * 64) == known


class Kind(StrEnum):
    INVOICE = "invoice"


@pytest.mark.parametrize("inside", [lambda value: {"a": value}, lambda value: {"a": [{"b": [value]}]}])
def test_words_and_whole_numbers_of_a_kind_of_their_own_are_written_as_what_they_are(
    inside: Callable[[object], dict[str, object]],
) -> None:
    assert digest(inside(Kind.INVOICE), previous="") == digest(inside("invoice"), previous="")
    assert digest(inside(HTTPStatus.OK), previous="") == digest(inside(200), previous="")
    assert digest({Kind.INVOICE: inside(1)}, previous="") == digest({"invoice": inside(1)}, previous="")


KEYS = st.sampled_from(["a", "b", "दूध", 1])
VALUES = st.sampled_from([None, True, 7, "x", 1.5, Decimal(2), (3,)])


def is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(is_plain(inner) for inner in value.values())
    if isinstance(value, list):
        return all(is_plain(inner) for inner in value)
    return value is None or isinstance(value, (str, int))


@given(st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8))
def test_a_document_is_digested_if_it_is_plain_all_through_and_otherwise_refused(value: Any) -> None:
    document = {"value": value}
    if is_plain(value):
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert digest(document, previous="") == sha256(("\n" + canonical).encode()).hexdigest()
    else:
        with pytest.raises(TypeError):
            digest(document, previous="")


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
