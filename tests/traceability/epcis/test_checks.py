"""Events against the published schema, and against what it lets through."""

from __future__ import annotations

import copy
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft7Validator, FormatChecker

from shilian.problems import Rejected
from tests.traceability.epcis import examples
from tests.traceability.epcis.examples import document
from traceability.epcis import checks, documents
from traceability.epcis.fields import moment_of
from traceability.epcis.identifiers import is_uri

AT = datetime(2026, 11, 1, tzinfo=UTC)
PREFIXES = documents.prefixes_of(examples.CONTEXT)
LINES = [0, "", "x", "urn:x:y", [], {}, True, 1.5, [1], {"id": 3}, "2020-01-01", "ADD", "+14:00"]
NAMES = ["foo", "example:foo", "ilmd", "epcList", "parentID", "action", "quantityList"]


def validator() -> Draft7Validator:
    path = Path(settings.BASE_DIR) / "traceability/data/epcis_json_schema.json"
    formats = FormatChecker(formats=())
    formats.checks("uri")(lambda value: not isinstance(value, str) or is_uri(value))
    formats.checks("date-time")(
        lambda value: not isinstance(value, str) or moment_of(value) is not None
    )
    return Draft7Validator(json.loads(path.read_text()), format_checker=formats)


SCHEMA = validator()


def codes(event: Any) -> list[str]:
    return [problem.code for problem in checks.check_event(event, PREFIXES, at=AT)]


@pytest.mark.parametrize("event", examples.EVENTS, ids=lambda event: event["type"])
def test_an_event_of_each_type_passes_with_the_schema(event: dict[str, Any]) -> None:
    assert codes(event) == []
    assert SCHEMA.is_valid(document(event))


def test_nothing_that_the_schema_refuses_passes() -> None:
    chance = random.Random(20260504)
    passed = []
    for _ in range(400):
        event = _mutated(copy.deepcopy(chance.choice(examples.EVENTS)), chance)
        if not codes(event) and not SCHEMA.is_valid(document(event)):
            passed.append(event)

    assert passed == []


def _mutated(event: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    *way, last = chance.choice([path for path in _paths(event, ()) if path])
    inner: Any = event
    for step in way:
        inner = inner[step]
    kind = chance.random()
    if kind < 0.3:
        del inner[last]
    elif kind < 0.75 or not isinstance(inner, dict):
        inner[last] = copy.deepcopy(chance.choice(LINES))
    else:
        inner[chance.choice(NAMES)] = copy.deepcopy(chance.choice(LINES))
    return event


def _paths(value: Any, here: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return [here] + [path for key, each in inner for path in _paths(each, (*here, key))]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bizStep": "teleporting"}, "biz_step_unknown"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "biz_step_not_bare"),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-teleporting"}, "biz_step_unknown"),
        ({"disposition": "eaten"}, "disposition_unknown"),
        ({"eventTime": "2026-05-04T08:30:00"}, "time_malformed"),
        ({"eventTime": "2026-02-30T08:30:00Z"}, "time_malformed"),
        ({"eventTime": "2026-05-04 08:30:00+08:00"}, "time_malformed"),
        ({"eventTime": "2026-11-03T08:30:00Z"}, "event_in_future"),
        ({"eventTimeZoneOffset": "+8"}, "offset_malformed"),
        ({"eventTimeZoneOffset": "+14:30"}, "offset_malformed"),
        ({"eventTime": None}, "field_missing"),
        ({"ilmd": {"lotNumber": "L1"}, "action": "ADD"}, "ilmd_without_namespace"),
        ({"ilmd": {"nobody:lot": "L1"}, "action": "ADD"}, "prefix_undeclared"),
        ({"ilmd": {"cbvmda:lotNumber": "L1"}}, "ilmd_without_add"),
        ({"note": "x"}, "field_unknown"),
        ({"nobody:note": "x"}, "prefix_undeclared"),
        ({"action": "add"}, "action_unknown"),
        ({"type": "QuantityEvent"}, "event_type_unknown"),
        ({"epcList": []}, "things_missing"),
        ({"epcList": ["urn:epc:class:lgtin:6901234.056789.L1"]}, "class_among_epcs"),
        ({"epcList": ["https://id.gs1.org/01/06901234567893/21/1"]}, "epc_wrong_check_digit"),
        ({"epcList": ["6901234567892"]}, "uri_malformed"),
        ({"epcList": ["urn:x:1", "urn:x:1"]}, "epc_repeated"),
        ({"quantityList": [{"epcClass": "urn:epc:id:sgtin:6901234.056789.1"}]}, "instance_among_classes"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": 0}]}, "quantity_not_positive"),
        ({"quantityList": [{"epcClass": "urn:x:1", "uom": "KGM"}]}, "uom_without_quantity"),
        ({"quantityList": [{"epcClass": "urn:x:1", "quantity": 1, "uom": "公斤"}]}, "uom_malformed"),
        ({"readPoint": {"id": "urn:epc:id:sgtin:6901234.056789.1"}}, "place_not_location"),
        ({"persistentDisposition": {}}, "persistent_disposition_malformed"),
        ({"persistentDisposition": {"set": ["damaged"], "unset": ["damaged"]}}, "persistent_disposition_repeated"),
        ({"sourceList": [{"type": "location", "source": "urn:epc:id:pgln:6901234.00000"}]}, "party_not_party"),
        ({"errorDeclaration": {"reason": "incorrect_data"}}, "time_malformed"),
    ],
)  # fmt: skip
def test_what_the_standard_forbids_has_its_code(change: dict[str, Any], code: str) -> None:
    assert codes(examples.object_event(**change)) == [code]


def test_a_box_is_packed_with_its_number() -> None:
    assert codes(examples.aggregation(parentID=None)) == ["parent_missing"]
    assert codes(examples.aggregation(parentID=None, action="OBSERVE")) == []
    assert codes(examples.aggregation(action="DELETE", childEPCs=[], childQuantityList=[])) == []


def test_a_transformation_needs_both_sides_or_a_number_that_joins_them() -> None:
    assert codes(examples.transformation(outputQuantityList=None)) == []
    assert codes(examples.transformation(outputQuantityList=None, transformationID=None)) == [
        "things_missing"
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "EPCISQueryDocument"}, "document_type_unknown"),
        ({"schemaVersion": 2.0}, "schema_version_unknown"),
        ({"schemaVersion": "1.2"}, "schema_version_unknown"),
        ({"creationDate": "yesterday"}, "time_malformed"),
        ({"@context": None}, "context_malformed"),
        ({"@context": {"example": "https://ns.example.com/"}}, "context_missing"),
        ({"epcisBody": {}}, "event_list_missing"),
        ({"format": "x"}, "field_unknown"),
    ],
)
def test_a_faulty_document_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Rejected) as refusal:
        documents.read_document(document(examples.object_event(), **change))

    assert refusal.value.codes == [code]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"a": NaN}', b'{"a": "\\u0000"}', b'{"a": "\\ud800"}', b"[" * 100_000]
)  # fmt: skip
def test_what_is_no_json_that_can_be_kept_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        documents.read_json(body)

    assert refusal.value.codes == ["json_malformed"]
