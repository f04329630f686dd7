"""Hold and recall, at another till and by somebody else too; the till that a browser stands at."""

import pytest

from counterfoil.audit.models import Entry
from counterfoil.billing.models import Draft, Invoice
from counterfoil.till import actions as till_actions
from tests.counter.conftest import Counter
from tests.shop import OPENED_AT

pytestmark = pytest.mark.django_db


def test_a_held_bill_is_recalled_at_another_till_by_another_cashier(ravi: Counter, meera: Counter) -> None:
    till_actions.add_till(code="B", name="Back", now=OPENED_AT)
    ravi.scan("P001", "P004")
    held = ravi.draft
    assert ravi.do("hold", name="Table 4")["draft"] == ""
    assert meera.client.post("/counter/till/", {"till": "B"}).status_code == 302
    assert "Table 4" in meera.client.get("/counter/held/").content.decode()
    meera.do("recall", id=held)
    meera.do("pay", method="cash")
    assert meera.save()["saved"].startswith("B/")
    assert Invoice.objects.get().lines.count() == 2


def test_recalling_puts_the_open_bill_on_hold(ravi: Counter) -> None:
    ravi.scan("P001")
    first = ravi.draft
    ravi.do("hold", name="first")
    ravi.scan("P004")
    ravi.do("recall", id=first)
    assert "Milk" in ravi.answer["parts"]["lines"]
    assert Draft.objects.get(held=True).sale["lines"] == [{"product": "P004", "quantity": "1"}]
    assert ravi.answer["held"] == 1


def test_two_cannot_recall_the_same_bill(ravi: Counter, meera: Counter) -> None:
    ravi.scan("P001")
    held = ravi.draft
    ravi.do("hold", name="")
    meera.do("recall", id=held)
    ravi.do("recall", id=held)
    assert ravi.status == 404
    assert "no longer on hold" in ravi.answer["said"]["text"]


def test_what_was_left_open_at_another_till_can_be_recalled(ravi: Counter) -> None:
    till_actions.add_till(code="B", name="Back", now=OPENED_AT)
    ravi.scan("P001")
    ravi.client.post("/counter/till/", {"till": "B"})
    assert "left open" in ravi.client.get("/counter/held/").content.decode()


def test_an_empty_bill_is_not_held(ravi: Counter) -> None:
    ravi.do("hold", name="nothing")
    assert ravi.status == 422
    assert not Draft.objects.filter(held=True).exists()


def test_a_discarded_bill_is_in_the_log(ravi: Counter) -> None:
    ravi.scan("P001")
    held = ravi.draft
    ravi.do("hold", name="gone")
    ravi.do("discard", id=held)
    assert not Draft.objects.filter(held=True).exists()
    assert Entry.objects.get(what="draft").before["lines"] == [{"product": "P001", "quantity": "1"}]


def test_an_unknown_till_is_refused(ravi: Counter) -> None:
    assert ravi.client.post("/counter/till/", {"till": "ZZZ"}).status_code == 404
