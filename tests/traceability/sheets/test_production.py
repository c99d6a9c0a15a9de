from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from enterprises.models import Operator
from shilian.problems import Rejected
from tests.builders.enterprises import AT, owner_of
from tests.builders.production import make_producer
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from tests.traceability.sheets.lines import codes_of, judge, record, told
from traceability.models import Batch, Link, Product
from traceability.sheets.production import PRODUCTION

pytestmark = pytest.mark.django_db
BREAD: dict[str, Any] = {
    "produced_on": f"{TODAY}",
    "product_name": "馒头",
    "specification": "500g/袋",
    "batch_number": "M-1",
    "quantity": "200",
    "unit": "袋",
}
FLOUR: dict[str, Any] = {"input_name": "特一粉", "input_quantity": "3", "input_unit": "袋"}
YEAST: dict[str, Any] = {"input_name": "酵母", "input_quantity": "1", "input_unit": "千克"}


def stock_up(operator: Operator, name: str = "特一粉", unit: str = "袋", **facts: Any) -> Batch:
    product = make_product(operator, name=name, unit=unit)
    return batch_of(make_purchase(operator, product=product, unit=unit, **facts))


def test_rows_below_a_product_are_its_other_materials() -> None:
    operator = make_producer()
    flour, yeast = stock_up(operator), stock_up(operator, "酵母", "千克")

    first, second = record(PRODUCTION, operator, BREAD | FLOUR, YEAST)

    assert first == second
    made = Batch.objects.get(pk=first)
    assert (made.batch_number, made.quantity, made.maker_operator_id) == (
        "M-1",
        Decimal(200),
        operator.pk,
    )
    links = Link.objects.filter(child_id=made.pk).values_list("parent_id", "quantity")
    assert set(links) == {(flour.pk, Decimal(3)), (yeast.pk, Decimal(1))}
    product = Product.objects.get(name="馒头")
    assert (product.needs_review, product.is_own_made) == (True, True)


def test_a_product_told_again_with_another_material_is_one_product() -> None:
    operator = make_producer()
    stock_up(operator)
    stock_up(operator, "酵母", "千克")

    first, second = record(PRODUCTION, operator, BREAD | FLOUR, BREAD | YEAST)

    assert first == second
    assert Link.objects.filter(child_id=first).count() == 2


def test_a_product_may_be_made_of_nothing_that_is_kept() -> None:
    [id_] = record(PRODUCTION, make_producer(), BREAD)

    assert not Link.objects.filter(child_id=id_).exists()


def test_materials_without_a_batch_are_taken_by_their_last_day() -> None:
    operator = make_producer()
    product = make_product(operator, name="特一粉")
    late, early = (
        batch_of(
            make_purchase(
                operator, product=product, quantity=Decimal(2), produced_on=TODAY - timedelta(days)
            )
        )
        for days in (1, 9)
    )

    [id_] = record(PRODUCTION, operator, BREAD | FLOUR)

    links = Link.objects.filter(child_id=id_).values_list("parent_id", "quantity")
    assert set(links) == {(early.pk, Decimal(2)), (late.pk, Decimal(1))}


def test_a_faulty_material_holds_back_the_whole_product_and_no_other() -> None:
    operator = make_producer()
    stock_up(operator)

    other = BREAD | {"batch_number": "M-2"} | FLOUR
    verdicts = judge(PRODUCTION, operator, BREAD | FLOUR, YEAST, other)

    assert [told(each) for each in verdicts] == [
        ("bad", [("belongs_to_faulty_row", "")]),
        ("bad", [("batch_unknown", "input_batch_number")]),
        ("new", []),
    ]
    assert "第4行" in verdicts[0].problems[0].message


def test_a_product_is_not_recorded_with_a_part_of_its_rows() -> None:
    operator = make_producer()
    stock_up(operator)
    stock_up(operator, "酵母", "千克")
    first, _ = judge(PRODUCTION, operator, BREAD | FLOUR, YEAST)

    with pytest.raises(Rejected) as caught:
        PRODUCTION.record(owner_of(operator), operator, [first], AT)

    assert [(each.code, each.row) for each in caught.value.problems] == [
        ("belongs_to_faulty_row", 3)
    ]
    assert not Batch.objects.filter(name="馒头").exists()
    assert not Product.objects.filter(name="馒头").exists()


def test_what_is_recorded_already_is_told() -> None:
    operator = make_producer()
    stock_up(operator)
    [id_] = record(PRODUCTION, operator, BREAD | FLOUR)

    [verdict] = judge(PRODUCTION, operator, BREAD | FLOUR)

    assert told(verdict) == ("same", [("already_recorded", "")])
    assert verdict.record_id == id_


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"produced_on": ""}, [("produced_on_missing", "produced_on")]),
        ({"produced_on": "2026-12-31"}, [("produced_on_in_future", "produced_on")]),
        ({"quantity": "-1"}, [("quantity_not_positive", "quantity")]),
        ({"unit": ""}, [("unit_missing", "unit")]),
        ({"input_quantity": ""}, [("input_quantity_missing", "input_quantity")]),
        ({"input_unit": "千克"}, [("unit_differs_from_batch", "input_unit")]),
        ({"input_batch_number": "没有"}, [("batch_unknown", "input_batch_number")]),
        ({"production_line": "线" * 41}, [("production_line_too_long", "production_line")]),
    ],
)
def test_a_fault_is_told_at_its_column(said: Any, expected: Any) -> None:
    operator = make_producer()
    stock_up(operator)

    assert codes_of(PRODUCTION, operator, BREAD | FLOUR | said) == expected
    assert not Batch.objects.filter(name="馒头").exists()


def test_a_row_of_a_material_alone_asks_for_its_product() -> None:
    operator = make_producer()
    stock_up(operator)

    assert codes_of(PRODUCTION, operator, FLOUR) == [("product_name_missing", "product_name")]
