"""Who may call what, at what pace, and what the audit trail says of it."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

import counterfoil.api.urls  # noqa: F401 (its calls register themselves)
from counterfoil.api import auth
from counterfoil.api.app import api as the_api
from counterfoil.api.limits import Buckets
from counterfoil.audit.models import Entry
from counterfoil.people.actions import create_token, revoke_token
from counterfoil.people.models import ApiToken
from counterfoil.rules.errors import TooManyRequests
from tests.api.caller import Caller, new_key, token_with
from tests.shop import SmallShop

ALL, SELLERS, OWNER = {"owner", "cashier", "accountant"}, {"owner", "cashier"}, {"owner"}
NUMBER = "/invoices/A/26-27/000001"

# Every call, and the roles that may use it. A call that is missing here fails the test below.
TABLE: dict[tuple[str, str], set[str]] = {
    ("GET", "/shop"): ALL,
    ("PATCH", "/shop"): OWNER,
    ("GET", "/products"): ALL,
    ("POST", "/products"): OWNER,
    ("GET", "/products/{code}"): ALL,
    ("PATCH", "/products/{code}"): OWNER,
    ("DELETE", "/products/{code}"): OWNER,
    ("POST", "/products/{code}/stock"): OWNER,
    ("GET", "/tax-classes"): ALL,
    ("POST", "/tax-classes"): OWNER,
    ("POST", "/tax-classes/{name}/rates"): OWNER,
    ("GET", "/customers"): ALL,
    ("POST", "/customers"): SELLERS,
    ("GET", "/customers/{id}"): ALL,
    ("PATCH", "/customers/{id}"): OWNER,
    ("DELETE", "/customers/{id}"): OWNER,
    ("GET", "/denominations"): ALL,
    ("POST", "/denominations"): OWNER,
    ("PATCH", "/denominations/{value}"): OWNER,
    ("GET", "/tills"): ALL,
    ("POST", "/tills"): OWNER,
    ("GET", "/tills/{code}"): ALL,
    ("GET", "/tills/{code}/drawer"): ALL,
    ("POST", "/tills/{code}/count"): SELLERS,
    ("GET", "/tills/{code}/sessions"): ALL,
    ("GET", "/tills/{code}/sessions/{number}"): ALL,
    ("POST", "/change"): SELLERS,
    ("POST", "/invoices/price"): SELLERS,
    ("POST", "/invoices"): SELLERS,
    ("GET", "/invoices"): ALL,
    ("GET", "/invoices/{number}"): ALL,
    ("GET", "/invoices/{number}/pdf"): ALL,
    ("POST", "/invoices/{number}/email"): SELLERS,
    ("POST", "/invoices/{number}/returns"): SELLERS,
}


def filled(path: str) -> str:
    for name, value in {"code": "none", "id": "999999", "value": "7", "number": "none", "name": "none"}.items():
        path = path.replace("{" + name + "}", value)
    return path


def test_the_table_has_every_call() -> None:
    paths = the_api.get_openapi_schema(path_prefix="/")["paths"]
    assert {(method.upper(), path) for path, operations in paths.items() for method in operations} == TABLE.keys()


@pytest.mark.parametrize("role", sorted(ALL))
def test_each_role_may_do_what_the_table_says(shop: SmallShop, role: str) -> None:
    caller = Caller(token_with(role))
    for (method, path), roles in TABLE.items():
        answer = caller.send(method, filled(path), Idempotency_Key=new_key())
        assert (answer.status_code == 403) == (role not in roles), (method, path, answer.status_code)
        if role not in roles:
            assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic b3duZXI6", "bearer\u00e9", "Token x"]
)
def test_without_a_valid_token_no_call_is_answered(stranger: Caller, header: str) -> None:
    for method, path in TABLE:
        answer = stranger.send(method, filled(path), **({"Authorization": header} if header else {}))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), (method, path)
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_may_be_written_small(shop: SmallShop, stranger: Caller) -> None:
    assert stranger.send("GET", "/shop", Authorization=f"bearer {shop.token}").status_code == 200


def test_a_revoked_token_is_refused_within_seconds(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.send("GET", "/shop").status_code == 200
    revoke_token(token_id=ApiToken.objects.get(name="tests").pk, now=timezone.now())
    assert api.send("GET", "/shop").status_code == 200, "remembered for a moment"
    later = time.monotonic() + auth.REMEMBERED_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert api.refused("GET", "/shop")["status"] == 401


def test_an_expired_token_is_refused_at_once(shop: SmallShop) -> None:
    now = timezone.now()
    caller = Caller(create_token(name="short", now=now, expires_at=now + timedelta(seconds=60)))
    assert caller.send("GET", "/shop").status_code == 200
    ApiToken.objects.filter(name="short").update(expires_at=now - timedelta(seconds=1))
    auth.forget()
    assert caller.refused("GET", "/shop")["status"] == 401


def test_the_audit_trail_names_the_token(api: Caller) -> None:
    api.ok("PATCH", "/products/P001", {"unit_price": "22.00"})
    entry = Entry.objects.first()
    assert entry is not None
    assert (entry.via, entry.what, entry.which) == ("api:tests", "product", "P001")
    assert (entry.before, entry.after) == ({"unit_price_paise": 2000}, {"unit_price_paise": 2200})


def test_the_invoice_names_the_token(api: Caller) -> None:
    sale = {"lines": [{"product": "P001"}], "payments": [{"method": "upi", "amount": "21.00"}]}
    assert api.sell(sale)["cashier"] == "tests"


# Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_second_s_worth_and_fills_again() -> None:
    clock = Clock()
    bucket = Buckets(10, clock=clock)
    for _ in range(10):
        bucket.take("a")
    with pytest.raises(TooManyRequests) as refused:
        bucket.take("a")
    assert refused.value.more["retry_after"] == 1
    bucket.take("b")
    clock.now += 0.2
    bucket.take("a")
    bucket.take("a")
    with pytest.raises(TooManyRequests):
        bucket.take("a")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(auth, "_paces", Buckets(3, clock=clock))
    monkeypatch.setattr(auth, "_strangers", Buckets(3, clock=clock))


def test_one_token_cannot_take_the_pace_of_another(slow: None, api: Caller) -> None:
    other = Caller(token_with("cashier"))
    answers: list[Any] = [api.send("GET", "/shop") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (answers[3].json()["code"], answers[3]["Retry-After"]) == ("too-many-requests", "1")
    assert other.send("GET", "/shop").status_code == 200


def test_a_flood_without_a_token_is_slowed_and_bars_nobody_else(slow: None, api: Caller, stranger: Caller) -> None:
    statuses = [stranger.send("GET", "/shop").status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]
    assert api.send("GET", "/shop").status_code == 200, "a valid token comes from the same address"
