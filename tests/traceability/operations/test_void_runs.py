from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enterprises.actor import OutOfScope
from enterprises.models import AuditEntry
from shilian.problems import Rejected
from tests.builders.enterprises import AT, make_operator, owner_of
from tests.builders.runs import make_split
from tests.traceability.operations.test_record_runs import flour, links_of, on_hand
from traceability.models import Batch, BatchRevision, Run
from traceability.operations import batches

pytestmark = pytest.mark.django_db


def test_a_voided_part_gives_its_share_back_and_a_voided_run_everything() -> None:
    shop = make_operator()
    whole = flour(shop)
    first, second = make_split(whole, 30, 20)
    by = {"by": owner_of(shop), "operator": shop, "reason": "拆错了", "at": AT}

    batches.void_batch(batch_id=first.pk, **by)  # type: ignore[arg-type]
    assert (on_hand(whole), Run.objects.get().state) == (80, "current")

    batches.void_run(batch_id=second.pk, **by)  # type: ignore[arg-type]
    assert (on_hand(whole), Run.objects.get().state) == (100, "voided")
    assert links_of(first, second) == []


def test_a_run_that_something_stands_on_stays() -> None:
    shop = make_operator()
    first, second = make_split(flour(shop), 30, 20)
    make_split(first, 10, 10)

    with pytest.raises(Rejected) as found:
        batches.void_run(
            by=owner_of(shop), operator=shop, batch_id=second.pk, reason="拆错了", at=AT
        )

    assert found.value.codes == ["batch_already_used"]
    assert set(Batch.objects.filter(pk__in=[first.pk, second.pk]).values_list("state")) == {
        ("current",)
    }


def test_a_run_is_voided_once() -> None:
    shop = make_operator()
    first, _ = make_split(flour(shop), 30, 20)
    by = {"by": owner_of(shop), "operator": shop, "reason": "拆错了", "at": AT}
    batches.void_run(batch_id=first.pk, **by)  # type: ignore[arg-type]
    revisions = BatchRevision.objects.count()

    with pytest.raises(Rejected) as found:
        batches.void_run(batch_id=first.pk, **by)  # type: ignore[arg-type]

    assert found.value.codes == ["already_voided"]
    assert BatchRevision.objects.count() == revisions == 2


def test_voiding_a_large_run_costs_no_more_queries_than_a_small_one() -> None:
    shop = make_operator()
    bulk = flour(shop)

    def queries(count: int) -> int:
        first, *_ = make_split(bulk, *[1] * count)
        AuditEntry.objects.all().delete()
        by = {"by": owner_of(shop), "operator": shop, "reason": "拆错了", "at": AT}
        with CaptureQueriesContext(connection) as captured:
            batches.void_run(batch_id=first.pk, **by)  # type: ignore[arg-type]
        [entry] = AuditEntry.objects.all()
        assert (entry.event, entry.count, entry.about) == ("run_voided", count, "Run")
        return len(captured)

    assert queries(2) == queries(20)
    assert on_hand(bulk) == 100


def test_runs_are_nobody_elses() -> None:
    part, _ = make_split(flour(make_operator()), 30, 20)
    stranger = make_operator()

    with pytest.raises(OutOfScope):
        batches.void_run(
            by=owner_of(stranger), operator=stranger, batch_id=part.pk, reason="误", at=AT
        )
