from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.models import Operator, Sector
from tests.builders.enterprises import make_city, make_county, make_operator, make_township
from tests.builders.production import make_harvest, make_inspection, make_made_batch, make_producer
from tests.builders.runs import make_box, make_run, make_split, output, taken
from tests.builders.traceability import batch_of, make_product, make_purchase
from tests.traceability.operations.test_returns import send_back, sold, take_back
from traceability.models import Batch, FactoryInspection, Link, LinkKind
from traceability.queries import origin
from traceability.queries.origin import Place

pytestmark = pytest.mark.django_db


def link(child: Batch, parent: Batch, kind: str = LinkKind.TRANSFER) -> None:
    Link.objects.create(child_id=child.pk, parent_id=parent.pk, kind=kind, quantity=Decimal(1))


def public(batch: Batch) -> origin.PublicOrigin:
    found = origin.public_origin(batch.pk, batch.token_salt)
    assert found is not None
    return found


def test_the_path_runs_from_the_field_to_the_shelf() -> None:
    weifang = make_city(code="370700", name="潍坊市")
    field = make_township(county=make_county(code="370783", name="寿光市", city=weifang))
    harvest = make_harvest(make_operator(sector=Sector.FARM, township=field))
    wholesaler = batch_of(make_purchase(make_operator()))
    kitchen = batch_of(make_purchase(make_operator(sector=Sector.CATERING)))
    link(wholesaler, harvest)
    link(kitchen, wholesaler)

    path = public(kitchen).path

    assert [level.places for level in path] == [
        (Place("种植养殖", "潍坊市寿光市"),),
        (Place("流通", "济南市历下区"),),
        (Place("餐饮", "济南市历下区"),),
    ]
    assert [level.is_here for level in path] == [False, False, True]


def test_what_one_maker_does_is_one_place() -> None:
    factory = make_producer()
    wheat = batch_of(make_purchase(factory))
    flour = make_made_batch(factory, (wheat.pk, 1))
    noodles = make_made_batch(factory, (flour.pk, 1))
    link(wheat, make_harvest())

    assert [[place.sector for place in level.places] for level in public(noodles).path] == [
        ["种植养殖"],
        ["生产"],
    ]


def test_the_makers_inspection_travels_with_the_goods() -> None:
    made = make_made_batch(make_producer())
    make_inspection(made, certificate_number="HG-77")
    shop = batch_of(make_purchase())
    link(shop, made)

    inspection = public(shop).inspection

    assert inspection is not None
    assert (inspection.is_passed, inspection.certificate_number) == (True, "HG-77")


def test_the_inspection_of_a_material_is_not_that_of_the_product() -> None:
    flour = make_made_batch(make_producer())
    make_inspection(flour)
    bakery = make_producer()
    bought = batch_of(make_purchase(bakery))
    link(bought, flour)
    bread = make_made_batch(bakery, (bought.pk, 1))

    assert public(bread).inspection is None
    assert public(bought).inspection is not None


def test_a_failed_inspection_is_not_hidden_behind_a_passed_one() -> None:
    made = make_made_batch(make_producer())
    make_inspection(made, result="failed", certificate_number="")
    make_inspection(made)

    inspection = public(made).inspection

    assert inspection is not None
    assert not inspection.is_passed


def test_a_wrong_salt_finds_nothing() -> None:
    batch = batch_of(make_purchase())

    assert origin.public_origin(batch.pk, batch.token_salt ^ 1) is None


def test_nothing_private_is_in_the_answer() -> None:
    shop = make_operator(name="隐私商店甲")
    purchase = make_purchase(shop, quantity=Decimal("77.125"))

    text = repr(public(batch_of(purchase)))

    for secret in (
        shop.name,
        shop.contact_phone,
        shop.address,
        shop.credit_code,
        purchase.supplier_name,
        purchase.supplier_contact,
        purchase.voucher_number,
        "77.125",
    ):
        assert secret not in text


