"""The event hash identifier of CBV 2.0: one event, one fingerprint, however it was written.

Source: GS1 CBV 2.0 section 8.9 (EPCIS Event Hash ID); RFC 6920 for the ``ni`` form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from traceability.epcis import vocabulary
from traceability.epcis.identifiers import canonical

# What the service or the sender adds about the event, and not what happened.
OUTSIDE = frozenset(
    {"@context", "type", "eventID", "recordTime", "errorDeclaration", "rdfs:comment"}
)
METADATA = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
REPORT = (
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
)
_EPC_LISTS = ("inputEPCList", "childEPCs")
_QUANTITY_LISTS = ("quantityList", "childQuantityList", "inputQuantityList")
_WORDS = {"type": "measurement", "exception": "exception", "component": "component"}
_TIMES = frozenset({"time", "startTime", "endTime"})
_STANDARD = frozenset(
    {
        *OUTSIDE,
        *_EPC_LISTS,
        *_QUANTITY_LISTS,
        "eventTime",
        "eventTimeZoneOffset",
        "certificationInfo",
        "epcList",
        "parentID",
        "outputEPCList",
        "outputQuantityList",
        "action",
        "transformationID",
        "bizStep",
        "disposition",
        "persistentDisposition",
        "readPoint",
        "bizLocation",
        "bizTransactionList",
        "sourceList",
        "destinationList",
        "sensorElementList",
        "ilmd",
    }
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

Event = Mapping[str, Any]
Prefixes = Mapping[str, str]


def hash_id(event: Event, prefixes: Prefixes | None = None) -> str:
    """The event's identifier; ``prefixes`` are the namespaces its document declared."""
    return ni_of(digest(event, prefixes))


def digest(event: Event, prefixes: Prefixes | None = None) -> bytes:
    return hashlib.sha256(pre_hash(event, prefixes or {}).encode()).digest()


def ni_of(digest: bytes) -> str:
    return f"ni:///sha-256;{digest.hex()}?ver=CBV2.0"


def pre_hash(event: Event, prefixes: Prefixes) -> str:
    """The canonical text of an event that has been checked; its keys in the standard's order."""
    get = event.get
    parts = [
        f"eventType={event['type']}eventTime={utc_text(event['eventTime'])}"
        f"eventTimeZoneOffset={event['eventTimeZoneOffset']}"
    ]
    if "certificationInfo" in event:
        parts.append(_certificates(event["certificationInfo"]))
    _put_things(parts, event)
    if "action" in event:
        parts.append(f"action={event['action']}")
    if "transformationID" in event:
        parts.append(f"transformationID={canonical(event['transformationID'])}")
    for word in ("bizStep", "disposition"):
        if value := get(word):
            parts.append(f"{word}={vocabulary.full(word, value)}")
    if stays := get("persistentDisposition"):
        parts.append(_persistent(stays))
    for place in ("readPoint", "bizLocation"):
        if value := get(place):
            parts.append(
                f"{place}id={canonical(value['id'])}{_extensions(value, ('id',), prefixes)}"
            )
    _put_parties(parts, event)
    if sensors := get("sensorElementList"):
        parts.append("sensorElementList")
        parts += sorted(_sensor(each, prefixes) for each in sensors)
    if ilmd := get("ilmd"):
        parts.append("ilmd" + _extensions(ilmd, (), prefixes))
    if not event.keys() <= _STANDARD:
        parts.append(_extensions(event, _STANDARD, prefixes))
    return "".join(parts)


@lru_cache(maxsize=1 << 12)
def utc_text(text: str) -> str:
    """A time stamp in UTC to the millisecond, the fourth decimal rounded.

    Raises: ValueError for what is no time with an offset.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    whole, fraction, offset = found.groups()
    moment = datetime.fromisoformat(whole + offset.upper().replace("Z", "+00:00"))
    fraction = fraction or ""
    milliseconds = int(fraction[:3].ljust(3, "0")) + (fraction[3:4] >= "5")
    moment = moment.astimezone(UTC) + timedelta(milliseconds=milliseconds)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


def number_text(value: float) -> str:
    """A number without leading or trailing zeros, never with an exponent."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = repr(value)
    return text if "e" not in text else f"{value:.20f}".rstrip("0")


