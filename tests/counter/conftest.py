"""A cashier at the counter: what the page's script would send, with its tokens and revisions."""

import json
from itertools import count
from typing import Any

import pytest
from django.test import Client

from tests.shop import SmallShop

_tokens = count(1)


class Counter:
    """Keeps the draft, its key and revision of the last answer, as the page does."""

    def __init__(self, user: Any) -> None:
        self.client = Client()
        self.client.force_login(user)
        self.draft, self.key, self.revision, self.line = "", "", 0, -1
        self.answer: dict[str, Any] = {}
        self.status = 0

    def send(self, address: str, body: dict[str, Any]) -> dict[str, Any]:
        response = self.client.post(f"/counter/{address}/", json.dumps(body), content_type="application/json")
        self.status, self.answer = response.status_code, response.json()
        for name in ("draft", "key", "revision", "line"):
            setattr(self, name, self.answer[name])
        return self.answer

    def do(self, verb: str, **values: Any) -> dict[str, Any]:
        seen = {"draft": self.draft, "revision": self.revision, "line": self.line, "token": f"t{next(_tokens)}"}
        return self.send("do", {"do": verb, **seen, **values})

    def scan(self, *texts: str) -> dict[str, Any]:
        for text in texts:
            self.do("scan", text=text)
        return self.answer

    def save(self) -> dict[str, Any]:
        return self.send("save", {"draft": self.draft, "key": self.key, "revision": self.revision})

    def page(self) -> str:
        return self.client.get("/counter/").content.decode()


@pytest.fixture
def ravi(shop: SmallShop) -> Counter:
    return Counter(shop.cashier)


@pytest.fixture
def meera(shop: SmallShop) -> Counter:
    return Counter(shop.owner)
