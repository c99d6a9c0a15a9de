"""Boxes that events put on a pallet, and pallets that are told of again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from enterprises.models import Operator, Sector
from tests.builders.traceability import make_product, make_purchase
from tests.traceability.epcis.examples import aggregation
from tests.traceability.epcis.test_capture import capture
from tests.traceability.epcis.test_records import DAY, GTIN, SELLER, known, lot
from traceability.models import Batch, EpcisEvent, Link, LinkKind, Package

pytestmark = pytest.mark.django_db


def sscc(number: int) -> str:
    return f"urn:epc:id:sscc:6901234.{number:010d}"


def packed(number: int, minute: int, **changes: Any) -> dict[str, Any]:
    """An event that packs something into the box or onto the pallet of this number."""
    told = {"childEPCs": None, "childQuantityList": None, "parentID": sscc(number)}
    return aggregation(**(told | {"eventTime": f"{DAY}T08:{minute:02d}:00+08:00"} | changes))


@pytest.fixture
def shop() -> Operator:
    shop = known(SELLER, sector=Sector.PRODUCTION)
    flour = make_product(shop, name="面粉", gtin=GTIN)
    make_purchase(shop, product=flour, batch_number="L1", quantity=Decimal(10))
    return shop


def test_boxes_that_are_aggregated_stand_on_a_pallet(shop: Operator) -> None:
    ended = capture(
        shop,
        packed(1, 0, childQuantityList=[lot("L1", 4)]),
        packed(2, 1, childQuantityList=[lot("L1", 5)]),
        packed(3, 2, childEPCs=[sscc(1), sscc(2)]),
    )

    assert (ended.is_successful, ended.record_count, ended.errors) == (True, 3, [])
    pallet = Package.objects.get(kind="pallet")
    boxes = set(Package.objects.filter(kind="box").values_list("batch_id", flat=True))
    inside = Link.objects.filter(child_id=pallet.batch_id, kind=LinkKind.AGGREGATION)
    assert set(inside.values_list("parent_id", flat=True)) == boxes
    assert len(boxes) == 2


def test_a_pallet_with_a_box_nobody_knows_stays_an_event(shop: Operator) -> None:
    ended = capture(
        shop,
        packed(1, 0, childQuantityList=[lot("L1", 4)]),
        packed(3, 1, childEPCs=[sscc(1), sscc(9)]),
    )

    assert (ended.is_successful, ended.record_count) == (True, 1)
    assert EpcisEvent.objects.filter(operator=shop).count() == 2
    assert not Package.objects.filter(kind="pallet").exists()


def test_a_box_that_is_on_a_pallet_goes_on_no_other(shop: Operator) -> None:
    capture(
        shop,
        packed(1, 0, childQuantityList=[lot("L1", 4)]),
        packed(3, 1, childEPCs=[sscc(1)]),
    )
    made = Batch.objects.filter(operator=shop).count()

    ended = capture(shop, packed(4, 2, childEPCs=[sscc(1)]))

    assert not ended.is_successful
    assert [error["code"] for error in ended.errors] == ["box_is_gone"]
    assert Batch.objects.filter(operator=shop).count() == made
