"""Previous purchases and one invoice, as pages: links, parts, CSV, mail, taking back."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from counterfoil.billing.models import Invoice
from counterfoil.delivery.models import Delivery
from counterfoil.shop import actions as shop_actions
from tests.history.ledger import NOON, sell, take_back
from tests.shop import SmallShop
from tests.web.conftest import As

HTMX = {"HX-Request": "true"}


def rows_of(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/invoices/export/?format=csv&{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_what_is_typed_answers_the_list_only(owner: Client, shop: SmallShop) -> None:
    sell(customer={"name": "Asha Rao"})
    sell(customer={"name": "Thomas"})
    part = owner.get("/invoices/?customer_name=asha", headers=HTMX).content.decode()
    assert "<html" not in part
    assert "<mark>Asha</mark> Rao" in part
    assert "Thomas" not in part
    assert "₹21.00" in part


def test_a_filter_that_cannot_be_read_is_said_and_left_out(owner: Client, shop: SmallShop) -> None:
    number = sell()
    page = owner.get("/invoices/?from=yesterday&amount=lots&method=gold&email_state=lost").content.decode()
    assert number in page
    assert page.count("Choose one of the list.") >= 2
    assert "Write a day like 2026-11-22." in page


def test_links_of_a_page_keep_what_is_filtered(owner: Client, shop: SmallShop) -> None:
    for _ in range(52):
        sell({"product": "P004", "quantity": "1"}, customer={"name": "Asha & Co"})
    page = owner.get("/invoices/?customer_name=Asha+%26+Co&method=card").content.decode()
    link = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "customer_name=Asha+%26+Co&method=card" in link
    second = owner.get(link).content.decode()
    assert second.count('class="row-link"') == 2
    assert "2 of 52" in second


def test_a_number_finds_credit_notes_too(owner: Client, shop: SmallShop) -> None:
    note = take_back(sell())
    assert note not in owner.get("/invoices/").content.decode()
    assert note in owner.get("/invoices/?kind=credit-note").content.decode()
    assert note in owner.get(f"/invoices/?number={note}").content.decode()


def test_the_csv_is_what_is_filtered_with_the_shops_days(owner: Client, shop: SmallShop) -> None:
    late = sell(at=datetime(2026, 11, 22, 18, 29, tzinfo=UTC), customer={"name": "கவிதா, 50%_off"})
    early = sell(at=datetime(2026, 11, 22, 18, 31, tzinfo=UTC))
    rows = rows_of(owner)
    assert [(row["Number"], row["Date"], row["Time"]) for row in rows] == [
        (early, "2026-11-23", "00:01:00"), (late, "2026-11-22", "23:59:00"),
    ]  # fmt: skip
    assert [row["Number"] for row in rows_of(owner, "to=2026-11-22")] == [late]
    assert rows[1]["Customer"] == "கவிதா, 50%_off"
    assert (rows[0]["Taxable"], rows[0]["Tax"], rows[0]["Net"], rows[0]["Paid by"]) == (
        "20.00",
        "1.00",
        "21.00",
        "card",
    )


def test_no_name_becomes_a_formula(owner: Client, shop: SmallShop) -> None:
    names = ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", " =1+1", "Asha"]
    for name in names:
        sell(customer={"name": name})
    shown = {row["Customer"] for row in rows_of(owner)}
    assert shown == {"'=HYPERLINK(1)", "'+1", "'-1+2", "'@SUM(A1)", "'=1+1", "Asha"}


def test_an_export_that_cannot_be_read_is_refused(owner: Client, shop: SmallShop) -> None:
    assert owner.get("/invoices/export/?amount=lots").status_code == 422


def test_an_invoice_shows_every_figure(owner: Client, shop: SmallShop) -> None:
    number = sell(
        {"product": "P001", "quantity": "2"}, customer={"name": "Asha Rao", "email": "asha@example.com"},
        payments=[{"method": "cash", "notes": {"500": 2}}],
    )  # fmt: skip
    page = owner.get(f"/invoices/{number}/").content.decode()
    for figure in ("20.00", "5 %", "40.00", "2.00", "42.00", "₹42.00", "1,000.00", "958.00", "2.5\xa0%"):
        assert f">{figure}<" in page or f" {figure}<" in page, figure
    assert "P001 · HSN 0401" in page
    for notes in ("1 of ₹500", "2 of ₹200", "1 of ₹50", "1 of ₹5", "1 of ₹2", "1 of ₹1"):
        assert notes in page
    assert "asha@example.com" in page
    assert owner.get(f"/invoices/{number.replace('/', '%2F')}/").status_code == 200


def test_times_are_the_shops(owner: Client, shop: SmallShop) -> None:
    number = sell(at=datetime(2026, 11, 22, 18, 31, tzinfo=UTC))
    assert "23 Nov 2026, 00:01" in owner.get(f"/invoices/{number}/").content.decode()
    shop_actions.change_shop(changes={"time_zone": "Europe/London"}, now=NOON)
    assert "22 Nov 2026, 18:31" in owner.get(f"/invoices/{number}/").content.decode()


def test_an_invoice_is_printed(owner: Client, shop: SmallShop) -> None:
    number = sell()
    for query in ("", "?format=receipt"):
        answer = owner.get(f"/invoices/{number}/pdf{query}")
        assert answer.content.startswith(b"%PDF")
        assert answer["Content-Type"] == "application/pdf"


def test_a_letter_is_sent_again_and_elsewhere(owner: Client, shop: SmallShop) -> None:
    number = sell(customer={"email": "asha@example.com"})
    Delivery.objects.update(state="sent", next_attempt_at=None)
    assert owner.post(f"/invoices/{number}/send/").status_code == 302
    assert owner.post(f"/invoices/{number}/send/", {"to": "other@example.com"}).status_code == 302
    assert sorted(Delivery.objects.values_list("address", "round")) == [
        ("asha@example.com", 0), ("asha@example.com", 1), ("other@example.com", 0),
    ]  # fmt: skip
    refused = owner.post(f"/invoices/{number}/send/", {"to": "nobody"})
    assert (refused.status_code, "no e-mail address" in refused.content.decode()) == (422, True)


def test_goods_come_back_once(as_: As, shop: SmallShop) -> None:
    client = as_("cashier")
    number = sell({"product": "P001", "quantity": "2"}, {"product": "P003", "quantity": "1"})
    path = f"/invoices/{number}/return/"
    assert "Say how many" in client.post(path, {"key": "k1", "method": "cash"}).content.decode()
    too_many = client.post(path, {"key": "k1", "quantity-1": "3", "method": "cash"})
    assert too_many.status_code in (409, 422)
    assert 'aria-describedby="quantity-1-error"' in too_many.content.decode()
    given = {"key": "k2", "quantity-1": "1", "method": "cash", "reason": "sour", "what": "some"}
    first = client.post(path, given)
    again = client.post(path, given)  # pressed twice
    assert first["Location"] == again["Location"]
    note = Invoice.objects.get(kind="credit-note")
    assert (note.payable_paise, note.reason) == (21_00, "sour")
    assert shop.stock_milli("P001") == 49_000
    client.post(path, {"key": "k3", "what": "all", "method": "card"})
    assert "Everything was returned" in client.get(path).content.decode()
    page = client.get(f"/invoices/{number}/").content.decode()
    assert note.number in page
    assert path not in page


def test_the_tax_summary_has_a_line_for_a_month_and_rate(owner: Client, shop: SmallShop) -> None:
    sell({"product": "P001", "quantity": "2"}, {"product": "P003", "quantity": "1"})
    take_back(sell({"product": "P001", "quantity": "1"}))
    page = owner.get("/taxes/?from=2026-04-01&to=2026-11-22").content.decode()
    assert (
        '<th scope="row">Nov 2026</th><td class="num">5 %</td><td class="num">3</td><td class="num">40.00</td>' in page
    )
    answer = owner.get("/taxes/?from=2026-04-01&to=2026-11-22&format=csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"Month": "2026-11", "Rate %": "5.00", "Documents": "3", "Taxable": "40.00", "CGST": "1.00", "SGST": "1.00",
         "Tax": "2.00"},
        {"Month": "2026-11", "Rate %": "18.00", "Documents": "1", "Taxable": "100.00", "CGST": "9.00", "SGST": "9.00",
         "Tax": "18.00"},
    ]  # fmt: skip
    wrong = owner.get("/taxes/?from=soon").content.decode()
    assert "Write a day like" in wrong


def test_totals_of_very_many_are_worked_out_when_asked(owner: Client, shop: SmallShop, monkeypatch: Any) -> None:
    monkeypatch.setattr("counterfoil.history.queries.NAMED_ADDED_UP_AT_MOST", 1)
    for _ in range(52):
        sell({"product": "P004", "quantity": "1"}, customer={"name": "Asha"})
    page = owner.get("/invoices/?customer_name=asha").content.decode()
    assert "50 of many" in page
    assert "Work out the totals" in page
    part = owner.get("/invoices/totals/?customer_name=asha", headers=HTMX).content.decode()
    assert '<dd id="total-count">52</dd>' in part
    assert "<table" not in part
    assert '<dd id="total-count">52</dd>' in owner.get("/invoices/totals/?customer_name=asha").content.decode()
    assert '<dd id="total-count">52</dd>' in owner.get("/invoices/").content.decode()  # rolled up, or added from it
