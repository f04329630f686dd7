"""A till's sessions and reports, read over the API."""

import pytest

from counterfoil.shop import actions as shop_actions
from counterfoil.till import queries, sessions
from tests.api.caller import Caller, token_with
from tests.checkout.conftest import NOON
from tests.shop import OPENED_AT, SmallShop

FLOAT = {100_00: 5, 50_00: 4, 20_00: 10, 10_00: 10, 5_00: 10, 2_00: 10, 1_00: 10}


@pytest.fixture
def two_days(shop: SmallShop, api: Caller) -> str:
    """One that is closed with a 100 too few, one that is open; the number of the first's only sale."""
    sessions.open_session(till=shop.till, notes=FLOAT, now=NOON, user_id=shop.cashier.pk)
    sale = {"lines": [{"product": "P001", "quantity": "2"}], "payments": [{"method": "cash", "notes": {"100": 1}}]}
    number = str(api.sell(sale)["number"])
    counted = queries.notes(shop.till) | {100_00: 5}
    sessions.close_session(till=shop.till, notes=counted, now=NOON, user_id=shop.owner.pk)
    sessions.open_session(till=shop.till, notes=counted, now=NOON, user_id=shop.cashier.pk)
    return number


def test_sessions_are_listed_newest_first(two_days: str, api: Caller) -> None:
    listed = api.get("/tills/a/sessions")
    assert [(item["number"], item["opened_by"], item["variance"]) for item in listed["items"]] == [
        (2, "ravi", None),
        (1, "ravi", {"100": -1}),
    ]
    assert listed["items"][1] | {"opened_at": "", "closed_at": ""} == {
        "number": 1, "opened_at": "", "opened_by": "ravi", "closed_at": "", "closed_by": "meera", "invoices": 1,
        "kept": "42.00", "variance": {"100": -1}, "variance_total": "-100.00",
    }  # fmt: skip
    first = api.get("/tills/A/sessions?limit=1")
    assert [item["number"] for item in api.get(f"/tills/A/sessions?limit=1&cursor={first['next']}")["items"]] == [1]


def test_a_report_explains_each_note(two_days: str, api: Caller) -> None:
    z = api.get("/tills/A/sessions/1")
    assert (z["kind"], z["payable"], z["expected_total"], z["variance"]) == ("z", "42.00", "1122.00", {"100": -1})
    assert z["suspects"] == {"100": [two_days]}
    hundred = next(row for row in z["notes"] if row["value"] == "100")
    assert (hundred["opening"], hundred["received"], hundred["expected"], hundred["counted"]) == (5, 1, 6, 5)
    assert api.get("/tills/A/sessions/2")["kind"] == "x"
    for path in ("/tills/A/sessions/3", "/tills/A/sessions/0", "/tills/A/sessions/x", "/tills/Z/sessions/1"):
        assert api.refused("GET", path)["status"] == 404, path


def test_who_counts_blind_reads_no_report_before_the_count(two_days: str, api: Caller) -> None:
    shop_actions.change_shop(changes={"blind_close": True}, now=OPENED_AT)
    cashier = Caller(token_with("cashier"))
    assert cashier.refused("GET", "/tills/A/sessions/2")["status"] == 403
    assert cashier.get("/tills/A/sessions")["items"][0]["kept"] is None
    assert cashier.get("/tills/A/sessions/1")["kind"] == "z"
