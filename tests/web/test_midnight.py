"""A minute before and a minute after midnight in the shop, wherever the server thinks it is."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import Settings

from tests.api.caller import Caller
from tests.history.ledger import sell
from tests.shop import SmallShop
from tests.web.test_purchases import rows_of

LATE = datetime(2026, 11, 22, 18, 29, tzinfo=UTC)  # Sunday 23:59 in the shop
EARLY = datetime(2026, 11, 22, 18, 31, tzinfo=UTC)  # Monday 00:01
SUNDAY, MONDAY = "2026-11-22", "2026-11-23"


@pytest.mark.parametrize("server", ["Asia/Kolkata", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_each_falls_on_its_own_day(owner: Client, shop: SmallShop, settings: Settings, server: str) -> None:
    settings.TIME_ZONE = server  # Django gives it to the process too: TZ, and the C library
    late = sell(at=LATE, customer={"id": shop.asha.pk})
    early = sell({"product": "P004", "quantity": "1"}, at=EARLY)
    api = Caller(shop.token)
    for day, own, other, paise, time in (
        (SUNDAY, late, early, 21_00, "23:59"),
        (MONDAY, early, late, 6_00, "00:01"),
    ):
        query = f"from={day}&to={day}"
        page = owner.get(f"/invoices/?{query}").content.decode()
        assert (own in page, other in page, f"₹{paise // 100}.00" in page, time in page) == (True, False, True, True)
        assert [(row["Number"], row["Date"], row["Time"][:5]) for row in rows_of(owner, query)] == [(own, day, time)]
        assert [item["number"] for item in api.get(f"/invoices?{query}")["items"]] == [own]
        assert api.get(f"/invoices/{own}")["issued_at"].startswith(f"{day}T{time}")
        day_page = owner.get(f"/?day={day}").content.decode()
        assert f"<dd>₹{paise // 100}.00<" in day_page
        assert f"{time}" in owner.get(f"/invoices/{own}/").content.decode()
    bought = " ".join(owner.get(f"/customers/{shop.asha.pk}/").content.decode().split())
    assert "22 Nov 2026" in bought
    assert "23 Nov 2026" not in bought
