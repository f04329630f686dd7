"""Tender, change, and saving: once, however often it is asked."""

import pytest

from counterfoil.billing.models import Draft, Invoice
from counterfoil.shop import actions as shop_actions
from counterfoil.till import actions as till_actions
from counterfoil.till import queries as till
from tests.counter.conftest import Counter
from tests.shop import OPENED_AT, SmallShop

pytestmark = pytest.mark.django_db


def count(shop: SmallShop, notes: dict[int, int]) -> None:
    till_actions.count_drawer(till=shop.till, notes={v * 100: n for v, n in notes.items()}, now=OPENED_AT)


def test_two_milks_for_two_five_hundreds(ravi: Counter, shop: SmallShop) -> None:
    ravi.scan("2*P001")
    ravi.do("customer", name="New Neighbour", email="new@example.com")
    ravi.do("note", value="500", step=1)
    ravi.do("note", value="500", step=1)
    answer = ravi.save()
    assert answer["view"] == "saved"
    invoice = Invoice.objects.get(number=answer["saved"])
    assert (invoice.net_paise, invoice.paid_paise, invoice.change_paise) == (4200, 100000, 95800)
    assert invoice.change_notes == {"50000": 1, "20000": 2, "5000": 1, "500": 1, "200": 1, "100": 1}
    assert invoice.customer is not None
    assert invoice.customer.email == "new@example.com"
    assert shop.stock_milli("P001") == 48_000
    assert ">958<" in answer["parts"]["hand"]
    assert not Draft.objects.exists()


def test_the_change_stays_on_the_screen_until_the_next_scan(ravi: Counter) -> None:
    ravi.scan("P001")
    ravi.do("pay", method="cash")
    assert ravi.save()["saved"]
    assert 'data-view="saved"' in ravi.page()
    ravi.scan("P004")
    assert 'data-view="lines"' in ravi.page()


def test_saving_twice_saves_once(ravi: Counter) -> None:
    ravi.scan("P001")
    ravi.do("pay", method="cash")
    body = {"draft": ravi.draft, "key": ravi.key, "revision": ravi.revision}
    first = ravi.send("save", body)["saved"]
    assert ravi.send("save", body)["saved"] == first
    assert Invoice.objects.count() == 1


def test_a_refused_save_says_where_and_loses_nothing(ravi: Counter) -> None:
    ravi.scan("4*P005")
    ravi.do("note", value="500", step=1)
    answer = ravi.save()
    assert ravi.status == 409
    assert "Only 3.000 of Cola are left." in answer["parts"]["lines"]
    assert answer["said"]["bad"]
    assert Draft.objects.get().sale["payments"] == [{"method": "cash", "notes": {"500": 1}}]


def test_too_little_is_refused_with_what_is_missing(ravi: Counter) -> None:
    ravi.scan("P001")
    ravi.do("note", value="20", step=1)
    answer = ravi.save()
    assert ravi.status == 422
    assert "1.00 is missing." in answer["said"]["text"]
    assert "1.00 is missing." in answer["parts"]["stub"]


def test_only_cash_may_be_too_much(ravi: Counter) -> None:
    ravi.scan("P001")
    answer = ravi.do("pay", method="card", amount="50")
    assert "Only cash can be more" in answer["parts"]["stub"]


def test_any_mix_and_what_is_left(ravi: Counter) -> None:
    ravi.scan("P003")
    ravi.do("pay", method="card", amount="50", reference="4281")
    ravi.do("note", value="20", step=1)
    ravi.do("pay", method="upi")
    assert Draft.objects.get().sale["payments"] == [
        {"method": "card", "amount": "50.00", "reference": "4281"},
        {"method": "cash", "notes": {"20": 1}},
        {"method": "upi", "amount": "48.00"},
    ]
    ravi.do("unpay", method="upi")
    assert len(Draft.objects.get().sale["payments"]) == 2


def test_a_note_taken_back_is_gone_and_never_below_nothing(ravi: Counter) -> None:
    ravi.scan("P001")
    for step in (1, -1, -1):
        ravi.do("note", value="100", step=step)
    assert Draft.objects.get().sale["payments"] == []


def test_none_of_these_solves_the_change_again_without_it(ravi: Counter, shop: SmallShop) -> None:
    count(shop, {200: 3, 100: 9, 50: 4, 20: 9, 10: 9, 5: 9, 2: 9, 1: 9})
    ravi.scan("P001")
    ravi.do("note", value="500", step=1)
    assert 'data-without="200"' in ravi.answer["parts"]["stub"]
    answer = ravi.do("without", value="200")
    assert "4 of ₹100" in answer["parts"]["stub"]
    saved = Invoice.objects.get(number=ravi.save()["saved"])
    assert "20000" not in saved.change_notes
    assert saved.change_paise == 47900


