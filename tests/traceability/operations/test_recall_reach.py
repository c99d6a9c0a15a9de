"""Whom a recall asks again when it is traced anew, and who answers for what."""

from __future__ import annotations

import pytest

from tests.builders.chains import bare_batch, make_chain
from tests.builders.enterprises import AT
from tests.builders.recalls import affected, answer, make_recall, narrow, widen
from traceability.models import Link, RecallBatch, RecallNotice


@pytest.mark.django_db
def test_a_holder_that_loses_one_batch_and_gets_another_is_asked_about_the_new_one():
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.shop, recall)
    Link.objects.filter(child_id=chain.in_shop.pk).delete()
    other = bare_batch(chain.shop)

    widen(recall, other)

    notice = RecallNotice.objects.get(recall=recall, operator=chain.shop)
    assert affected(recall) & {chain.in_shop.pk, other.pk} == {other.pk}
    assert (notice.answered_at, notice.batch_count) == (None, 1)


@pytest.mark.django_db
def test_a_batch_that_comes_back_with_its_answer_is_not_asked_about_again():
    chain = make_chain()
    recall = make_recall(chain.start)
    answer(chain.shop, recall)
    narrow(recall, chain.in_shop)

    widen(recall, chain.in_shop)

    notice = RecallNotice.objects.get(recall=recall, operator=chain.shop)
    assert (notice.withdrawn_at, notice.answered_at) == (None, AT)


@pytest.mark.django_db
def test_goods_whose_link_is_gone_are_answered_for_by_the_sender_again():
    chain = make_chain()
    recall = make_recall(chain.start)
    rows = RecallBatch.objects.filter(recall=recall, batch_id=chain.start.pk)
    assert rows.get().passed_on > 0
    Link.objects.filter(parent_id=chain.start.pk).delete()

    widen(recall)

    assert rows.get().passed_on == 0
