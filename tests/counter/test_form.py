"""The plain form: a whole sale without a script, each error beside its field."""

import re

import pytest

from counterfoil.billing.models import Invoice
from tests.counter.conftest import Counter

pytestmark = pytest.mark.django_db

FORM = {
    "customer_name": "New Neighbour", "customer_email": "new@example.com", "product": ["P001", ""],
    "quantity": ["2", ""], "note_50000": "2", "key": "form-test-0001",
}  # fmt: skip


def test_worked_out_and_saved(ravi: Counter) -> None:
    shown = ravi.client.post("/counter/form/", {**FORM, "action": "price"}).content.decode()
    assert "₹42.00" in shown
    assert "₹958.00" in shown
    assert "2 of ₹200" in shown
    assert not Invoice.objects.exists()
    done = ravi.client.post("/counter/form/", {**FORM, "action": "save"}, follow=True).content.decode()
    assert Invoice.objects.get().change_paise == 95800
    assert "Give back" in done
    ravi.client.post("/counter/form/", {**FORM, "action": "save"})
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "name", "message"),
    [
        ({"customer_email": "nobody"}, "customer_email", "no e-mail address"),
        ({"quantity": ["0", ""]}, "quantity", "at least"),
        ({"quantity": ["NaN", ""]}, "quantity", "plain number"),
        ({"quantity": ["51", ""]}, "quantity", "Only 50.000"),
        ({"product": ["nothing", ""]}, "product", "no product nothing"),
        ({"product": ["", ""]}, "product", "at least one product"),
        ({"product": ["P006", ""]}, "product", "disabled"),
        ({"note_50000": "x"}, "note_50000", "whole number"),
        ({"note_50000": "", "note_1000": "1"}, "", "32.00 is missing"),
    ],
)
def test_each_error_stands_at_its_field(ravi: Counter, wrong: dict[str, str], name: str, message: str) -> None:
    response = ravi.client.post("/counter/form/", {**FORM, **wrong, "action": "save"})
    page = response.content.decode()
    assert response.status_code in (409, 422)
    assert message in page
    if name:
        assert re.search(rf'name="{name}"[^>]*aria-invalid="true"', page)
    assert 'value="New Neighbour"' in page
    assert not Invoice.objects.exists()