def _put_things(parts: list[str], event: Event) -> None:
    """What the event is about, in the standard's order."""
    if "epcList" in event:
        _put_epcs(parts, "epcList", event["epcList"])
    if "parentID" in event:
        parts.append(f"parentID={canonical(event['parentID'])}")
    for name in _EPC_LISTS:
        if name in event:
            _put_epcs(parts, name, event[name])
    for name in _QUANTITY_LISTS:
        if name in event:
            _put_quantities(parts, name, event[name])
    if "outputEPCList" in event:
        _put_epcs(parts, "outputEPCList", event["outputEPCList"])
    if "outputQuantityList" in event:
        _put_quantities(parts, "outputQuantityList", event["outputQuantityList"])


def _put_epcs(parts: list[str], name: str, epcs: Sequence[str]) -> None:
    if epcs:
        parts.append(name)
        parts += sorted([f"epc={canonical(epc)}" for epc in epcs])


def _put_quantities(parts: list[str], name: str, quantities: Sequence[Mapping[str, Any]]) -> None:
    if quantities:
        parts.append(name)
        parts += sorted([_quantity(each) for each in quantities])


def _quantity(element: Mapping[str, Any]) -> str:
    text = f"quantityElementepcClass={canonical(element['epcClass'])}"
    if "quantity" in element:
        text += f"quantity={number_text(element['quantity'])}"
    if "uom" in element:
        text += f"uom={element['uom']}"
    return text


def _certificates(value: str | Sequence[str]) -> str:
    uris = [value] if isinstance(value, str) else value
    return "".join(sorted(f"certificationInfo={canonical(uri)}" for uri in uris))


def _persistent(stays: Mapping[str, Sequence[str]]) -> str:
    text = "persistentDisposition"
    for way in ("set", "unset"):
        words = (vocabulary.full("disposition", word) for word in stays.get(way, ()))
        text += "".join(sorted(f"{way}={word}" for word in words))
    return text


def _put_parties(parts: list[str], event: Event) -> None:
    for name, member, kind in (
        ("bizTransactionList", "bizTransaction", "bizTransaction"),
        ("sourceList", "source", "sourceDestination"),
        ("destinationList", "destination", "sourceDestination"),
    ):
        if listed := event.get(name):
            parts.append(name)
            parts += sorted([_typed(each, member, kind) for each in listed])


def _typed(element: Mapping[str, Any], member: str, kind: str) -> str:
    """The value before its type, so that the order of a list follows the values."""
    text = f"{member}={canonical(element[member])}"
    return f"{text}type={vocabulary.full(kind, element['type'])}" if "type" in element else text


def _sensor(element: Mapping[str, Any], prefixes: Prefixes) -> str:
    text = "sensorElement"
    if metadata := element.get("sensorMetadata"):
        text += "sensorMetadata" + _fields(metadata, METADATA, prefixes)
    reports = element.get("sensorReport", ())
    text += "".join(sorted("sensorReport" + _fields(each, REPORT, prefixes) for each in reports))
    return text + _extensions(element, ("sensorMetadata", "sensorReport"), prefixes)


def _fields(element: Mapping[str, Any], order: Sequence[str], prefixes: Prefixes) -> str:
    known = "".join(f"{name}={_field(name, element[name])}" for name in order if name in element)
    return known + _extensions(element, order, prefixes)


def _field(name: str, value: Any) -> str:
    if name in _WORDS:
        return vocabulary.full(_WORDS[name], value)
    return utc_text(value) if name in _TIMES else _scalar(value)


def _extensions(
    element: Mapping[str, Any], known: Sequence[str] | frozenset[str], prefixes: Prefixes
) -> str:
    """The members that no standard field is, each with its whole name, in order."""
    texts: list[str] = []
    for name, value in element.items():
        if name not in known and name not in OUTSIDE:
            texts += _named(_expanded(name, prefixes), value, prefixes)
    return "".join(sorted(texts))


def _named(name: str, value: Any, prefixes: Prefixes) -> list[str]:
    if isinstance(value, Mapping):
        return [name + _extensions(value, (), prefixes)]
    if isinstance(value, list):
        return [text for each in value for text in _named(name, each, prefixes)]
    return [f"{name}={_scalar(value)}"]


def _expanded(name: str, prefixes: Prefixes) -> str:
    prefix, colon, local = name.partition(":")
    namespace = prefixes.get(prefix) or vocabulary.STANDARD_PREFIXES.get(prefix)
    return f"{{{namespace}}}{local}" if colon and namespace else name


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return canonical(str(value).strip())
