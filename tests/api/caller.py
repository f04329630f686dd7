"""A client of the API, for the tests: short calls, and what a refusal must look like."""

import json
import uuid
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from counterfoil.people.models import ApiToken
from tests.shop import OPENED_AT

PROBLEM = "application/problem+json"


class Caller:
    """Calls with one token ("" for none). `base` is put before every path."""

    def __init__(self, token: str, base: str = "/api/v1") -> None:
        self.token, self.base = token, base
        self.client = Client(raise_request_exception=False, enforce_csrf_checks=True)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body` as JSON, or bytes as they are. Header names with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, self.base + path, data, content_type="application/json", headers=named)

    def ok(self, method: str, path: str, body: Any = None, *, status: int | None = None, **headers: str) -> Any:
        """The JSON of an answer that is no refusal."""
        answer = self.send(method, path, body, **headers)
        assert answer.status_code == status if status else answer.status_code < 300, answer.content
        return answer.json() if answer.content else None

    def get(self, path: str) -> Any:
        return self.ok("GET", path, status=200)

    def sell(self, sale: Any, *, key: str = "") -> Any:
        """The invoice of a new sale."""
        return self.ok("POST", "/invoices", sale, status=201, Idempotency_Key=key or new_key())

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        """The problem that answers this call."""
        return problem(self.send(method, path, body, **headers))


def problem(answer: HttpResponse) -> dict[str, Any]:
    assert answer["Content-Type"] == PROBLEM, (answer.status_code, answer["Content-Type"], answer.content[:300])
    found: dict[str, Any] = json.loads(answer.content)
    assert {"type", "title", "status", "detail", "code", "errors"} <= found.keys()
    assert found["status"] == answer.status_code
    assert found["code"]
    assert found["detail"]
    assert all(error.keys() == {"field", "message"} for error in found["errors"])
    return found


def fields(found: dict[str, Any]) -> list[str]:
    return [error["field"] for error in found["errors"]]


def new_key() -> str:
    return f"test-{uuid.uuid4()}"


def token_with(role: str) -> str:
    """A token with this role; its name is the role's."""
    from counterfoil.people.actions import create_token

    return create_token(name=role, role=role, now=OPENED_AT)


def rows() -> dict[str, int]:
    """How many rows each table has. A token's row is made by the test, not by the call."""
    counted = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')
            counted[table] = cursor.fetchone()[0]
    counted.pop(ApiToken._meta.db_table)
    return counted
