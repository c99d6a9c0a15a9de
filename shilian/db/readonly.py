"""A page that is only looked at may only SELECT: crawlers, previews and retries change nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse

READ_METHODS = ("GET", "HEAD", "OPTIONS")
HARMLESS = re.compile(
    r"[\s(]*(SELECT|WITH|VALUES|EXPLAIN|SHOW|SET|DECLARE|FETCH|CLOSE|MOVE"
    r"|BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b",
    re.IGNORECASE,
)
# A WITH may hide a write, and a locked row makes writers wait for a reader.
HIDDEN_WRITE = re.compile(
    r"\bINSERT\s+INTO\b|\bDELETE\s+FROM\b|\bUPDATE\s+\S+\s+((AS\s+)?\w+\s+)?SET\b|\bMERGE\s+INTO\b"
    r"|\bFOR\s+(NO\s+KEY\s+)?(UPDATE|SHARE)\b|\bFOR\s+KEY\s+SHARE\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")

_writes_allowed: ContextVar[bool] = ContextVar("writes_allowed", default=False)
_reading: ContextVar[bool] = ContextVar("reading", default=False)


class WriteDuringRead(Exception):
    """Code behind a GET tried to change the database."""


@contextmanager
def writes_allowed() -> Iterator[None]:
    """Exempt the block: audit of a sensitive look, rate buckets, scan counts."""
    token = _writes_allowed.set(True)
    try:
        yield
    finally:
        _writes_allowed.reset(token)


@contextmanager
def only_reads() -> Iterator[None]:
    """Refuse every statement of the block that could change something.

    Raises: WriteDuringRead before the statement reaches the database.
    """
    token = _reading.set(True)
    with ExitStack() as stack:
        for alias in connections:
            stack.enter_context(connections[alias].execute_wrapper(_refuse_writes))
        try:
            yield
        finally:
            _reading.reset(token)


def may_write() -> bool:
    """False inside a read that has not been exempted."""
    return not _reading.get() or _writes_allowed.get()


def is_read(statement: str) -> bool:
    """Whether the statement cannot change rows or definitions."""
    if not HARMLESS.match(statement):
        return False
    return not HIDDEN_WRITE.search(QUOTED.sub("x", statement))


def _refuse_writes(
    execute: Callable[..., Any], statement: Any, parameters: Any, many: bool, context: Any
) -> Any:
    if not may_write() and not is_read(_text(statement, context)):
        raise WriteDuringRead(_text(statement, context)[:200])
    return execute(statement, parameters, many, context)


def _text(statement: Any, context: Any) -> str:
    if isinstance(statement, str):
        return statement
    return str(statement.as_string(context["connection"].connection))


class ReadOnlyGetMiddleware:
    """Wraps every GET and HEAD in ``only_reads``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in READ_METHODS:
            return self.get_response(request)
        with only_reads():
            return self.get_response(request)
