"""What makes an event invalid: what the published JSON schema refuses, and what it lets through.

Source: GS1 EPCIS 2.0.1 sections 7.3 and 7.4 (event types and their fields); CBV 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from shilian.problems import Problem
from traceability.epcis import fields
from traceability.epcis.documents import check_context
from traceability.epcis.fields import Check, Problems, wrong_type

# Clocks differ; an event that has not happened yet is none.
AHEAD = timedelta(hours=24)
biz_step, disposition = fields.word("bizStep"), fields.word("disposition")
_btt, _sdt = fields.word("bizTransaction"), fields.word("sourceDestination")
_reason, _measurement = fields.word("reason"), fields.word("measurement")
_component, _alert = fields.word("component"), fields.word("exception")
_PARTIES = frozenset({"pgln", "sgln"})


def _place(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, dict):
        out.append(wrong_type(name, "对象"))
        return
    key = fields.key_of(value.get("id"), f"{name}.id", out)
    if key is not None and key.scheme != "sgln":
        message = f"{name}.id 应是地点编码（SGLN 或 AI 414），现在是别的编码。"
        out.append(Problem("place_not_location", f"{name}.id", message))


def _transactions(value: Any, name: str, out: Problems) -> None:
    for each, at in _objects(value, name, out, {"type", "bizTransaction"}):
        fields.uri(each.get("bizTransaction"), f"{at}.bizTransaction", out)
        if "type" in each:
            _btt(each["type"], f"{at}.type", out)


def _sources(value: Any, name: str, out: Problems) -> None:
    _parties(value, name, "source", out)


def _destinations(value: Any, name: str, out: Problems) -> None:
    _parties(value, name, "destination", out)


def _parties(value: Any, name: str, member: str, out: Problems) -> None:
    for each, at in _objects(value, name, out, {"type", member}):
        kind = each.get("type")
        _sdt(kind, f"{at}.type", out)
        key = fields.key_of(each.get(member), f"{at}.{member}", out)
        if key is None:
            continue
        if key.scheme not in _PARTIES or (kind == "location" and key.scheme != "sgln"):
            message = f"{at}.{member} 应是参与方（PGLN）或地点（SGLN）的编码，类型要对应。"
            out.append(Problem("party_not_party", f"{at}.{member}", message))


def _objects(
    value: Any, name: str, out: Problems, members: set[str]
) -> list[tuple[dict[str, Any], str]]:
    """The objects of a list, each with its place; nothing but these members may be in them."""
    if not isinstance(value, list):
        out.append(wrong_type(name, "列表"))
        return []
    found = []
    for position, each in enumerate(value):
        at = f"{name}[{position}]"
        if not isinstance(each, dict):
            out.append(wrong_type(at, "对象"))
            continue
        if not each.keys() <= members:
            message = f"{at} 里只能有 {'、'.join(sorted(members))}。"
            out.append(Problem("field_unknown", at, message))
        found.append((each, at))
    return found


def _persistent(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, dict) or not value or not value.keys() <= {"set", "unset"}:
        message = "persistentDisposition 里要有 set 或 unset，且只能有它们。"
        out.append(Problem("persistent_disposition_malformed", name, message))
        return
    seen: list[Any] = []
    for way, words in value.items():
        if not isinstance(words, list) or not words:
            out.append(wrong_type(f"{name}.{way}", "不为空的列表"))
            continue
        for position, each in enumerate(words):
            disposition(each, f"{name}.{way}[{position}]", out)
        seen += words
    if len({str(each) for each in seen}) < len(seen):
        message = "同一个状态在 persistentDisposition 里出现了两次。"
        out.append(Problem("persistent_disposition_repeated", name, message))


def _certificates(value: Any, name: str, out: Problems) -> None:
    for each in value if isinstance(value, list) else [value]:
        fields.uri(each, name, out)


def _error_declaration(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, dict):
        out.append(wrong_type(name, "对象"))
        return
    fields.time(value.get("declarationTime"), f"{name}.declarationTime", out)
    if "reason" in value:
        _reason(value["reason"], f"{name}.reason", out)
    ids = value.get("correctiveEventIDs", [])
    if not isinstance(ids, list):
        out.append(wrong_type(f"{name}.correctiveEventIDs", "列表"))
    else:
        for position, each in enumerate(ids):
            fields.uri(each, f"{name}.correctiveEventIDs[{position}]", out)
    known = ("declarationTime", "reason", "correctiveEventIDs")
    _only_named(value, known, name, out)


_METADATA: dict[str, Check] = {
    "time": fields.time,
    "startTime": fields.time,
    "endTime": fields.time,
    **dict.fromkeys(
        ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"), fields.uri
    ),
}
_REPORT: dict[str, Check] = {
    "type": _measurement,
    "exception": _alert,
    "time": fields.time,
    "component": _component,
    "stringValue": fields.string,
    "booleanValue": fields.boolean,
    "hexBinaryValue": fields.hex_binary,
    "uom": fields.string,
    **dict.fromkeys(
        (
            "deviceID",
            "deviceMetadata",
            "rawData",
            "dataProcessingMethod",
            "microorganism",
            "chemicalSubstance",
            "coordinateReferenceSystem",
            "uriValue",
        ),
        fields.uri,
    ),
    **dict.fromkeys(
        ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"),
        fields.decimal,
    ),
}


def _sensors(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, list):
        out.append(wrong_type(name, "列表"))
        return
    for position, each in enumerate(value):
        at = f"{name}[{position}]"
        if not isinstance(each, dict):
            out.append(wrong_type(at, "对象"))
            continue
        _only_named(each, ("sensorMetadata", "sensorReport"), at, out)
        if "sensorMetadata" in each:
            _members(each["sensorMetadata"], _METADATA, f"{at}.sensorMetadata", out)
        _reports(each.get("sensorReport"), f"{at}.sensorReport", out)


def _reports(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, list) or not value:
        out.append(wrong_type(name, "不为空的列表"))
        return
    for position, each in enumerate(value):
        at = f"{name}[{position}]"
        _members(each, _REPORT, at, out)
        if isinstance(each, dict) and "type" not in each:
            out.append(Problem("field_missing", f"{at}.type", f"{at} 缺少 type（测的是什么）。"))


def _members(value: Any, checks: Mapping[str, Check], name: str, out: Problems) -> None:
    if not isinstance(value, dict):
        out.append(wrong_type(name, "对象"))
        return
    for member, each in value.items():
        if check := checks.get(member):
            check(each, f"{name}.{member}", out)
    _only_named(value, tuple(checks), name, out)


def _only_named(value: Mapping[str, Any], known: tuple[str, ...], name: str, out: Problems) -> None:
    for member in value:
        if member not in known and ":" not in member:
            message = f"{name} 里没有“{member[:40]}”这一项；扩展内容要带命名空间前缀。"
            out.append(Problem("field_unknown", f"{name}.{member[:40]}", message))


def _ilmd(value: Any, name: str, out: Problems) -> None:
    if not isinstance(value, dict):
        out.append(wrong_type(name, "对象"))


def _context(value: Any, name: str, out: Problems) -> None:
    out += check_context(value, is_required=False)


_COMMON: dict[str, Check] = {
    "@context": _context,
    "eventTime": fields.time,
    "recordTime": fields.time,
    "eventTimeZoneOffset": fields.offset,
    "eventID": fields.uri,
    "certificationInfo": _certificates,
    "errorDeclaration": _error_declaration,
    "bizStep": biz_step,
    "disposition": disposition,
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": _transactions,
    "sourceList": _sources,
    "destinationList": _destinations,
    "sensorElementList": _sensors,
}
_STAYS: dict[str, Check] = {"persistentDisposition": _persistent}
_THINGS: dict[str, Check] = {
    "action": fields.action,
    "epcList": fields.epc_list,
    "quantityList": fields.quantity_list,
}
_CHILDREN: dict[str, Check] = {
    "action": fields.action,
    "parentID": fields.instance,
    "childEPCs": fields.epc_list,
    "childQuantityList": fields.quantity_list,
}
FIELDS: dict[str, dict[str, Check]] = {
    "ObjectEvent": _COMMON | _STAYS | _THINGS | {"ilmd": _ilmd},
    "AggregationEvent": _COMMON | _STAYS | _CHILDREN,
    "TransactionEvent": _COMMON | _STAYS | _THINGS | {"parentID": fields.instance},
    "TransformationEvent": _COMMON
    | _STAYS
    | {
        "inputEPCList": fields.epc_list,
        "outputEPCList": fields.epc_list,
        "inputQuantityList": fields.quantity_list,
        "outputQuantityList": fields.quantity_list,
        "transformationID": fields.uri,
        "ilmd": _ilmd,
    },
    # The schema's list of names for this event has no persistent disposition.
    "AssociationEvent": _COMMON | _CHILDREN,
}
REQUIRED: dict[str, tuple[str, ...]] = {
    "ObjectEvent": ("eventTime", "eventTimeZoneOffset", "action"),
    "AggregationEvent": ("eventTime", "eventTimeZoneOffset", "action"),
    "TransactionEvent": ("eventTime", "eventTimeZoneOffset", "action", "bizTransactionList"),
    "TransformationEvent": ("eventTime", "eventTimeZoneOffset"),
    "AssociationEvent": ("eventTime", "eventTimeZoneOffset", "action", "parentID"),
}


def check_event(event: Any, prefixes: Mapping[str, str], *, at: datetime) -> list[Problem]:
    """Every fault of one event; none means that it may be kept and hashed."""
    if not isinstance(event, dict):
        return [wrong_type("eventList", "事件对象的列表")]
    kind = event.get("type")
    checks = FIELDS.get(kind) if isinstance(kind, str) else None
    if checks is None:
        message = f"事件类型“{fields.text_of(kind)}”不受理，请用 EPCIS 2.0 的五种事件。"
        return [Problem("event_type_unknown", "type", message)]
    out: Problems = []
    for name, value in event.items():
        if check := checks.get(name):
            check(value, name, out)
        elif name != "type":
            _extension(name, value, prefixes, out)
    for name in REQUIRED[str(kind)]:
        if name not in event:
            out.append(Problem("field_missing", name, f"{kind} 缺少 {name}。"))
    if not out:
        _whole(event, str(kind), prefixes, out)
        _not_ahead(event, at, out)
    return out


def _extension(name: str, value: Any, prefixes: Mapping[str, str], out: Problems) -> None:
    """A member of somebody's own: its prefix is declared, and so are those inside it."""
    prefix, colon, local = name.partition(":")
    if not colon or not local:
        message = (
            f"EPCIS 里没有“{name[:40]}”这一项；扩展内容要带命名空间前缀，例如 example:{name[:20]}。"
        )
        out.append(Problem("field_unknown", name[:60], message))
    elif prefix not in prefixes and not local.startswith("//") and prefix not in ("urn", "@xmlns"):
        message = f"前缀“{prefix[:30]}”没有在 @context 里声明。"
        out.append(Problem("prefix_undeclared", name[:60], message))


