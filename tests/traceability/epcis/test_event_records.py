"""Events of several lots become several records; a system sends what it is registered for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from enterprises.models import Operator, SelfBuiltSystem
from shilian.problems import Rejected
from tests.builders.enterprises import owner_of
from tests.builders.systems import make_system
from tests.builders.traceability import AT, make_product
from tests.traceability.epcis.examples import CONTEXT
from tests.traceability.epcis.test_capture import capture
from tests.traceability.epcis.test_records import (
    BUYER,
    DAY,
    GTIN,
    SELLER,
    handed_over,
    known,
    lot,
    own_events,
)
from traceability.models import EpcisEvent, Purchase, RecordState
from traceability.operations import epcis_capture

pytestmark = pytest.mark.django_db


def test_an_event_of_several_lots_names_each_record_and_voids_each() -> None:
    known(SELLER, name="泉城粮油批发")
    buyer = known(BUYER)
    make_product(buyer, name="特一粉", gtin=GTIN)
    event = handed_over("receiving", lot("L1", 12), lot("L2", 3), lot("L3", 4))

    ended = capture(buyer, event)

    assert (ended.is_successful, ended.record_count) == (True, 3)
    bought = list(Purchase.objects.filter(operator=buyer).order_by("pk"))
    kept = EpcisEvent.objects.get()
    assert kept.record_ids == tuple(purchase.pk for purchase in bought)
    assert sorted(kept.batch_ids) == sorted(purchase.batch_id for purchase in bought)
    # None of them is told once more as an event of our own.
    assert len(own_events(buyer)) == 1

    wrong = {"declarationTime": f"{DAY}T10:00:00+08:00", "reason": "incorrect_data"}
    assert capture(buyer, event | {"errorDeclaration": wrong}).is_successful

    states = Purchase.objects.filter(operator=buyer).values_list("state", flat=True)
    assert list(states) == [RecordState.VOIDED] * 3


@pytest.mark.parametrize(("kinds", "is_taken"), [(["purchases"], True), (["sales"], False)])
@pytest.mark.parametrize("is_single", [True, False])
def test_a_system_sends_only_what_it_is_registered_for(
    kinds: list[str], is_taken: bool, is_single: bool
) -> None:
    known(SELLER)
    buyer = known(BUYER)
    make_product(buyer, gtin=GTIN)
    system = make_system(buyer)
    system.record_kinds = kinds
    system.save(update_fields=["record_kinds"])
    event = handed_over("receiving", lot("L1", 12))

    if is_single:
        codes = sent_by(system, buyer, event)
    else:
        ended = capture(buyer, event, system_id=system.pk)
        codes = [error["code"] for error in ended.errors]

    assert codes == ([] if is_taken else ["kind_not_registered"])
    assert Purchase.objects.count() == EpcisEvent.objects.count() == int(is_taken)


def sent_by(system: SelfBuiltSystem, operator: Operator, event: dict[str, Any]) -> list[str]:
    """The codes of what is said against a single event that the system's key signed."""
    body = json.dumps({"@context": CONTEXT, **event}).encode()
    by = owner_of(operator)
    try:
        epcis_capture.capture_event(by=by, operator=operator, body=body, at=AT, system=system)
    except Rejected as refused:
        return [problem.code for problem in refused.problems]
    return []
