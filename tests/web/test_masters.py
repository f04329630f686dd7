"""The masters' pages: add, change, refuse beside the field, disable rather than delete."""

import json

import pytest
from django.test import Client

from counterfoil.catalog.models import Product, StockMovement
from counterfoil.customers.models import Customer
from counterfoil.people.models import ApiToken, User
from counterfoil.shop import queries as shop_queries
from counterfoil.till.models import Denomination, Till
from tests.history.ledger import sell
from tests.shop import SmallShop
from tests.web.conftest import As

HTMX = {"HX-Request": "true"}
SALT = {
    "code": "SLT01", "name": "Tata Salt 1 kg", "unit": "pkt", "hsn": "2501", "unit_price": "30.00", "tax_rate": "0",
    "price_includes_tax": "on", "tracked": "on", "stock": "12", "enabled": "on", "barcode": "8904043901015",
}  # fmt: skip


def error_of(page: str, field: str) -> str:
    """What stands beside the field, which must say that it is wrong and by what."""
    assert f'aria-describedby="{field}-error' in page
    return page.split(f'id="{field}-error"')[1].split("</p>")[0].split("<span>")[1].split("</span>")[0]


def test_a_product_is_added_with_its_opening_stock(owner: Client, shop: SmallShop) -> None:
    answer = owner.post("/products/new/", SALT)
    product = Product.objects.get(code="SLT01")
    assert answer["Location"] == f"/products/{product.pk}/"
    assert (product.unit_price_paise, product.stock_milli, product.enabled) == (30_00, 12_000, True)
    assert product.movements.get().reason == "opening"


@pytest.mark.parametrize(
    "field, value, says",
    [
        ("code", "P001", "Another product has the code P001"),
        ("code", "", "Give the product a code"),
        ("barcode", "8901234567894", "Another product has the barcode"),
        ("name", "", "Give the product a name"),
        ("unit_price", "3O.00", "plain number"),
        ("unit_price", "-1", "at least 0.00"),
        ("unit_price", "1.005", "at most 2 decimals"),
        ("tax_rate", "120", "at most"),
        ("hsn", "12a4", "4, 6 or 8 digits"),
        ("stock", "-2", "at least 0"),
        ("reorder_level", "some", "plain number"),
    ],
)
def test_a_wrong_field_is_named_beside_it_and_nothing_is_saved(
    owner: Client, shop: SmallShop, field: str, value: str, says: str
) -> None:
    answer = owner.post("/products/new/", {**SALT, field: value})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in error_of(page, f"f-{field}")
    assert 'value="Tata Salt 1 kg"' in page or field == "name"
    assert Product.objects.count() == len(shop.products)


def test_a_row_opens_in_its_place_refuses_and_saves(owner: Client, shop: SmallShop) -> None:
    path = f"/products/{shop.milk.pk}/row/edit/"
    opened = owner.get(path, headers=HTMX).content.decode()
    assert opened.strip().startswith(f'<tbody id="p{shop.milk.pk}">')
    row = {
        "name": "Milk 1 L",
        "barcode": "8901234500011",
        "unit": "pc",
        "unit_price": "21",
        "tax_rate": "5",
        "hsn": "0401",
    }
    refused = owner.post(path, {**row, "enabled": "on"}, headers=HTMX)
    assert refused.status_code == 422
    assert "Another product has the barcode" in error_of(refused.content.decode(), f"p{shop.milk.pk}-barcode")
    saved = owner.post(path, {**row, "barcode": "8901234567894", "enabled": "on"}, headers=HTMX)
    assert "Milk 1 L" in json.loads(saved.headers["HX-Trigger"])["toast"]["text"]
    product = Product.objects.get(code="P001")
    assert (product.name, product.unit_price_paise, product.stock_milli) == ("Milk 1 L", 21_00, 50_000)
    assert (product.price_includes_tax, product.tax_class_id) == (False, shop.milk.tax_class_id)