def _whole(event: dict[str, Any], kind: str, prefixes: Mapping[str, str], out: Problems) -> None:
    """What the fields must be together."""
    if kind in ("ObjectEvent", "TransactionEvent"):
        _things(event, kind, out)
    elif kind == "TransformationEvent":
        _both_sides(event, out)
    else:
        _family(event, out)
    if "ilmd" in event:
        if kind == "ObjectEvent" and event["action"] != "ADD":
            message = "只有 action 为 ADD 的事件可以带 ilmd（批次主数据）。"
            out.append(Problem("ilmd_without_add", "ilmd", message))
        for name, value in event["ilmd"].items():
            _ilmd_member(name, value, prefixes, out)
    if kind == "TransactionEvent" and not event["bizTransactionList"]:
        out.append(Problem("field_missing", "bizTransactionList", "至少要有一张业务单据。"))


def _ilmd_member(name: str, value: Any, prefixes: Mapping[str, str], out: Problems) -> None:
    if ":" not in name:
        message = (
            f"ilmd 里的“{name[:40]}”没有命名空间，请写成“前缀:名称”，并在 @context 里声明前缀。"
        )
        out.append(Problem("ilmd_without_namespace", f"ilmd.{name[:40]}", message))
    else:
        _extension(name, value, prefixes, out)


