"""The day, beside the usual one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from counterfoil.catalog.models import Product
from counterfoil.history import day, ranges
from tests.history.ledger import NOON, sell, take_back
from tests.shop import SmallShop

SUNDAY = date(2026, 11, 22)


def summary(*, of: date = SUNDAY, now: datetime = NOON) -> day.Day:
    return day.day_summary(day=of, now=now, time_zone="Asia/Kolkata")


def test_an_empty_day_has_nothing_to_compare_with(shop: SmallShop) -> None:
    seen = summary()
    assert (seen.count, seen.sales_paise, seen.average_paise, seen.usual_sales_paise, seen.more_bp) == (
        0,
        0,
        0,
        None,
        None,
    )


def test_the_day_adds_up(shop: SmallShop) -> None:
    number = sell({"product": "P001", "quantity": "2"}, payments=[{"method": "cash", "amount": "50.00"}])
    sell({"product": "P001", "quantity": "4"})
    take_back(number)
    seen = summary()
    assert (seen.sales_paise, seen.count, seen.average_paise) == (126_00, 2, 63_00)
    assert (seen.returned_paise, seen.returned_count) == (42_00, 1)
    assert {row["method"]: row["paise"] for row in seen.methods} == {"card": 84_00, "cash": 42_00}
    assert [(row["code"], row["quantity_milli"]) for row in seen.best] == [("P001", 6000)]


def test_hours_are_the_shops_and_midnight_parts_two_days(shop: SmallShop) -> None:
    sell(at=datetime(2026, 11, 22, 18, 29, tzinfo=UTC))
    sell(at=datetime(2026, 11, 22, 18, 31, tzinfo=UTC))
    now = datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert {each.hour for each in summary(now=now).hours if each.paise} == {23}
    assert {each.hour for each in summary(of=SUNDAY + timedelta(days=1), now=now).hours if each.paise} == {0}


def test_the_usual_is_the_mean_of_the_same_weekdays_up_to_the_same_time(shop: SmallShop) -> None:
    for weeks, quantity in ((1, "2"), (2, "4")):
        sell({"product": "P001", "quantity": quantity}, at=NOON - timedelta(weeks=weeks, hours=1))
        sell({"product": "P001", "quantity": "1"}, at=NOON - timedelta(weeks=weeks) + timedelta(hours=3))
    sell(at=NOON - timedelta(days=1))  # another weekday
    sell({"product": "P001", "quantity": "6"}, at=NOON - timedelta(hours=1))
    running = summary()
    assert (running.usual_sales_paise, running.usual_count) == (63_00, 1)
    assert running.more_bp == 10_000
    over = summary(now=NOON + timedelta(days=1))
    assert over.usual_sales_paise == 84_00
    assert {each.hour: each.usual_paise for each in over.hours if each.usual_paise} == {11: 63_00, 15: 21_00}


def test_what_is_low_says_what_it_sells_in_a_day(shop: SmallShop) -> None:
    Product.objects.filter(code="P003").update(reorder_level_milli=20_000)
    Product.objects.filter(code="P006").update(reorder_level_milli=20_000)  # disabled: nobody reorders it
    sell({"product": "P003", "quantity": "3"})
    assert [(row["code"], row["stock_milli"], row["a_day_milli"]) for row in day.low_stock(day=SUNDAY)] == [
        ("P003", 9_000, 100)
    ]


def test_tills_tell_their_sales(shop: SmallShop) -> None:
    sell()
    (till,) = day.tills(day=SUNDAY)
    assert (till["day"]["paise"], till["day"]["last_at"], till["cash_paise"]) == (21_00, NOON, None)


@pytest.mark.pure
@pytest.mark.parametrize(
    "today, key, first, last",
    [
        (date(2026, 11, 25), "this-week", date(2026, 11, 23), date(2026, 11, 25)),
        (date(2026, 3, 1), "last-month", date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 1, 1), "last-month", date(2025, 12, 1), date(2025, 12, 31)),
        (date(2026, 3, 31), "financial-year", date(2025, 4, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), "financial-year", date(2026, 4, 1), date(2026, 4, 1)),
        (date(2026, 1, 1), "yesterday", date(2025, 12, 31), date(2025, 12, 31)),
    ],
)
def test_ranges(today: date, key: str, first: date, last: date) -> None:
    (found,) = [each for each in ranges.ranges(today) if each.key == key]
    assert (found.first, found.last) == (first, last)
