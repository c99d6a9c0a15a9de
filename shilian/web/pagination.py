"""Pages of long lists by key: newer and older, never a total and never an OFFSET."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)

MAX_SIZE = 200


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Row]):
    """The rows shown, and the cursors that lead to the pages beside them (empty at an end)."""

    rows: list[Row] = field(default_factory=list)
    newer: str = ""
    older: str = ""

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)


@dataclass(frozen=True, slots=True)
class _Cursor:
    values: list[Any]
    backwards: bool


def paginate(
    queryset: QuerySet[Row], request: HttpRequest, key: str = "-id", size: int = 20
) -> KeysetPage[Row]:
    """One page of the queryset, in the order of ``key``, at the request's ``cursor``.

    ``key`` names one or more columns, comma separated and all in one direction; the last must be
    unique ("-recorded_on,-id"), none may be null. A cursor that is damaged, belongs to another
    list or leads beyond the end shows the first page.
    Cost: one query that reads ``size + 1`` rows by index; no COUNT.
    """
    fields = [name.strip() for name in key.split(",")]
    cursor = _read(request.GET.get("cursor", ""), key)
    size = min(max(size, 1), MAX_SIZE)
    rows = list(_beside(queryset, fields, cursor)[: size + 1])
    if cursor and not rows:
        cursor, rows = None, list(_beside(queryset, fields, None)[: size + 1])
    has_more = len(rows) > size
    rows = rows[:size]
    if cursor and cursor.backwards:
        rows.reverse()
        return _page(rows, key, has_newer=has_more, has_older=True)
    return _page(rows, key, has_newer=cursor is not None, has_older=has_more)


def _page(rows: list[Row], key: str, *, has_newer: bool, has_older: bool) -> KeysetPage[Row]:
    if not rows:
        return KeysetPage()
    return KeysetPage(
        rows,
        newer=_write(rows[0], key, backwards=True) if has_newer else "",
        older=_write(rows[-1], key, backwards=False) if has_older else "",
    )


def _beside(queryset: QuerySet[Row], fields: list[str], cursor: _Cursor | None) -> QuerySet[Row]:
    names = [name.lstrip("-") for name in fields]
    falling = fields[0].startswith("-") != (cursor is not None and cursor.backwards)
    ordered = queryset.order_by(*(f"-{name}" if falling else name for name in names))
    if cursor is None:
        return ordered
    return ordered.filter(_beyond(names, cursor.values, "lt" if falling else "gt"))


def _beyond(names: list[str], values: list[Any], comparison: str) -> Q:
    """Rows after the cursor's in the order of the columns: (a, b) > (x, y), spelt out."""
    condition = Q()
    for depth, name in enumerate(names):
        same = dict(zip(names[:depth], values[:depth], strict=True))
        condition |= Q(**same, **{f"{name}__{comparison}": values[depth]})
    return condition


def _write(row: Model, key: str, *, backwards: bool) -> str:
    names = [name.strip().lstrip("-") for name in key.split(",")]
    values = [_plain(_value(row, name)) for name in names]
    return signing.dumps([values, backwards], salt=f"cursor:{key}", compress=False)


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else str(value)


def _read(text: str, key: str) -> _Cursor | None:
    """The cursor in the text, or None when it was not made by this list."""
    try:
        values, backwards = signing.loads(text, salt=f"cursor:{key}")
    except signing.BadSignature:
        return None
    return _Cursor(values, backwards)
