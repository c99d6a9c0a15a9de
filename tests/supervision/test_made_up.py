"""The demonstration's made-up months, and the timetable that finds such things."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from supervision import tasks
from supervision.demonstration.made_up import make_up_months, tell_of_findings
from supervision.fabrication.score import score_month
from supervision.models import Finding, MonthFreeze, Suspicion
from supervision.rollups import fill
from tests.builders.enterprises import make_county, officer_of
from tests.builders.numbers import noon
from tests.builders.watching import AT, make_finding, make_suspicion, month_row, trader
from traceability.models import Purchase

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


def test_two_quiet_shops_make_up_their_month_and_are_listed() -> None:
    spared = trader(is_demonstration=True)
    shops = [trader(is_demonstration=True) for _ in range(3)]

    with time_machine.travel(noon(TODAY), tick=False):
        count = make_up_months(today=TODAY, spared=[spared.pk])
        fill.fill_all(at=noon(TODAY))
        score_month(date(2026, 11, 1), at=noon(TODAY))

    assert count == 2
    listed = Suspicion.objects.order_by("operator_id")
    assert [row.operator_id for row in listed] == [shop.pk for shop in shops[:2]]
    assert [row.score for row in listed] == [80, 80]


def test_early_in_a_month_it_is_the_month_before() -> None:
    trader(is_demonstration=True)

    with time_machine.travel(noon(date(2026, 11, 3)), tick=False):
        make_up_months(today=date(2026, 11, 3), spared=[])

    days = Purchase.objects.values_list("purchased_on", flat=True)
    assert {day.month for day in days} == {10}
    assert len(days) == 30


def test_tells_each_operator_of_its_gravest_finding_alone() -> None:
    told, other = trader(), trader()
    make_finding(told)
    grave = make_finding(told, rule="papers_expired")
    make_finding(other)

    tell_of_findings(officer_of(make_county()), [told.pk], at=AT)

    assert list(Finding.objects.exclude(sent_at=None)) == [grave]


def test_the_timetable_looks_at_everything_once_a_day_and_at_what_changed() -> None:
    operator = trader()
    month_row(operator, date(2026, 9, 20))
    with time_machine.travel(AT, tick=False):
        for _ in range(2):
            tasks.look_at_all()
            tasks.look_at_changed()
            tasks.score_months()

    assert [row.operator_id for row in Finding.objects.open()] == [operator.pk]


def test_scoring_leaves_alone_what_rests() -> None:
    suspicion = make_suspicion(trader())
    MonthFreeze.objects.create(
        month=suspicion.month, frozen_at=AT, frozen_by="平台", operator_count=1
    )

    with time_machine.travel(AT, tick=False):
        tasks.score_months()

    assert Suspicion.objects.get() == suspicion