def test_the_customer_gives_what_was_asked_for(ravi: Counter, shop: SmallShop) -> None:
    count(shop, {50: 4})
    ravi.scan("2*P001")  # 42; of 90 the change is 48
    for value in ("50", "20", "20"):
        ravi.do("note", value=value, step=1)
    assert "No exact change for ₹48.00" in ravi.answer["parts"]["nochange"]
    assert ravi.save()["stop"]["code"] == "change-unavailable"
    ravi.do("ask")
    invoice = Invoice.objects.get(number=ravi.save()["saved"])
    assert (invoice.paid_paise, invoice.change_notes) == (9200, {"5000": 1})
    assert till.notes(shop.till) == till.explained_notes(shop.till)


def test_waiving_is_offered_within_the_owners_limit_only(ravi: Counter, shop: SmallShop) -> None:
    count(shop, {50: 4})
    ravi.scan("2*P001")
    for value in ("50", "20", "20"):
        ravi.do("note", value=value, step=1)
    assert 'data-act="waive"' not in ravi.answer["parts"]["nochange"]
    assert "waive" in ravi.do("waive")["stop"]["errors"]
    assert "waive" not in Draft.objects.get().sale
    shop_actions.change_shop(changes={"waive_limit_paise": 500}, now=OPENED_AT)
    ravi.do("note", value="20", step=1)
    ravi.do("note", value="20", step=-1)
    assert 'data-act="waive"' in ravi.answer["parts"]["nochange"]
    ravi.do("waive")
    invoice = Invoice.objects.get(number=ravi.save()["saved"])
    assert (invoice.waived_paise, invoice.payable_paise, invoice.change_notes) == (200, 4000, {"5000": 1})


def test_a_limit_lowered_meanwhile_shows_the_bill_and_why_it_cannot_be_priced(ravi: Counter, shop: SmallShop) -> None:
    shop_actions.change_shop(changes={"waive_limit_paise": 500}, now=OPENED_AT)
    count(shop, {50: 4})
    ravi.scan("2*P001")
    for value in ("50", "20", "20"):
        ravi.do("note", value=value, step=1)
    ravi.do("waive")
    shop_actions.change_shop(changes={"waive_limit_paise": 0}, now=OPENED_AT)
    page = ravi.page()
    assert "P001" in page
    assert "can be waived" in page
    ravi.do("note", value="20", step=1)
    assert ravi.status == 200


def test_any_denomination_of_the_master_is_on_the_pad(ravi: Counter) -> None:
    till_actions.add_denomination(value_paise=200000, is_coin=False, now=OPENED_AT)
    till_actions.add_denomination(value_paise=50, is_coin=True, now=OPENED_AT)
    till_actions.change_denomination(value_paise=20000, enabled=False, now=OPENED_AT)
    ravi.scan("P001")
    pad = ravi.do("view", view="tender")["parts"]["pad"]
    assert 'data-note="2000"' in pad
    assert 'data-note="0.50"' in pad
    assert 'data-note="200"' not in pad
    ravi.do("note", value="2000", step=1)
    invoice = Invoice.objects.get(number=ravi.save()["saved"])
    assert "20000" not in invoice.change_notes
    assert invoice.change_paise == 197900


def test_same_again_brings_the_last_bill_at_todays_prices(ravi: Counter, shop: SmallShop) -> None:
    ravi.scan("2*P001", "P004")
    ravi.do("customer", id=shop.asha.pk, name="", email="")
    ravi.do("pay", method="cash")
    assert ravi.save()["saved"]
    answer = ravi.do("customer", id=shop.asha.pk)
    assert "Last here" in answer["parts"]["stub"]
    ravi.do("again", id=shop.asha.pk)
    assert [(line["product"], line["quantity"]) for line in Draft.objects.get().sale["lines"]] == [
        ("P001", "2"),
        ("P004", "1"),
    ]


def test_the_upi_code_is_for_what_is_left(ravi: Counter) -> None:
    shop_actions.change_shop(changes={"upi_id": "asha@okbank"}, now=OPENED_AT)
    ravi.scan("P003")
    ravi.do("note", value="100", step=1)
    page = ravi.client.get("/counter/upi/").content.decode()
    assert "<svg" in page
    assert ">18<" in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("given", "shown", "saved"),
    [
        ({"name": "Anthony"}, "Anthony", "Anthony"),
        ({"phone": "+91 99000 00036"}, "+91 99000 00036", "Walk-in"),
        ({"name": "Anthony", "phone": "+91 99000 00036"}, "Anthony", "Anthony"),
        ({"email": "anthony@example.com"}, "anthony@example.com", "anthony@example.com"),
    ],
)
def test_a_customer_needs_only_one_of_name_phone_and_e_mail(
    ravi: Counter, given: dict[str, str], shown: str, saved: str
) -> None:
    ravi.scan("P004")
    answer = ravi.do("customer", **given)
    assert (ravi.status, answer["said"]["title"]) == (200, shown)
    assert f">{shown}</div>" in answer["parts"]["stub"]
    assert f">{shown}</div>" in ravi.page()
    ravi.do("pay", method="cash")
    answer = ravi.save()
    assert (ravi.status, answer["view"]) == (200, "saved")
    assert f">{saved}</div>" in ravi.page()
