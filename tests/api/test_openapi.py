"""The OpenAPI document: that it can be read by others, and that it says what the server does."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta

from counterfoil.api.docs import document
from tests.api.caller import Caller

WORDS = {  # of JSON Schema, as far as this document needs them
    "$ref", "additionalProperties", "anyOf", "const", "default", "description", "enum", "examples", "format", "items",
    "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minimum", "pattern", "properties",
    "required", "title", "type",
}  # fmt: skip


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of the document with its place, those inside of others too."""
    whole = document()
    for name, schema in whole["components"]["schemas"].items():
        yield from inside(name, schema)
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                yield from inside(f"{method} {path} {parameter['name']}", parameter["schema"])


def inside(place: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from inside(f"{place}.{name}", inner)
    for inner in [*schema.get("anyOf", []), schema.get("items"), schema.get("additionalProperties")]:
        if isinstance(inner, dict):
            yield from inside(place, inner)


def test_every_schema_is_one() -> None:
    for place, schema in schemas():
        assert schema.keys() <= WORDS, place  # `ge` means nothing to anybody else
        meta.validate(schema)


def test_every_default_is_allowed_by_its_own_schema() -> None:
    for place, schema in schemas():
        if "default" in schema:
            assert Draft202012Validator(schema).is_valid(schema["default"]), place


def test_lists_say_how_much_they_give() -> None:
    for path in ("customers", "denominations", "invoices", "products", "tax-classes", "tills"):
        (limit,) = (p for p in document()["paths"][f"/api/v1/{path}"]["get"]["parameters"] if p["name"] == "limit")
        assert {name: limit["schema"].get(name) for name in ("minimum", "maximum", "default")} == {
            "minimum": 1, "maximum": 200, "default": 50,
        }, path  # fmt: skip


def test_a_change_has_no_defaults() -> None:
    changes = [place for place, schema in schemas() if "Change." in place and "default" in schema]
    assert changes == []
    assert any("Change." in place for place, _ in schemas())


@pytest.mark.parametrize("path", ["/shop", "/invoices", "/products/P001", "/openapi.json", "/docs"])
def test_head_is_get_without_its_body(api: Caller, path: str) -> None:
    head, get = api.send("HEAD", path), api.send("GET", path)
    assert (head.status_code, head["Content-Type"]) == (200, get["Content-Type"])
    assert api.refused("GET", "/products/NONE")["status"] == 404
    assert api.send("HEAD", "/products/NONE").status_code == 404


def test_head_needs_a_token_and_changes_nothing(api: Caller, stranger: Caller) -> None:
    assert stranger.send("HEAD", "/shop").status_code == 401
    assert api.send("HEAD", "/change").status_code == 405
