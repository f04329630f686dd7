"""What ninja's OpenAPI document leaves out: problems as answers of every call, the Idempotency-Key, examples."""

from collections.abc import Iterable
from typing import Any

from counterfoil.api.problems import CONTENT_TYPE, STATUS

ALWAYS = ("unauthorized", "forbidden", "validation-error", "too-many-requests", "unavailable")
SAYINGS = {
    400: "The Idempotency-Key is missing, or not 8 to 200 visible characters.",
    401: "No valid token.",
    403: "The token's role may not do this.",
    404: "There is no such thing.",
    405: "Not with this method.",
    409: "The shop's state does not allow it: `code` says why.",
    413: "The body is larger than 1 MiB.",
    422: "The input cannot be used: `errors` names each field.",
    429: "Too many requests: wait for Retry-After.",
    503: "The database is busy or away: try again after Retry-After.",
}
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. Some codes have members of their own beside these, such as `left`, `missing`, `ask_for`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "examples": ["/api/v1/docs#out-of-stock"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(STATUS)},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}
KEY_PARAMETER: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "New for each new document. The same key and body again answers the same document.",
    "schema": {"type": "string", "minLength": 8, "maxLength": 200, "pattern": "^[!-~]{8,200}$"},
    "example": "till-A-2026-11-22-0001",
}
REPLAYED: dict[str, Any] = {
    "Idempotent-Replayed": {"description": "`true`: the key had been seen; nothing new was written.",
                            "schema": {"type": "string", "enum": ["true"]}},
}  # fmt: skip


def extra(
    *,
    path: str,
    method: str,
    also: Iterable[int],
    refusals: Iterable[str],
    keyed: bool,
    example: Any,
    examples: Any,
    media_type: str,
    status: int,
) -> dict[str, Any]:
    """What one operation adds to ninja's description of it. Kept apart in x-members until `finish`."""
    codes = [*ALWAYS, *refusals]
    codes += ["not-found"] if "{" in path else []
    codes += ["idempotency-key-missing", "idempotency-key-reused"] if keyed else []
    codes += ["too-large"] if method in ("POST", "PATCH") else []
    added: dict[str, Any] = {"x-codes": sorted(set(codes)), "x-also": list(also)}
    if keyed:
        added["parameters"] = [KEY_PARAMETER]
    if media_type:
        added["x-media-type"] = media_type
    if example is not None:
        examples = {"example": {"value": example}}
    if examples:
        added["requestBody"] = {"content": {"application/json": {"examples": examples}}}
    added["x-status"] = status
    return added


def finish(schema: dict[str, Any]) -> dict[str, Any]:
    """The whole document, put right."""
    schema["components"]["schemas"]["Problem"] = PROBLEM
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            _finish_operation(operation)
            if method == "patch":
                _without_defaults(schema, operation["requestBody"]["content"]["application/json"]["schema"])
    _without_inner_defaults(schema)
    schema["servers"] = [{"url": "/"}]
    return schema


def _finish_operation(operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = {str(status): answer for status, answer in operation["responses"].items()}
    status = str(operation.pop("x-status"))
    if media_type := operation.pop("x-media-type", ""):
        responses[status]["content"] = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    for other in operation.pop("x-also"):
        responses[str(other)] = {**responses[status], "headers": REPLAYED, "description": "Seen before"}
    by_status: dict[int, list[str]] = {}
    for code in operation.pop("x-codes"):
        by_status.setdefault(STATUS[code], []).append(code)
    for number, codes in by_status.items():
        responses[str(number)] = {
            "description": f"{SAYINGS[number]} Codes: {', '.join(f'`{code}`' for code in codes)}.",
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = dict(sorted(responses.items()))


def _without_defaults(schema: dict[str, Any], body: dict[str, str]) -> None:
    """What a change leaves out stays as it is: a client that were told a default might send it, and set it."""
    change = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    for details in change["properties"].values():
        details.pop("default", None)


def _without_inner_defaults(node: Any) -> None:
    """A default as the model keeps it (paise, thousandths) is not what a client would write: leave it unsaid."""
    if isinstance(node, dict):
        if "default" in node and ("anyOf" in node or isinstance(node["default"], list | dict)):
            del node["default"]
        for value in node.values():
            _without_inner_defaults(value)
    elif isinstance(node, list):
        for value in node:
            _without_inner_defaults(value)
