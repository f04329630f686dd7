"""The OpenAPI document, and a page that shows it to people: our own, since Swagger's needs scripts that the
Content-Security-Policy does not let through. It works without any script, from this server alone."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.urls import URLPattern, URLResolver, path
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from counterfoil.api.app import DESCRIPTION, api
from counterfoil.api.problems import STATUS

PREFIX = "/api/v1/"
HERE = Path(__file__).parent / "pages"
METHODS = {"get": "GET", "post": "POST", "patch": "PATCH", "delete": "DELETE"}


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = api.get_openapi_schema(path_prefix=PREFIX)
    return found


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_document_text(), content_type="application/json")


@cache
def _document_text() -> str:
    return json.dumps(document(), ensure_ascii=False)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(_page_text())


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    return HttpResponse((HERE / "docs.css").read_text(encoding="utf-8"), content_type="text/css; charset=utf-8")


@cache
def _page_text() -> str:
    template = Engine(dirs=[str(HERE)]).get_template("docs.html")
    return template.render(
        Context(
            {"description": marked(DESCRIPTION), "tags": _tags(), "codes": sorted(STATUS.items()), "prefix": PREFIX}
        )
    )


def _tags() -> list[dict[str, Any]]:
    """The operations below their headings, in the order in which they were written."""
    found: dict[str, list[dict[str, Any]]] = {}
    for address, operations in document()["paths"].items():
        for method, operation in operations.items():
            for tag in operation["tags"]:
                found.setdefault(tag, []).append(_operation(METHODS[method], address, operation))
    return [{"name": name, "operations": operations} for name, operations in found.items()]


def _operation(method: str, address: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return {
        "id": operation["operationId"],
        "method": method,
        "address": address,
        "summary": marked(operation["summary"]),
        "description": marked(operation.get("description", "")),
        "parameters": [
            {**parameter, "kind": _kind(parameter["schema"])} for parameter in operation.get("parameters", [])
        ],
        "fields": _fields(_resolved(body.get("schema", {}))),
        "examples": [_pretty(example["value"]) for example in body.get("examples", {}).values()],
        "answers": [(status, marked(found["description"])) for status, found in sorted(operation["responses"].items())],
    }


def marked(text: str) -> SafeString:
    """Words between backticks as code; all else as it is."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    for choice in schema.get("anyOf", []):
        if "$ref" in choice:
            return _resolved(choice)
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _fields(schema: dict[str, Any], inside: str = "") -> list[dict[str, Any]]:
    """Every field of a body by its path, those inside of others below them."""
    rows: list[dict[str, Any]] = []
    for name, details in schema.get("properties", {}).items():
        where = f"{inside}{name}"
        rows.append({"name": where, "kind": _kind(details), "required": name in schema.get("required", [])})
        inner = _resolved(details)
        entries = next((choice for choice in [details, *details.get("anyOf", [])] if "items" in choice), None)
        if entries is not None:
            rows += _fields(_resolved(entries["items"]), f"{where}[].")
        elif inner is not details and "properties" in inner:
            rows += _fields(inner, f"{where}.")
    return rows


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(json.dumps(choice) for choice in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(choice) for choice in schema["anyOf"]))
    if "$ref" in schema:
        return "object"
    kind = str(schema.get("format") or schema.get("type", "any"))
    most = schema.get("maxLength") or schema.get("maximum")
    return f"{kind}, at most {most}" if most and most < 10**9 else kind


urlpatterns: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi_json),
    path("docs", page),
    path("docs.css", style),
]
