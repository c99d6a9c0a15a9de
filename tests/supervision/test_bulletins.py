"""Freezing a month and drafting its bulletin."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enterprises.actor import Actor, Forbidden, platform_actor
from enterprises.models import AuditEntry
from shilian import clock
from shilian.problems import Rejected
from supervision.models import Bulletin, MonthFreeze, OperatorMonth
from supervision.operations import bulletins, months
from supervision.queries.bulletin_figures import digest
from supervision.rollups import rebuild
from tests.builders.enterprises import make_county, make_operator, officer_of
from tests.builders.numbers import make_purchase, noon
from traceability.models import Purchase, RecordState

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
OPENS = clock.start_of(date(2026, 11, 3))
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}


def task_force() -> Actor:
    return platform_actor()


def test_refuses_to_freeze_a_minute_before_the_third() -> None:
    with pytest.raises(Rejected) as refusal:
        months.freeze_month(by=task_force(), month=MONTH, at=OPENS - timedelta(minutes=1))

    assert refusal.value.codes == ["month_still_open"]
    assert not MonthFreeze.objects.exists()


def test_freezing_fills_what_waits_and_makes_every_operators_row() -> None:
    quiet = make_operator(**LISTED)
    busy = make_operator(**LISTED)
    make_purchase(busy, on=date(2026, 10, 5))

    frozen = months.freeze_month(by=task_force(), month=MONTH, at=OPENS)

    assert frozen.operator_count == 2
    assert set(OperatorMonth.objects.values_list("operator_id", "purchase_count")) == {
        (quiet.pk, 0),
        (busy.pk, 1),
    }
    assert AuditEntry.objects.filter(event="month_frozen").count() == 1


def test_refuses_a_second_freeze() -> None:
    months.freeze_month(by=task_force(), month=MONTH, at=OPENS)

    with pytest.raises(Rejected) as refusal:
        months.freeze_month(by=task_force(), month=MONTH, at=OPENS)

    assert refusal.value.codes == ["month_already_frozen"]


def test_a_county_officer_may_not_draft() -> None:
    with pytest.raises(Forbidden):
        bulletins.draft_bulletin(by=officer_of(make_county()), month=MONTH, at=OPENS)

    assert not Bulletin.objects.exists()


def test_a_later_void_changes_neither_the_bulletin_nor_the_frozen_rows() -> None:
    operator = make_operator(**LISTED)
    made = make_purchase(operator, on=date(2026, 10, 5))
    bulletin = bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS)
    Purchase.objects.filter(pk=made.pk).update(state=RecordState.VOIDED)

    with pytest.raises(rebuild.MonthIsFrozen):
        rebuild.rebuild(MONTH, at=OPENS)
    again = bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS, reason="核对")

    bulletin.refresh_from_db()
    assert digest(bulletin.figures) == bulletin.sha256 == again.sha256
    assert bulletin.figures["total"]["record_count"] == 1


def test_a_correction_is_a_new_revision_with_a_reason() -> None:
    bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS)

    with pytest.raises(Rejected) as refusal:
        bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS, reason=" ")
    second = bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS, reason="补录")

    assert refusal.value.codes == ["correction_needs_reason"]
    assert (second.revision, second.reason) == (2, "补录")


def test_is_published_once() -> None:
    bulletin = bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS)
    bulletins.publish_bulletin(by=task_force(), bulletin=bulletin, at=OPENS)

    with pytest.raises(Rejected) as refusal:
        bulletins.publish_bulletin(by=task_force(), bulletin=bulletin, at=OPENS)

    assert refusal.value.codes == ["bulletin_already_published"]
