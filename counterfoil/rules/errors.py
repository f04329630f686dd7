"""Every refusal the product can give, drawn in one place.

A rule raises one of these; one place per edge (api.problems, web.problems) turns it into a problem document or a
message beside the field. `code` is what a client can rely on. `more` is what the client can act on (how many are
left, how much is missing, what to ask the customer for). Nothing here knows about HTTP.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """`field` is a path in the input such as `lines[0].quantity`; `message` says what to do."""

    field: str
    message: str


class Refusal(Exception):
    """A clear no. Nothing was saved."""

    code: ClassVar[str] = "validation-error"
    title: ClassVar[str] = "The input cannot be used"

    def __init__(self, detail: str, *, errors: Iterable[FieldError] = (), field: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors) or ((FieldError(field, detail),) if field else ())
        self.more = more


class Invalid(Refusal):
    """Input that can never be right: names the field and what to do."""


class ProductNotFound(Refusal):
    code = "product-not-found"
    title = "No such product"


class ProductDisabled(Refusal):
    code = "product-disabled"
    title = "The product is disabled"


class OutOfStock(Refusal):
    """`more`: product, left (quantity string)."""

    code = "out-of-stock"
    title = "Not enough in stock"


class PaidTooLittle(Refusal):
    """`more`: missing (amount string)."""

    code = "paid-too-little"
    title = "Paid too little"


class PaidTooMuch(Refusal):
    """Only cash can exceed what is due."""

    code = "paid-too-much"
    title = "Paid too much"


class ChangeUnavailable(Refusal):
    """`more`: ask_for ({"amount", "change"} or None)."""

    code = "change-unavailable"
    title = "No exact change"


class DenominationUnknown(Refusal):
    code = "denomination-unknown"
    title = "No such note or coin"


class KeyMissing(Refusal):
    code = "idempotency-key-missing"
    title = "Idempotency-Key is missing"


class KeyReused(Refusal):
    code = "idempotency-key-reused"
    title = "The key was used for something else"


class AlreadyReturned(Refusal):
    code = "already-returned"
    title = "Already returned"


class NotFound(Refusal):
    code = "not-found"
    title = "Not found"


class Unauthorized(Refusal):
    code = "unauthorized"
    title = "Who are you?"


class Forbidden(Refusal):
    code = "forbidden"
    title = "Not allowed"


class TooManyRequests(Refusal):
    """`more`: retry_after (seconds)."""

    code = "too-many-requests"
    title = "Too many requests"
