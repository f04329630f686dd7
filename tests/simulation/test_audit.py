"""The comparison with the outside log finds what it is for: each loss is shown to it once."""

import json
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.simulation import audit
from tests.simulation.clients import FLOAT, PRODUCTS, TILLS

pytestmark = [pytest.mark.pure]


def invoice(sequence: int) -> dict[str, Any]:
    return {
        "number": f"A/26-27/{sequence:06}", "kind": "invoice", "till": "A", "digest": f"digest {sequence}",
        "rounded_payable": "20.00", "issued_at": "2026-11-22T10:15:00+05:30", "customer": {"email": "asha@example.com"},
        "lines": [{"product": "MILK", "quantity": "1.000"}], "change": {"50": 1, "20": 1, "10": 1},
        "payments": [{"method": "cash", "amount": "100.00", "notes": {"100": 1}}],
    }  # fmt: skip


class OpenShop:
    """A shop that sold three packets of milk, as it answers the calls of the comparison."""

    def __init__(self) -> None:
        self.invoices = [invoice(n) for n in (1, 2, 3)]
        self.stock = {code: start for code, (_, _, start) in PRODUCTS.items()} | {"MILK": PRODUCTS["MILK"][2] - 3}
        sold = Counter({"100": 3, "50": -3, "20": -3, "10": -3})
        self.drawers = {till: {v: n + (sold[v] if till == "A" else 0) for v, n in FLOAT.items()} for till in TILLS}
        self.outbox = [
            {"invoice__number": i["number"], "message_id": i["digest"], "state": "sent", "ambiguous_attempts": 0,
             "last_error": "", "next_attempt_at": False}
            for i in self.invoices
        ]  # fmt: skip
        self.letters = Counter(i["digest"] for i in self.invoices)

    def call(self, method: str, path: str) -> tuple[int, Any]:
        match path.split("/")[1:]:
            case ["products", code]:
                return 200, {"stock": f"{self.stock[code]}.000"}
            case ["tills", till, "drawer"]:
                return 200, {"notes": self.drawers[till]}
        return 200, {"items": self.invoices, "next": None}


def found(shop: OpenShop, log: list[dict[str, Any]]) -> list[str]:
    line: Any = shop
    return [
        *audit.check_documents(log, line), *audit.check_things(log, line),
        *audit.check_mail(log, shop.outbox, shop.letters),
    ]  # fmt: skip


def log_of(shop: OpenShop) -> list[dict[str, Any]]:
    return [{"key": f"key-{n}", "status": 201, "answer": deepcopy(i)} for n, i in enumerate(shop.invoices)]


def test_a_shop_that_is_as_it_was_told_has_nothing_against_it() -> None:
    shop = OpenShop()
    assert found(shop, log_of(shop)) == []


def lose_one(shop: OpenShop) -> None:
    shop.invoices.pop(0)


def sell_one_twice(shop: OpenShop) -> None:
    shop.invoices.append(invoice(4))


def skip_a_number(shop: OpenShop) -> None:
    shop.invoices[2]["number"] = "A/26-27/000004"


def change_one(shop: OpenShop) -> None:
    shop.invoices[1]["digest"] = "another"


def take_a_note(shop: OpenShop) -> None:
    shop.drawers["B"]["500"] -= 1


def lose_a_packet(shop: OpenShop) -> None:
    shop.stock["SOAP"] -= 1


def forget_a_letter(shop: OpenShop) -> None:
    shop.outbox.pop()


def never_send_it(shop: OpenShop) -> None:
    shop.letters[shop.outbox[0]["message_id"]] = 0


def send_it_twice(shop: OpenShop) -> None:
    shop.letters[shop.outbox[0]["message_id"]] = 2


def leave_it_lying(shop: OpenShop) -> None:
    shop.outbox[0]["state"] = "sending"


def give_up_in_silence(shop: OpenShop) -> None:
    shop.outbox[0]["state"] = "unknown"


@pytest.mark.parametrize(
    "harm, words",
    [
        (lose_one, "A/26-27/000001 was acknowledged and is not there"),
        (lose_one, "number 1 of A/26-27 is missing"),
        (sell_one_twice, "A/26-27/000004 is there and nobody was told"),
        (skip_a_number, "number 3 of A/26-27 is missing"),
        (change_one, "A/26-27/000002: digest was digest 2 when acknowledged, is another"),
        (take_a_note, "till B holds"),
        (lose_a_packet, "499999000 thousandths of SOAP are in stock, the log makes 500000000"),
        (forget_a_letter, "A/26-27/000003: 1 letters promised, 0 in the outbox"),
        (never_send_it, "A/26-27/000001: sent, says the shop, and it never came"),
        (send_it_twice, "A/26-27/000001: 2 letters after 0 ambiguous tries"),
        (leave_it_lying, "A/26-27/000001: still sending"),
        (give_up_in_silence, "A/26-27/000001: unknown, and nobody says why"),
    ],
)
def test_each_harm_is_named(harm: Callable[[OpenShop], None], words: str) -> None:
    shop = OpenShop()
    log = log_of(shop)
    harm(shop)
    assert any(line.startswith(words) for line in found(shop, log)), found(shop, log)


def test_one_key_with_two_answers_and_one_number_for_two_keys_are_named() -> None:
    shop = OpenShop()
    log = log_of(shop)
    log.append({**log[0], "key": "key-1"})
    said = found(shop, log)
    assert "A/26-27/000001 answers two keys, key-1 for one" in said
    assert "key key-1 has 2 answers" in said


def test_verify_must_count_what_was_acknowledged() -> None:
    shop = OpenShop()
    breach = {"row": "A/26-27/000002", "wrong": "comes twice", "check": "sequence"}
    output = json.dumps({"documents": 4, "breaches": [breach]})
    assert list(audit.check_verify(output, log_of(shop))) == [
        "verify: A/26-27/000002: comes twice [sequence]",
        "verify counts 4 documents, 3 were acknowledged",
    ]
