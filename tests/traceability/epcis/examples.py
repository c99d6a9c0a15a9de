"""Events for the tests: one of each type, valid and whole."""

from __future__ import annotations

from typing import Any

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/"},
]


def _changed(event: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The event with the changes; None takes a member away."""
    return {name: value for name, value in (event | changes).items() if value is not None}


def object_event(**changes: Any) -> dict[str, Any]:
    return _changed(
        {
            "type": "ObjectEvent",
            "eventTime": "2026-05-04T08:30:00+08:00",
            "eventTimeZoneOffset": "+08:00",
            "epcList": ["urn:epc:id:sgtin:6901234.056789.1001"],
            "action": "OBSERVE",
            "bizStep": "shipping",
            "disposition": "in_transit",
            "readPoint": {"id": "https://id.gs1.org/414/6901234000009"},
        },
        changes,
    )


def commissioning(**changes: Any) -> dict[str, Any]:
    return _changed(
        object_event(action="ADD", bizStep="commissioning", disposition="active", epcList=None),
        {
            "quantityList": [
                {
                    "epcClass": "urn:epc:class:lgtin:6901234.056789.L20260504",
                    "quantity": 12.5,
                    "uom": "KGM",
                }
            ],
            "ilmd": {"cbvmda:lotNumber": "L20260504", "example:grade": {"example:level": "一级"}},
        }
        | changes,
    )


def aggregation(**changes: Any) -> dict[str, Any]:
    return _changed(
        {
            "type": "AggregationEvent",
            "eventTime": "2026-05-04T08:30:00.123Z",
            "eventTimeZoneOffset": "+08:00",
            "parentID": "urn:epc:id:sscc:6901234.0000000001",
            "childEPCs": ["urn:epc:id:sgtin:6901234.056789.1001"],
            "childQuantityList": [
                {"epcClass": "https://id.gs1.org/01/06901234567892/10/L1", "quantity": 3}
            ],
            "action": "ADD",
            "bizStep": "packing",
            "bizLocation": {"id": "urn:epc:id:sgln:6901234.00000.0"},
        },
        changes,
    )


def transaction(**changes: Any) -> dict[str, Any]:
    return _changed(
        {
            "type": "TransactionEvent",
            "eventTime": "2026-05-04T08:30:00+08:00",
            "eventTimeZoneOffset": "+08:00",
            "bizTransactionList": [
                {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:6901234000009:1234"}
            ],
            "epcList": [],
            "quantityList": [{"epcClass": "urn:epc:idpat:sgtin:6901234.056789.*", "quantity": 7}],
            "action": "ADD",
            "bizStep": "receiving",
            "sourceList": [
                {"type": "owning_party", "source": "https://id.gs1.org/417/6901234000009"}
            ],
            "destinationList": [
                {"type": "location", "destination": "urn:epc:id:sgln:6901234.00000.12"}
            ],
        },
        changes,
    )


def transformation(**changes: Any) -> dict[str, Any]:
    return _changed(
        {
            "type": "TransformationEvent",
            "eventTime": "2026-05-04T08:30:00+08:00",
            "eventTimeZoneOffset": "+08:00",
            "inputQuantityList": [
                {"epcClass": "urn:epc:class:lgtin:6901234.056789.L1", "quantity": 10, "uom": "KGM"}
            ],
            "outputQuantityList": [
                {"epcClass": "urn:epc:class:lgtin:6901234.056790.M1", "quantity": 8, "uom": "KGM"}
            ],
            "transformationID": "urn:epc:id:gdti:6901234.00001.77",
            "bizStep": "commissioning",
            "persistentDisposition": {"set": ["completeness_verified"], "unset": ["unavailable"]},
            "sensorElementList": [
                {
                    "sensorMetadata": {"deviceID": "urn:epc:id:giai:6901234.5"},
                    "sensorReport": [{"type": "Temperature", "value": 4.5, "uom": "CEL"}],
                }
            ],
            "ilmd": {"example:oven": 3},
        },
        changes,
    )


def association(**changes: Any) -> dict[str, Any]:
    return _changed(
        {
            "type": "AssociationEvent",
            "eventTime": "2026-05-04T08:30:00+08:00",
            "eventTimeZoneOffset": "+08:00",
            "parentID": "urn:epc:id:grai:6901234.00001.55",
            "childEPCs": ["urn:epc:id:giai:6901234.7"],
            "action": "ADD",
            "bizStep": "assembling",
            "certificationInfo": "https://example.com/certificate/1",
            "errorDeclaration": {
                "declarationTime": "2026-05-05T08:30:00Z",
                "reason": "incorrect_data",
                "correctiveEventIDs": ["urn:uuid:404d95fc-9457-4a51-bd6a-0bba133845a8"],
            },
        },
        changes,
    )


EVENTS = [
    object_event(),
    commissioning(),
    aggregation(),
    transaction(),
    transformation(),
    association(),
]


def document(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The events as one document."""
    return _changed(
        {
            "@context": CONTEXT,
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-05-05T08:00:00+08:00",
            "epcisBody": {"eventList": list(events)},
        },
        changes,
    )
