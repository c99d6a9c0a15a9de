"""The parameters of the standard event query, read into one frozen query.

Source: GS1 EPCIS 2.0.1 section 8.2.7.1 (SimpleEventQuery) and section 12 (REST binding).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shilian.problems import Problem, Rejected
from traceability.epcis import vocabulary
from traceability.epcis.fields import moment_of
from traceability.epcis.identifiers import BadIdentifier, canonical, read
from traceability.epcis.reading import DESTINATION, SOURCE, TRANSACTION, TRANSFORMATION

PER_PAGE, MOST_PER_PAGE = 30, 1_000
MOST_VALUES = 500
# Which parts of an event each MATCH parameter looks at, by the letters of the keys.
MATCHES = {
    "MATCH_epc": "ec",
    "MATCH_parentID": "p",
    "MATCH_inputEPC": "i",
    "MATCH_outputEPC": "o",
    "MATCH_anyEPC": "ecpio",
    "MATCH_epcClass": "EC",
    "MATCH_inputEPCClass": "I",
    "MATCH_outputEPCClass": "O",
    "MATCH_anyEPCClass": "ECIO",
}
PARAMS = {
    "EQ_bizTransaction": (TRANSACTION, "bizTransaction"),
    "EQ_source": (SOURCE, "sourceDestination"),
    "EQ_destination": (DESTINATION, "sourceDestination"),
}
TIMES = ("eventTime", "recordTime")
Order = Literal["eventTime", "recordTime"]
_LIST_NAMES = frozenset(
    {
        "eventType",
        "EQ_action",
        "EQ_bizStep",
        "EQ_disposition",
        "EQ_readPoint",
        "WD_readPoint",
        "EQ_bizLocation",
        "WD_bizLocation",
        "EQ_eventID",
        "EQ_transformationID",
        "EQ_correctiveEventID",
        "EQ_errorReason",
        *MATCHES,
    }
)
_PAGING = frozenset({"perPage", "nextPageToken", "orderBy", "orderDirection"})
_TYPED = re.compile(r"(EQ_bizTransaction|EQ_source|EQ_destination)_(.+)")


@dataclass(frozen=True, slots=True)
class Query:
    """What events are wanted; an empty member asks for nothing in particular.

    ``keys`` are sets of which each must share one with the event's keys; ``patterns`` the same with
    a beginning instead of a whole key.
    """

    event_types: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    biz_steps: tuple[str, ...] = ()
    dispositions: tuple[str, ...] = ()
    read_points: tuple[str, ...] = ()
    biz_locations: tuple[str, ...] = ()
    event_ids: tuple[str, ...] = ()
    keys: tuple[frozenset[str], ...] = ()
    patterns: tuple[tuple[str, ...], ...] = ()
    from_event_time: datetime | None = None
    to_event_time: datetime | None = None
    from_record_time: datetime | None = None
    to_record_time: datetime | None = None
    is_error: bool | None = None
    error_reasons: tuple[str, ...] = ()
    extensions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    order_by: Order = "recordTime"
    is_ascending: bool = False
    per_page: int = PER_PAGE
    # The most that is wanted at all, and whether more is an error.
    limit: int | None = None
    is_limit_hard: bool = False


@dataclass(slots=True)
class _Reader:
    """Collects the members of a query, and every fault of the parameters."""

    members: dict[str, Any] = field(default_factory=dict)
    keys: list[frozenset[str]] = field(default_factory=list)
    patterns: list[tuple[str, ...]] = field(default_factory=list)
    extensions: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, name: str, message: str, code: str = "parameter_malformed") -> None:
        self.problems.append(Problem(code, name[:60], message))


def read_query(said: Mapping[str, Any]) -> Query:
    """The query of parameters, each a value or a list of values.

    Raises: Rejected with every parameter that is unknown or cannot be read.
    """
    reader = _Reader()
    for name, value in said.items():
        values = [str(each) for each in value] if isinstance(value, list) else [str(value)]
        if len(values) > MOST_VALUES:
            reader.refuse(name, f"{name} 一次最多 {MOST_VALUES} 个值。", "query_too_complex")
        else:
            _read(reader, name, values)
    if reader.problems:
        raise Rejected(reader.problems)
    return Query(
        **reader.members,
        keys=tuple(reader.keys),
        patterns=tuple(reader.patterns),
        extensions=tuple(reader.extensions),
    )


def values_of(pairs: Iterable[tuple[str, list[str]]]) -> dict[str, list[str]]:
    """The parameters of an address: repeated, or several values with commas or ``|`` between."""
    return {name: [part for text in texts for part in _parts(name, text)] for name, texts in pairs}


def _parts(name: str, text: str) -> list[str]:
    is_list = name in _LIST_NAMES or _TYPED.fullmatch(name) is not None
    return re.split(r"[,|]", text) if is_list else [text]


def _read(reader: _Reader, name: str, values: list[str]) -> None:
    if name in MATCHES:
        _read_match(reader, name, values)
    elif name in _SIMPLE:
        member, kind = _SIMPLE[name]
        reader.members[member] = _words(reader, name, kind, values)
    elif name in ("EQ_transformationID", "EQ_correctiveEventID"):
        role = TRANSFORMATION if name == "EQ_transformationID" else "x"
        reader.keys.append(frozenset(f"{role}:{canonical(each)}" for each in values))
    elif typed := _TYPED.fullmatch(name):
        role, kind = PARAMS[typed[1]]
        word = vocabulary.bare(kind, typed[2])
        reader.keys.append(frozenset(f"{role}:{word}|{canonical(each)}" for each in values))
    elif name.partition("_")[2] in TIMES and name[:3] in ("GE_", "LT_"):
        _read_time(reader, name, values)
    elif name == "EXISTS_errorDeclaration":
        reader.members["is_error"] = values[0].lower() != "false"
    elif name in _PAGING or name in ("eventCountLimit", "maxEventCount"):
        _read_paging(reader, name, values[0])
    elif name.startswith("EQ_") and ":" in name:
        reader.extensions.append((name[3:], tuple(values)))
    elif name.startswith("EXISTS_") and ":" in name:
        reader.extensions.append((name[7:], ()))
    else:
        reader.refuse(name, f"没有“{name[:40]}”这个查询参数。", "parameter_unknown")


_SIMPLE = {
    "eventType": ("event_types", "type"),
    "EQ_action": ("actions", "action"),
    "EQ_bizStep": ("biz_steps", "bizStep"),
    "EQ_disposition": ("dispositions", "disposition"),
    "EQ_readPoint": ("read_points", "uri"),
    "WD_readPoint": ("read_points", "uri"),
    "EQ_bizLocation": ("biz_locations", "uri"),
    "WD_bizLocation": ("biz_locations", "uri"),
    "EQ_eventID": ("event_ids", "id"),
    "EQ_errorReason": ("error_reasons", "reason"),
}


def _words(reader: _Reader, name: str, kind: str, values: list[str]) -> tuple[str, ...]:
    if kind == "type":
        for unknown in set(values) - set(vocabulary.EVENT_TYPES):
            reader.refuse(name, f"没有“{unknown[:40]}”这种事件。")
    if kind == "action":
        for unknown in set(values) - vocabulary.ACTIONS:
            reader.refuse(name, f"action 只有 ADD、OBSERVE、DELETE，没有“{unknown[:40]}”。")
    if kind == "uri":
        return tuple(canonical(each) for each in values)
    return tuple(
        vocabulary.bare(kind, each) if kind in vocabulary.WORDS else each for each in values
    )


def _read_match(reader: _Reader, name: str, values: Sequence[str]) -> None:
    """Whole identifiers as keys; a pattern with a star, or a bare barcode, as a beginning."""
    whole: set[str] = set()
    begun: set[str] = set()
    for value in values:
        try:
            key = read(value)
        except BadIdentifier as fault:
            reader.refuse(name, fault.message)
            continue
        roles = MATCHES[name]
        if key is not None and key.level == "class" and roles[0].islower():
            begun |= {f"{role}:{key.uri}/" for role in roles}
        else:
            whole |= {f"{role}:{key.uri if key else value}" for role in roles}
    if begun:
        reader.patterns.append(tuple(sorted(begun | whole)))
    elif whole:
        reader.keys.append(frozenset(whole))


def _read_time(reader: _Reader, name: str, values: list[str]) -> None:
    # A plus in an address is a blank unless it was escaped; a time has no other blank.
    moment = moment_of(values[0].replace(" ", "+"))
    if moment is None:
        reader.refuse(name, f"{name} 应写成带时区的时间，例如 2026-05-01T00:00:00+08:00。")
        return
    way = "from" if name.startswith("GE_") else "to"
    what = "event_time" if name.endswith("eventTime") else "record_time"
    reader.members[f"{way}_{what}"] = moment


def _read_paging(reader: _Reader, name: str, value: str) -> None:
    if name == "orderBy" and value in TIMES:
        reader.members["order_by"] = value
    elif name == "orderDirection" and value in ("ASC", "DESC"):
        reader.members["is_ascending"] = value == "ASC"
    elif name == "perPage" and _is_count(value):
        reader.members["per_page"] = min(int(value), MOST_PER_PAGE)
    elif name in ("eventCountLimit", "maxEventCount") and _is_count(value):
        reader.members["limit"] = int(value)
        reader.members["is_limit_hard"] = name == "maxEventCount"
    elif name != "nextPageToken":
        reader.refuse(name, f"{name} 的值“{value[:40]}”不对。")


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8 and int(text) > 0
