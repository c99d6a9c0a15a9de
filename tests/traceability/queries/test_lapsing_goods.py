"""Goods near their last day on the first page: what is used up never hides what is there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from enterprises.models import Operator
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.traceability import TODAY, batch_of, make_product, make_purchase
from traceability.models import Batch
from traceability.operations import movements
from traceability.queries import home
from traceability.rules.movements import MovementDraft

pytestmark = pytest.mark.django_db


def buy(shop: Operator, *, days_left: int) -> Batch:
    """Goods that keep thirty days: they are near their end with ten left."""
    product = make_product(shop, shelf_life_value=30, shelf_life_unit="day")
    made_on = TODAY - timedelta(days=30 - days_left)
    batch = batch_of(
        make_purchase(shop, product=product, produced_on=made_on, purchased_on=made_on)
    )
    assert batch.expires_on == TODAY + timedelta(days=days_left)
    return batch


def destroy(batch: Batch) -> None:
    operator = Operator.objects.get(pk=batch.operator_id)
    draft = MovementDraft("destruction", batch.pk, batch.quantity, TODAY, "过期")
    movements.record_movements(by=owner_of(operator), operator=operator, drafts=[draft], at=AT)


def test_what_is_used_up_does_not_hide_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "GOODS_SHOWN", 2)
    shop = make_operator()
    for days_left in (-3, -2, -1):
        destroy(buy(shop, days_left=days_left))
    near = buy(shop, days_left=1)

    assert [goods.batch_id for goods in home.lapsing_goods(shop, TODAY)] == [near.pk]


@pytest.mark.parametrize(
    ("days_left", "is_expired"),
    [(-61, None), (-60, True), (-1, True), (0, False), (10, False), (11, None)],
)
def test_goods_are_told_of_from_the_warning_until_two_months_after(
    days_left: int, is_expired: bool | None
) -> None:
    shop = make_operator()
    batch = buy(shop, days_left=days_left)

    told = [(row.batch_id, row.is_expired, row.on_hand) for row in home.lapsing_goods(shop, TODAY)]

    expected = [] if is_expired is None else [(batch.pk, is_expired, batch.quantity)]
    assert told == expected


def test_another_operators_goods_are_not_told_of() -> None:
    shop = make_operator()
    buy(make_operator(), days_left=1)
    own = buy(shop, days_left=2)

    assert [goods.batch_id for goods in home.lapsing_goods(shop, TODAY)] == [own.pk]
    assert own.quantity > Decimal(0)


def test_the_goods_are_read_at_once(django_assert_num_queries) -> None:
    shop = make_operator()
    for days_left in range(5):
        buy(shop, days_left=days_left)

    with django_assert_num_queries(1):
        assert len(home.lapsing_goods(shop, TODAY)) == 5
