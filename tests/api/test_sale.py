"""A sale through the API: what it answers, what it changes, and that a refused one changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests.api.caller import Caller, fields, new_key, problem, rows
from tests.shop import SmallShop

MILK = {"product": "P001", "quantity": "2"}


def sale(*lines: Any, pay: Any = None, **more: Any) -> dict[str, Any]:
    payment = {"method": "cash", "notes": {"500": 2}} if pay is None else pay
    return {"lines": list(lines) or [MILK], "payments": [payment], **more}


def test_milk_paid_with_two_notes_of_500(api: Caller, shop: SmallShop) -> None:
    buyer = {"name": "Kavita Joshi", "email": "kavita@example.com"}
    invoice = api.sell(sale(till="A", customer=buyer))
    assert (invoice["taxable_total"], invoice["tax_total"], invoice["net_total"]) == ("40.00", "2.00", "42.00")
    assert (invoice["rounded_payable"], invoice["paid"], invoice["change_due"]) == ("42.00", "1000.00", "958.00")
    assert invoice["change"] == {"500": 1, "200": 2, "50": 1, "5": 1, "2": 1, "1": 1}
    assert invoice["taxes"] == [
        {"name": "CGST", "rate": "2.50", "taxable": "40.00", "amount": "1.00"},
        {"name": "SGST", "rate": "2.50", "taxable": "40.00", "amount": "1.00"},
    ]
    assert invoice["number"].startswith("A/")
    assert invoice["number"].endswith("/000001")
    assert invoice["issued_at"].endswith("+05:30")
    assert invoice["email"]["state"] == "queued"
    assert api.get("/products/P001")["stock"] == "48.000"
    known = api.get("/customers?search=kavita")["items"]
    assert [(entry["name"], entry["email"]) for entry in known] == [("Kavita Joshi", "kavita@example.com")]
    assert invoice["customer"]["id"] == known[0]["id"]


def test_the_answer_says_where_the_invoice_is(api: Caller) -> None:
    answer = api.send("POST", "/invoices", sale(), Idempotency_Key=new_key())
    assert answer.status_code == 201
    assert api.client.get(answer["Location"], headers={"Authorization": f"Bearer {api.token}"}).json() == answer.json()


def test_numbers_may_be_written_as_numbers(api: Caller) -> None:
    line = b'{"name": "Wrap", "unit_price": 0.1, "tax_rate": 0, "quantity": 3.000, "price_includes_tax": true}'
    body = b'{"lines": [' + line + b'], "payments": [{"method": "cash", "amount": 1e0}]}'
    answer = api.send("POST", "/invoices", body, Idempotency_Key=new_key())
    assert answer.status_code == 201, answer.content
    assert answer.json()["net_total"] == "0.30"


def test_a_till_may_be_written_in_small_letters(api: Caller) -> None:
    api.ok("POST", "/tills", {"code": "b"}, status=201)
    assert api.sell(sale(till="b"))["number"].startswith("B/")


def test_the_master_keeps_its_name_and_the_invoice_the_one_given(api: Caller, shop: SmallShop) -> None:
    invoice = api.sell(sale(customer={"name": "A. Rao", "email": "ASHA@example.com"}))
    assert invoice["customer"]["id"] == shop.asha.pk
    assert invoice["customer"]["name"] == "A. Rao"
    assert api.get(f"/customers/{shop.asha.pk}")["name"] == "Asha Rao"


REFUSED: dict[str, tuple[dict[str, Any], int, str, str]] = {
    "too little": (sale(pay={"method": "cash", "amount": "41.99"}), 422, "paid-too-little", "payments"),
    "more than is there": (sale({"product": "P005", "quantity": "4"}), 409, "out-of-stock", "lines[0].quantity"),
    "more in two lines": (
        sale({"product": "P005", "quantity": "2"}, {"product": "P005", "quantity": "2"}),
        409, "out-of-stock", "lines[0].quantity",
    ),
    "unknown product": (sale(MILK, {"product": "P999"}), 422, "product-not-found", "lines[1].product"),
    "disabled product": (sale({"product": "P006"}), 422, "product-disabled", "lines[0].product"),
    "none": (sale({"product": "P001", "quantity": "0"}), 422, "validation-error", "lines[0].quantity"),
    "fewer than none": (sale({"product": "P001", "quantity": -1}), 422, "validation-error", "lines[0].quantity"),
    "NaN": (sale({"product": "P001", "quantity": "NaN"}), 422, "validation-error", "lines[0].quantity"),
    "absurdly many": (sale({"product": "P001", "quantity": 10**30}), 422, "validation-error", "lines[0].quantity"),
    "bad e-mail": (sale(customer={"email": "a@b"}), 422, "validation-error", "customer.email"),
    "e-mail of two lines": (
        sale(customer={"email": "a@example.com\nBcc: b@example.com"}), 422, "validation-error", "customer.email",
    ),
    "no such note": (sale(pay={"method": "cash", "notes": {"300": 1}}), 422, "denomination-unknown",
                     "payments[0].notes.300"),
    "nothing": ({"lines": [], "payments": []}, 422, "validation-error", "lines"),
    "no lines": ({"payments": []}, 422, "validation-error", "lines"),
    "no such field": (sale(discout="5%"), 422, "validation-error", "discout"),
    "no such till": (sale(till="ZZ"), 422, "validation-error", "till"),
    "card above what is due": (sale(pay={"method": "card", "amount": "43.00"}), 422, "paid-too-much", "payments"),
    "a discount above 100 %": (sale({**MILK, "discount": "101%"}), 422, "validation-error", "lines[0].discount"),
    "on nobody's account": (sale(pay={"method": "account", "amount": "42.00"}), 422, "validation-error", "customer"),
    "a customer who is not there": (sale(customer={"id": 99_999}), 422, "validation-error", "customer.id"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_sale_names_its_field_and_leaves_nothing_behind(api: Caller, case: str) -> None:
    body, status, code, field = REFUSED[case]
    before = rows()
    found = api.refused("POST", "/invoices", body, Idempotency_Key=new_key())
    assert (found["status"], found["code"]) == (status, code)
    assert field in fields(found)
    assert rows() == before
    assert api.sell(sale())["number"].endswith("/000001"), "a refused sale burns no number"


def test_refusals_say_what_to_do(api: Caller) -> None:
    short = api.refused("POST", "/invoices", REFUSED["more than is there"][0], Idempotency_Key=new_key())
    assert (short["product"], short["left"]) == ("P005", "3.000")
    little = api.refused("POST", "/invoices", REFUSED["too little"][0], Idempotency_Key=new_key())
    assert little["missing"] == "0.01"


def test_no_exact_change_says_what_to_ask_for(api: Caller) -> None:
    api.ok("POST", "/tills/A/count", {"notes": {"50": 1, "2": 3}})
    before = rows()
    body = sale({"product": "P005"}, pay={"method": "cash", "notes": {"50": 1, "5": 1}})
    found = api.refused("POST", "/invoices", body, Idempotency_Key=new_key())
    assert (found["status"], found["code"]) == (409, "change-unavailable")
    assert found["ask_for"].keys() == {"amount", "change"}
    assert rows() == before


@pytest.mark.parametrize("key", ["", "short", "x" * 201, "with space", "snowman-\u2603", "tab\tinside"])
def test_without_a_proper_key_nothing_is_sold(api: Caller, key: str) -> None:
    before = rows()
    found = api.refused("POST", "/invoices", sale(), **({"Idempotency_Key": key} if key else {}))
    assert (found["status"], found["code"]) == (400, "idempotency-key-missing")
    assert rows() == before


def test_the_same_key_answers_the_same_invoice(api: Caller) -> None:
    key = new_key()
    first = api.sell(sale(), key=key)
    before = rows()
    again = api.send("POST", "/invoices", sale(), Idempotency_Key=key)
    assert (again.status_code, again["Idempotent-Replayed"], again.json()) == (200, "true", first)
    assert rows() == before


def test_how_a_number_is_written_makes_no_other_sale(api: Caller) -> None:
    key = new_key()
    first = api.sell(sale({"product": "P001", "quantity": "2.0"}), key=key)
    again = api.send("POST", "/invoices", sale({"product": "P001", "quantity": 2}), Idempotency_Key=key)
    assert (again.status_code, again.json()["number"]) == (200, first["number"])


def test_a_key_cannot_stand_for_two_sales(api: Caller) -> None:
    key = new_key()
    api.sell(sale(), key=key)
    before = rows()
    found = api.refused("POST", "/invoices", sale({"product": "P003"}), Idempotency_Key=key)
    assert (found["status"], found["code"]) == (422, "idempotency-key-reused")
    assert rows() == before


def test_a_refused_sale_keeps_no_key(api: Caller) -> None:
    key = new_key()
    api.refused("POST", "/invoices", REFUSED["too little"][0], Idempotency_Key=key)
    api.sell(sale(), key=key)


def test_the_price_is_the_sales_and_saves_nothing(api: Caller) -> None:
    body = sale(customer={"name": "New", "email": "new@example.com"})
    before = rows()
    priced = api.ok("POST", "/invoices/price", body, status=200)
    assert rows() == before
    assert priced["problems"] == []
    sold = api.sell(body)
    same = ("lines", "taxes", "taxable_total", "tax_total", "net_total", "rounding", "rounded_payable", "paid",
            "change_due", "change", "payments")  # fmt: skip
    assert {name: priced[name] for name in same} == {name: sold[name] for name in same}


def test_the_price_lists_what_would_refuse_the_sale(api: Caller) -> None:
    body = sale(MILK, {"product": "P999"}, {"product": "P006"}, {"product": "P005", "quantity": "9"},
                pay={"method": "cash", "amount": "1"})  # fmt: skip
    priced = api.ok("POST", "/invoices/price", body, status=200)
    codes = {entry["code"] for entry in priced["problems"]}
    assert codes == {"product-not-found", "product-disabled", "out-of-stock", "paid-too-little"}
    assert all(entry["message"] for entry in priced["problems"])


def test_a_price_needs_no_payment(api: Caller) -> None:
    priced = api.ok("POST", "/invoices/price", {"lines": [MILK]}, status=200)
    assert (priced["rounded_payable"], priced["problems"]) == ("42.00", [])


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_once_makes_one_invoice(api: Caller) -> None:
    key = new_key()

    def sell(_: int) -> Any:
        try:
            return Caller(api.token).send("POST", "/invoices", sale(), Idempotency_Key=key)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(sell, range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert len(api.get("/invoices")["items"]) == 1


@pytest.mark.django_db(transaction=True)
def test_two_tills_at_once_cannot_sell_the_last_packet(api: Caller) -> None:
    api.ok("POST", "/tills", {"code": "B"})
    body = sale({"product": "P005", "quantity": "3"})

    def sell(till: str) -> Any:
        try:
            return Caller(api.token).send("POST", "/invoices", {**body, "till": till}, Idempotency_Key=new_key())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(sell, ["A", "B"]), key=lambda answer: answer.status_code)
    assert [answer.status_code for answer in answers] == [201, 409]
    assert problem(answers[1])["code"] == "out-of-stock"
    assert api.get("/products/P005")["stock"] == "0.000"
