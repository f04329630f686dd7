"""Callers of the small shop's API, and a fresh memory for each test."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.api.caller import Caller
from tests.shop import SmallShop


@pytest.fixture(autouse=True)
def nobody_is_remembered() -> Iterator[None]:
    """The process remembers tokens for seconds; the next test's database does not know them."""
    from counterfoil.api import auth

    auth.forget()
    yield
    auth.forget()


@pytest.fixture(autouse=True)
def static_folder(settings: Settings) -> None:
    """The middleware that serves it warns where there is none, and a warning is an error here."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings) -> None:
    """Nobody signs in here with one, and the careful way to keep them is slow by design."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def api(shop: SmallShop) -> Caller:
    """With the owner's rights."""
    return Caller(shop.token)


@pytest.fixture
def stranger(shop: SmallShop) -> Caller:
    """Without a token."""
    return Caller("")
