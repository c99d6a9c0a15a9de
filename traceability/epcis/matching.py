"""Whether one event is what a query asks for: the same answer as the database's, for one event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from traceability.epcis import vocabulary
from traceability.epcis.documents import Event
from traceability.epcis.fields import moment_of
from traceability.epcis.params import Query
from traceability.epcis.reading import keys_of, place_of, word_of


def matches(event: Event, query: Query, *, recorded_at: datetime) -> bool:
    """Whether the event meets every condition of the query."""
    return (
        _is_among(event["type"], query.event_types)
        and _is_among(event.get("action", ""), query.actions)
        and _is_among(word_of(event, "bizStep"), query.biz_steps)
        and _is_among(word_of(event, "disposition"), query.dispositions)
        and _is_among(place_of(event, "readPoint"), query.read_points)
        and _is_among(place_of(event, "bizLocation"), query.biz_locations)
        and _is_among(event.get("eventID", ""), query.event_ids)
        and _is_between(moment_of(event["eventTime"]), query.from_event_time, query.to_event_time)
        and _is_between(recorded_at, query.from_record_time, query.to_record_time)
        and _has_keys(event, query)
        and _is_declared(event, query)
        and all(_has(event, name, wanted) for name, wanted in query.extensions)
    )


def _is_among(value: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or value in wanted


def _is_between(moment: datetime | None, first: datetime | None, end: datetime | None) -> bool:
    if moment is None:
        return first is None and end is None
    return (first is None or moment >= first) and (end is None or moment < end)


def _has_keys(event: Event, query: Query) -> bool:
    if not query.keys and not query.patterns:
        return True
    keys = keys_of(event)
    return all(wanted & set(keys) for wanted in query.keys) and all(
        any(key.startswith(begun) for key in keys for begun in wanted) for wanted in query.patterns
    )


def _is_declared(event: Event, query: Query) -> bool:
    declaration: Mapping[str, Any] | None = event.get("errorDeclaration")
    if query.is_error is not None and query.is_error != (declaration is not None):
        return False
    if not query.error_reasons:
        return True
    reason = (declaration or {}).get("reason", "")
    return vocabulary.bare("reason", reason) in query.error_reasons


def _has(event: Event, name: str, wanted: tuple[str, ...]) -> bool:
    return name in event and (not wanted or str(event[name]) in wanted)
