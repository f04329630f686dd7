"""The API object, and `call`: how an operation says its address, who may use it, and what it can answer."""

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import ValidationErrorContext
from pydantic_core import to_json

from counterfoil.api import openapi, problems
from counterfoil.api.auth import BearerToken
from counterfoil.api.auth import caller as caller_of
from counterfoil.api.parsing import JsonParser
from counterfoil.audit.actions import Actor, acting
from counterfoil.checkout.sale import invalid
from counterfoil.rules.errors import FieldError, Invalid

DESCRIPTION = """The JSON API of a Counterfoil shop.

Amounts are strings with the currency's decimals, quantities and rates are strings; they are accepted as strings or
as JSON numbers, without loss. Times are RFC 3339 with offset, in the shop's time zone. Errors are RFC 9457 problem
documents with a `code`. Lists answer `items` and `next`, a cursor or null."""

View = Callable[..., HttpResponse]


NO_DRAFT = HttpResponse()


class Api(NinjaAPI):
    """Ninja's routing and schemas; errors in the shop's own words."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """Every view here answers a response of its own: ninja's draft of one is never looked at."""
        return NO_DRAFT

    def validation_error_from_error_contexts(self, error_contexts: list[ValidationErrorContext]) -> Any:
        errors: list[FieldError] = []
        for context in error_contexts:
            in_body = context.model.__ninja_param_source__ == "body"
            for error in invalid(context.pydantic_validation_error).errors:
                # Ninja puts the parameter's own name first; in a body there is but one.
                _, _, inner = error.field.partition(".")
                errors.append(FieldError(inner or ("body" if in_body else error.field), error.message))
        return Invalid(f"{errors[0].field}: {errors[0].message}", errors=errors)

    def get_openapi_schema(self, **options: Any) -> Any:
        return openapi.finish(super().get_openapi_schema(**options))


api = Api(
    title="Counterfoil", version="1", description=DESCRIPTION, docs_url=None, openapi_url=None, parser=JsonParser(),
    urls_namespace="api",
)  # fmt: skip
api.add_exception_handler(Exception, problems.on_exception)
for known in list(api._exception_handlers):
    api.add_exception_handler(known, problems.on_exception)


def call(
    method: str,
    path: str,
    *,
    may: str,
    answers: Any,
    status: int = 200,
    also: Iterable[int] = (),
    refusals: Iterable[str] = (),
    tag: str,
    keyed: bool = False,
    example: Any = None,
    examples: Any = None,
    media_type: str = "",
) -> Callable[[View], View]:
    """Register a view. `may` is the ability that the token's role needs; `refusals` are codes of its own."""

    def register(view: View) -> View:
        @functools.wraps(view)
        def acted(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
            with acting(Actor(None, f"api:{caller_of(request).name}")):
                return view(request, *args, **named)

        extra = openapi.extra(
            path=path,
            method=method,
            also=also,
            refusals=refusals,
            keyed=keyed,
            example=example,
            examples=examples,
            media_type=media_type,
            status=status,
        )
        api.api_operation(
            [method],
            path,
            auth=BearerToken(may, keyed=keyed),
            response={status: answers},
            tags=[tag],
            operation_id=view.__name__,
            by_alias=True,
            summary=(view.__doc__ or "").partition("\n")[0],
            openapi_extra=extra,
            description=(view.__doc__ or "").partition("\n")[2].strip() or None,
        )(acted)
        return view

    return register


def reply(body: Any, *, status: int = 200, **headers: str) -> HttpResponse:
    """JSON as it is: the figures are strings already. Header names with underscores for hyphens."""
    response = HttpResponse(to_json(body), status=status, content_type="application/json")
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response
