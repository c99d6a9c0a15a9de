"""Our own records as EPCIS 2.0 events, and events as documents.

A record knows the day and not the hour: its event happened when that day began in China. Units that
the standard has no code for, and names, stand in members of our own namespace.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from traceability.epcis import vocabulary
from traceability.epcis.documents import Event
from traceability.epcis.identifiers import CANONICAL, is_lot_text, lot_uri

OFFSET = "+08:00"
PREFIX = "shilian"
RecordKind = Literal["purchase", "sale", "batch"]
KINDS: tuple[RecordKind, ...] = ("purchase", "sale", "batch")
# Our units as codes of UN/ECE recommendation 20, with what one of them is in the code's unit.
CODES = {
    "千克": ("KGM", Decimal(1)),
    "公斤": ("KGM", Decimal(1)),
    "斤": ("KGM", Decimal("0.5")),
    "两": ("KGM", Decimal("0.05")),
    "克": ("GRM", Decimal(1)),
    "毫克": ("MGM", Decimal(1)),
    "吨": ("TNE", Decimal(1)),
    "升": ("LTR", Decimal(1)),
    "毫升": ("MLT", Decimal(1)),
}
_MARK = 0x5348494C
_LOW, _MIDDLE = (1 << 48) - 1, (1 << 14) - 1


@dataclass(frozen=True, slots=True)
class Goods:
    """One batch as events name it; ``address`` is its public page, for goods without a barcode."""

    name: str
    gtin: str
    lot: str
    address: str
    unit: str
    sscc: str = ""
    produced_on: date | None = None
    expires_on: date | None = None

    @property
    def uri(self) -> str:
        if self.gtin and self.lot and is_lot_text(self.lot):
            return lot_uri(self.gtin, self.lot)
        return self.address


@dataclass(frozen=True, slots=True)
class Who:
    """A party: by its GLN, else by an address of ours."""

    gln: str
    address: str

    @property
    def uri(self) -> str:
        return f"{CANONICAL}/417/{self.gln}" if self.gln else self.address

    @property
    def place(self) -> str:
        return f"{CANONICAL}/414/{self.gln}" if self.gln else self.address


@dataclass(frozen=True, slots=True)
class Handover:
    """A purchase or a sale."""

    kind: RecordKind
    id: int
    day: date
    recorded_at: datetime
    holder: Who
    other: Who
    goods: Goods
    quantity: Decimal
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class Making:
    """A batch that came of own work, with what went into it."""

    id: int
    day: date
    recorded_at: datetime
    holder: Who
    goods: Goods
    quantity: Decimal
    origin: str
    inputs: tuple[tuple[Goods, Decimal], ...] = ()


def handover_event(record: Handover) -> Event:
    """A purchase is goods received, a sale goods shipped."""
    is_sale = record.kind == "sale"
    source, destination = (
        (record.holder, record.other) if is_sale else (record.other, record.holder)
    )
    event = _event("ObjectEvent", record.kind, record.id, record.day)
    event |= {
        "action": "OBSERVE",
        "quantityList": [_quantity(record.goods, record.quantity)],
        "bizStep": "shipping" if is_sale else "receiving",
        "disposition": "in_transit" if is_sale else "in_progress",
        "readPoint": {"id": record.holder.place},
        "sourceList": [{"type": "owning_party", "source": source.uri}],
        "destinationList": [{"type": "owning_party", "destination": destination.uri}],
    }
    if not is_sale:
        event["bizLocation"] = {"id": record.holder.place}
    return event | _named(record.goods) | _voucher(record.voucher)


def making_event(record: Making) -> Event:
    """A box is packed, goods are made of others, or begin their life."""
    if record.origin == "packed" and record.inputs:
        return _packing(record)
    if record.inputs:
        return _transformation(record)
    event = _event("ObjectEvent", "batch", record.id, record.day)
    event |= {
        "action": "ADD",
        "quantityList": [_quantity(record.goods, record.quantity)],
        "bizStep": "commissioning",
        "disposition": "active",
    }
    return event | _here(record) | {"ilmd": _lot_facts(record)} | _named(record.goods)


def _transformation(record: Making) -> Event:
    event = _event("TransformationEvent", "batch", record.id, record.day)
    event |= {
        "inputQuantityList": [_quantity(*each) for each in record.inputs],
        "outputQuantityList": [_quantity(record.goods, record.quantity)],
        "bizStep": "repackaging" if record.origin == "repacked" else "commissioning",
        "disposition": "active",
    }
    return event | _here(record) | {"ilmd": _lot_facts(record)} | _named(record.goods)


def _packing(record: Making) -> Event:
    goods = record.goods
    event = _event("AggregationEvent", "batch", record.id, record.day)
    event |= {
        "parentID": f"{CANONICAL}/00/{goods.sscc}" if goods.sscc else goods.address,
        "childQuantityList": [_quantity(*each) for each in record.inputs],
        "action": "ADD",
        "bizStep": "packing",
        "disposition": "in_progress",
    }
    return event | _here(record) | _named(goods)


def _event(type_: str, kind: RecordKind, id_: int, day: date) -> Event:
    return {
        "type": type_,
        "eventID": event_id(kind, id_),
        "eventTime": f"{day.isoformat()}T00:00:00{OFFSET}",
        "eventTimeZoneOffset": OFFSET,
    }


def _here(record: Making) -> Event:
    place = {"id": record.holder.place}
    return {"readPoint": place, "bizLocation": place}


def _quantity(goods: Goods, quantity: Decimal) -> dict[str, Any]:
    code, factor = CODES.get(goods.unit, ("", Decimal(1)))
    amount = (quantity * factor).normalize()
    said: dict[str, Any] = {"epcClass": goods.uri, "quantity": _number(amount)}
    return said | {"uom": code} if code else said


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _named(goods: Goods) -> Event:
    said = {f"{PREFIX}:goodsName": goods.name}
    return said if goods.unit in CODES else said | {f"{PREFIX}:unit": goods.unit}


def _lot_facts(record: Making) -> dict[str, Any]:
    goods = record.goods
    facts: dict[str, Any] = {"cbvmda:lotNumber": goods.lot} if goods.lot else {}
    facts["cbvmda:productionDate"] = (goods.produced_on or record.day).isoformat()
    if goods.expires_on:
        facts["cbvmda:itemExpirationDate"] = goods.expires_on.isoformat()
    return facts


def _voucher(number: str) -> Event:
    return {f"{PREFIX}:voucherNumber": number} if number else {}


def event_id(kind: RecordKind, id_: int) -> str:
    """The identifier of a record's event, from which the record can be found again."""
    fields = (
        _MARK,
        KINDS.index(kind),
        0x8000 | (id_ >> 62),
        0x80 | (id_ >> 56 & 0x3F),
        id_ >> 48 & 0xFF,
        id_ & _LOW,
    )
    return f"urn:uuid:{uuid.UUID(fields=fields)}"


def record_of(event_id: str) -> tuple[RecordKind, int] | None:
    """The record whose event has this identifier; None for any other identifier."""
    try:
        known = uuid.UUID(event_id.removeprefix("urn:uuid:"))
    except ValueError:
        return None
    if not event_id.startswith("urn:uuid:") or known.time_low != _MARK:
        return None
    if known.time_mid >= len(KINDS):
        return None
    middle = known.clock_seq & _MIDDLE
    id_ = (known.time_hi_version & 0xF) << 62 | middle << 48 | known.node
    return KINDS[known.time_mid], id_


def context_of(namespace: str) -> list[Any]:
    """The context of what we render: GS1's, and our own names."""
    return [vocabulary.CONTEXT, {PREFIX: namespace}]


def query_document(
    events: Sequence[Event], *, context: list[Any], at: datetime, name: str, **more: str
) -> dict[str, Any]:
    """The events as the answer to a query."""
    return {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": at.isoformat(timespec="seconds"),
        "epcisBody": {
            "queryResults": {"queryName": name, **more, "resultsBody": {"eventList": list(events)}}
        },
    }
