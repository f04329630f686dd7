"""A till's day on its pages: opened, moved, handed over, closed; what each role may do and see; what happens twice."""

import re
from typing import Any

import pytest
from django.test import Client

from counterfoil.billing.models import Draft
from counterfoil.people.models import User
from counterfoil.shop import actions as shop_actions
from counterfoil.till import queries, sessions
from counterfoil.till.models import Deed, DrawerMovement, Session
from tests.checkout.conftest import NOON, sell
from tests.shop import OPENED_AT, SmallShop
from tests.web.conftest import As

FLOAT = {100_00: 5, 50_00: 4, 20_00: 10, 10_00: 10, 5_00: 10, 2_00: 10, 1_00: 10}


def typed(notes: dict[int, int], **more: Any) -> dict[str, Any]:
    return {**{f"note-{value}": str(count) for value, count in notes.items()}, **more}


@pytest.fixture
def cashier(as_: As) -> Client:
    return as_("cashier")


@pytest.fixture
def open_till(shop: SmallShop) -> Session:
    return sessions.open_session(till=shop.till, notes=FLOAT, now=NOON, user_id=shop.cashier.pk)


def text_of(answer: Any) -> str:
    """What a reader sees, on one line."""
    html = re.sub(r"<(script|style|svg).*?</\1>", "", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def row_of(answer: Any, paise: int) -> str:
    html = answer.content.decode()
    found = re.search(rf'<tr data-note="{paise}".*?</tr>', html, re.S)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split())


def test_a_till_is_opened_with_its_count(cashier: Client, shop: SmallShop) -> None:
    assert "Nobody has counted" in text_of(cashier.get("/tills/A/"))
    answer = cashier.post("/tills/A/open/", typed(FLOAT, key="open-1"))
    assert answer.headers["Location"] == "/tills/A/"
    page = cashier.get("/tills/A/")
    assert row_of(page, 100_00).endswith("5 500.00")
    assert "ravi" in text_of(page)
    assert queries.notes(shop.till) == FLOAT


def test_a_second_click_does_nothing_twice(cashier: Client, shop: SmallShop) -> None:
    forms = [
        ("open", typed(FLOAT)),
        ("cash", typed({100_00: 2}, kind="cash-out", reason="Tea")),
        ("count", typed({**FLOAT, 100_00: 3})),
        ("hand-over", typed({**FLOAT, 100_00: 3}, to=str(shop.owner.pk))),
        ("close", typed({**FLOAT, 100_00: 3})),
    ]
    for what, form in forms:
        given = {**form, "key": f"key-of-{what}"}
        first = cashier.post(f"/tills/A/{what}/", given)
        assert first.status_code in (200, 302), (what, text_of(first))
        moved, held = DrawerMovement.objects.count(), Session.objects.count()
        again = cashier.post(f"/tills/A/{what}/", given)
        assert (again.status_code, again.headers.get("Location")) == (first.status_code, first.headers.get("Location"))
        assert (DrawerMovement.objects.count(), Session.objects.count()) == (moved, held), what
        other = cashier.post(f"/tills/A/{what}/", {**given, "note-100": "77"})
        assert other.status_code == 422, what
        assert "sent before" in text_of(other)
    assert Deed.objects.count() == len(forms)


def test_what_is_wrong_stands_beside_its_field(cashier: Client, open_till: Session) -> None:
    nothing = cashier.post("/tills/A/close/", typed({}))
    assert nothing.status_code == 422
    assert 'id="note-50000-error"' in nothing.content.decode()
    words = cashier.post("/tills/A/close/", {"note-10000": "five"})
    assert 'id="note-10000-error"' in words.content.decode()
    assert 'value="five"' in words.content.decode()
    gone = cashier.post("/tills/A/cash/", typed({500_00: 1, 100_00: 6}, kind="cash-out", reason="Rent"))
    assert gone.status_code == 409
    assert "None is there." in text_of(gone)
    assert "Only 5 are there." in text_of(gone)
    silent = cashier.post("/tills/A/cash/", typed({100_00: 1}, kind="cash-out", reason=" "))
    assert 'id="f-reason-error"' in silent.content.decode()
    nobody = cashier.post("/tills/A/hand-over/", typed(FLOAT, to=""))
    assert 'id="f-to-error"' in nobody.content.decode()
    assert queries.notes(open_till.till) == FLOAT


