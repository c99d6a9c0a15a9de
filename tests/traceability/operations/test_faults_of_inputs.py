"""Faults of what goes into a run carry the place of the input."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from shilian.problems import Rejected
from tests.builders.enterprises import make_operator
from tests.builders.runs import make_run, output, taken
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from traceability.models import Run

pytestmark = pytest.mark.django_db


def test_each_fault_of_an_input_carries_its_place() -> None:
    shop = make_operator()
    product = make_product(shop)
    early, late = (
        batch_of(make_purchase(shop, product=product, quantity=Decimal(10), purchased_on=day))
        for day in (TODAY - timedelta(days=3), TODAY)
    )
    yesterday = TODAY - timedelta(days=1)

    inputs = [taken(early, 5), taken(late, 0), taken(early, 1)]

    with pytest.raises(Rejected) as refusal:
        make_run(shop, "merge", inputs, [output(None, 6)], done_on=yesterday)

    told = [(problem.code, problem.field, problem.row) for problem in refusal.value.problems]
    assert told == [
        ("quantity_not_positive", "inputs", 1),
        ("used_before_received", "inputs", 1),
        ("input_repeated", "inputs", 2),
    ]
    assert not Run.objects.exists()
