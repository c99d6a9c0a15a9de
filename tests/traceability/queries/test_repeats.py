"""Deliveries told a second time are found, however long the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.builders.enterprises import make_operator
from tests.builders.traceability import make_purchase
from traceability.models import Batch, Purchase
from traceability.queries.repeats import DeliveryKey, recorded_purchases

pytestmark = pytest.mark.django_db


def key_of(purchase: Purchase) -> DeliveryKey:
    batch = Batch.objects.get(pk=purchase.batch_id)
    return DeliveryKey(
        purchase.product_id or 0,
        purchase.partner_id or 0,
        purchase.purchased_on,
        purchase.quantity,
        purchase.unit,
        purchase.voucher_number,
        batch.batch_number,
        batch.produced_on,
    )


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": Decimal("99.5")},
        {"unit": "箱"},
        {"voucher_number": "Z1"},
        {"batch_number": "Z1"},
        {"produced_on": date(2026, 1, 1)},
        {"product_id": 1},
        {"partner_id": 1},
    ],
)
def test_a_delivery_is_known_by_everything_it_says(other: dict[str, Any]) -> None:
    shop = make_operator()
    purchase = make_purchase(shop)
    said = key_of(purchase)
    changed = DeliveryKey(**(said._asdict() | other))

    found = recorded_purchases(shop, [changed, said])

    assert found == {said: purchase.pk}


@pytest.mark.parametrize("voucher", ["", "V-1"])
def test_a_delivery_is_known_with_and_without_a_voucher(voucher: str) -> None:
    shop = make_operator()
    purchase = make_purchase(shop, voucher_number=voucher)

    assert recorded_purchases(shop, [key_of(purchase)]) == {key_of(purchase): purchase.pk}


def test_what_another_operator_recorded_is_not_found() -> None:
    purchase = make_purchase(make_operator())

    assert recorded_purchases(make_operator(), [key_of(purchase)]) == {}


def test_each_delivery_is_probed_for_and_no_ledger_read() -> None:
    """Two index probes for each line: an import of 100,000 rows never reads what it has written."""
    shop = make_operator()
    said = key_of(make_purchase(shop))
    keys = [said._replace(voucher_number=f"Z{number}") for number in range(40)]
    with CaptureQueriesContext(connection) as captured:
        recorded_purchases(shop, [*keys, said])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plans = []
        for each in captured:
            cursor.execute(f"EXPLAIN {each['sql']}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))

    assert len(plans) == 2
    for plan in plans:
        assert "(product_id = k.product_id)" in plan
        assert "Index Cond: ((operator_id" not in plan, plan
        assert "Seq Scan" not in plan, plan


def test_deliveries_like_no_other_are_asked_about_once() -> None:
    shop = make_operator()
    said = key_of(make_purchase(shop))
    others = [said._replace(quantity=said.quantity + number) for number in range(1, 40)]

    with CaptureQueriesContext(connection) as captured:
        assert recorded_purchases(shop, others) == {}

    assert len(captured) == 1
