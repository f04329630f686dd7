"""What goes wrong at the edge: addresses, methods, the database, ourselves."""

import logging
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError

from counterfoil.catalog import queries as catalog
from counterfoil.checkout import actions as checkout
from counterfoil.rules import errors
from tests.api.caller import Caller, new_key, problem


@pytest.mark.parametrize("path", ["/", "/nothing", "/products/", "/shop/x", "/tills/A/drawer/x", "/%00", "/%ff%fe"])
def test_an_unknown_address_is_a_problem(stranger: Caller, path: str) -> None:
    found = stranger.refused("GET", path)
    assert (found["status"], found["code"]) in ((404, "not-found"), (401, "unauthorized"))


@pytest.mark.parametrize("path", ["/api/", "/api/v2/shop"])
def test_an_address_beside_the_api_is_a_problem_too(stranger: Caller, path: str) -> None:
    stranger.base = ""
    assert stranger.refused("GET", path)["code"] == "not-found"
    assert b"<html" in stranger.send("GET", "/nothing-here/").content


def test_a_host_that_is_not_ours_is_a_problem(stranger: Caller) -> None:
    found = stranger.refused("GET", "/shop", Host="evil.example")
    assert (found["status"], found["code"]) == (400, "bad-request")


def test_a_fault_outside_the_views_is_a_problem(stranger: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, request: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr("django.middleware.common.CommonMiddleware.process_request", broken)
    answer = stranger.send("GET", "/shop")
    assert (problem(answer)["status"], problem(answer)["code"]) == (500, "internal-error")
    assert b"42" not in answer.content


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/shop", "GET, PATCH"), ("PUT", "/products", "GET, POST"), ("GET", "/change", "POST"),
     ("TRACE", "/invoices", "POST, GET"), ("POST", "/invoices/A/26-27/000001", "GET"),
     ("POST", "/openapi.json", "GET, HEAD"), ("DELETE", "/docs", "GET, HEAD")],
)  # fmt: skip
def test_a_wrong_method_is_a_problem(api: Caller, method: str, path: str, allowed: str) -> None:
    answer = api.send(method, path, {})
    found = problem(answer)
    assert (found["status"], found["code"]) == (405, "method-not-allowed")
    assert set(answer["Allow"].split(", ")) == set(allowed.split(", "))


def test_a_busy_database_is_told_so(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(checkout, "complete_sale", busy)
    sale = {"lines": [{"product": "P001"}], "payments": [{"method": "upi", "amount": "21.00"}]}
    answer = api.send("POST", "/invoices", sale, Idempotency_Key=new_key())
    found = problem(answer)
    assert (found["status"], found["code"], answer["Retry-After"]) == (503, "unavailable", "1")
    assert "locked" not in found["detail"]


def test_two_changes_at_once_may_be_tried_again(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def clash(**_: Any) -> None:
        raise IntegrityError("violates foreign key constraint")

    monkeypatch.setattr(checkout, "complete_sale", clash)
    sale = {"lines": [{"product": "P001"}], "payments": [{"method": "upi", "amount": "21.00"}]}
    found = api.refused("POST", "/invoices", sale, Idempotency_Key=new_key())
    assert (found["status"], found["code"]) == (503, "unavailable")


def test_a_fault_of_ours_is_logged_and_not_shown(
    api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(catalog, "product", broken)
    with caplog.at_level(logging.ERROR):
        answer = api.send("GET", "/products/P001")
    found = problem(answer)
    assert (found["status"], found["code"]) == (500, "internal-error")
    assert b"42" not in answer.content
    assert "the secret is 42" in caplog.text


def test_every_refusal_has_a_status() -> None:
    from counterfoil.api.problems import STATUS

    def below(kind: type[errors.Refusal]) -> set[type[errors.Refusal]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    codes = {kind.code for kind in below(errors.Refusal) if kind.__module__.startswith("counterfoil.")}
    assert codes <= STATUS.keys()


def test_answers_are_not_kept_by_caches(api: Caller) -> None:
    assert api.send("GET", "/shop")["Cache-Control"] == "no-store"
    assert api.send("GET", "/products/none")["Cache-Control"] == "no-store"
