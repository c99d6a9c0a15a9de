"""One mistyped day among the rows does not read the ledger of all the time between."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders.enterprises import make_operator
from tests.builders.production import make_inspection, make_made_batch, make_producer
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase, make_sale
from tests.traceability.sheets.lines import read
from traceability.queries.repeated_sales import recorded_sales
from traceability.sheets import inspections, production

pytestmark = pytest.mark.django_db
FAR = date(2015, 1, 1)
BETWEEN = TODAY - timedelta(days=3)


@pytest.mark.parametrize(("days", "expected"), [([FAR, TODAY], 0), ([FAR, BETWEEN, TODAY], 1)])
def test_sales_are_read_of_the_days_alone(days: list[date], expected: int) -> None:
    operator = make_operator()
    product = make_product(operator, name="特一粉")
    batch = batch_of(make_purchase(operator, product=product, purchased_on=BETWEEN))
    make_sale(operator, make_operator(), batch=batch, sold_on=BETWEEN)

    found = recorded_sales(operator, {"特一粉"}, days)

    assert len(found._by_key) == expected


@pytest.mark.parametrize(("day", "expected"), [(FAR, 0), (BETWEEN, 1)])
def test_inspections_are_read_of_the_days_and_batches_alone(day: date, expected: int) -> None:
    operator = make_producer()
    batch, other = (make_made_batch(operator, produced_on=BETWEEN) for _ in range(2))
    for each in (batch, other):
        make_inspection(each, inspected_on=BETWEEN)
    lines = [read(inspections.INSPECTIONS, _inspected(on)) for on in (day, TODAY)]

    found = inspections._recorded(operator, lines, [batch.pk])

    assert len(found) == expected


def _inspected(on: date) -> dict[str, Any]:
    return {"inspected_on": f"{on}", "product_name": "馒头", "result": "合格"}


@pytest.mark.parametrize(("day", "expected"), [(FAR, 0), (BETWEEN, 1)])
def test_making_is_read_of_the_days_and_goods_alone(day: date, expected: int) -> None:
    operator = make_producer()
    batch, _ = (make_made_batch(operator, produced_on=BETWEEN) for _ in range(2))
    rows = [
        {"produced_on": f"{on}", "product_name": batch.name, "quantity": "1", "unit": "袋"}
        for on in (day, TODAY)
    ]
    lines = [read(production.PRODUCTION, row, 3 + place) for place, row in enumerate(rows)]

    found = production._recorded(operator, production.together(lines))

    assert len(found) == expected
