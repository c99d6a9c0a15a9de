from __future__ import annotations

from decimal import Decimal

import pytest

from tests.builders.chains import make_chain, sell
from tests.builders.enterprises import make_operator
from tests.builders.recalls import make_recall, told
from tests.builders.traceability import batch_of, make_purchase
from traceability.graph.trace import trace
from traceability.models import Batch
from traceability.queries.recall_audience import Audience, audience_of

pytestmark = pytest.mark.django_db


def counted(*starts: Batch) -> Audience:
    ids = [batch.pk for batch in starts]
    return audience_of(ids, trace(ids, "down").hops)


@pytest.mark.parametrize("is_drill", [False, True])
def test_as_many_are_counted_before_as_are_told_afterwards(is_drill: bool) -> None:
    chain = make_chain()

    before = counted(chain.dealt)
    recall = make_recall(chain.dealt, is_drill=is_drill)

    assert before == Audience(holders=3, buyers=1, sources=1, counties=3)
    assert (before.told, before.counties) == (recall.holder_count, recall.county_count)
    assert (before.holders + before.buyers, before.sources) == (
        len(told(recall)),
        len(told(recall, "source")),
    )


def test_a_buyer_that_holds_the_goods_already_counts_once() -> None:
    chain = make_chain()
    sell(chain.dealt, chain.shop, quantity=Decimal(1))

    found = counted(chain.dealt)

    assert (found.holders, found.buyers) == (3, 1)


def test_goods_that_went_nowhere_have_one_holder() -> None:
    assert counted(batch_of(make_purchase(make_operator()))) == Audience(1, 0, 0, 1)
