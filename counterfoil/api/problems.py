"""The one place where a refusal becomes an HTTP answer: an RFC 9457 problem document with a `code`.

Whatever a client sends, the answer is a problem with status 4xx; only a fault of our own is a 500, and it is logged,
never shown.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import HttpError

from counterfoil.rules.errors import FieldError, Invalid, NotFound, Refusal, Unauthorized

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
LONGEST_ECHO = 200  # a client gets back at most so much of what it sent
RETRY_AFTER_SECONDS = 1


class MethodNotAllowed(Refusal):
    code = "method-not-allowed"
    title = "Not with this method"


class LengthRequired(Refusal):
    code = "length-required"
    title = "Content-Length is missing"


class BadRequest(Refusal):
    code = "bad-request"
    title = "The request makes no sense"


class TooLarge(Refusal):
    code = "too-large"
    title = "The body is too large"


class Unavailable(Refusal):
    """`more`: retry_after (seconds)."""

    code = "unavailable"
    title = "Not now"


class Broken(Refusal):
    code = "internal-error"
    title = "A fault of ours"


STATUS: dict[str, int] = {
    "validation-error": 422,
    "product-not-found": 422,
    "product-disabled": 422,
    "out-of-stock": 409,
    "paid-too-little": 422,
    "change-unavailable": 409,
    "paid-too-much": 422,
    "denomination-unknown": 422,
    "idempotency-key-missing": 400,
    "idempotency-key-reused": 422,
    "already-returned": 409,
    "not-found": 404,
    "unauthorized": 401,
    "forbidden": 403,
    "too-many-requests": 429,
    "method-not-allowed": 405,
    "bad-request": 400,
    "length-required": 411,
    "too-large": 413,
    "unavailable": 503,
    "internal-error": 500,
}


def answer(refusal: Refusal) -> HttpResponse:
    """The problem document. `more` stands beside the members that RFC 9457 names."""
    status = STATUS.get(refusal.code, 422)
    body = {
        "type": f"/api/v1/docs#{refusal.code}",
        "title": refusal.title,
        "status": status,
        "detail": _short(refusal.detail),
        "code": refusal.code,
        "errors": [{"field": _short(e.field), "message": _short(e.message)} for e in refusal.errors],
    }
    body |= {name: _short(value) for name, value in refusal.more.items() if name not in body}
    response = HttpResponse(json.dumps(body), status=status, content_type=CONTENT_TYPE)
    for name, value in _headers(refusal).items():
        response[name] = value
    # A client's mistake is no news for the shop's log; our own faults were logged in `of`.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _headers(refusal: Refusal) -> Mapping[str, str]:
    if isinstance(refusal, Unauthorized):
        return {"WWW-Authenticate": refusal.more.get("challenge") or 'Bearer realm="counterfoil"'}
    if retry_after := refusal.more.get("retry_after"):
        return {"Retry-After": str(retry_after)}
    return {}


def _short(value: Any) -> Any:
    return f"{value[:LONGEST_ECHO]}…" if isinstance(value, str) and len(value) > LONGEST_ECHO else value


def of(error: Exception) -> Refusal:
    """What an exception means to the client."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HttpError):  # ninja's wrapper around what its parser raised
        return of(error.__cause__) if isinstance(error.__cause__, Exception) else Invalid(str(error))
    if isinstance(error, RequestDataTooBig):
        return TooLarge("The body is larger than 1 MiB: send less at once.")
    if isinstance(error, DisallowedHost):
        return BadRequest("This shop is not called by that host name.")
    if isinstance(error, UnreadablePostError | SuspiciousOperation):
        return Invalid("The request could not be read to its end.", errors=[FieldError("body", "Send it again.")])
    if isinstance(error, Http404):
        return NotFound("There is nothing at this address.")
    if isinstance(error, OperationalError | InterfaceError):
        logger.warning("The database did not answer: %s", error)
        return Unavailable("The database is busy or away: try again, with the same key.",
                           retry_after=RETRY_AFTER_SECONDS)  # fmt: skip
    if isinstance(error, IntegrityError):
        # Two at once, such as a sale to a customer who is just being deleted: the second look finds a clear answer.
        logger.error("The database refused a row", exc_info=error)
        return Unavailable("Somebody else changed this at the same moment: try again.",
                           retry_after=RETRY_AFTER_SECONDS)  # fmt: skip
    logger.error("Unexpected in the API", exc_info=error)
    return Broken("Something went wrong on our side; it has been noted. Nothing was saved.")


def on_exception(request: HttpRequest, error: Any) -> HttpResponse:
    return answer(of(error))
