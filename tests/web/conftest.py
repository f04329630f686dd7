"""Somebody at a browser, without a browser: Django's client, logged in as who is asked for."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.shop import SmallShop

As = Callable[[str], Client]


@pytest.fixture
def as_(shop: SmallShop) -> As:
    """`as_("owner")` is a client that Meera has logged in with."""

    def client(role: str) -> Client:
        one = Client(HTTP_HOST="localhost")
        if role:
            one.force_login(getattr(shop, role))
        return one

    return client


@pytest.fixture
def owner(as_: As) -> Client:
    return as_("owner")