def test_an_accountant_reads_and_does_nothing(as_: As, open_till: Session) -> None:
    accountant = as_("accountant")
    for path in ("/tills/A/", "/tills/A/sessions/", "/tills/A/sessions/1/", "/tills/A/sessions/1/pdf"):
        assert accountant.get(path).status_code == 200, path
    for what in ("open", "cash", "count", "close", "hand-over", "set-aside"):
        assert accountant.post(f"/tills/A/{what}/", typed(FLOAT)).status_code == 403, what
    assert "Count and close" not in text_of(accountant.get("/tills/A/"))


def test_a_count_that_is_off_by_one_hundred_shows_exactly_that_with_its_invoices(
    cashier: Client, shop: SmallShop, open_till: Session
) -> None:
    with_100 = sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "notes": {"100": 1}}]).document
    by_card = sell({"product": "P003"}).document
    counted = queries.notes(shop.till) | {100_00: 5}
    answer = cashier.post("/tills/A/close/", typed(counted), follow=True)
    off = re.search(r'id="variance".*?</section>', answer.content.decode(), re.S)
    assert off
    assert re.findall(r"([+−]\d+) × (\d+)</td>", off[0]) == [("−1", "100")]
    assert "₹-100.00" in off[0].replace("−", "-") or "−₹100.00" in off[0]
    assert with_100["number"] in off[0]
    assert by_card["number"] not in off[0]


def test_a_live_drawer_answers_only_when_something_changed(
    cashier: Client, shop: SmallShop, open_till: Session
) -> None:
    page = cashier.get("/tills/A/").content.decode()
    address = re.search(r'hx-get="([^"]+)"', page)
    assert address
    htmx = {"HX-Request": "true"}
    assert cashier.get(address[1], headers=htmx).status_code == 204
    sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "notes": {"100": 1}}])
    news = cashier.get(address[1], headers=htmx)
    assert news.status_code == 200
    assert row_of(news, 100_00).endswith("6 600.00")
    assert "<html" not in news.content.decode()
    assert 'hx-get="' + address[1] not in news.content.decode()


def test_who_counts_blind_sees_nothing_before_the_count(as_: As, shop: SmallShop, open_till: Session) -> None:
    shop_actions.change_shop(changes={"blind_close": True}, now=OPENED_AT)
    cashier, owner = as_("cashier"), as_("owner")
    sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "notes": {"500": 1}}], till="A")
    for path in ("", "A/", "A/close/", "A/count/", "A/cash/", "A/hand-over/", "A/sessions/", "A/sessions/1/"):
        page = cashier.get(f"/tills/{path}").content.decode()
        assert re.search(r"data-held|1,122|Should be there|In the drawer|42\.00", page) is None, path
    assert cashier.get("/tills/A/sessions/1/pdf").status_code == 403
    assert "Should be there" in text_of(owner.get("/tills/A/close/"))
    assert "42.00" in text_of(owner.get("/tills/A/sessions/1/"))
    silent = cashier.post("/tills/A/count/", typed(FLOAT), follow=True)
    assert "The count is saved" in text_of(silent)
    assert "Difference" not in text_of(silent)
    cashier.post("/tills/A/close/", typed(FLOAT))
    assert "Z report 1" in text_of(cashier.get("/tills/A/sessions/1/"))