def _things(event: dict[str, Any], kind: str, out: Problems) -> None:
    if event.get("epcList") or event.get("quantityList"):
        return
    if kind == "ObjectEvent" and event.get("sensorElementList") and "readPoint" in event:
        return
    if kind == "TransactionEvent" and event["action"] == "DELETE":
        return
    message = f"{kind} 要说明是哪些东西：epcList 或 quantityList 至少填一项。"
    out.append(Problem("things_missing", "epcList", message))


def _family(event: dict[str, Any], out: Problems) -> None:
    if "parentID" not in event and event["action"] != "OBSERVE":
        message = "action 为 ADD 或 DELETE 时要有 parentID（装进哪一箱）。"
        out.append(Problem("parent_missing", "parentID", message))
    has_children = event.get("childEPCs") or event.get("childQuantityList")
    if not has_children and event["action"] != "DELETE":
        message = "要说明里面是什么：childEPCs 或 childQuantityList 至少填一项。"
        out.append(Problem("things_missing", "childEPCs", message))


def _both_sides(event: dict[str, Any], out: Problems) -> None:
    went_in = event.get("inputEPCList") or event.get("inputQuantityList")
    came_out = event.get("outputEPCList") or event.get("outputQuantityList")
    if went_in and came_out:
        return
    if "transformationID" in event and (went_in or came_out):
        return
    message = "要写明投入和产出；分几次报的，用 transformationID 连起来。"
    out.append(Problem("things_missing", "inputEPCList", message))


def _not_ahead(event: dict[str, Any], at: datetime, out: Problems) -> None:
    happened = fields.moment_of(event["eventTime"])
    if happened is not None and happened > at + AHEAD:
        message = "eventTime 在将来，事件发生之后再报；请核对时间和时区。"
        out.append(Problem("event_in_future", "eventTime", message))
