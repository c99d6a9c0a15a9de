"""The event hash of CBV 2.0, beside the published examples of its reference."""

from __future__ import annotations

from typing import Any

import pytest

from tests.traceability.epcis import examples
from traceability.epcis import event_hash
from traceability.epcis.documents import prefixes_of

EXAMPLE = {"example": "https://ns.example.com/epcis/"}
# The reference's second and third illustrations; hash of the second as its generator 1.9.3 gives it.
SENSORS: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2020-04-01T15:00:00+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9876"],
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    "sensorElementList": [
        {
            "sensorMetadata": {
                "deviceID": "urn:epc:id:giai:4000001.111",
                "deviceMetadata": "https://id.gs1.org/8004/4000001111",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 26, "sDev": 0.1, "uom": "CEL"},
                {"type": "AbsoluteHumidity", "value": 12.1, "uom": "A93"},
                {
                    "type": "Dimensionless",
                    "microorganism": "https://www.ncbi.nlm.nih.gov/taxonomy/1126011",
                    "value": 0.05,
                    "uom": "C35",
                },
                {
                    "type": "Dimensionless",
                    "chemicalSubstance": "urn:epcglobal:cbv:inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",
                    "value": 0.18,
                    "uom": "C35",
                },
            ],
        }
    ],
}
PARTIES: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2020-03-04T11:00:30+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": ["urn:epc:id:sgtin:0614141.011111.987"],
    "action": "OBSERVE",
    "bizStep": "departing",
    "disposition": "in_transit",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
    "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00000"}],
    "example:userExt": "CD-34",
}


def test_the_sensor_example_has_the_published_hash() -> None:
    assert event_hash.hash_id(SENSORS) == (
        "ni:///sha-256;8e02ec93db57a1a331fcf617fe3d567eaa5c38c5002806976fff22d4db1152a6?ver=CBV2.0"
    )


def test_parties_stand_in_the_order_of_the_standard() -> None:
    assert event_hash.pre_hash(PARTIES, EXAMPLE) == (
        "eventType=ObjectEventeventTime=2020-03-04T10:00:30.000ZeventTimeZoneOffset=+01:00"
        "epcListepc=https://id.gs1.org/01/00614141111114/21/987action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-departing"
        "disposition=https://ref.gs1.org/cbv/Disp-in_transit"
        "readPointid=https://id.gs1.org/414/4012345000115{https://ns.example.com/epcis/}myField1=AB-12"
        "bizTransactionListbizTransaction=https://id.gs1.org/253/4012345111118123"
        "type=https://ref.gs1.org/cbv/BTT-po"
        "sourceListsource=https://id.gs1.org/417/4012345000009"
        "type=https://ref.gs1.org/cbv/SDT-owning_party"
        "destinationListdestination=https://id.gs1.org/417/0614141000005"
        "type=https://ref.gs1.org/cbv/SDT-owning_party{https://ns.example.com/epcis/}userExt=CD-34"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2020-03-04T11:00:30+01:00", "2020-03-04T10:00:30.000Z"),
        ("2020-03-04T10:00:30.1Z", "2020-03-04T10:00:30.100Z"),
        ("2023-01-18T11:04:03.1415Z", "2023-01-18T11:04:03.142Z"),
        ("2023-01-18T11:04:03.1414Z", "2023-01-18T11:04:03.141Z"),
        ("2023-12-31T23:59:59.9999Z", "2024-01-01T00:00:00.000Z"),
    ],
)
def test_times_are_told_in_utc_to_the_millisecond(written: str, read: str) -> None:
    assert event_hash.utc_text(written) == read


def test_spelling_and_order_do_not_matter() -> None:
    event = examples.commissioning(
        eventID="urn:uuid:1", recordTime="2026-05-05T00:00:00Z", errorDeclaration={}
    )
    other = dict(reversed(examples.commissioning().items()))
    other |= {
        "eventTime": "2026-05-04T00:30:00.000Z",
        "bizStep": "https://ref.gs1.org/cbv/BizStep-commissioning",
        "readPoint": {"id": "urn:epc:id:sgln:6901234.00000.0"},
        "quantityList": [
            {
                "uom": "KGM",
                "quantity": 12.50,
                "epcClass": "https://shop.cn/01/06901234567892/10/L20260504",
            }
        ],
    }
    prefixes = prefixes_of(examples.CONTEXT)

    assert event_hash.digest(event, prefixes) == event_hash.digest(other, prefixes)


@pytest.mark.parametrize(
    "change",
    [
        {"action": "DELETE"},
        {"eventTimeZoneOffset": "+00:00"},
        {"disposition": None},
        {"epcList": ["urn:epc:id:sgtin:6901234.056789.1002"]},
        {"example:note": "x"},
    ],
)
def test_any_change_of_what_happened_changes_the_hash(change: dict[str, Any]) -> None:
    prefixes = prefixes_of(examples.CONTEXT)

    changed = event_hash.digest(examples.object_event(**change), prefixes)

    assert changed != event_hash.digest(examples.object_event(), prefixes)
