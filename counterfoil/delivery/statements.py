"""The outbox in a sale's batch: the promise to mail is written with the invoice, or neither is."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from functools import cache
from secrets import token_hex
from typing import Any

from django.conf import settings

from counterfoil.delivery import doorbell
from counterfoil.delivery.models import Delivery, State
from counterfoil.rules.digest import seal
from counterfoil.store import Statement, insert

SEAL = 12  # characters of the seal in a Message-ID
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def new_message_id(*promise: object) -> str:
    """Fixed once per delivery, so that a letter sent twice by an ambiguous failure is recognised as one. It seals the
    promise (`promised`): `verify` sees one that was given to another invoice or address."""
    return _sealed(token_hex(16), _domain_of(settings.DEFAULT_FROM_EMAIL), promise)


def _sealed(token: str, domain: str, promise: tuple[object, ...]) -> str:
    return f"<{token}.{seal(token, domain, *promise)[:SEAL]}@{domain}>"


@cache
def _domain_of(sender: str) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return domain if len(domain) <= 70 and DOMAIN.fullmatch(domain) else "counterfoil.invalid"


def promised(row: Mapping[str, Any]) -> tuple[object, ...]:
    """What of a delivery never changes."""
    return (row["invoice_id"], row["address"], row["round"], row["asked_by"], row["created_at"])


def keeps_its_promise(row: Mapping[str, Any]) -> bool:
    """Whether the delivery is still the one that its Message-ID was made for."""
    left, _, domain = row["message_id"].removeprefix("<").removesuffix(">").partition("@")
    return bool(row["message_id"] == _sealed(left.partition(".")[0], domain, promised(row)))


def queue_invoice(*, invoice_id: int, address: str, now: datetime) -> list[Statement]:
    if not address:
        return []
    unrung = doorbell.trouble()  # written here, it costs the sale nothing
    row = {
        "invoice_id": invoice_id,
        "address": address,
        "round": 0,
        "state": str(State.QUEUED),
        "asked_by": "",
        "created_at": now,
        "next_attempt_at": now,
        "attempts": 0,
        "fail_count": 1 if unrung else 0,
        "last_error": unrung,
        "claimed_at": None,
        "claimed_by": "",
        "accepted_at_risk": False,
        "ambiguous_attempts": 0,
        "sent_at": None,
    }
    return [insert(Delivery, [{**row, "message_id": new_message_id(*promised(row))}])]


def queued_text(*, round: int, asked_by: str) -> str:
    """A delivery's first step. No row is written for it: the sale has enough to write."""
    if round == 0 and not asked_by:
        return "Queued with the sale"
    return f"Queued again, asked by {asked_by}" if asked_by else "Queued again"
