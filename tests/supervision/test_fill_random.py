"""The filler under random work, against a rebuild and a slow and obvious count."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from enterprises.models import Operator, Sector, Standing
from supervision.models import DivisionDay, DivisionMonth, OperatorMonth
from supervision.rollups import fill, rebuild, register
from tests.builders.enterprises import make_township
from tests.builders.numbers import (
    make_goods_class,
    make_incoming,
    make_inspection,
    make_purchase,
    make_sale,
    mark,
    noon,
)
from tests.supervision.test_fill import AT, MONTH, row_of, shop
from traceability.models import Purchase, RecordState, Sale

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(6))
def test_random_work_filled_in_random_pieces_equals_a_rebuild(seed: int) -> None:
    dice = random.Random(seed)
    make_goods_class("K06_DAIRY", 5)
    make_goods_class("C1_SCHOOL", 10, "catering")
    places = [make_township(), make_township(code="370102002", name="东关街道")]
    operators = [
        shop(
            township=dice.choice(places),
            sector=dice.choice(list(Sector)),
            is_wholesale=dice.random() < 0.3,
            goods_classes=dice.choice([[], ["K06_DAIRY"]]),
            catering_class=dice.choice(["", "", "C1_SCHOOL"]),
        )
        for _ in range(8)
    ]
    made: list[Purchase] = []
    for _ in range(80):
        _do_something(dice, operators, made)
        if dice.random() < 0.2:
            fill.fill(at=AT, limit=dice.randint(1, 9))
    fill.fill_all(at=AT)
    register.mark_changed(MONTH, at=AT)
    fill.fill_all(at=AT)

    assert rebuild.compare(MONTH, at=AT) == []
    filled = _everything()
    rebuild.rebuild(MONTH, at=AT)
    assert _everything() == filled
    for operator in operators:
        assert _obvious_days(operator) == row_of(operator).days


def _do_something(dice: random.Random, operators: list[Operator], made: list[Purchase]) -> None:
    operator = dice.choice(operators)
    day = MONTH + timedelta(days=dice.randint(0, 30))
    what = dice.randint(0, 7)
    if what <= 3:
        made.append(
            make_purchase(
                operator,
                on=day,
                recorded_at=noon(day + timedelta(days=dice.randint(0, 5))),
                goods_class=dice.choice(["", "K06_DAIRY"]),
                missing=dice.choice([[], [], ["supplier_address"]]),
                supplier_operator_id=dice.choice([None, 7]),
                sale_id=dice.choice([None, 8]),
            )
        )
    elif what == 4:
        make_sale(operator, on=day)
        make_inspection(operator, on=day)
    elif what == 5:
        make_incoming(operator, sold_on=day)
    elif what == 6 and made:
        voided = made.pop(dice.randrange(len(made)))
        Purchase.objects.filter(pk=voided.pk).update(state=RecordState.VOIDED)
        mark(voided.operator, voided.purchased_on)
    elif what == 7:
        Operator.objects.filter(pk=operator.pk).update(
            standing=Standing.CLOSED, standing_reason="注销", standing_since=day
        )


def _everything() -> list[object]:
    months = DivisionMonth.objects.filter(record_count__gt=0).order_by("division_id", "sector")
    days = DivisionDay.objects.filter(record_count__gt=0).order_by("division_id", "day")
    rows = OperatorMonth.objects.order_by("operator_id")
    return [list(months.values()), list(days.values()), list(rows.values())]


def _obvious_days(operator: Operator) -> int:
    """The same bitmap, one record at a time."""
    days = 0
    for record in Purchase.objects.filter(operator=operator, state=RecordState.CURRENT):
        late = (record.recorded_at.date() - record.purchased_on).days > 3
        if not late and not record.missing:
            days |= 1 << (record.purchased_on.day - 1)
    for sold_on in Sale.objects.filter(operator=operator).values_list("sold_on", flat=True):
        days |= 1 << (sold_on.day - 1)
    return days
