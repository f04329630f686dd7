"""Who calls: a bearer token, its role, its pace. Pages know users; the API knows tokens only."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from counterfoil.api import limits
from counterfoil.checkout.plan import Cashier
from counterfoil.people import actions as people
from counterfoil.people.access import require
from counterfoil.rules.errors import KeyMissing, Unauthorized

REMEMBERED_SECONDS = 5  # a revoked token is refused at the latest this long afterwards
MOST_REMEMBERED = 1000
KEY_SHORTEST, KEY_LONGEST = 8, 200

_known: dict[str, tuple["Caller", float]] = {}
_lock = threading.Lock()
_paces = limits.per_token()
_strangers = limits.per_stranger()


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    role: str
    expires_at: datetime | None = None

    @property
    def cashier(self) -> Cashier:
        return Cashier(None, self.name)


class BearerToken:
    """What an operation asks of its caller: a valid token whose role has this ability; and, where a retry must not do
    the work twice, an Idempotency-Key."""

    openapi_security_schema = {
        "type": "http", "scheme": "bearer", "description": "A token made with `counterfoil token create NAME`.",
    }  # fmt: skip

    def __init__(self, ability: str, *, keyed: bool = False) -> None:
        self.ability, self.keyed = ability, keyed

    def __call__(self, request: HttpRequest) -> Caller:
        caller = caller_of(request)
        require(caller.role, self.ability)
        if self.keyed:
            check_key(given_key(request))
        return caller


def caller_of(request: HttpRequest) -> Caller:
    """Raises Unauthorized, TooManyRequests."""
    # Not by `request.headers`: for one of them it would read all that the server knows, its environment among it.
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = token.strip()
    caller = _remembered(token) if scheme.lower() == "bearer" and token else None
    if caller is None:
        _strangers.take(str(request.META.get("REMOTE_ADDR", "")))
        if not token:
            raise Unauthorized("Send Authorization: Bearer TOKEN; `counterfoil token create NAME` makes one.")
        raise Unauthorized(
            "This token is not valid (any more).", challenge='Bearer realm="counterfoil", error="invalid_token"'
        )
    _paces.take(token)
    return caller


def _remembered(token: str) -> Caller | None:
    caller, until = _known.get(token, (None, 0.0))
    if caller and time.monotonic() < until and (caller.expires_at is None or timezone.now() < caller.expires_at):
        return caller
    row = people.token_of(token=token, now=timezone.now())
    with _lock:
        if row is None:
            _known.pop(token, None)
            return None
        if len(_known) >= MOST_REMEMBERED:
            _known.clear()
        caller = Caller(row.name, row.role, row.expires_at)
        _known[token] = (caller, time.monotonic() + REMEMBERED_SECONDS)
    return caller


def forget() -> None:
    """Ask the database again from now on."""
    with _lock:
        _known.clear()


def given_key(request: HttpRequest) -> str:
    """The Idempotency-Key, or nothing."""
    return str(request.META.get("HTTP_IDEMPOTENCY_KEY", ""))


def check_key(key: str) -> None:
    if not key:
        raise KeyMissing("Send an Idempotency-Key, new for each new document: then a retry cannot do it twice.")
    if not KEY_SHORTEST <= len(key) <= KEY_LONGEST or any(not "!" <= character <= "~" for character in key):
        raise KeyMissing(f"An Idempotency-Key has {KEY_SHORTEST} to {KEY_LONGEST} visible characters, without spaces.")


def caller(request: Any) -> Caller:
    """Of a request that came through BearerToken."""
    found = request.auth
    assert isinstance(found, Caller)
    return found
