"""One event of a document, checked and reduced to what is compared, searched and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shilian.problems import Problem
from traceability.epcis import checks, event_hash, fields, vocabulary
from traceability.epcis.documents import Document, Event, event_prefixes, own_parts
from traceability.epcis.identifiers import canonical

# The part an identifier plays in an event, as a letter before it.
EPC_ROLES = {
    "epcList": "e",
    "childEPCs": "c",
    "inputEPCList": "i",
    "outputEPCList": "o",
}
CLASS_ROLES = {
    "quantityList": "E",
    "childQuantityList": "C",
    "inputQuantityList": "I",
    "outputQuantityList": "O",
}
PARENT, TRANSFORMATION = "p", "t"
TRANSACTION, SOURCE, DESTINATION, CORRECTIVE = "b", "s", "d", "x"
_LISTED = (
    ("bizTransactionList", "bizTransaction", "bizTransaction", TRANSACTION),
    ("sourceList", "source", "sourceDestination", SOURCE),
    ("destinationList", "destination", "sourceDestination", DESTINATION),
)
# What is told of an event beside itself, and added anew whenever it is shown.
_NOT_KEPT = frozenset({"@context", "recordTime"})
_SHA256 = "ni:///sha-256;"


@dataclass(slots=True)
class Reading:
    """An event at its place in the document; without problems its other members are filled."""

    position: int
    event: Event
    problems: list[Problem] = field(default_factory=list)
    context: list[Any] = field(default_factory=list)
    digest: bytes = b""
    event_id: str = ""
    moment: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def is_error(self) -> bool:
        """Whether it declares an earlier event to be wrong."""
        return "errorDeclaration" in self.event

    @property
    def corrective_ids(self) -> list[str]:
        return list(self.event.get("errorDeclaration", {}).get("correctiveEventIDs", ()))

    @property
    def body(self) -> Event:
        """The event as it is kept: with its identifier, without what every answer adds."""
        kept = {name: value for name, value in self.event.items() if name not in _NOT_KEPT}
        kept["eventID"] = self.event_id
        return kept

    def refuse(self, code: str, field: str, message: str) -> None:
        self.problems.append(Problem(code, field, message, self.position))


def read_events(document: Document, *, at: datetime) -> list[Reading]:
    """Every event of the document, each with its problems."""
    return [
        read_event(position, event, document, at=at)
        for position, event in enumerate(document.events)
    ]


def read_event(position: int, event: Any, document: Document, *, at: datetime) -> Reading:
    prefixes = event_prefixes(event, document.prefixes)
    if problems := checks.check_event(event, prefixes, at=at):
        said = event if isinstance(event, dict) else {}
        return Reading(position, said, [problem.at_row(position) for problem in problems])
    digest = event_hash.digest(event, prefixes)
    reading = Reading(position, event, digest=digest)
    reading.event_id = event.get("eventID") or event_hash.ni_of(digest)
    moment = fields.moment_of(event["eventTime"])
    reading.moment = moment or reading.moment
    reading.context = list(document.own_context)
    if "@context" in event:
        inner = own_parts(event["@context"])
        reading.context += [part for part in inner if part not in reading.context]
    _check_own_hash(reading)
    return reading


def _check_own_hash(reading: Reading) -> None:
    """An event that brings its hash as its identifier must have just that hash."""
    said = reading.event_id
    if said.startswith(_SHA256) and said.endswith("?ver=CBV2.0"):
        real = event_hash.ni_of(reading.digest)
        if said != real:
            message = f"eventID 是事件哈希，但与内容不符；按内容算应是 {real}。"
            reading.refuse("event_hash_differs", "eventID", message)


def keys_of(event: Mapping[str, Any]) -> list[str]:
    """Every identifier of the event with its part, each once."""
    return list(dict.fromkeys(_keys(event)))


def _keys(event: Mapping[str, Any]) -> Iterator[str]:
    for name, role in EPC_ROLES.items():
        if name in event:
            yield from [f"{role}:{canonical(epc)}" for epc in event[name]]
    for name, role in CLASS_ROLES.items():
        if name in event:
            yield from [f"{role}:{canonical(each['epcClass'])}" for each in event[name]]
    if "parentID" in event:
        yield f"{PARENT}:{canonical(event['parentID'])}"
    if "transformationID" in event:
        yield f"{TRANSFORMATION}:{canonical(event['transformationID'])}"
    for name, member, kind, role in _LISTED:
        for each in event.get(name, ()):
            word = vocabulary.bare(kind, each.get("type", ""))
            yield f"{role}:{word}|{canonical(each[member])}"
    if "errorDeclaration" in event:
        for each in event["errorDeclaration"].get("correctiveEventIDs", ()):
            yield f"{CORRECTIVE}:{each}"


def word_of(event: Mapping[str, Any], kind: str) -> str:
    """The business step or disposition as a bare word; empty for none."""
    return vocabulary.bare(kind, event.get(kind, ""))


def place_of(event: Mapping[str, Any], name: str) -> str:
    """The canonical identifier of a place; empty for none."""
    return canonical(event[name]["id"]) if name in event else ""
