"""Denominations, tills, drawers and change."""

from typing import Any

import pytest

from tests.api.caller import Caller, fields, rows


def values(api: Caller) -> list[str]:
    return [item["value"] for item in api.get("/denominations")["items"]]


def test_nine_denominations_are_there_from_the_first_day(api: Caller) -> None:
    assert values(api) == ["500", "200", "100", "50", "20", "10", "5", "2", "1"]


def test_a_coin_of_half_a_rupee(api: Caller) -> None:
    made = api.ok("POST", "/denominations", {"value": "0.50"}, status=201)
    assert made == {"value": "0.50", "enabled": True, "coin": True}
    assert api.ok("PATCH", "/denominations/0.50", {"enabled": False})["enabled"] is False
    assert api.ok("PATCH", "/denominations/0.5", {**made, "value": "0.50"})["enabled"] is True


def test_a_disabled_note_is_not_given_but_received(api: Caller) -> None:
    assert api.ok("PATCH", "/denominations/20", {"enabled": False})["enabled"] is False
    assert api.ok("POST", "/change", {"amount": "60", "notes": None})["change"] == {"50": 1, "10": 1}
    sale = {"lines": [{"product": "P001"}], "payments": [{"method": "cash", "notes": {"20": 1, "1": 1}}]}
    assert api.sell(sale)["paid"] == "21.00"


@pytest.mark.parametrize("value", ["500", "0", "-5", "1.001", "abc", None, 10**12, {}])
def test_a_wrong_denomination_is_refused(api: Caller, value: Any) -> None:
    before = rows()
    found = api.refused("POST", "/denominations", {"value": value})
    assert (found["status"], fields(found)) == (422, ["value"])
    assert rows() == before


@pytest.mark.parametrize("value", ["7", "abc", "-1", "1e3", "%00", "9" * 400, "NaN"])
def test_an_unknown_denomination_is_not_found(api: Caller, value: str) -> None:
    assert api.refused("PATCH", f"/denominations/{value}", {"enabled": False})["status"] == 404


def test_tills(api: Caller) -> None:
    assert [item["code"] for item in api.get("/tills")["items"]] == ["A"]
    assert api.ok("POST", "/tills", {"code": "b2", "name": "By the door"}, status=201)["code"] == "B2"
    assert api.get("/tills/b2") == {"code": "B2", "name": "By the door", "enabled": True, "counted": False}
    assert api.refused("GET", "/tills/Z")["status"] == 404
    for code in ["A", "", "ABCD", "A-", "Ä", 1]:
        assert fields(api.refused("POST", "/tills", {"code": code})) == ["code"], code


def test_a_drawer_is_counted_and_counted_again(api: Caller) -> None:
    assert api.get("/tills/A/drawer") == {"counted": False, "notes": {}, "total": "0.00"}
    first = api.ok("POST", "/tills/A/count", {"notes": {"500": 2, "100": 5}})
    assert (first["expected"], first["counted"]) == ({}, {"500": 2, "100": 5})
    assert api.get("/tills/A/drawer") == {"counted": True, "notes": {"500": 2, "100": 5}, "total": "1500.00"}
    api.sell({"lines": [{"product": "P005"}, {"product": "P004", "quantity": "9"}, {"name": "x", "unit_price": "1"}],
              "payments": [{"method": "cash", "notes": {"100": 1}}]})  # fmt: skip
    second = api.ok("POST", "/tills/A/count", {"notes": {"500": 1, "100": 6, "10": 1}})
    assert second["expected"] == {"500": 2, "100": 6}
    assert second["counted"] == {"500": 1, "100": 6, "10": 1}
    assert second["variance"] == {"500": -1, "100": 0, "10": 1}
    assert second["variance_total"] == "-490.00"


@pytest.mark.parametrize(
    ("notes", "code"),
    [
        ({"300": 1}, "denomination-unknown"),
        ({"abc": 1}, "denomination-unknown"),
        ({"500": -1}, "validation-error"),
        ({"500": 1.5}, "validation-error"),
        ({"500": "2"}, "validation-error"),
        ({"500": 10**9}, "validation-error"),
        ({"500": 1, "500.00": 1}, "validation-error"),
        ([], "validation-error"),
        (None, "validation-error"),
    ],
)
def test_a_wrong_count_is_refused(api: Caller, notes: Any, code: str) -> None:
    before = rows()
    found = api.refused("POST", "/tills/A/count", {"notes": notes})
    assert (found["status"], found["code"]) == (422, code)
    assert fields(found)[0].startswith("notes")
    assert rows() == before


def test_change_from_the_highest_down(api: Caller) -> None:
    def change(amount: Any, notes: Any) -> Any:
        return api.ok("POST", "/change", {"amount": amount, "notes": notes}, status=200)["change"]

    assert change("60.00", {"50": 1, "20": 3}) == {"20": 3}
    assert change("958", None) == {"500": 1, "200": 2, "50": 1, "5": 1, "2": 1, "1": 1}
    assert change(0, None) == {}
    assert change("0", {}) == {}
    assert api.ok("POST", "/change", {"amount": "7"})["change"] == {"5": 1, "2": 1}


def test_no_change_says_what_to_ask_for(api: Caller) -> None:
    found = api.refused("POST", "/change", {"amount": "48.00", "notes": {"50": 1}})
    assert (found["status"], found["code"]) == (409, "change-unavailable")
    assert found["ask_for"] == {"amount": "2.00", "change": {"50": 1}}
    assert api.refused("POST", "/change", {"amount": "48.00", "notes": {}})["ask_for"] is None
    assert api.refused("POST", "/change", {"amount": "0.50", "notes": None})["ask_for"] is None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"amount": "60", "notes": {"30": 2}}, "denomination-unknown"),
        ({"amount": "-1", "notes": None}, "validation-error"),
        ({"amount": "1.001"}, "validation-error"),
        ({"amount": "99999999999999"}, "validation-error"),
        ({"notes": None}, "validation-error"),
        ({"amount": "1", "notes": "many"}, "validation-error"),
        ([], "validation-error"),
        (None, "validation-error"),
    ],
)
def test_a_wrong_amount_is_refused(api: Caller, body: Any, code: str) -> None:
    found = api.refused("POST", "/change", body)
    assert (found["status"], found["code"]) == (422, code)
