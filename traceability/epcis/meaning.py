"""Which events tell what a legal record tells, and what they say of it.

A lot is GTIN and lot number, a party a GLN, a box an SSCC. An event that names other things, or none
of these, is kept as an event and means no record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from shilian.clock import business_day
from traceability.epcis import vocabulary
from traceability.epcis.identifiers import Key, read
from traceability.epcis.reading import Reading, word_of

Kind = Literal["made", "run", "box", "sale", "purchase"]
# UN/ECE recommendation 20, in the words of our units.
UNITS = {
    "KGM": "千克",
    "GRM": "克",
    "MGM": "毫克",
    "TNE": "吨",
    "LTR": "升",
    "MLT": "毫升",
    "CT": "箱",
    "XBX": "箱",
    "BX": "箱",
    "BO": "瓶",
    "XBO": "瓶",
    "BG": "袋",
    "XBG": "袋",
}
MADE = frozenset({"commissioning", "creating_class_instance"})
LEFT = frozenset({"shipping"})
CAME = frozenset({"receiving", "accepting"})
_PARTY_ORDER = ("owning_party", "possessing_party", "location")
_VOUCHERS = ("desadv", "inv", "bol", "po")


@dataclass(frozen=True, slots=True)
class LotAmount:
    """So much of one lot; ``unit`` is empty where the event counts in the goods' own unit."""

    gtin: str
    lot: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event would record: ``lots`` go in or change hands, ``made`` come out."""

    kind: Kind
    day: date
    lots: tuple[LotAmount, ...] = ()
    made: tuple[LotAmount, ...] = ()
    boxes: tuple[str, ...] = ()
    sscc: str = ""
    source: str = ""
    destination: str = ""
    voucher: str = ""
    produced_on: date | None = None


def meaning_of(reading: Reading) -> Meaning | None:
    """What the event would record; None for one that is only an event."""
    event = reading.event
    if reading.is_error:
        return None
    kind, step = event["type"], word_of(event, "bizStep")
    if kind == "TransformationEvent":
        return _run(reading)
    if kind == "AggregationEvent":
        return _box(reading) if event["action"] == "ADD" else None
    if kind not in ("ObjectEvent", "TransactionEvent") or event["action"] == "DELETE":
        return None
    if kind == "ObjectEvent" and event["action"] == "ADD" and step in MADE:
        return _made(reading)
    if step in LEFT or step in CAME:
        return _handed_over(reading, "sale" if step in LEFT else "purchase")
    return None


def _made(reading: Reading) -> Meaning | None:
    lots = lots_of(reading.event.get("quantityList", ()))
    if not lots or reading.event.get("epcList"):
        return None
    return Meaning("made", _day(reading), made=lots)


def _run(reading: Reading) -> Meaning | None:
    event = reading.event
    lots = lots_of(event.get("inputQuantityList", ()))
    made = lots_of(event.get("outputQuantityList", ()))
    has_others = event.get("inputEPCList") or event.get("outputEPCList")
    if not lots or not made or has_others:
        return None
    return Meaning("run", _day(reading), lots=lots, made=made)


def _box(reading: Reading) -> Meaning | None:
    event = reading.event
    parent = _key(event.get("parentID", ""))
    lots = lots_of(event.get("childQuantityList", ()))
    boxes = _boxes(event.get("childEPCs", ()))
    if parent is None or parent.scheme != "sscc" or not (lots or boxes):
        return None
    if lots is None or boxes is None:
        return None
    return Meaning("box", _day(reading), lots=lots, boxes=boxes, sscc=parent.value)


def _handed_over(reading: Reading, kind: Kind) -> Meaning | None:
    event = reading.event
    lots = lots_of(event.get("quantityList", ()))
    boxes = _boxes(event.get("epcList", ()))
    source = _party(event.get("sourceList", ()), "source")
    destination = _party(event.get("destinationList", ()), "destination")
    other = destination if kind == "sale" else source
    if lots is None or boxes is None or not (lots or boxes) or not other:
        return None
    if kind == "purchase" and boxes:
        return None
    return Meaning(
        kind,
        _day(reading),
        lots=lots,
        boxes=boxes,
        source=source,
        destination=destination,
        voucher=_voucher(event.get("bizTransactionList", ())),
        produced_on=_production_day(event),
    )


def lots_of(quantities: Sequence[Mapping[str, Any]]) -> tuple[LotAmount, ...] | None:
    """The lots of a quantity list; None when something in it is no counted lot."""
    found = []
    for each in quantities:
        key = _key(each["epcClass"])
        unit = UNITS.get(each["uom"], "") if "uom" in each else ""
        if key is None or key.scheme != "lgtin" or "quantity" not in each:
            return None
        if "uom" in each and not unit:
            return None
        found.append(LotAmount(key.value, key.extra, Decimal(str(each["quantity"])), unit))
    return tuple(found)


def _boxes(epcs: Sequence[str]) -> tuple[str, ...] | None:
    """The numbers of boxes; None when something else is among them."""
    keys = [_key(epc) for epc in epcs]
    if any(key is None or key.scheme != "sscc" for key in keys):
        return None
    return tuple(key.value for key in keys if key is not None)


def _party(listed: Sequence[Mapping[str, Any]], member: str) -> str:
    """The GLN of a party: who owns the goods before who holds them, before where they are."""
    found = {
        vocabulary.bare("sourceDestination", each["type"]): key.value
        for each in listed
        if (key := _key(each[member])) is not None and key.scheme in ("pgln", "sgln")
    }
    return next((found[kind] for kind in _PARTY_ORDER if kind in found), "")


def _voucher(listed: Sequence[Mapping[str, Any]]) -> str:
    """The number of the paper that went with the goods, the last part of its identifier."""
    found = {
        vocabulary.bare("bizTransaction", each.get("type", "")): each["bizTransaction"]
        for each in listed
    }
    uri = next((found[kind] for kind in _VOUCHERS if kind in found), "")
    return str(uri).replace("/", ":").rsplit(":", 1)[-1][:60]


def _production_day(event: Mapping[str, Any]) -> date | None:
    value = event.get("ilmd", {}).get("cbvmda:productionDate")
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def _key(uri: str) -> Key | None:
    return read(uri) if uri else None


def _day(reading: Reading) -> date:
    return business_day(reading.moment)
