"""What is scanned, changed and undone on a draft, and that all of it is kept."""

import pytest

from counterfoil.audit.models import Entry
from counterfoil.billing.models import Draft
from tests.counter.conftest import Counter
from tests.shop import SmallShop

pytestmark = pytest.mark.django_db


def lines() -> list[dict[str, str]]:
    found: list[dict[str, str]] = Draft.objects.get(held=False).sale["lines"]
    return found


def test_a_scan_is_a_line_priced_by_the_server(ravi: Counter) -> None:
    answer = ravi.scan("P001")
    assert lines() == [{"product": "P001", "quantity": "1"}]
    assert answer["said"] == {"title": "Milk", "text": "Line 1, 1 for ₹21.00", "bad": ""}
    assert "21.00" in answer["parts"]["lines"]
    assert "21<" in answer["parts"]["stub"].replace("\n", "")


@pytest.mark.parametrize("text", ["P001", "p001", "8901234567894", "1*P001"])
def test_a_code_in_any_case_and_a_barcode_find_the_same_product(ravi: Counter, text: str) -> None:
    ravi.scan(text)
    assert lines() == [{"product": "P001", "quantity": "1"}]


def test_times_before_a_code_and_weights(ravi: Counter) -> None:
    ravi.scan("3*P004", "1.25*P002")
    assert [line["quantity"] for line in lines()] == ["3", "1.250"]


def test_the_same_product_twice_in_a_row_is_one_line_and_later_again_a_new_one(ravi: Counter) -> None:
    ravi.scan("P001", "P001", "P004", "P001")
    assert [(line["product"], line["quantity"]) for line in lines()] == [("P001", "2"), ("P004", "1"), ("P001", "1")]


def test_a_name_lists_what_is_like_it_and_adds_nothing(ravi: Counter) -> None:
    answer = ravi.scan("2*milk")
    assert 'data-code="P001"' in answer["stop"]["html"]
    assert answer["stop"]["times"] == "2"
    assert not Draft.objects.exclude(sale={}).filter(sale__lines__0__product="P001").exists()
    ravi.do("add", code="P001", times="2")
    assert lines() == [{"product": "P001", "quantity": "2"}]


def test_an_unknown_code_asks_and_offers_a_new_product_to_the_owner_only(ravi: Counter, meera: Counter) -> None:
    assert ravi.scan("8909999999999")["stop"]["may_add"] is False
    assert meera.scan("8909999999999")["stop"]["may_add"] is True
    assert "8909999999999" in meera.answer["stop"]["title"]


def test_a_disabled_product_is_not_added(ravi: Counter) -> None:
    assert "disabled" in ravi.scan("P006")["stop"]["title"]


def test_more_than_in_stock_is_said_at_its_line_and_the_line_is_kept(ravi: Counter) -> None:
    answer = ravi.scan("4*P005")
    assert "Only 3.000 of Cola are left." in answer["parts"]["lines"]
    assert answer["said"]["bad"]
    assert len(lines()) == 1


@pytest.mark.parametrize(
    ("verb", "values", "message"),
    [
        ("scan", {"text": "0*P001"}, "at least"),
        ("scan", {"text": "NaN*P001"}, "plain number"),
        ("scan", {"text": "-2*P001"}, "at least"),
        ("scan", {"text": ["P001"]}, "no text"),
        ("scan", {"text": "a\0b"}, "no text"),
        ("quantity", {"line": 7, "step": 1}, "Choose a line"),
        ("discount", {"line": 0, "text": "120%"}, "at most"),
        ("discount", {"line": 0, "text": "minus"}, "plain number"),
        ("customer", {"name": "Asha", "email": "asha@example.com\nBcc: x@example.com"}, "line breaks"),
        ("note", {"value": "30"}, "no note or coin"),
        ("pay", {"method": "shells"}, "Choose"),
        ("nonsense", {}, "does not know"),
    ],
)
def test_what_cannot_be_is_refused_and_the_bill_stays(ravi: Counter, verb: str, values: dict, message: str) -> None:
    ravi.scan("P001")
    ravi.do(verb, **values)
    assert ravi.status == 422
    assert message in ravi.answer["said"]["text"]
    assert lines() == [{"product": "P001", "quantity": "1"}]
    assert "Milk" in ravi.answer["parts"]["lines"]


