"""Issued invoices: found again, printed, mailed again, taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.api.caller import Caller, fields, new_key, rows
from tests.shop import SmallShop


@pytest.fixture
def sold(api: Caller) -> list[Any]:
    """Three invoices: Asha's, Kavita's, and a walk-in's on till B."""
    api.ok("POST", "/tills", {"code": "B"})
    cash = [{"method": "cash", "notes": {"500": 1}}]
    milk = {"product": "P001", "quantity": "2"}
    return [
        api.sell({"customer": {"name": "Asha Rao", "email": "asha@example.com"}, "lines": [milk], "payments": cash}),
        api.sell({"customer": {"email": "kavita@example.com"}, "lines": [{"product": "P003"}], "payments": cash}),
        api.sell({"till": "B", "lines": [milk, {"product": "P004"}], "payments": cash}),
    ]


def numbers(api: Caller, query: str = "") -> list[str]:
    return [item["number"] for item in api.get(f"/invoices?{query}")["items"]]


def encoded(number: str) -> str:
    return number.replace("/", "%2F")


def test_an_invoice_is_read_with_its_slashes_encoded_or_not(api: Caller, sold: list[Any]) -> None:
    number = sold[0]["number"]
    assert api.get(f"/invoices/{number}") == sold[0]
    assert api.get(f"/invoices/{encoded(number)}") == sold[0]
    assert api.refused("GET", "/invoices/A/26-27/999999")["status"] == 404
    assert api.refused("GET", "/invoices/a%00b")["status"] == 404


def test_the_newest_comes_first(api: Caller, sold: list[Any]) -> None:
    listed = api.get("/invoices")
    assert listed == {"items": sold[::-1], "next": None}


def test_filters(api: Caller, sold: list[Any]) -> None:
    asha, kavita, walk_in = (invoice["number"] for invoice in sold)
    today = timezone.now().astimezone(timezone.get_default_timezone()).date()
    assert numbers(api, "customer_name=ASHA") == [asha]
    assert numbers(api, "customer_email=%40EXAMPLE") == [kavita, asha]
    assert numbers(api, "product=milk") == [walk_in, asha]
    assert numbers(api, "product=P003") == [kavita]
    assert numbers(api, "till=b") == [walk_in]
    assert numbers(api, "number=000002") == [kavita]
    assert numbers(api, "email_state=none") == [walk_in]
    assert numbers(api, "email_state=queued") == [kavita, asha]
    assert numbers(api, f"from={today}&to={today}") == [walk_in, kavita, asha]
    assert numbers(api, f"to={today - timedelta(days=1)}") == []
    assert numbers(api, f"from={today + timedelta(days=1)}") == []
    assert numbers(api, "customer_name=asha&till=B") == []
    assert numbers(api, "customer_name=%25") == []


def test_pages_hold_every_invoice_once(api: Caller, sold: list[Any]) -> None:
    seen: list[str] = []
    path = "limit=2"
    while path:
        page = api.get(f"/invoices?{path}")
        seen += [item["number"] for item in page["items"]]
        if len(seen) == 2:  # a sale in between shifts nothing
            api.sell({"lines": [{"product": "P001"}], "payments": [{"method": "upi", "amount": "21.00"}]})
        path = f"limit=2&cursor={page['next']}" if page["next"] else ""
    assert seen == [invoice["number"] for invoice in sold[::-1]]


@pytest.mark.parametrize(
    "query",
    ["from=2026-13-01", "from=yesterday", "to=20261122", "to=1700000000", "limit=0", "limit=201", "limit=ten",
     "cursor=nonsense", "cursor=WyJ4Il0", "email_state=lost", "customer_name=%00", "till=ABCD",
     "number=" + "x" * 300],
)  # fmt: skip
def test_a_wrong_filter_is_refused_by_name(api: Caller, query: str) -> None:
    found = api.refused("GET", f"/invoices?{query}")
    assert (found["status"], found["code"], fields(found)) == (422, "validation-error", [query.partition("=")[0]])


