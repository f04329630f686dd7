"""The shop, products and their stock, tax classes, customers."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.api.caller import Caller, fields, new_key, rows
from tests.shop import SmallShop

# The shop


def test_the_shop(api: Caller) -> None:
    found = api.get("/shop")
    assert (found["name"], found["gstin"], found["state"]) == ("Kirana Asha", "27AAPFU0939F1ZV", "27")
    assert (found["currency"], found["time_zone"], found["tax_regime"]) == ("INR", "Asia/Kolkata", "gst-india")
    assert (found["tax_rounding"], found["payable_rounding"], found["payable_unit"]) == ("rate", "down", "1.00")
    assert found["prices_include_tax"] is False


def test_what_the_shop_answers_can_be_sent_back(api: Caller) -> None:
    before = api.get("/shop")
    assert api.ok("PATCH", "/shop", before) == before


@pytest.mark.parametrize(
    "change",
    [
        {"payable_rounding": "nearest", "payable_unit": "0.05"},
        {"tax_regime": "simple", "tax_name": "VAT"},
        {"time_zone": "Europe/Berlin", "currency": "EUR"},
        {"upi_id": "kirana@okbank", "phone": "+91 20 1234", "waive_limit": "2.00"},
        {"change_strategy": "fewest", "blind_close": True, "prices_include_tax": True, "tax_rounding": "line"},
        {"gstin": "", "state": "29"},
    ],
)
def test_settings_are_changed(api: Caller, change: dict[str, Any]) -> None:
    before = api.get("/shop")
    assert api.ok("PATCH", "/shop", change) == {**before, **change}
    assert api.get("/shop") == {**before, **change}


def test_the_state_follows_from_the_gstin(api: Caller) -> None:
    assert api.ok("PATCH", "/shop", {"gstin": "29 AAGCB 7383 J1Z4"})["state"] == "29"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"gstin": "27AAPFU0939F1ZX"}, "gstin"),
        ({"state": "29"}, "state"),  # the GSTIN is of 27
        ({"state": "00"}, "state"),
        ({"currency": "XXQ"}, "currency"),
        ({"currency": "JPY"}, "currency"),
        ({"currency": 5}, "currency"),
        ({"time_zone": "Asia/Poona"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"tax_regime": "none"}, "tax_regime"),
        ({"payable_unit": "0"}, "payable_unit"),
        ({"payable_unit": "-1"}, "payable_unit"),
        ({"payable_rounding": "up"}, "payable_rounding"),
        ({"email": "nobody"}, "email"),
        ({"upi_id": "no bank"}, "upi_id"),
        ({"prices_include_tax": "perhaps"}, "prices_include_tax"),
        ({"waive_limit": "-1"}, "waive_limit"),
        ({"currrency": "INR"}, "currrency"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(api: Caller, change: dict[str, Any], field: str) -> None:
    before = rows()
    found = api.refused("PATCH", "/shop", change)
    assert (found["status"], found["code"], fields(found)) == (422, "validation-error", [field])
    assert rows() == before


# Products

SOAP = {"code": "S1", "name": "Soap", "unit_price": "30.00", "tax_rate": "18.00"}


def test_a_product_is_added_and_read(api: Caller) -> None:
    body = {**SOAP, "price_includes_tax": True, "stock": "7", "barcode": "8901234599999", "hsn": "3401", "unit": "pc"}
    made = api.ok("POST", "/products", body, status=201)
    assert made["stock"] == "7.000"
    assert made["tax_class"] == "GST 18 %"
    assert {**made, **body, "stock": "7.000"} == made
    assert api.get("/products/S1") == made


def test_what_is_left_out_has_a_meaning(api: Caller) -> None:
    made = api.ok("POST", "/products", {"code": "S2", "name": "Soap", "unit_price": 30}, status=201)
    assert (made["stock"], made["enabled"], made["barcode"], made["unit"]) == (None, True, None, "pc")
    assert (made["tax_rate"], made["price_includes_tax"]) == ("0.00", False)
    api.ok("PATCH", "/shop", {"prices_include_tax": True})
    assert api.ok("POST", "/products", {"code": "S3", "name": "S", "unit_price": 1})["price_includes_tax"] is True


def test_a_rate_that_no_class_has_makes_one(api: Caller) -> None:
    made = api.ok("POST", "/products", {**SOAP, "tax_rate": "7.5"}, status=201)
    assert made["tax_rate"] == "7.50"


def test_what_a_product_answers_can_be_sent_back(api: Caller) -> None:
    before = api.get("/products/P003")
    assert api.ok("PATCH", "/products/P003", before) == before
    changed = api.ok("PATCH", "/products/P003", {**before, "tax_rate": "5.00"})
    assert (changed["tax_rate"], changed["tax_class"]) == ("5.00", "GST 5 %")


def test_only_what_is_given_is_changed(api: Caller) -> None:
    before = api.get("/products/P001")
    changed = api.ok("PATCH", "/products/P001", {"unit_price": "21.00", "enabled": False})
    assert changed == {**before, "unit_price": "21.00", "enabled": False}


def test_stock_by_patch_is_an_adjustment_and_null_ends_tracking(api: Caller) -> None:
    assert api.ok("PATCH", "/products/P001", {"stock": "10"})["stock"] == "10.000"
    assert api.ok("PATCH", "/products/P001", {"stock": None})["stock"] is None
    assert api.ok("PATCH", "/products/P001", {"stock": 0})["stock"] == "0.000"


@pytest.mark.parametrize("code", ["A/B 1", "100%", "Ärger?", "a#b", "x+y", "..a", "a&b=c", "दूध"])
def test_a_code_may_hold_what_an_address_would_not(api: Caller, code: str) -> None:
    api.ok("POST", "/products", {**SOAP, "code": code}, status=201)
    assert api.get(f"/products/{quote(code, safe='')}")["code"] == code
    assert api.ok("POST", f"/products/{quote(code)}/stock", {"quantity": "2"})["stock"] == "2.000"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": ""}, "code"),
        ({"code": "P001"}, "code"),  # taken
        ({"barcode": "8901234567894"}, "barcode"),  # Milk's
        ({"code": "a/stock"}, "code"),
        ({"code": "/a"}, "code"),
        ({"code": ".."}, "code"),
        ({"code": "a\u0000b"}, "code"),
        ({"code": "x" * 41}, "code"),
        ({"code": 7}, "code"),
        ({"name": ""}, "name"),
        ({"name": ["Soap"]}, "name"),
        ({"unit_price": "-1"}, "unit_price"),
        ({"unit_price": "1.001"}, "unit_price"),
        ({"unit_price": "1e3"}, "unit_price"),
        ({"unit_price": True}, "unit_price"),
        ({"unit_price": None}, "unit_price"),
        ({"unit_price": 10**400}, "unit_price"),
        ({"tax_rate": "101"}, "tax_rate"),
        ({"tax_class": "Unheard of"}, "tax_class"),
        ({"tax_class": "GST 5 %", "tax_rate": "18"}, "tax_rate"),
        ({"stock": "-1"}, "stock"),
        ({"stock": "0.0001"}, "stock"),
        ({"stock": {}}, "stock"),
        ({"hsn": "123456789"}, "hsn"),
        ({"enabled": None}, "enabled"),
        ({"price": "1"}, "price"),
    ],
)
def test_a_wrong_product_is_refused_by_name(api: Caller, change: dict[str, Any], field: str) -> None:
    before = rows()
    found = api.refused("POST", "/products", {**SOAP, **change})
    assert (found["status"], found["code"], fields(found)) == (422, "validation-error", [field])
    assert rows() == before


@pytest.mark.parametrize("name", ["code", "name", "unit_price"])
def test_a_product_needs(api: Caller, name: str) -> None:
    found = api.refused("POST", "/products", {key: value for key, value in SOAP.items() if key != name})
    assert fields(found) == [name]


def test_an_unknown_product_is_not_found(api: Caller) -> None:
    for method, path, body in [
        ("GET", "/products/none", None), ("PATCH", "/products/none", {"name": "x"}), ("DELETE", "/products/none", None),
        ("POST", "/products/none/stock", {"quantity": 1}), ("GET", "/products/a%00b", None),
        ("GET", "/products/" + "x" * 500, None),
    ]:  # fmt: skip
        found = api.refused(method, path, body)
        assert (found["status"], found["code"]) == (404, "not-found"), path


def test_products_are_searched_and_filtered(api: Caller) -> None:
    def codes(query: str) -> list[str]:
        return [item["code"] for item in api.get(f"/products?{query}")["items"]]

    assert codes("search=milk") == ["P001"]
    assert codes("search=p00") == ["P001", "P002", "P003", "P004", "P005", "P006"]
    assert codes("search=8901234500011") == ["P003"]
    assert codes("enabled=false") == ["P006"]
    assert "P006" not in codes("enabled=true")
    assert codes("search=%25") == []


def test_lists_are_read_in_pages(api: Caller) -> None:
    seen, path = [], "/products?limit=4"
    while path:
        page = api.get(path)
        seen += [item["code"] for item in page["items"]]
        path = f"/products?limit=4&cursor={page['next']}" if page["next"] else ""
    assert seen == ["P001", "P002", "P003", "P004", "P005", "P006"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=1.5", "limit=-1", "limit=" + "9" * 5000, "cursor=x",
              "cursor=WzFd", "cursor=bnVsbA", "cursor=" + "W1" * 200, "cursor=W10", "cursor=%FF", "search=%00"]
)  # fmt: skip
@pytest.mark.parametrize("path", ["/products", "/customers"])
def test_a_list_refuses_what_it_cannot_follow(api: Caller, path: str, query: str) -> None:
    found = api.refused("GET", f"{path}?{query}")
    assert (found["status"], found["code"]) == (422, "validation-error")
    assert fields(found) == [query.partition("=")[0]]


def test_goods_are_received_and_adjusted(api: Caller) -> None:
    assert api.ok("POST", "/products/P001/stock", {"quantity": "24", "reason": "received"})["stock"] == "74.000"
    assert api.ok("POST", "/products/P001/stock", {"quantity": "-4.5", "reason": "adjusted"})["stock"] == "69.500"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"quantity": "0", "reason": "received"}, "validation-error", "quantity"),
        ({"quantity": "-1", "reason": "received"}, "validation-error", "quantity"),
        ({"quantity": "1", "reason": "stolen"}, "validation-error", "reason"),
        ({"quantity": "-51", "reason": "adjusted"}, "out-of-stock", "quantity"),
        ({"reason": "received"}, "validation-error", "quantity"),
    ],
)
def test_stock_is_never_below_zero(api: Caller, body: dict[str, str], code: str, field: str) -> None:
    before = rows()
    found = api.refused("POST", "/products/P001/stock", body)
    assert (found["code"], fields(found)) == (code, [field])
    assert rows() == before


def test_only_what_was_never_used_is_deleted(api: Caller) -> None:
    api.ok("POST", "/products", SOAP, status=201)
    assert api.send("DELETE", "/products/S1").status_code == 204
    assert api.refused("GET", "/products/S1")["code"] == "not-found"
    assert api.refused("DELETE", "/products/P001")["status"] == 422


# Tax classes


def test_a_rate_holds_from_its_day(api: Caller) -> None:
    rates = [{"from": "2020-04-01", "rate": "12.00"}, {"from": "2099-04-01", "rate": "18.00"}]
    made = api.ok("POST", "/tax-classes", {"name": "Sweets", "rates": rates}, status=201)
    assert made == {"name": "Sweets", "rate": "12.00", "rates": rates}
    assert api.ok("POST", "/products", {**SOAP, "tax_rate": None, "tax_class": "Sweets"})["tax_rate"] == "12.00"
    changed = api.ok("POST", "/tax-classes/Sweets/rates", {"from": "2098-04-01", "rate": "15"}, status=201)
    assert [entry["rate"] for entry in changed["rates"]] == ["12.00", "15.00", "18.00"]
    assert "Sweets" in [item["name"] for item in api.get("/tax-classes")["items"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "GST 5 %", "rates": [{"from": "2026-04-01", "rate": "5"}]}, "name"),
        ({"name": "New", "rates": []}, "rates"),
        ({"name": "New", "rates": [{"from": "2026-04-31", "rate": "5"}]}, "rates[0].from"),
        ({"name": "New", "rates": [{"from": "2026-04-01", "rate": "500"}]}, "rates[0].rate"),
        ({"name": "New", "rates": [{"from": "2026-04-01", "rate": 1}, {"from": "2026-04-01", "rate": 2}]}, "rates"),
    ],
)
def test_a_wrong_tax_class_is_refused(api: Caller, body: dict[str, Any], field: str) -> None:
    assert fields(api.refused("POST", "/tax-classes", body)) == [field]


def test_no_rate_begins_in_the_past(api: Caller) -> None:
    found = api.refused("POST", "/tax-classes/GST 5 %25/rates", {"from": "2020-01-01", "rate": "6"})
    assert fields(found) == ["from"]
    assert api.refused("POST", "/tax-classes/None/rates", {"from": "2099-01-01", "rate": "6"})["status"] == 404


# Customers


def test_a_customer_is_added_read_and_changed(api: Caller) -> None:
    made = api.ok("POST", "/customers", {"name": "Vikram", "email": "Vikram@Example.com"}, status=201)
    assert made["email"] == "Vikram@Example.com"
    assert api.get(f"/customers/{made['id']}") == made
    changed = api.ok("PATCH", f"/customers/{made['id']}", {**made, "gstin": "29AAGCB7383J1Z4", "address": "1\nMG Road"})
    assert (changed["state"], changed["address"]) == ("29", "1\nMG Road")


def test_an_email_belongs_to_one_customer(api: Caller, shop: SmallShop) -> None:
    before = rows()
    found = api.refused("POST", "/customers", {"name": "Another", "email": "ASHA@Example.com"})
    assert (found["code"], fields(found)) == ("validation-error", ["email"])
    assert fields(api.refused("PATCH", f"/customers/{shop.thomas.pk}", {"email": "asha@EXAMPLE.com"})) == ["email"]
    assert rows() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"email": "x@example.com\r\nBcc: y@example.com"}, "email"),
        ({"gstin": "nonsense"}, "gstin"),
        ({"state": "XX"}, "state"),
        ({"phone": "1" * 41}, "phone"),
        ({"id": 5}, "id"),
        ({"nmae": "x"}, "nmae"),
    ],
)
def test_a_wrong_customer_is_refused_by_name(api: Caller, change: dict[str, Any], field: str) -> None:
    assert fields(api.refused("POST", "/customers", {"name": "Vikram", **change})) == [field]


def test_customers_are_searched_in_pages(api: Caller) -> None:
    for _ in range(3):
        api.ok("POST", "/customers", {"name": "Same Name"}, status=201)
    first = api.get("/customers?search=same&limit=2")
    second = api.get(f"/customers?search=same&limit=2&cursor={first['next']}")
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) == 3
    assert second["next"] is None
    assert [item["name"] for item in api.get("/customers?search=ASHA@")["items"]] == ["Asha Rao"]


def test_odd_names_do_not_end_the_list(api: Caller) -> None:
    for name in ("\u200bInvisible", "\u202eBackwards", "Ü", "日本", "\u2028line"):
        api.ok("POST", "/customers", {"name": name}, status=201)
    seen, path = 0, "/customers?limit=1"
    while path:
        page = api.get(path)
        seen += len(page["items"])
        path = f"/customers?limit=1&cursor={page['next']}" if page["next"] else ""
    assert seen == 7


@pytest.mark.parametrize("row_id", ["0", "999999", "9" * 30, "9" * 5000, "abc", "-1", "1.5", "%00"])
def test_an_unknown_customer_is_not_found(api: Caller, row_id: str) -> None:
    assert api.refused("GET", f"/customers/{row_id}")["status"] == 404
    assert api.refused("PATCH", f"/customers/{row_id}", {"name": "x"})["status"] == 404


def test_who_bought_is_not_deleted(api: Caller, shop: SmallShop) -> None:
    assert api.send("DELETE", f"/customers/{shop.thomas.pk}").status_code == 204
    sale = {"customer": {"id": shop.asha.pk}, "lines": [{"product": "P001"}]}
    api.sell({**sale, "payments": [{"method": "cash", "amount": "21"}]}, key=new_key())
    assert api.refused("DELETE", f"/customers/{shop.asha.pk}")["status"] == 422
