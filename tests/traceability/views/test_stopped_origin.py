"""What a consumer reads of goods that are recalled or frozen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from shilian.embedded.servers import Servers
from tests.builders.chains import lixia, make_chain, province_officer
from tests.builders.enterprises import AT, officer_of
from tests.builders.recalls import make_recall
from tests.builders.traceability import batch_of, make_purchase
from traceability import labels, page_store
from traceability.models import Batch
from traceability.operations import holds, recalls


@pytest.fixture(autouse=True)
def _on_the_day(servers: Servers) -> Iterator[None]:
    page_store.redis.cache_clear()
    page_store.redis().flushdb()
    page_store.clear_near()
    with time_machine.travel(AT, tick=False):
        yield
    page_store.clear_near()
    page_store.redis.cache_clear()


def scan(batch: Batch) -> str:
    return Client().get(f"/q/{labels.label_of(batch).code}").content.decode()


@pytest.mark.django_db
def test_every_affected_page_says_recalled_at_once(django_capture_on_commit_callbacks):
    chain = make_chain()
    assert "已召回" not in scan(chain.in_shop)

    with django_capture_on_commit_callbacks(execute=True):
        recall = make_recall(chain.start)
    assert all("已召回" in scan(batch) for batch in (chain.start, chain.in_shop, chain.in_canteen))

    with django_capture_on_commit_callbacks(execute=True):
        recalls.narrow_recall(
            by=province_officer(),
            recall_id=recall.pk,
            batch_ids=[chain.in_shop.pk],
            reason="检验合格",
            at=AT,
        )
    assert "已召回" not in scan(chain.in_shop)
    assert "已召回" in scan(chain.in_canteen)


@pytest.mark.django_db
def test_a_finished_recall_goes_on_being_told_and_a_cancelled_one_not(
    django_capture_on_commit_callbacks,
):
    first, second = batch_of(make_purchase()), batch_of(make_purchase())
    finished, cancelled = make_recall(first), make_recall(second)

    with django_capture_on_commit_callbacks(execute=True):
        recalls.finish_recall(
            by=province_officer(),
            recall_id=finished.pk,
            note="全部追回",
            accepts_unanswered=True,
            at=AT,
        )
        recalls.cancel_recall(
            by=province_officer(), recall_id=cancelled.pk, reason="复检合格", at=AT
        )

    assert "已召回" in scan(first)
    assert "已召回" not in scan(second)


@pytest.mark.django_db
def test_a_drill_never_reaches_consumers(django_capture_on_commit_callbacks):
    chain = make_chain()
    before = scan(chain.in_shop)

    with django_capture_on_commit_callbacks(execute=True):
        make_recall(chain.start, is_drill=True)
    page_store.forget(chain.batch_ids)

    assert scan(chain.in_shop) == before


@pytest.mark.django_db
def test_a_frozen_batch_says_that_sales_have_stopped(django_capture_on_commit_callbacks):
    batch = batch_of(make_purchase())
    scan(batch)

    with django_capture_on_commit_callbacks(execute=True):
        holds.hold_batches(by=officer_of(lixia()), batch_ids=[batch.pk], reason="样品待检", at=AT)

    text = scan(batch)
    assert "已暂停销售" in text
    assert "样品待检" not in text
