from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.traceability import TODAY, batch_of, make_purchase
from tests.traceability.sheets.lines import codes_of, judge, record, told
from traceability.models import Batch, FactoryInspection
from traceability.rules.codes import public_code
from traceability.sheets.inspections import INSPECTIONS

pytestmark = pytest.mark.django_db


def row_of(batch: Batch, **said: Any) -> dict[str, Any]:
    neutral = {
        "inspected_on": f"{TODAY}",
        "product_name": batch.name,
        "batch_number": "L-1",
        "result": "合格",
        "certificate_number": "HG-1",
    }
    return {name: value for name, value in (neutral | said).items() if value != ""}


def test_an_inspection_is_recorded_for_its_batch() -> None:
    operator = make_producer()
    batch = make_made_batch(operator)

    [id_] = record(INSPECTIONS, operator, row_of(batch, items="水分", inspector="李某"))

    found = FactoryInspection.objects.get(pk=id_)
    assert (found.batch_id, found.result) == (batch.pk, "passed")
    assert (found.certificate_number, found.items, found.inspector) == ("HG-1", "水分", "李某")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("合格", "passed"),
        ("不合格", "failed"),
        ("阴性", "passed"),
        ("经检验合格。", "passed"),
        ("全部合格", "passed"),
        ("判定为：不合格品", "failed"),
        ("均不合格", "failed"),
    ],
)
def test_the_verdict_is_read(word: str, expected: str) -> None:
    operator = make_producer()

    record(INSPECTIONS, operator, row_of(make_made_batch(operator), result=word))

    assert FactoryInspection.objects.get().result == expected


def test_the_day_of_making_names_the_batch_as_well() -> None:
    operator = make_producer()
    batch = make_made_batch(operator, batch_number="")

    record(INSPECTIONS, operator, row_of(batch, batch_number="", produced_on=f"{TODAY}"))

    assert FactoryInspection.objects.get().batch_id == batch.pk


def test_of_two_alike_the_public_code_tells() -> None:
    operator = make_producer()
    first = make_made_batch(operator)
    second = make_made_batch(operator)
    Batch.objects.filter(pk=second.pk).update(name=first.name, specification=first.specification)

    unclear = codes_of(INSPECTIONS, operator, row_of(first))
    code = public_code(second.pk, second.token_salt)
    record(INSPECTIONS, operator, row_of(first, batch_code=code))

    assert unclear == [("batch_ambiguous", "batch_number")]
    assert FactoryInspection.objects.get().batch_id == second.pk


def test_what_is_recorded_already_is_told() -> None:
    operator = make_producer()
    batch = make_made_batch(operator)
    inspection = make_inspection(batch)

    [verdict] = judge(INSPECTIONS, operator, row_of(batch))

    assert told(verdict) == ("same", [("already_recorded", "")])
    assert verdict.record_id == inspection.pk


def test_two_rows_alike_are_one_inspection() -> None:
    operator = make_producer()
    batch = make_made_batch(operator)

    first, second = judge(INSPECTIONS, operator, row_of(batch), row_of(batch))

    assert (first.outcome, second.outcome) == ("new", "skipped")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"inspected_on": ""}, [("inspected_on_missing", "inspected_on")]),
        (
            {"inspected_on": f"{TODAY - timedelta(days=1)}"},
            [("inspected_before_production", "inspected_on")],
        ),
        ({"product_name": "别的"}, [("batch_unknown", "batch_number")]),
        ({"batch_number": "L-2"}, [("batch_unknown", "batch_number")]),
        ({"batch_number": ""}, [("batch_unknown", "batch_number")]),
        ({"result": ""}, [("result_unknown", "result")]),
        ({"result": "大概"}, [("result_unknown", "result")]),
        ({"result": "未检出"}, [("result_unknown", "result")]),
        ({"result": "不全部合格"}, [("result_unknown", "result")]),
        ({"result": "待检"}, [("result_unknown", "result")]),
        ({"certificate_number": ""}, [("certificate_number_missing", "certificate_number")]),
        ({"certificate_number": "", "result": "不合格"}, []),
        ({"items": "水" * 201}, [("items_too_long", "items")]),
    ],
)
def test_a_fault_is_told_at_its_column(said: Any, expected: Any) -> None:
    operator = make_producer()
    batch = make_made_batch(operator)

    assert codes_of(INSPECTIONS, operator, row_of(batch, **said)) == expected
    assert not FactoryInspection.objects.exists()


def test_bought_goods_are_not_inspected_here() -> None:
    operator = make_producer()
    batch = batch_of(make_purchase(operator, batch_number="L-1"))

    assert codes_of(INSPECTIONS, operator, row_of(batch)) == [
        ("batch_not_own_made", "batch_number")
    ]
