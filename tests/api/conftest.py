"""Callers of the small shop's API, and a fresh memory for each test."""

from collections.abc import Iterator

import pytest

from tests.api.caller import Caller
from tests.shop import SmallShop


@pytest.fixture(autouse=True)
def nobody_is_remembered() -> Iterator[None]:
    """The process remembers tokens for seconds; the next test's database does not know them."""
    from counterfoil.api import auth

    auth.forget()
    yield
    auth.forget()


@pytest.fixture
def api(shop: SmallShop) -> Caller:
    """With the owner's rights."""
    return Caller(shop.token)


@pytest.fixture
def stranger(shop: SmallShop) -> Caller:
    """Without a token."""
    return Caller("")
