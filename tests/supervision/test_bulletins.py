"""Freezing a month and drafting its bulletin."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope, platform_actor
from enterprises.models import AuditEntry, Operator
from shilian import clock
from shilian.problems import Rejected
from supervision.models import Bulletin, MonthFreeze, OperatorMonth
from supervision.operations import bulletins, months
from supervision.queries.bulletin_figures import digest
from supervision.rollups import rebuild
from supervision.rollups.fill import fill_all
from supervision.rollups.snapshot import rows_digest
from tests.builders.enterprises import make_county, make_operator, make_township, officer_of
from tests.builders.numbers import make_purchase, mark, noon
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
    operator = make_operator(**LISTED)
    months.freeze_month(by=task_force(), month=MONTH, at=OPENS)
    before = MonthFreeze.objects.values().get()
    make_purchase(operator, on=date(2026, 10, 5))

    with pytest.raises(Rejected) as refusal:
        months.freeze_month(by=task_force(), month=MONTH, at=OPENS + timedelta(days=1))

    assert refusal.value.codes == ["month_already_frozen"]
    assert MonthFreeze.objects.values().get() == before
    assert OperatorMonth.objects.get().purchase_count == 0
    assert AuditEntry.objects.filter(event="month_frozen").count() == 1


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
    assert [each.revision for each in Bulletin.objects.all()] == [1]
    second = bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS, reason="补录")

    assert refusal.value.codes == ["correction_needs_reason"]
    assert (second.revision, second.reason) == (2, "补录")


def test_the_freeze_keeps_parameters_channels_and_a_digest_of_its_rows() -> None:
    operator = make_operator(**LISTED)
    make_purchase(operator, on=date(2026, 10, 5))

    frozen = months.freeze_month(by=task_force(), month=MONTH, at=OPENS)

    assert frozen.parameters["record_within_days"] == "3"
    assert frozen.channels == {
        "counted_at": OPENS.isoformat(),
        "counties": {str(operator.county_id): {"form": [1, 1]}},
    }
    assert frozen.rows_sha256 == rows_digest(MONTH)
    OperatorMonth.objects.update(valid_count=7)
    assert frozen.rows_sha256 != rows_digest(MONTH)


def test_an_operator_moved_within_the_month_counts_once_where_it_stood_at_its_end() -> None:
    first = make_county(code="370103", name="市中区")
    operator = make_operator(township=make_township(county=first), **LISTED)
    make_purchase(operator, on=date(2026, 10, 5))
    fill_all(at=noon(date(2026, 10, 6)))
    second = make_township(county=make_county())
    Operator.objects.filter(pk=operator.pk).update(
        division=second, county_id=second.parent_id, division_path=second.path
    )
    mark(operator, date(2026, 10, 20))
    fill_all(at=noon(date(2026, 10, 31)))

    bulletin = bulletins.draft_bulletin(by=task_force(), month=MONTH, at=OPENS)

    counties = {row["name"]: row["operator_count"] for row in bulletin.figures["counties"]}
    assert counties == {"市中区": 0, "历下区": 1}
    assert bulletin.figures["total"]["operator_count"] == 1


def test_a_county_drafts_its_own_bulletin_from_the_same_snapshot() -> None:
    make_operator(township=make_township(county=make_county()), **LISTED)
    make_operator(
        township=make_township(county=make_county(code="370103", name="市中区")), **LISTED
    )
    months.freeze_month(by=task_force(), month=MONTH, at=OPENS)
    county = make_county()

    bulletin = bulletins.draft_bulletin(
        by=officer_of(county), month=MONTH, at=OPENS, area_path=county.path
    )

    assert (bulletin.area_path, bulletin.area_name) == (county.path, "历下区")
    assert bulletin.figures["total"]["operator_count"] == 1
    assert [row["operator_count"] for row in bulletin.figures["townships"]] == [1]
    assert "cities" not in bulletin.figures


def test_a_county_waits_for_the_provinces_freeze() -> None:
    county = make_county()

    with pytest.raises(Rejected) as refusal:
        bulletins.draft_bulletin(
            by=officer_of(county), month=MONTH, at=OPENS, area_path=county.path
        )

    assert refusal.value.codes == ["month_not_frozen"]
    assert not Bulletin.objects.exists()
    assert not MonthFreeze.objects.exists()


def test_a_county_drafts_neither_its_neighbours_bulletin_nor_its_citys() -> None:
    months.freeze_month(by=task_force(), month=MONTH, at=OPENS)
    county, neighbour = make_county(), make_county(code="370103", name="市中区")

    for path in (neighbour.path, county.parent.path):
        with pytest.raises(OutOfScope):
            bulletins.draft_bulletin(by=officer_of(county), month=MONTH, at=OPENS, area_path=path)

    assert not Bulletin.objects.exists()