def test_more_less_discount_and_undo(ravi: Counter) -> None:
    ravi.scan("P001", "P004")
    ravi.do("quantity", line=0, step=1)
    ravi.do("discount", line=0, text="5%")
    ravi.do("discount", line=None, text="2")
    assert lines()[0] == {"product": "P001", "quantity": "2", "discount": "5%"}
    ravi.do("undo")
    ravi.do("undo")
    ravi.do("undo")
    assert Draft.objects.get().sale.get("discount") is None
    assert lines()[0] == {"product": "P001", "quantity": "1"}


def test_the_last_piece_is_removed_by_its_own_key_only(ravi: Counter) -> None:
    ravi.scan("P001")
    ravi.do("quantity", line=0, step=-1)
    assert ravi.status == 422
    assert "Del" in ravi.answer["said"]["text"]


def test_a_removed_line_is_in_the_log_and_comes_back_by_undo(ravi: Counter, shop: SmallShop) -> None:
    ravi.scan("P001", "3*P004")
    ravi.do("remove", line=1)
    entry = Entry.objects.get(what="draft line")
    assert (entry.verb, entry.which, entry.actor_id) == ("removed", "P004", shop.cashier.pk)
    assert entry.before["quantity"] == "3"
    ravi.do("undo")
    assert [line["product"] for line in lines()] == ["P001", "P004"]


def test_all_lines_removed_are_logged_one_by_one(ravi: Counter) -> None:
    ravi.scan("P001", "P004")
    ravi.do("clear")
    assert lines() == []
    assert Entry.objects.filter(what="draft line").count() == 2


def test_the_same_token_again_changes_nothing_more(ravi: Counter) -> None:
    ravi.do("scan", text="P001", token="once")
    ravi.do("scan", text="P001", token="once")
    assert lines() == [{"product": "P001", "quantity": "1"}]


def test_a_change_by_line_needs_the_bill_as_it_is(ravi: Counter, shop: SmallShop) -> None:
    ravi.scan("P001", "P004")
    other_screen = Counter(shop.cashier)
    other_screen.draft = ravi.draft
    other_screen.revision = ravi.revision
    other_screen.do("remove", line=0)
    ravi.do("remove", line=0)
    assert ravi.status == 422
    assert [line["product"] for line in lines()] == ["P004"]
    assert "Newspaper" in ravi.answer["parts"]["lines"]


def test_a_reload_and_another_machine_show_the_same_bill(ravi: Counter, shop: SmallShop) -> None:
    ravi.scan("P001", "P004")
    ravi.do("customer", name="Asha", email="ASHA@example.com")
    ravi.do("view", view="tender")
    ravi.do("note", value="500", step=1)
    for machine in (ravi, Counter(shop.cashier)):
        page = machine.page()
        assert 'data-view="tender"' in page
        assert "Newspaper" in page
        assert "ASHA@example.com" in page
        assert "1 of ₹500" in page


def test_a_bill_of_somebody_else_is_not_shown_and_not_changed(ravi: Counter, meera: Counter) -> None:
    ravi.scan("P001")
    meera.draft = ravi.draft
    meera.scan("P004")
    assert meera.status == 404
    assert [line["product"] for line in lines()] == ["P001"]


def test_who_may_not_sell_sees_no_counter(shop: SmallShop) -> None:
    fatima = Counter(shop.accountant)
    assert fatima.client.get("/counter/").status_code == 403
    assert fatima.client.post("/counter/do/", "{}", content_type="application/json").status_code == 403


def test_five_hundred_lines_are_the_most(ravi: Counter) -> None:
    ravi.scan("P001")
    draft = Draft.objects.get()
    draft.sale["lines"] = [{"product": code, "quantity": "1"} for code in ("P001", "P004") * 250]
    draft.save()
    ravi.scan("P001")
    assert ravi.status == 422
    assert "at most 500 lines" in ravi.answer["said"]["text"]