def test_a_till_is_handed_over_with_its_counted_drawer(
    cashier: Client, as_: As, shop: SmallShop, open_till: Session
) -> None:
    asha = User.objects.create(username="asha", first_name="Asha", role="cashier")
    page = cashier.get("/tills/A/hand-over/").content.decode()
    assert f'value="{asha.pk}"' in page
    assert f'value="{shop.accountant.pk}"' not in page
    counted = {**FLOAT, 20_00: 9}
    answer = cashier.post("/tills/A/hand-over/", typed(counted, to=str(asha.pk)), follow=True)
    assert "handed over to Asha" in text_of(answer)
    assert "−1 × 20" in text_of(answer)
    first, second = Session.objects.order_by("id")
    assert (first.closed_by, second.opened_by, second.handed_from) == (shop.cashier, asha, first)
    assert second.opening_notes == first.closing_notes
    assert queries.notes(shop.till) == counted
    assert "taken over from ravi" in text_of(cashier.get("/tills/A/sessions/2/"))
    listed = text_of(cashier.get("/tills/A/sessions/"))
    assert "Z 1" in listed
    assert "X 2" in listed


def test_what_was_sold_while_not_open_is_named(cashier: Client, shop: SmallShop, open_till: Session) -> None:
    assert "no Z report" not in text_of(cashier.get("/tills/A/sessions/"))
    sessions.close_session(till=shop.till, notes=FLOAT, now=NOON, user_id=None)
    sell({"product": "P003"}, now=NOON)
    assert "1 document since 22 Nov 2026 was issued while this till was not open: ₹118.00" in text_of(
        cashier.get("/tills/A/sessions/")
    )


def draft(shop: SmallShop, **more: Any) -> Draft:
    sale = {"lines": [{"product": "P001", "quantity": "2"}], "payments": [{"method": "cash", "notes": {"100": 1}}]}
    values = {"till": shop.till, "user": shop.owner, "sale": sale, "key": "counter-1", "created_at": NOON}
    return Draft.objects.create(**{**values, "updated_at": NOON, **more})


@pytest.mark.parametrize("what", ["close", "hand-over"])
def test_a_till_at_which_somebody_pays_does_not_close(
    what: str, cashier: Client, shop: SmallShop, open_till: Session
) -> None:
    paying = draft(shop, name="By the door")
    form = typed(FLOAT, to=str(shop.owner.pk))
    refused = cashier.post(f"/tills/A/{what}/", form)
    assert refused.status_code == 422
    assert "By the door (meera)" in text_of(refused)
    assert Session.objects.get().closed_at is None
    counted = re.search(r'id="note-10000"[^>]* value="5"', refused.content.decode())
    assert counted
    put_off = cashier.post("/tills/A/set-aside/", {**form, "what": what, "draft": str(paying.pk)})
    assert counted[0] in put_off.content.decode()  # nobody has to count again
    paying.refresh_from_db()
    assert (paying.held, "payments" in paying.sale, len(paying.sale["lines"])) == (True, False, 1)
    assert cashier.post(f"/tills/A/{what}/", form).status_code == 302


def test_a_bill_at_another_till_or_unpaid_stops_nothing(cashier: Client, shop: SmallShop, open_till: Session) -> None:
    from counterfoil.till import actions

    draft(shop, till=actions.add_till(code="B", name="", now=NOON))
    draft(shop, sale={"lines": [{"product": "P001"}]}, key="counter-2")
    assert cashier.post("/tills/A/close/", typed(FLOAT)).status_code == 302


@pytest.mark.parametrize("format", ["a4", "receipt"])
def test_the_z_report_is_a_paper(format: str, cashier: Client, shop: SmallShop, open_till: Session) -> None:
    from tests.documents.reading import text_of as read_pdf

    sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "notes": {"100": 1}}])
    cashier.post("/tills/A/cash/", typed({50_00: 1}, kind="cash-out", reason="Tea"))
    cashier.post("/tills/A/close/", typed(queries.notes(shop.till) | {100_00: 5}))
    paper = cashier.get(f"/tills/A/sessions/1/pdf?format={format}")
    assert paper.headers["Content-Type"] == "application/pdf"
    words = read_pdf(paper.content)
    for wanted in ("Z report A 1", "Kirana Asha", "₹42.00", "−1 × 100", "−₹100.00", "Tea", "CGST"):
        assert wanted in words, wanted
