"""Events for a query: those that were captured and those that our own records tell, as one list.

Both have ids of one generator, so that a page goes on where the last one ended. What the database
cannot compare of a record is compared with its event.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

from enterprises.actor import Actor
from shilian.clock import business_day
from shilian.db.ids import made_at
from traceability.epcis import matching, vocabulary
from traceability.epcis.documents import Event
from traceability.epcis.params import Query
from traceability.epcis.render import RecordKind
from traceability.models import EpcisEvent
from traceability.queries import epcis_own
from traceability.queries.epcis_own import DAYS

CHUNK = 200
# A query whose conditions no index helps with gives up after this many records on a page.
MOST_LOOKED_AT = 20_000
Place = tuple[datetime, int]


class TooComplex(Exception):
    """The query would have to look at too much."""


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page; ``after`` is the place of its last event, None on the last page."""

    events: list[Event]
    after: Place | None


@dataclass(frozen=True, slots=True)
class _Item:
    """An event at its place in the order."""

    moment: datetime
    id: int
    event: Event


def find_events(actor: Actor, query: Query, *, after: Place | None = None) -> EventPage:
    """The next page of events that the actor sees.

    Raises: TooComplex when too many records would have to be looked at.
    """
    sources = [_captured(actor, query, after)]
    sources += [_told(actor, kind, query, after) for kind in epcis_own.kinds_for(query)]
    merged = heapq.merge(
        *sources, key=lambda item: (item.moment, item.id), reverse=not query.is_ascending
    )
    found = []
    for item in merged:
        found.append(item)
        if len(found) > query.per_page:
            break
    page = found[: query.per_page]
    more = len(found) > query.per_page
    return EventPage(
        [item.event for item in page], (page[-1].moment, page[-1].id) if more else None
    )


def find_event(actor: Actor, event_id: str) -> Event | None:
    """The event with this identifier, if the actor sees it; what was captured comes first."""
    page = find_events(actor, Query(event_ids=(event_id,), per_page=1))
    return page.events[0] if page.events else None


def new_events(actor: Actor, query: Query, *, after_id: int, most: int) -> tuple[list[Event], int]:
    """The captured events after that one, oldest first, and the last that was looked at."""
    rows = list(captured_rows(actor, query).filter(pk__gt=after_id).order_by("pk")[:most])
    found = [shown(row) for row in rows if _has_patterns(row, query)]
    return found, rows[-1].pk if rows else after_id


def captured_rows(actor: Actor, query: Query) -> QuerySet[EpcisEvent]:
    """The captured events of a query, in no order."""
    rows = EpcisEvent.objects.visible_to(actor)
    for name, wanted in (
        ("event_type", query.event_types),
        ("action", query.actions),
        ("biz_step", query.biz_steps),
        ("disposition", query.dispositions),
        ("read_point", query.read_points),
        ("biz_location", query.biz_locations),
        ("event_id", query.event_ids),
    ):
        if wanted:
            rows = rows.filter(**{f"{name}__in": wanted})
    rows = rows.filter(_between(query))
    for keys in query.keys:
        rows = rows.filter(keys__overlap=sorted(keys))
    if query.is_error is not None:
        rows = rows.filter(is_error=query.is_error)
    for name, values in query.extensions:
        rows = rows.filter(**{"body__has_key": name})
        if values:
            rows = rows.filter(Q(**{f"body__{name}__in": [*values, *_numbers(values)]}))
    if query.error_reasons:
        words = query.error_reasons
        full = [vocabulary.full("reason", word) for word in words]
        rows = rows.filter(body__errorDeclaration__reason__in=[*words, *full])
    return rows


def _numbers(values: tuple[str, ...]) -> list[float]:
    return [float(each) for each in values if each.replace(".", "", 1).isdigit()]


