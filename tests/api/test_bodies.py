"""Bodies that no honest client sends: always a problem with a code, and nothing saved."""

import json
from typing import Any

import pytest

from tests.api.caller import Caller, new_key, problem, rows
from tests.shop import SmallShop

HOSTILE: dict[str, bytes] = {
    "no JSON": b"{",
    "two values": b"{} {}",
    "a comment": b"{} // x",
    "single quotes": b"{'lines': []}",
    "not UTF-8": b'{"till": "\xff"}',
    "UTF-16": '{"till": "A"}'.encode("utf-16"),
    "NaN": b'{"waive": NaN}',
    "Infinity": b'{"waive": -Infinity}',
    "overflowing exponent": b'{"waive": 1e99999999999999999999999}',
    "big exponent": b'{"waive": 1e999999}',
    "small exponent": b'{"waive": 1e-999999}',
    "5001 digits": b'{"waive": 1' + b"0" * 5000 + b"}",
    "5001 digits in text": b'{"waive": "1' + b"0" * 5000 + b'"}',
    "a long fraction": b'{"waive": 0.' + b"0" * 100_000 + b"}",
    "the same name twice": b'{"till": "A", "till": "B"}',
    "the same name twice, inside": b'{"customer": {"name": "a", "name": "b"}}',
    "half a surrogate pair": b'{"customer": {"name": "\\ud800"}}',
    "half a surrogate pair in a name": b'{"\\udfff": 1}',
    "a null byte": b'{"customer": {"name": "a\\u0000b"}}',
    "a raw null byte": b'{"customer": {"name": "a\x00b"}}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "33 deep": b"[" * 33 + b"]" * 33,
    "a list": b"[]",
    "text": b'"sale"',
    "null": b"null",
    "a number": b"1",
    "nothing": b"",
    "a long word": b'{"customer": {"name": "' + b"x" * 900_000 + b'"}}',
    "a long name": b'{"' + b"x" * 900_000 + b'": 1}',
    "many names": json.dumps({f"n{i}": i for i in range(50_000)}).encode(),
    "many lines": b'{"lines": [' + b",".join([b"{}"] * 100_000) + b"]}",
    "many notes": json.dumps({"payments": [{"method": "cash", "notes": {str(i): 1 for i in range(1000)}}]}).encode(),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_body_is_refused(api: Caller, case: str) -> None:
    before = rows()
    for path in ("/invoices", "/invoices/price", "/customers", "/change", "/tills/A/count"):
        answer = api.send("POST", path, HOSTILE[case], Idempotency_Key=new_key())
        found = problem(answer)
        assert (found["status"], found["code"]) == (422, "validation-error"), path
        assert len(answer.content) < 20_000, "what was sent is not sent back"
    assert rows() == before


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_large_body_is_refused(api: Caller, size: int) -> None:
    body = b'{"customer": {"name": "' + b"x" * size + b'"}}'
    found = api.refused("POST", "/invoices", body, Idempotency_Key=new_key())
    assert (found["status"], found["code"]) == (413, "too-large")


def test_a_body_of_exactly_1_mib_is_read(api: Caller) -> None:
    body = b'{"amount": "7"}'
    padded = body + b" " * (1024 * 1024 - len(body))
    assert api.ok("POST", "/change", padded)["change"] == {"5": 1, "2": 1}


WRONG: list[Any] = [None, True, 7, -1, 1.5, "", "x", "\u200b", [], [[]], {}, {"a": 1}, 10**40, "1e5", "٣", "½", " 1 "]
SALE: dict[str, Any] = {
    "till": "A",
    "customer": {"id": 1, "name": "n", "email": "e@example.com", "phone": "", "gstin": "", "state": "", "address": ""},
    "lines": [{"product": "P001", "quantity": "1", "discount": "0"},
              {"name": "w", "unit_price": "1", "tax_rate": "5", "price_includes_tax": True, "hsn": "", "unit": ""}],
    "discount": "0",
    "payments": [{"method": "cash", "notes": {"500": 1}, "amount": None, "reference": ""}],
    "waive": "0",
}  # fmt: skip


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, part in inner for place in places(part, (*at, key)))]


@pytest.mark.parametrize("place", places(SALE), ids=lambda place: ".".join(map(str, place)) or "all")
def test_a_wrong_type_anywhere_is_a_clear_answer(api: Caller, place: tuple[Any, ...]) -> None:
    for wrong in WRONG:
        body = _with(SALE, place, wrong)
        answer = api.send("POST", "/invoices/price", body)
        if answer.status_code != 200:
            assert problem(answer)["status"] in (409, 422), (place, wrong)


def _with(value: Any, place: tuple[Any, ...], wrong: Any) -> Any:
    if not place:
        return wrong
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[place[0]] = _with(value[place[0]], place[1:], wrong)
    return copied


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "'; DROP TABLE x; --", "🧾" * 30,
                                  "\u202egnp.exe", "a\u0301" * 40, "%s%n{0}{{x}}"])  # fmt: skip
def test_odd_text_is_kept_as_it_is(api: Caller, text: str) -> None:
    made = api.ok("POST", "/customers", {"name": text}, status=201)
    assert made["name"] == text
    assert api.get(f"/customers/{made['id']}")["name"] == text


@pytest.mark.parametrize("nearly", ["no", "false", "true", 0, 1, "1"])
def test_true_and_false_are_not_guessed(api: Caller, shop: SmallShop, nearly: Any) -> None:
    """`"no"` would be false, and `"n0"` an error: a client that sends text for a flag is told so each time."""
    line = {"name": "Wrap", "unit_price": "1", "price_includes_tax": nearly}
    calls: list[tuple[str, str, dict[str, Any], str]] = [
        ("PATCH", "/products/P001", {"enabled": nearly}, "enabled"),
        ("PATCH", f"/customers/{shop.asha.pk}", {"enabled": nearly}, "enabled"),
        ("PATCH", "/denominations/5", {"enabled": nearly}, "enabled"),
        ("PATCH", "/shop", {"prices_include_tax": nearly}, "prices_include_tax"),
        ("POST", "/invoices/price", {"lines": [line]}, "lines[0].price_includes_tax"),
    ]
    for method, path, body, field in calls:
        found = api.refused(method, path, body)
        assert (found["status"], found["errors"]) == (422, [{"field": field, "message": "Give true or false."}])


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [("POST", "/change", {"amount": "1", "notes": {"50": -1}}, "Give at least 0."),
     ("POST", "/change", {"amount": "1", "notes": {"50": 100_001}}, "Give at most 100000."),
     ("POST", "/invoices/price", {"lines": [{"product": "P001"}] * 501}, "Give at most 500."),
     ("POST", "/products/P001/stock", {"quantity": "1", "reason": "lost"}, "Give 'received' or 'adjusted'."),
     ("GET", "/products?limit=201", None, "Give at most 200.")],
)  # fmt: skip
def test_limits_are_said_in_the_shops_words(api: Caller, method: str, path: str, body: Any, message: str) -> None:
    assert api.refused(method, path, body)["errors"][0]["message"] == message