def test_a_used_product_can_be_disabled_but_not_deleted(owner: Client, shop: SmallShop) -> None:
    refused = owner.post(f"/products/{shop.milk.pk}/remove/")
    assert refused.status_code == 422
    assert "disable it instead" in refused.content.decode()
    given = {**SALT, "code": "P001", "name": "Milk", "barcode": "", "whole": "1"}
    del given["enabled"]
    assert owner.post(f"/products/{shop.milk.pk}/save/", given).status_code == 302
    assert not Product.objects.get(code="P001").enabled


def test_a_product_that_was_never_used_is_deleted(owner: Client, shop: SmallShop) -> None:
    newspaper = shop.products["P004"]
    assert owner.post(f"/products/{newspaper.pk}/remove/").status_code == 302
    assert not Product.objects.filter(code="P004").exists()


def test_stock_is_received_adjusted_and_never_below_zero(owner: Client, shop: SmallShop) -> None:
    path = f"/products/{shop.products['P005'].pk}/move/"
    assert owner.post(path, {"reason": "received", "quantity": "24", "note": "van"}).status_code == 302
    assert owner.post(path, {"reason": "adjusted", "quantity": "-2.5", "note": "broken"}).status_code == 302
    assert shop.stock_milli("P005") == 24_500
    refused = owner.post(path, {"reason": "adjusted", "quantity": "-99", "note": ""})
    assert "Only 24.500" in error_of(refused.content.decode(), "f-quantity")
    assert StockMovement.objects.filter(product__code="P005").count() == 3


def test_the_list_counts_sorts_and_filters(owner: Client, shop: SmallShop) -> None:
    page = owner.get("/products/?sort=-price").content.decode()
    assert "All 6" in page
    assert "Disabled 1" in page
    assert page.index("P003") < page.index("P002") < page.index("P004")
    part = owner.get("/products/?show=disabled", headers=HTMX).content.decode()
    assert "<html" not in part
    assert "P006" in part
    assert "P001" not in part


def test_a_customers_e_mail_is_unique_without_regard_to_case(owner: Client, shop: SmallShop) -> None:
    refused = owner.post("/customers/new/", {"name": "Another Asha", "email": "ASHA@example.com"})
    assert "Another customer has the e-mail" in error_of(refused.content.decode(), "f-email")
    for wrong in ("asha", "a@b", "a b@example.com"):
        answer = owner.post("/customers/new/", {"name": "X", "email": wrong})
        assert "no e-mail address" in error_of(answer.content.decode(), "f-email")


def test_a_gstin_is_refused_with_its_reason(owner: Client, shop: SmallShop) -> None:
    answer = owner.post("/customers/new/", {"name": "X", "gstin": "27AAPFU0939F1ZX"})
    assert "check digit" in error_of(answer.content.decode(), "f-gstin")


def test_a_customer_is_added_changed_disabled_and_kept_while_there_are_invoices(owner: Client, shop: SmallShop) -> None:
    owner.post("/customers/new/", {"name": "Nina", "email": "nina@example.com", "address": "1 Lane\r\nPune"})
    nina = Customer.objects.get(email="nina@example.com")
    assert (nina.enabled, nina.address) == (True, "1 Lane\nPune")
    sell(customer={"id": nina.pk})
    assert owner.post(f"/customers/{nina.pk}/edit/", {"name": "Nina B", "email": "nina@example.com"}).status_code == 302
    nina.refresh_from_db()
    assert (nina.name, nina.enabled) == ("Nina B", False)
    refused = owner.post(f"/customers/{nina.pk}/remove/")
    assert (refused.status_code, "has invoices" in refused.content.decode()) == (422, True)


def test_same_again_names_the_last_invoice(owner: Client, shop: SmallShop) -> None:
    number = sell(customer={"id": shop.asha.pk})
    page = owner.get(f"/customers/{shop.asha.pk}/").content.decode()
    assert f"/counter/?again={number.replace('/', '%2F')}" in page