def test_a_persons_name_is_shortened() -> None:
    operator = make_operator()
    product = make_product(operator, maker_name="张建国")

    assert public(batch_of(make_purchase(operator, product=product))).maker_name == "张**"


def test_a_level_with_many_places_is_summed_up() -> None:
    shop = batch_of(make_purchase())
    for number in range(9):
        county = make_county(code=f"3701{20 + number}", name=f"第{number}区")
        farm = make_operator(sector=Sector.FARM, township=make_township(county=county))
        link(shop, make_harvest(farm))

    first = public(shop).path[0]

    assert (len(first.places), first.more) == (6, 3)


def test_many_sources_cost_no_more_queries() -> None:
    def queries(sources: int) -> int:
        shop = batch_of(make_purchase())
        for _ in range(sources):
            link(shop, make_harvest())
        with CaptureQueriesContext(connection) as found:
            public(shop)
        return len(found)

    assert queries(12) == queries(1) <= 6


def test_a_box_says_no_more_than_all_that_is_inside() -> None:
    factory = make_producer()
    first, second = make_made_batch(factory), make_made_batch(factory)
    gift = make_product(factory, name="礼盒")
    contents = [taken(first, 1), taken(second, 1)]
    [box] = make_run(factory, "aggregation", contents, [output(gift, 1)], pack="box")

    make_inspection(first)
    assert public(box).inspection is None
    make_inspection(second, certificate_number="HG-2")
    inspection = public(box).inspection
    assert inspection is not None
    assert inspection.is_passed
    make_inspection(second, result="failed", certificate_number="")
    inspection = public(box).inspection
    assert inspection is not None
    assert not inspection.is_passed


def test_a_part_says_what_the_whole_said() -> None:
    made = make_made_batch(make_producer())
    part, _ = make_split(made, 60, 40)
    make_inspection(made)

    inspection = public(part).inspection

    assert inspection is not None
    assert inspection.certificate_number == "HG-1"


def came_back(maker: Operator, batch: Batch, quantity: int = 3) -> Batch:
    """A part of the batch, sold, sent back and taken back."""
    buyer = make_operator()
    _, theirs = sold(maker, buyer, batch)
    return take_back(maker, send_back(buyer, theirs, quantity))


def test_what_came_back_to_its_maker_is_not_called_passed_until_inspected_anew() -> None:
    factory = make_producer()
    made = make_made_batch(factory)
    make_inspection(made)

    back = came_back(factory, made)

    assert public(back).inspection is None
    assert len(public(back).path) == 3
    make_inspection(back, certificate_number="HG-2")
    seen = public(back).inspection
    assert seen is not None
    assert (seen.is_passed, seen.certificate_number) == (True, "HG-2")


def test_a_failed_inspection_is_still_told_of_what_came_back() -> None:
    factory = make_producer()
    made = make_made_batch(factory)
    passed = make_inspection(made)
    back = came_back(factory, made)
    FactoryInspection.objects.filter(pk=passed.pk).update(result="failed")

    seen = public(back).inspection

    assert seen is not None
    assert not seen.is_passed


def test_what_came_back_to_a_dealer_keeps_the_inspection_of_its_maker() -> None:
    factory, dealer = make_producer(), make_operator()
    made = make_made_batch(factory)
    make_inspection(made)
    _, theirs = sold(factory, dealer, made)

    seen = public(came_back(dealer, theirs)).inspection

    assert seen is not None
    assert seen.is_passed


def test_a_box_with_goods_that_came_back_passes_when_they_do() -> None:
    factory = make_producer()
    made = make_made_batch(factory)
    make_inspection(made)
    back = came_back(factory, made)
    box = make_box(factory, taken(made, 1), taken(back, 1))

    assert public(box).inspection is None
    make_inspection(back, certificate_number="HG-2")
    seen = public(box).inspection
    assert seen is not None
    assert seen.is_passed