def test_paper(api: Caller, sold: list[Any]) -> None:
    number = sold[0]["number"]
    for path in (f"/invoices/{number}/pdf", f"/invoices/{encoded(number)}/pdf?format=receipt"):
        answer = api.send("GET", path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        assert number.replace("/", "-") in answer["Content-Disposition"]
    assert fields(api.refused("GET", f"/invoices/{number}/pdf?format=a5")) == ["format"]
    assert api.refused("GET", "/invoices/A/26-27/999999/pdf")["status"] == 404


# Mail


def test_a_queued_letter_is_only_hastened(api: Caller, sold: list[Any]) -> None:
    answer = api.ok("POST", f"/invoices/{encoded(sold[0]['number'])}/email", status=200)
    assert (answer["state"], answer["to"]) == ("queued", "asha@example.com")
    assert api.get(f"/invoices/{sold[0]['number']}")["email"]["state"] == "queued"


def test_an_invoice_is_mailed_elsewhere(api: Caller, sold: list[Any]) -> None:
    number = sold[2]["number"]
    assert fields(api.refused("POST", f"/invoices/{number}/email")) == ["to"]
    assert fields(api.refused("POST", f"/invoices/{number}/email", {"to": "nobody"})) == ["to"]
    answer = api.ok("POST", f"/invoices/{number}/email", {"to": "elsewhere@example.com"})
    assert (answer["state"], answer["to"]) == ("queued", "elsewhere@example.com")
    assert api.ok("POST", f"/invoices/{number}/email")["to"] == "elsewhere@example.com"  # nobody else to send it to
    assert api.refused("POST", "/invoices/A/26-27/999999/email")["status"] == 404


def test_the_time_of_the_next_try_is_the_shops(api: Caller, sold: list[Any]) -> None:
    api.ok("PATCH", "/shop", {"time_zone": "Pacific/Auckland"})
    number = sold[0]["number"]
    again = api.ok("POST", f"/invoices/{number}/email")
    newer = api.sell({"customer": {"email": "n@example.com"}, "lines": [{"product": "P001"}],
                      "payments": [{"method": "upi", "amount": "21.00"}]})  # fmt: skip
    for mail in (again, api.get(f"/invoices/{number}")["email"], newer["email"]):
        assert mail["next_attempt_at"][-6:] == newer["issued_at"][-6:]
        assert mail["next_attempt_at"][-6:] in ("+12:00", "+13:00")


# Returns


def test_one_of_two_is_taken_back(api: Caller, shop: SmallShop, sold: list[Any]) -> None:
    number = sold[0]["number"]
    body = {"lines": [{"position": 1, "quantity": "1"}], "refund": [{"method": "cash"}], "reason": "sour"}
    key = new_key()
    note = api.ok("POST", f"/invoices/{encoded(number)}/returns", body, status=201, Idempotency_Key=key)
    assert (note["kind"], note["net_total"], note["original"]["number"]) == ("credit-note", "21.00", number)
    assert shop.stock_milli("P001") == 47_000
    assert api.get(f"/invoices/{number}")["credit_notes"] == [note["number"]]
    assert api.get(f"/invoices/{encoded(note['number'])}") == note
    before = rows()
    again = api.send("POST", f"/invoices/{number}/returns", body, Idempotency_Key=key)
    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (200, "true", note)
    assert rows() == before


def test_without_lines_all_that_is_left_is_taken_back_once(api: Caller, sold: list[Any]) -> None:
    path = f"/invoices/{sold[0]['number']}/returns"
    note = api.ok("POST", path, status=201, Idempotency_Key=new_key())
    assert note["net_total"] == "42.00"
    before = rows()
    found = api.refused("POST", path, {"refund": [{"method": "cash"}]}, Idempotency_Key=new_key())
    assert (found["status"], found["code"]) == (409, "already-returned")
    assert rows() == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"lines": [{"position": 1, "quantity": "3"}]}, 409, "already-returned"),
        ({"lines": [{"position": 9, "quantity": "1"}]}, 422, "validation-error"),
        ({"lines": [{"position": 1, "quantity": "0"}]}, 422, "validation-error"),
        ({"refund": [{"method": "cash", "amount": "1"}]}, 422, "validation-error"),
        ({"refund": []}, 422, "validation-error"),
        ({"refund": "cash"}, 422, "validation-error"),
        ([], 422, "validation-error"),
    ],
)
def test_a_refused_return_leaves_nothing_behind(
    api: Caller, sold: list[Any], body: Any, status: int, code: str
) -> None:
    before = rows()
    found = api.refused("POST", f"/invoices/{sold[0]['number']}/returns", body, Idempotency_Key=new_key())
    assert (found["status"], found["code"]) == (status, code)
    assert rows() == before


def test_a_return_needs_a_key_and_an_invoice(api: Caller, sold: list[Any]) -> None:
    assert api.refused("POST", f"/invoices/{sold[0]['number']}/returns")["code"] == "idempotency-key-missing"
    found = api.refused("POST", "/invoices/A/26-27/999999/returns", Idempotency_Key=new_key())
    assert found["code"] == "not-found"