def _between(query: Query) -> Q:
    wanted = Q()
    for name, way, moment in (
        ("event_time", "gte", query.from_event_time),
        ("event_time", "lt", query.to_event_time),
        ("recorded_at", "gte", query.from_record_time),
        ("recorded_at", "lt", query.to_record_time),
    ):
        if moment is not None:
            wanted &= Q(**{f"{name}__{way}": moment})
    return wanted


def shown(row: EpcisEvent) -> Event:
    """A captured event as it is answered: as it was sent, with its record time and namespaces."""
    event: Event = dict(row.body)
    event["recordTime"] = row.recorded_at.isoformat()
    if row.context:
        event["@context"] = row.context
    return event


def _captured(actor: Actor, query: Query, after: Place | None) -> Iterator[_Item]:
    rows = captured_rows(actor, query)
    by = "event_time" if query.order_by == "eventTime" else "id"
    seen = 0
    place = after
    while True:
        chunk = list(_ordered(_onward(rows, by, query, place), by, query)[:CHUNK])
        for row in chunk:
            if not query.patterns or _has_patterns(row, query):
                yield _Item(_moment(query, row.event_time, row.pk), row.pk, shown(row))
        seen += len(chunk)
        if len(chunk) < CHUNK:
            return
        if seen > MOST_LOOKED_AT:
            raise TooComplex
        place = (_moment(query, chunk[-1].event_time, chunk[-1].pk), chunk[-1].pk)


def _has_patterns(row: EpcisEvent, query: Query) -> bool:
    return all(
        any(key.startswith(begun) for key in row.keys for begun in wanted)
        for wanted in query.patterns
    )


def _told(actor: Actor, kind: RecordKind, query: Query, after: Place | None) -> Iterator[_Item]:
    """The events of our own records of one kind."""
    rows = epcis_own.rows_for(actor, kind, query)
    by = DAYS[kind] if query.order_by == "eventTime" else "id"
    seen = 0
    place = after
    while True:
        chunk = list(_ordered(_onward(rows, by, query, place), by, query)[:CHUNK])
        for told in epcis_own.tell(kind, chunk):
            if matching.matches(told.event, query, recorded_at=told.recorded_at):
                event = told.event | {"recordTime": told.recorded_at.isoformat()}
                yield _Item(_moment(query, told.moment, told.id), told.id, event)
        seen += len(chunk)
        if len(chunk) < CHUNK:
            return
        if seen > MOST_LOOKED_AT:
            raise TooComplex
        last = chunk[-1]
        begin = epcis_own.day_begin(getattr(last, DAYS[kind]))
        place = (_moment(query, begin, last.pk), last.pk)


def _moment(query: Query, happened: datetime, id_: int) -> datetime:
    """The moment that counts in the query's order."""
    return happened if query.order_by == "eventTime" else made_at(id_)


def _onward(rows: QuerySet[Any], by: str, query: Query, place: Place | None) -> QuerySet[Any]:
    if place is None:
        return rows
    way = "gt" if query.is_ascending else "lt"
    moment, id_ = place
    if by == "id":
        return rows.filter(**{f"pk__{way}": id_})
    at: Any = moment if by == "event_time" else business_day(moment)
    if by != "event_time" and epcis_own.day_begin(at) != moment:
        # The page ended in the middle of a day, and the day's records happened when it began.
        return rows.filter(**{f"{by}__gt" if query.is_ascending else f"{by}__lte": at})
    same = Q(**{by: at}) & Q(**{f"pk__{way}": id_})
    return rows.filter(Q(**{f"{by}__{way}": at}) | same)


def _ordered(rows: QuerySet[Any], by: str, query: Query) -> QuerySet[Any]:
    sign = "" if query.is_ascending else "-"
    return rows.order_by(f"{sign}pk") if by == "id" else rows.order_by(f"{sign}{by}", f"{sign}pk")


def place_text(place: Place) -> list[Any]:
    return [place[0].astimezone(UTC).isoformat(), place[1]]


def place_from(said: Any) -> Place:
    """Raises: ValueError, TypeError."""
    moment, id_ = said
    return datetime.fromisoformat(moment), int(id_)
