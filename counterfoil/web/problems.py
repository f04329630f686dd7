"""How a refusal looks on a page: beside its field where a form shows it, else a page of its own. The one mapping."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counterfoil.rules.errors import Refusal

STATUS = {
    "validation-error": 422,
    "product-not-found": 422,
    "product-disabled": 422,
    "out-of-stock": 409,
    "paid-too-little": 422,
    "paid-too-much": 422,
    "change-unavailable": 409,
    "denomination-unknown": 422,
    "idempotency-key-missing": 400,
    "idempotency-key-reused": 422,
    "already-returned": 409,
    "not-found": 404,
    "unauthorized": 401,
    "forbidden": 403,
    "too-many-requests": 429,
}


def status_of(refusal: Refusal) -> int:
    return STATUS.get(refusal.code, 422)


def by_field(refusal: Refusal) -> dict[str, str]:
    """{field: message} for a form; what belongs to no field stands under "" (above the form). First one wins."""
    found: dict[str, str] = {}
    for error in refusal.errors:
        found.setdefault(error.field, error.message)
    return found or {"": refusal.detail}


def as_page(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """A page (or, asked for in place, a part) that says what was refused."""
    context = {"refusal": refusal}
    template = "web/refusal.html#notice" if getattr(request, "htmx", False) else "web/refusal.html"
    return render(request, template, context, status=status_of(refusal))
