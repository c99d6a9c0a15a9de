from __future__ import annotations

from decimal import Decimal

import pytest

from enterprises.models import Operator
from supervision.demonstration.works import tell_works
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.production import make_producer
from tests.builders.traceability import batch_of, make_incoming, make_product, make_purchase
from traceability.models import Batch, Package, ReturnedGoods, Run, StockMovement
from traceability.operations import incoming
from traceability.rules.incoming import AcceptDraft

pytestmark = pytest.mark.django_db


def stocked(operator: Operator, count: int = 2) -> Operator:
    for _ in range(count):
        make_purchase(operator, quantity=Decimal(50))
    return operator


def test_the_accounts_find_a_days_works_in_their_books() -> None:
    factory, wholesaler = stocked(make_producer()), stocked(make_operator())
    make_product(factory, is_own_made=True)
    shop = stocked(make_operator())
    for _ in range(2):
        sold = batch_of(make_purchase(wholesaler, quantity=Decimal(50)))
        waiting = make_incoming(shop, seller=wholesaler, batch=sold, quantity=Decimal(20))
        incoming.accept_incoming(
            by=owner_of(shop), operator=shop, drafts=[AcceptDraft(waiting.pk)], at=AT
        )

    tell_works({"factory": factory, "wholesaler": wholesaler, "shop": shop}, at=AT)

    assert sorted(Run.objects.values_list("kind", flat=True)) == [
        "aggregation",
        "aggregation",
        "split",
        "transformation",
    ]
    assert Run.objects.get(kind="transformation").line == "一号线"
    assert sorted(Package.objects.values_list("kind", flat=True)) == ["box", "pallet"]
    assert sorted(StockMovement.objects.values_list("kind", flat=True)) == [
        "destruction",
        "loss",
        "return",
        "return",
    ]
    assert sorted(ReturnedGoods.objects.values_list("state", flat=True)) == ["accepted", "waiting"]
    assert Batch.objects.get(origin_kind="returned").operator_id == wholesaler.pk


def test_who_has_nothing_does_nothing() -> None:
    tell_works({"factory": make_producer(), "shop": make_operator()}, at=AT)

    assert not Run.objects.exists()
    assert not StockMovement.objects.exists()
