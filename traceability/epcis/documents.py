"""EPCIS 2.0 documents in JSON-LD: taken apart into events, each with the namespaces it may use.

Source: GS1 EPCIS 2.0.1 section 10 (JSON/JSON-LD binding).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shilian.problems import Problem, Rejected
from traceability.epcis import vocabulary
from traceability.epcis.fields import check_time, text_of
from traceability.epcis.identifiers import is_uri

Event = dict[str, Any]
CONTEXT_FILE = "epcis-context.jsonld"
_MEMBERS = frozenset(
    [
        "@context",
        "id",
        "type",
        "schemaVersion",
        "creationDate",
        "instanceIdentifier",
        "sender",
        "receiver",
        "epcisHeader",
        "epcisBody",
    ]
)


@dataclass(frozen=True, slots=True)
class Document:
    """The events in their order; ``own_context`` is what the sender's context adds to GS1's."""

    events: list[Any]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    own_context: list[Any] = field(default_factory=list)


def read_json(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises: Rejected when it is none, or holds what no database can keep.
    """
    try:
        found = json.loads(body, parse_constant=_no_constant, parse_float=_finite)
        if b"\\u" in body:
            json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Rejected(
            [_fault("json_malformed", "", "内容不是合格的 JSON，请核对后重发。")]
        ) from None
    if not isinstance(found, dict):
        raise Rejected([_fault("json_malformed", "", "内容应是一个 JSON 对象，请核对后重发。")])
    if b"\\u0000" in body:
        raise Rejected([_fault("json_malformed", "", "文字里不能有空字符，请去掉后重发。")])
    return found


def read_document(found: Mapping[str, Any]) -> Document:
    """The document's events, not yet checked.

    Raises: Rejected with every fault of the document around them.
    """
    problems = [*_check_envelope(found), *check_context(found.get("@context"), is_required=True)]
    body = found.get("epcisBody")
    events = body.get("eventList") if isinstance(body, dict) else None
    if not isinstance(events, list):
        problems.append(
            _fault(
                "event_list_missing", "epcisBody.eventList", "缺少 epcisBody.eventList 事件列表。"
            )
        )
    if problems or not isinstance(events, list):
        raise Rejected(problems)
    context = found["@context"]
    return Document(events, prefixes_of(context), own_parts(context))


def read_single(found: Event) -> Document:
    """A single event, which brings its own context.

    Raises: Rejected when the context is missing or faulty.
    """
    if problems := check_context(found.get("@context"), is_required=True):
        raise Rejected(problems)
    context = found["@context"]
    return Document([found], prefixes_of(context), own_parts(context))


def _check_envelope(found: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if found.get("type") != "EPCISDocument":
        message = f"type 应是“EPCISDocument”，现在是“{text_of(found.get('type'))}”。"
        problems.append(_fault("document_type_unknown", "type", message))
    version = found.get("schemaVersion")
    if version not in ("2.0", "2.0.0", "2.0.1"):
        message = f"schemaVersion 应是文字“2.0”，现在是“{text_of(version)}”。"
        problems.append(_fault("schema_version_unknown", "schemaVersion", message))
    problems += check_time(found.get("creationDate"), "creationDate")
    for name in found:
        if name not in _MEMBERS and ":" not in name:
            message = f"文档里不能有“{name[:40]}”，扩展内容要带命名空间前缀。"
            problems.append(_fault("field_unknown", name[:60], message))
    header = found.get("epcisHeader", {})
    if not isinstance(header, dict):
        problems.append(_fault("field_wrong_type", "epcisHeader", "epcisHeader 应是一个对象。"))
    return problems


def check_context(context: Any, *, is_required: bool) -> list[Problem]:
    """Whether a context is of a shape that can be read and names GS1's own."""
    parts = context if isinstance(context, list) else [context]
    if not all(isinstance(part, str | dict) for part in parts):
        message = "@context 应是网址、对象，或由它们组成的列表。"
        return [_fault("context_malformed", "@context", message)]
    has_standard = any(isinstance(part, str) and CONTEXT_FILE in part for part in parts)
    if is_required and not has_standard:
        message = f"@context 里要有 GS1 的上下文：{vocabulary.CONTEXT}"
        return [_fault("context_missing", "@context", message)]
    problems = []
    for part in parts:
        if isinstance(part, str) and not is_uri(part):
            message = f"@context 里的“{part[:60]}”不是网址。"
            problems.append(_fault("context_malformed", "@context", message))
    return problems


def prefixes_of(context: Any) -> dict[str, str]:
    """The namespaces that a context declares, GS1's own among them."""
    found = dict(vocabulary.STANDARD_PREFIXES)
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            found |= {name: value for name, value in part.items() if isinstance(value, str)}
    return found


def event_prefixes(event: Any, prefixes: Mapping[str, str]) -> Mapping[str, str]:
    """The namespaces an event may use: its document's, and those of its own context."""
    context = event.get("@context") if isinstance(event, dict) else None
    return prefixes if context is None else {**prefixes, **prefixes_of(context)}


def own_parts(context: Any) -> list[Any]:
    """What a context adds to GS1's, to be kept with the event."""
    parts = context if isinstance(context, list) else [context]
    return [part for part in parts if not (isinstance(part, str) and CONTEXT_FILE in part)]


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _finite(text: str) -> float:
    """Raises: Rejected for a number that would become infinite: no database keeps it as JSON."""
    number = float(text)
    if math.isinf(number):
        message = f"数字 {text[:40]} 太大，无法保存，请核对后重发。"
        raise Rejected([_fault("number_too_large", "", message)])
    return number


def _fault(code: str, field: str, message: str) -> Problem:
    return Problem(code, field, message)
