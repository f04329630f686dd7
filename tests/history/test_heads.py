"""The end of each number series on a day, to be written down elsewhere."""

from datetime import timedelta

from django.test import Client

from counterfoil.billing.models import Invoice
from counterfoil.cli.verify.command import examine
from counterfoil.history import heads
from tests.history.ledger import NOON, sell, take_back
from tests.shop import SmallShop


def test_each_series_ends_with_its_last_document_of_the_day(shop: SmallShop) -> None:
    first, last = sell(), sell(at=NOON + timedelta(minutes=1))
    back = take_back(first, at=NOON + timedelta(minutes=2))
    sell(at=NOON + timedelta(days=1))
    kept = dict(heads.on(day=NOON.date()))
    assert list(kept) == [last, back]
    assert kept[last] == Invoice.objects.get(number=last).digest
    assert examine(heads=kept).ok
    assert heads.on(day=NOON.date() - timedelta(days=1)) == []

    client = Client(HTTP_HOST="localhost")
    client.force_login(shop.owner)
    page = client.get(f"/?day={NOON.date()}").content.decode()
    assert kept[last] in page
    assert back in page
