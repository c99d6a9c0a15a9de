"""Events that mean records become records; our own records are told as events."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from enterprises.models import Operator, Sector
from tests.builders.enterprises import make_operator, owner_of
from tests.builders.traceability import (
    AT,
    batch_of,
    make_partner,
    make_product,
    make_purchase,
    make_sale,
    partner_of,
)
from tests.traceability.epcis.examples import (
    aggregation,
    commissioning,
    document,
    object_event,
    transformation,
)
from tests.traceability.epcis.test_capture import capture, send
from tests.traceability.epcis.test_checks import SCHEMA
from traceability.epcis import render
from traceability.epcis.event_hash import digest
from traceability.epcis.params import Query, read_query
from traceability.models import (
    Batch,
    BatchOrigin,
    EpcisEvent,
    IncomingDraft,
    Link,
    Package,
    Purchase,
    RecordState,
    Sale,
)
from traceability.operations import glns, intake, runs
from traceability.queries import epcis_events
from traceability.rules.codes import public_code
from traceability.rules.production import ProductionInput
from traceability.rules.runs import OutputDraft, RunDraft
from traceability.sheets.base import cells_of
from traceability.sheets.kinds import PURCHASES

pytestmark = pytest.mark.django_db
GTIN, MADE_GTIN = "6901234567892", "6901234567908"
SELLER, BUYER = "6901234000009", "6901234000016"
DAY = "2026-11-10"


def known(gln: str, **facts: Any) -> Operator:
    """An operator with a GLN."""
    operator = make_operator(**facts)
    glns.register_gln(by=owner_of(operator), operator=operator, gln=gln, at=AT)
    return operator


def lot(
    number: str, quantity: float, *, gtin: str = GTIN, uom: str | None = None
) -> dict[str, Any]:
    said = {"epcClass": f"https://id.gs1.org/01/0{gtin}/10/{number}", "quantity": quantity}
    return said if uom is None else said | {"uom": uom}


def handed_over(step: str, *lots: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return object_event(
        epcList=None,
        quantityList=list(lots),
        bizStep=step,
        eventTime=f"{DAY}T09:00:00+08:00",
        sourceList=[{"type": "owning_party", "source": f"https://id.gs1.org/417/{SELLER}"}],
        destinationList=[
            {"type": "owning_party", "destination": f"https://id.gs1.org/417/{BUYER}"}
        ],
        bizTransactionList=[
            {"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:{SELLER}:FH-1"}
        ],
        **changes,
    )


def made(number: str, quantity: float, **changes: Any) -> dict[str, Any]:
    return commissioning(
        quantityList=[lot(number, quantity)], eventTime=f"{DAY}T07:00:00+08:00", **changes
    )


def test_goods_received_become_a_purchase() -> None:
    seller, buyer = known(SELLER, name="泉城粮油批发"), known(BUYER)
    product = make_product(buyer, name="特一粉", gtin=GTIN)

    ended = capture(buyer, handed_over("receiving", lot("L1", 12)))

    assert (ended.is_successful, ended.record_count, ended.errors) == (True, 1, [])
    purchase = Purchase.objects.get(operator=buyer)
    assert (purchase.supplier_name, purchase.supplier_operator_id) == (seller.name, seller.pk)
    assert (purchase.quantity, purchase.purchased_on) == (Decimal(12), date(2026, 11, 10))
    assert (purchase.voucher_number, purchase.product_id) == ("FH-1", product.pk)
    assert batch_of(purchase).batch_number == "L1"
    event = EpcisEvent.objects.get()
    assert (event.record_kind, event.record_id) == ("purchase", purchase.pk)
    assert event.batch_ids == [purchase.batch_id]


def test_goods_shipped_become_a_sale_that_waits_at_the_buyer() -> None:
    seller, buyer = known(SELLER), known(BUYER)
    product = make_product(seller, gtin=GTIN)
    batch = batch_of(make_purchase(seller, product=product, batch_number="L1"))

    ended = capture(seller, handed_over("shipping", lot("L1", 4)))

    assert (ended.is_successful, ended.errors) == (True, [])
    sale = Sale.objects.get(operator=seller)
    assert (sale.batch_id, sale.quantity, sale.buyer_operator_id) == (batch.pk, 4, buyer.pk)
    assert IncomingDraft.objects.get(sale_id=sale.pk).operator == buyer


def test_weights_are_told_in_the_products_own_unit() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, name="土豆", specification="", unit="斤", gtin=GTIN)

    capture(buyer, handed_over("receiving", lot("L1", 12.5, uom="KGM")))

    purchase = Purchase.objects.get()
    assert (purchase.quantity, purchase.unit) == (Decimal(25), "斤")


def test_what_a_farm_commissions_is_a_harvest() -> None:
    farm = known(SELLER, sector=Sector.FARM)
    make_product(farm, name="黄瓜", unit="千克", specification="", gtin=GTIN)

    capture(farm, made("H1", 300))

    batch = Batch.objects.get(operator=farm)
    assert (batch.origin_kind, batch.batch_number, batch.quantity) == (BatchOrigin.GROWN, "H1", 300)


def test_a_factory_makes_packs_and_ships_in_one_document() -> None:
    factory, _ = known(SELLER, sector=Sector.PRODUCTION), known(BUYER)
    flour = make_product(factory, name="面粉", gtin=GTIN)
    make_product(factory, name="馒头", gtin=MADE_GTIN)
    make_purchase(factory, product=flour, batch_number="L1", quantity=Decimal(10))
    time = {"eventTime": f"{DAY}T08:00:00+08:00"}
    baked = transformation(
        inputQuantityList=[lot("L1", 6)],
        outputQuantityList=[lot("M1", 20, gtin=MADE_GTIN)],
        **time,
    )
    packed = aggregation(childEPCs=None, childQuantityList=[lot("M1", 5, gtin=MADE_GTIN)], **time)

    ended = capture(factory, baked, packed)

    assert (ended.is_successful, ended.record_count, ended.errors) == (True, 2, [])
    bread = Batch.objects.get(operator=factory, batch_number="M1", origin_kind=BatchOrigin.MADE)
    assert Link.objects.get(child_id=bread.pk).quantity == Decimal(6)
    box = Package.objects.get(operator=factory)
    assert box.sscc == "069012340000000016"
    assert Link.objects.get(child_id=box.batch_id).parent_id == bread.pk


def test_an_event_of_unknown_goods_is_only_an_event() -> None:
    known(SELLER)
    buyer = known(BUYER)

    ended = capture(buyer, handed_over("receiving", lot("L1", 12)))

    assert (ended.is_successful, ended.kept_count, ended.record_count) == (True, 1, 0)
    assert not Purchase.objects.exists()


def test_another_ones_handover_is_no_record_of_mine() -> None:
    known(SELLER)
    known(BUYER)
    third = make_operator()
    make_product(third, gtin=GTIN)

    capture(third, handed_over("receiving", lot("L1", 12)))

    assert not Purchase.objects.exists()


def test_a_rule_refuses_an_event_with_its_own_code() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)

    ended = capture(buyer, handed_over("receiving", lot("L1", 0.00001)))

    assert [error["code"] for error in ended.errors] == ["quantity_too_precise"]
    assert not Purchase.objects.exists()
    assert not EpcisEvent.objects.exists()


def test_a_declared_error_voids_the_record() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)
    event = handed_over("receiving", lot("L1", 12))
    send(buyer, event)

    wrong = {"declarationTime": "2026-11-10T09:00:00+08:00", "reason": "did_not_occur"}
    send(buyer, {**event, "errorDeclaration": wrong})

    assert Purchase.objects.get().state == RecordState.VOIDED
    assert EpcisEvent.objects.get(is_error=False).declared_wrong_at is not None


WRONG = {"declarationTime": "2026-11-10T09:00:00+08:00", "reason": "did_not_occur"}


def test_a_declaration_in_the_same_document_voids_the_record() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)
    event = handed_over("receiving", lot("L1", 12))

    ended = capture(buyer, {**event, "errorDeclaration": WRONG}, event)

    assert (ended.is_successful, ended.kept_count, ended.record_count) == (True, 2, 1)
    assert Purchase.objects.get().state == RecordState.VOIDED
    assert EpcisEvent.objects.get(is_error=False).declared_wrong_at is not None


def test_a_record_that_was_there_before_its_event_stays() -> None:
    seller, buyer = known(SELLER), known(BUYER)
    product = make_product(buyer, gtin=GTIN)
    by_hand = {
        "product_name": product.name,
        "specification": product.specification,
        "quantity": "12",
        "unit": product.unit,
        "batch_number": "L1",
        "purchased_on": DAY,
        "gtin": GTIN,
        "supplier_name": seller.name,
        "supplier_code": seller.credit_code,
        "voucher_number": "FH-1",
    }
    line = PURCHASES.read(cells_of(by_hand), 0, date(2026, 11, 10))
    [receipt] = intake.take_in(PURCHASES, by=owner_of(buyer), operator=buyer, lines=[line], at=AT)
    event = handed_over("receiving", lot("L1", 12))
    assert send(buyer, event).record_id == receipt.record_id

    send(buyer, {**event, "errorDeclaration": WRONG})

    assert Purchase.objects.get().state != RecordState.VOIDED
    assert EpcisEvent.objects.get(is_error=False).declared_wrong_at is not None


def test_a_record_stays_until_the_last_event_of_it_is_withdrawn() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)
    true = handed_over("receiving", lot("L1", 12))
    twin = handed_over("receiving", lot("L1", 12), disposition="in_progress")
    assert send(buyer, true).record_id == send(buyer, twin).record_id

    send(buyer, {**true, "errorDeclaration": WRONG})
    assert Purchase.objects.get().state != RecordState.VOIDED

    send(buyer, {**twin, "errorDeclaration": WRONG})
    assert Purchase.objects.get().state == RecordState.VOIDED


def own_events(operator: Operator, **said: Any) -> list[dict[str, Any]]:
    query = read_query(said) if said else Query()
    return epcis_events.find_events(owner_of(operator), query).events


def test_our_own_records_are_told_as_valid_events() -> None:
    seller, buyer = known(SELLER, sector=Sector.PRODUCTION), make_operator()
    product = make_product(seller, name="面粉", gtin=GTIN)
    purchase = make_purchase(seller, product=product, batch_number="L1")
    make_sale(seller, buyer, batch=batch_of(purchase))
    plain = make_purchase(seller, product=make_product(seller, name="散装盐", unit="斤"))

    events = own_events(seller)

    answer = render.query_document(
        events, context=render.context_of("https://s.example/ns#"), at=AT, name="all"
    )
    assert list(SCHEMA.iter_errors(answer)) == []
    assert [event["bizStep"] for event in events] == ["receiving", "shipping", "receiving"]
    salt, sold, bought = events
    assert bought["quantityList"] == [
        {"epcClass": f"https://id.gs1.org/01/0{GTIN}/10/L1", "quantity": 10}
    ]
    assert bought["bizLocation"] == {"id": f"https://id.gs1.org/414/{SELLER}"}
    assert sold["sourceList"][0]["source"] == f"https://id.gs1.org/417/{SELLER}"
    code = public_code(plain.batch_id, batch_of(plain).token_salt)
    assert salt["quantityList"][0]["epcClass"].endswith(f"/q/{code}")
    assert salt["quantityList"][0] == salt["quantityList"][0] | {"quantity": 5, "uom": "KGM"}
    assert digest(bought) != digest(salt)


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ({"EQ_bizStep": "shipping"}, ["shipping"]),
        ({"EQ_bizStep": "packing"}, []),
        ({"eventType": "AggregationEvent"}, []),
        ({"MATCH_anyEPCClass": f"https://id.gs1.org/01/0{GTIN}/10/L1"}, ["shipping", "receiving"]),
        ({"MATCH_epcClass": f"https://id.gs1.org/01/0{GTIN}/10/L2"}, []),
        ({"EQ_bizLocation": f"https://id.gs1.org/414/{SELLER}"}, ["receiving"]),
        ({"EQ_readPoint": f"https://id.gs1.org/414/{BUYER}"}, []),
        ({"GE_eventTime": "2026-11-09T16:00:00Z"}, ["shipping", "receiving"]),
        ({"LT_eventTime": "2026-11-09T16:00:00Z"}, []),
        ({"EXISTS_errorDeclaration": "true"}, []),
        ({"EQ_source_owning_party": f"https://id.gs1.org/417/{SELLER}"}, ["shipping"]),
    ],
    ids=str,
)
def test_our_own_records_are_found_by_the_standards_parameters(
    said: dict[str, str], steps: list[str]
) -> None:
    seller = known(SELLER)
    product = make_product(seller, gtin=GTIN)
    purchase = make_purchase(seller, product=product, batch_number="L1")
    make_sale(seller, make_operator(), batch=batch_of(purchase))

    assert [event["bizStep"] for event in own_events(seller, **said)] == steps


def test_own_work_is_told_with_what_went_in() -> None:
    factory = known(SELLER, sector=Sector.PRODUCTION)
    flour = make_product(factory, name="面粉", gtin=GTIN)
    make_product(factory, name="馒头", gtin=MADE_GTIN)
    make_purchase(factory, product=flour, batch_number="L1", quantity=Decimal(10))
    capture(factory, made("N1", 8, ilmd=None))
    source = Batch.objects.get(batch_number="L1")
    bread = make_product(factory, name="花卷", unit="袋")
    draft = RunDraft(
        "transformation",
        date(2026, 11, 10),
        (ProductionInput(source.pk, Decimal(2)),),
        (OutputDraft(Decimal(5), bread.pk, "K1"),),
    )
    runs.record_run(by=owner_of(factory), operator=factory, draft=draft, at=AT)

    [event] = own_events(factory, eventType="TransformationEvent")

    assert event["inputQuantityList"] == [
        {"epcClass": f"https://id.gs1.org/01/0{GTIN}/10/L1", "quantity": 2}
    ]
    assert event["ilmd"]["cbvmda:lotNumber"] == "K1"
    assert list(SCHEMA.iter_errors(document(event))) == []


def test_a_record_that_came_as_an_event_is_told_once() -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)
    capture(buyer, handed_over("receiving", lot("L1", 12)))

    events = own_events(buyer)

    assert len(events) == 1
    assert events[0]["eventID"].startswith("ni:///")


def test_the_event_of_a_record_is_found_by_its_identifier() -> None:
    operator = make_operator()
    purchase = make_purchase(operator)
    make_partner(operator)
    partner_of(operator, make_operator())
    event_id = render.event_id("purchase", purchase.pk)

    found = epcis_events.find_event(owner_of(operator), event_id)

    assert render.record_of(event_id) == ("purchase", purchase.pk)
    assert found is not None
    assert found["eventID"] == event_id
    assert epcis_events.find_event(owner_of(make_operator()), event_id) is None
