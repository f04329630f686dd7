"""Schemathesis: calls made up from the OpenAPI document, valid and not, alone and in sequence.

None may end in a 5xx, and every answer must be one that the document promises. COUNTERFOIL_API_CASES says how many
calls are made up in all (2000 and more before a release; the suite makes do with fewer).
"""

import os
import zlib
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries, transaction
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from tests.api.test_access import TABLE
from tests.shop import SmallShop

CASES = int(os.environ.get("COUNTERFOIL_API_CASES", "200"))
SETTINGS = hypothesis.settings(
    max_examples=max(4, -(-CASES // len(TABLE))),
    deadline=None,
    derandomize=CASES <= 200,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
CHECKS: list[Any] = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
    checks.ignored_auth,
]
KNOWN: dict[str, list[Any]] = {"code": ["P001", "P004", "A"], "id": [1], "value": ["500", "1"], "name": ["GST 5 %"]}


@pytest.fixture
def published(shop: SmallShop) -> Iterator[Any]:
    """The document as the server publishes it. The test's transaction must outlive each request's end."""
    for signal, receiver in SIGNALS:
        signal.disconnect(receiver)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    for signal, receiver in SIGNALS:
        signal.connect(receiver)


SIGNALS: list[Any] = [
    (request_started, reset_queries),
    (request_started, close_old_connections),
    (request_finished, close_old_connections),
]


def often_known(case: Any) -> None:
    """Made-up names are never found: every other one is replaced by one that is there."""
    for name, value in dict(case.path_parameters or {}).items():
        lot = zlib.crc32(repr((value, case.body)).encode("utf-8", "replace"))
        if KNOWN.get(name) and lot % 2:
            case.path_parameters[name] = KNOWN[name][lot // 2 % len(KNOWN[name])]


@pytest.mark.parametrize("method, path", sorted(TABLE))
def test_no_call_surprises(published: Any, shop: SmallShop, method: str, path: str) -> None:
    operation = published[f"/api/v1{path}"][method]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    headers = {"Authorization": f"Bearer {shop.token}"}

    @SETTINGS
    @hypothesis.given(st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes]))
    def make_up(case: Any) -> None:
        often_known(case)
        case.call_and_validate(headers=headers, checks=CHECKS)

    make_up()


def test_no_sequence_of_calls_surprises(published: Any, shop: SmallShop) -> None:
    headers = {"Authorization": f"Bearer {shop.token}"}

    class Visits(published.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            """Each sequence begins in the same shop."""
            self.savepoint = transaction.savepoint_create()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.savepoint)

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers}

        def validate_response(self, response: Any, case: Any, additional_checks: Any = (), **_: Any) -> None:
            case.validate_response(response, checks=CHECKS, headers=headers)

    # Ids and times differ from run to run, so a sequence cannot be run again to make it shorter: only generated.
    only_once = hypothesis.settings(SETTINGS, phases=[hypothesis.Phase.generate], stateful_step_count=8)
    Visits.run(settings=hypothesis.settings(only_once, max_examples=max(5, CASES // 20)))
