"""A holder of many batches answers a recall page by page; what was on no page is not told of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Membership, Operator
from tests.builders.chains import bare_batch, make_chain
from tests.builders.enterprises import AT
from tests.builders.recalls import make_recall, widen
from traceability.models import Batch, Link, LinkKind, Recall, RecallBatch, RecallNotice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_lines_a_page_on_the_day(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("traceability.queries.recall_notices.LINES_SHOWN", 2)
    with time_machine.travel(AT, tick=False):
        yield


def recall_of_three() -> tuple[Recall, Operator, list[Batch]]:
    """A recall under which the shop has three batches, in the order of their ids."""
    chain = make_chain()
    batches = [chain.in_shop, bare_batch(chain.shop), bare_batch(chain.shop)]
    for batch in batches[1:]:
        Link.objects.create(
            child_id=batch.pk, parent_id=chain.start.pk, kind=LinkKind.TRANSFER, quantity=1
        )
    return make_recall(chain.start), chain.shop, sorted(batches, key=lambda batch: batch.pk)


def keeper(operator: Operator) -> Client:
    client = Client()
    client.force_login(Membership.objects.filter(operator=operator).first().person)
    return client


def page(recall: Recall, query: str = "") -> str:
    return reverse("traceability:recall_notice", args=[recall.pk]) + query


def shown(client: Client, recall: Recall, query: str = "") -> list[int]:
    return [line.batch_id for line in client.get(page(recall, query)).context["found"].lines]


def tell(client: Client, recall: Recall, *batches: Batch):
    return client.post(page(recall), {f"b{batch.pk}-left": "1" for batch in batches}, follow=True)


def is_answered(recall: Recall, operator: Operator) -> bool:
    return RecallNotice.objects.get(recall=recall, operator=operator).answered_at is not None


def untold(recall: Recall, operator: Operator) -> set[int]:
    rows = RecallBatch.objects.filter(recall=recall, operator_id=operator.pk, left=None)
    return set(rows.values_list("batch_id", flat=True))


def test_the_answer_is_whole_once_every_page_is_sent() -> None:
    recall, shop, (first, second, third) = recall_of_three()
    client = keeper(shop)
    assert shown(client, recall) == [first.pk, second.pk]

    answer = tell(client, recall, first, second)

    assert "请接着填还没有报的批次" in answer.content.decode()
    assert "第 3 至 3 个，还有 1 个没有报数量" in answer.content.decode()
    assert (untold(recall, shop), is_answered(recall, shop)) == ({third.pk}, False)
    assert shown(client, recall) == [third.pk]

    answer = tell(client, recall, third)

    assert "可以回来更正" in answer.content.decode()
    assert (untold(recall, shop), is_answered(recall, shop)) == (set(), True)


def test_every_page_can_be_turned_to() -> None:
    recall, shop, (first, second, third) = recall_of_three()
    client = keeper(shop)

    answer = client.get(page(recall))

    assert f'href="?after={second.pk}"' in answer.content.decode()
    assert shown(client, recall, f"?after={second.pk}") == [third.pk]
    assert shown(client, recall, "?after=0") == [first.pk, second.pk]
    with CaptureQueriesContext(connection) as queries:
        client.get(page(recall))
    assert len(queries) <= 20


def test_a_batch_that_came_since_the_page_was_read_is_asked_about() -> None:
    recall, shop, batches = recall_of_three()
    late = bare_batch(shop)
    widen(recall, late)

    tell(keeper(shop), recall, *batches)

    assert (untold(recall, shop), is_answered(recall, shop)) == ({late.pk}, False)


def test_an_answer_without_a_batch_is_none() -> None:
    recall, shop, batches = recall_of_three()

    answer = keeper(shop).post(page(recall), {"note": "都封存了"})

    assert answer.status_code == 422
    assert "至少要填一个批次的数量" in answer.content.decode()
    assert untold(recall, shop) == {batch.pk for batch in batches}
