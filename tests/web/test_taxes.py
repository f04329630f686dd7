"""Tax classes: a rate begins on a day, and the past stays as it was billed."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from counterfoil.catalog.models import TaxClass
from tests.shop import SmallShop
from tests.web.test_masters import error_of

TOMORROW = timedelta(days=1)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def sweets(owner: Client) -> TaxClass:
    assert owner.post("/settings/taxes/", {"name": "Sweets", "rate": "5"}).status_code == 302
    return TaxClass.objects.get(name="Sweets")


def rates(tax_class: TaxClass) -> list[tuple[date, int]]:
    return list(tax_class.rates.values_list("from_day", "rate_bp"))


def test_a_rate_is_noted_for_a_day_and_withdrawn_before_it(owner: Client, sweets: TaxClass, today: date) -> None:
    path = f"/settings/taxes/{sweets.pk}/"
    day = today + TOMORROW
    assert owner.post(path, {"rate": "12", "day": day.isoformat()}).status_code == 302
    assert rates(sweets) == [(today, 500), (day, 1200)]
    assert "12 % from" in " ".join(owner.get("/settings/taxes/").content.decode().split())
    page = owner.get(path).content.decode()
    assert "To come" in page
    assert owner.post(f"{path}withdraw/", {"day": day.isoformat()}).status_code == 302
    assert owner.post(f"{path}withdraw/", {"day": today.isoformat()}).status_code == 422
    assert rates(sweets) == [(today, 500)]


def test_what_overlaps_lies_in_the_past_or_changes_nothing_is_refused(
    owner: Client, sweets: TaxClass, today: date
) -> None:
    path = f"/settings/taxes/{sweets.pk}/"
    for given, field, says in (
        ({"rate": "12", "day": (today - TOMORROW).isoformat()}, "day", "today or later"),
        ({"rate": "12", "day": today.isoformat()}, "day", "5.00 % begins already"),
        ({"rate": "5", "day": (today + TOMORROW).isoformat()}, "rate", "already"),
        ({"rate": "120", "day": (today + TOMORROW).isoformat()}, "rate", "at most"),
        ({"rate": "12", "day": "tomorrow"}, "day", "Write a day"),
    ):
        answer = owner.post(path, given)
        assert (answer.status_code, says in error_of(answer.content.decode(), f"f-{field}")) == (422, True), given
    assert rates(sweets) == [(today, 500)]


def test_a_class_is_chosen_for_a_product_and_then_stays(owner: Client, sweets: TaxClass, shop: SmallShop) -> None:
    given = {"code": "LADU", "name": "Laddu", "unit_price": "20", "tax_rate": "", "tax_class": str(sweets.pk)}
    assert owner.post("/products/new/", {**given, "enabled": "on"}).status_code == 302
    laddu = sweets.products.get()
    page = owner.get(f"/products/{laddu.pk}/").content.decode()
    assert f'<option value="{sweets.pk}" data-fill="5" selected>' in page
    # Another rate beside the same class: another class is meant.
    owner.post(f"/products/{laddu.pk}/save/", {**given, "tax_rate": "18", "whole": "1"})
    laddu.refresh_from_db()
    assert laddu.tax_class.name == "GST 18 %"
    assert owner.post(f"/settings/taxes/{sweets.pk}/remove/").status_code == 302
    assert not TaxClass.objects.filter(name="Sweets").exists()
    refused = owner.post(f"/products/{laddu.pk}/save/", {**given, "tax_rate": "18", "whole": "1"})
    assert "no longer there" in error_of(refused.content.decode(), "f-tax_class")


def test_a_class_is_named_once_and_kept_while_products_belong_to_it(owner: Client, shop: SmallShop) -> None:
    twice = owner.post("/settings/taxes/", {"name": "GST 5 %", "rate": "5"})
    assert "already" in error_of(twice.content.decode(), "f-name")
    kept = owner.post(f"/settings/taxes/{shop.milk.tax_class_id}/remove/")
    assert "Products belong" in kept.content.decode()
