"""Requests made up from the schema itself, signed and sent: only schemathesis knows so many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

PREFIX = "/api/v1/"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
Sign = Callable[[str, str, bytes, str], dict[str, str]]


@dataclass(slots=True)
class Found:
    """How many requests were sent, of how many operations, and what was wrong with the answers."""

    operations: int = 0
    cases: int = 0
    server_errors: int = 0
    undocumented: list[str] = field(default_factory=list)


class Signature(AuthBase):
    """Signs each request as it is sent, with one key after the other."""

    def __init__(self, signs: Sequence[Sign]) -> None:
        self._signs = cycle(signs)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        key = request.headers.get("Idempotency-Key", "")
        key = key.decode("latin-1") if isinstance(key, bytes) else key
        signed = next(self._signs)(request.method or "", request.path_url, content, key)
        signed.pop("Idempotency-Key", None)
        request.headers.update(signed)
        return request


def fuzz(address: str, signs: Sequence[Sign], *, cases: int) -> Found:
    """So many requests for every operation of the schema served at the address."""
    found, signature = Found(), Signature(signs)
    schema = schemathesis.openapi.from_url(f"{address}{PREFIX}schema/")
    for each in schema.get_all_operations():
        operation: Any = each.ok()  # type: ignore[union-attr]
        if operation.path.startswith(PREFIX):
            found.operations += 1
            _try(operation, signature, found, cases)
    return found


def _try(operation: Any, signature: Signature, found: Found, cases: int) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: Any) -> None:
        found.cases += 1
        answer = case.call(auth=signature)
        found.server_errors += answer.status_code >= 500
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            found.undocumented.append(f"{operation.label}: {answer.status_code} {failure}"[:500])

    run()
