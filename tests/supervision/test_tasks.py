"""What beat rings: each may run twice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine

from enterprises.actor import platform_actor
from enterprises.models import AuditEntry, Job, OperatorState
from enterprises.operations import changes, jobs, operators
from enterprises.roles import Role
from supervision import tasks
from supervision.models import Bulletin, DivisionMonth, MonthFreeze
from supervision.queries.bulletins import due_bulletin
from tests.builders.enterprises import make_operator, make_province, officer_of
from tests.builders.numbers import make_purchase, noon
from traceability.models import MonthMark

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 10, 20, 4, 0, tzinfo=UTC)
LISTED = {"listed_at": noon(date(2026, 9, 1)), "activated_at": noon(date(2026, 9, 1))}


@time_machine.travel(NOW, tick=False)
def test_a_record_and_a_registration_reach_the_dashboard() -> None:
    make_purchase(make_operator(**LISTED), on=date(2026, 10, 19))
    newcomer = make_operator(state=OperatorState.LISTED, listed_at=LISTED["listed_at"])
    changes.note_changes([newcomer.pk])
    for task in (tasks.fill_numbers, tasks.follow, tasks.fill_numbers):
        task()
    officer = officer_of(make_province(), Role.TASK_FORCE)
    operators.activate_operators(by=officer, operators=[newcomer], at=NOW)
    for task in (tasks.follow, tasks.follow, tasks.fill_numbers, tasks.fill_numbers):
        task()

    tally = DivisionMonth.objects.get(month=date(2026, 10, 1))
    assert (tally.operator_count, tally.registered_count, tally.purchase_count) == (2, 2, 1)


@time_machine.travel(NOW, tick=False)
def test_the_register_is_left_alone_while_marks_wait() -> None:
    make_operator(**LISTED)
    tasks.follow()

    tasks.follow()

    assert MonthMark.objects.count() == 1


@time_machine.travel(NOW, tick=False)
def test_a_new_day_marks_this_month_and_the_last() -> None:
    make_operator(**LISTED)

    tasks.mark_day()

    months = set(MonthMark.objects.values_list("month", flat=True))
    assert months == {date(2026, 9, 1), date(2026, 10, 1)}


@pytest.mark.parametrize(
    ("now", "frozen"),
    [
        (datetime(2026, 11, 2, 15, 59, tzinfo=UTC), []),
        (datetime(2026, 11, 2, 16, 0, tzinfo=UTC), [date(2026, 10, 1)]),
        (datetime(2026, 12, 20, 4, 0, tzinfo=UTC), []),
    ],
)
def test_last_month_rests_from_midnight_of_the_third(now: datetime, frozen: list[date]) -> None:
    make_purchase(make_operator(**LISTED), on=date(2026, 10, 19))
    with time_machine.travel(NOW, tick=False):
        tasks.fill_numbers()

    with time_machine.travel(now, tick=False):
        for _ in range(2):
            tasks.freeze_due_month()
            tasks.freeze_due_month()
            for job in Job.objects.open():
                jobs.run_to_end(job.pk)

    assert list(MonthFreeze.objects.values_list("month", flat=True)) == frozen
    assert list(Bulletin.objects.values_list("month", "state")) == [(m, "draft") for m in frozen]
    assert [job.state for job in Job.objects.all()] == ["done"] * len(frozen)


@pytest.mark.parametrize(
    ("today", "state", "count"),
    [
        # Not yet the third; drafted; two days late; issued.
        (date(2026, 11, 2), "draft", 0),
        (date(2026, 11, 3), "draft", 1),
        (date(2026, 11, 7), "reviewed", 1),
        (date(2026, 11, 4), "published", 0),
    ],
)
def test_reminds_each_day_until_the_bulletin_is_issued(today: date, state: str, count: int) -> None:
    Bulletin.objects.create(
        month=date(2026, 10, 1), figures={}, sha256="", made_by="平台", made_at=NOW, state=state
    )

    with time_machine.travel(noon(today), tick=False):
        for _ in range(2):
            tasks.remind_of_bulletin()

    assert AuditEntry.objects.filter(event="bulletin_reminded").count() == count


@pytest.mark.parametrize(
    ("today", "due", "is_late"),
    [
        (date(2026, 11, 5), date(2026, 11, 5), False),
        (date(2026, 11, 6), date(2026, 11, 5), True),
        # The fifth of October lies in the holidays.
        (date(2026, 10, 8), date(2026, 10, 8), False),
        (date(2026, 10, 9), date(2026, 10, 8), True),
    ],
)
def test_a_bulletin_is_due_on_the_fifth_or_after_the_holiday(
    today: date, due: date, is_late: bool
) -> None:
    found = due_bulletin(platform_actor(), today)

    assert found is not None
    assert (found.due_on, found.is_late(today), found.bulletin) == (due, is_late, None)