def test_a_denomination_is_added_once_and_switched(owner: Client, shop: SmallShop) -> None:
    assert owner.post("/denominations/add/", {"value": "0.50", "kind": "coin"}).status_code == 302
    assert Denomination.objects.get(value_paise=50).is_coin
    refused = owner.post("/denominations/add/", {"value": "500", "kind": "note"})
    assert "already there" in error_of(refused.content.decode(), "f-value")
    owner.post("/denominations/200/switch/", {"enabled": "0"})
    assert not Denomination.objects.get(value_paise=200).enabled


def test_a_drawer_is_counted_and_says_what_differs(as_: As, shop: SmallShop) -> None:
    client = as_("cashier")
    assert client.post("/tills/A/count/", {"note-50000": "2", "note-1000": "5"}).status_code == 200
    page = client.post("/tills/A/count/", {"note-50000": "2", "note-1000": "3"}).content.decode()
    assert "There is a difference" in page
    assert "−2" in page
    assert "−20.00" in page
    refused = client.post("/tills/A/count/", {"note-50000": "two"})
    assert refused.status_code == 422
    assert "whole number" in error_of(refused.content.decode(), "note-50000")


def test_a_till_is_added(owner: Client, shop: SmallShop) -> None:
    assert owner.post("/tills/add/", {"code": "b", "name": "Back"}).status_code == 302
    assert Till.objects.get(code="B").name == "Back"
    assert "already" in error_of(owner.post("/tills/add/", {"code": "B"}).content.decode(), "f-code")


def test_the_shops_settings_are_read_back_and_refused_by_field(owner: Client, shop: SmallShop) -> None:
    given = {
        "name": "Kirana Asha", "address": "Pune", "gstin": "27AAPFU0939F1ZV", "state": "27", "tax_regime": "gst-india",
        "tax_name": "Tax", "tax_rounding": "line", "payable_rounding": "nearest", "payable_unit": "0.50",
        "waive_limit": "2", "change_strategy": "fewest", "time_zone": "Asia/Dubai",
    }  # fmt: skip
    refused = owner.post("/settings/", {**given, "gstin": "27AAPFU0939F1Z"})
    assert "15 characters" in error_of(refused.content.decode(), "f-gstin")
    assert "list" in error_of(
        owner.post("/settings/", {**given, "time_zone": "Mars/X"}).content.decode(), "f-time_zone"
    )
    assert owner.post("/settings/", given).status_code == 302
    held = shop_queries.settings()
    assert (held.payable_unit_paise, held.tax_rounding, held.time_zone, held.waive_limit_paise) == (
        50, "line", "Asia/Dubai", 200,
    )  # fmt: skip
    assert "payable_unit_paise" in owner.get("/settings/trail/").content.decode()


def test_a_token_is_shown_once_and_revoked(owner: Client, shop: SmallShop) -> None:
    made = owner.post("/settings/tokens/", {"name": "web shop", "role": "cashier"}).content.decode()
    assert 'value="cf_' in made
    assert "cf_" not in owner.get("/settings/tokens/").content.decode()
    owner.post("/settings/tokens/", {"name": "for a month", "role": "accountant", "life": "30"})
    ends = ApiToken.objects.get(name="for a month")
    assert ends.expires_at is not None
    assert (ends.expires_at - ends.created_at).days == 30
    token = ApiToken.objects.get(name="web shop")
    assert token.expires_at is None
    owner.post(f"/settings/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_people_are_added_and_the_last_owner_stays(owner: Client, shop: SmallShop) -> None:
    weak = owner.post("/settings/people/", {"username": "nina", "password": "short", "role": "cashier"})
    assert "too short" in error_of(weak.content.decode(), "f-password")
    assert "short" not in weak.content.decode().split('id="f-password"')[1].split(">")[0]
    owner.post("/settings/people/", {"username": "nina", "password": "nina-at-the-till", "role": "cashier"})
    assert User.objects.get(username="nina").role == "cashier"
    kept = owner.post(f"/settings/people/{shop.owner.pk}/", {"active": "0"})
    assert "one owner who can sign in" in kept.content.decode()
