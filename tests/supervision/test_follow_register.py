"""The running month follows the register by what changed in it, not by reading all of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest

from enterprises.models import Operator, OperatorChange, OperatorState, Standing
from enterprises.operations import changes, operators
from enterprises.roles import Role
from shilian.problems import Rejected
from supervision.models import DivisionMonth, MonthFreeze, OperatorMonth
from supervision.rollups import fill, rebuild, register
from tests.builders.enterprises import (
    make_county,
    make_operator,
    make_province,
    make_township,
    officer_of,
)
from tests.builders.numbers import noon
from traceability.models import MonthMark

pytestmark = pytest.mark.django_db
MONTH = date(2026, 10, 1)
AT = noon(date(2026, 10, 20))
LISTED = noon(date(2026, 9, 1))


def unregistered() -> Operator:
    return make_operator(state=OperatorState.LISTED, listed_at=LISTED)


def opened() -> Operator:
    """An operator that is not registered, in a month that is counted already."""
    operator = unregistered()
    fill.follow_register(at=AT, month=MONTH)
    fill.fill_all(at=AT)
    return operator


def activate(operator: Operator) -> None:
    officer = officer_of(make_province(), Role.TASK_FORCE)
    operators.activate_operators(by=officer, operators=[operator], at=AT)


def close(operator: Operator, reason: str = "已关门") -> None:
    officer = officer_of(make_county())
    operators.change_standing(
        by=officer, operator=operator, standing=Standing.CLOSED, reason=reason, at=AT
    )


def list_another(operator: Operator) -> None:
    draft = operators.OperatorDraft(
        name="新开店",
        credit_code="92370102MADEM00018",
        sector="circulation",
        kind="individual",
        division_id=make_township().pk,
    )
    operators.list_operators(by=officer_of(make_county()), drafts=[draft], at=AT)


def test_a_month_without_rows_is_opened_with_the_whole_register() -> None:
    for _ in range(3):
        unregistered()

    assert fill.follow_register(at=AT, month=MONTH) == 3
    assert fill.follow_register(at=AT, month=MONTH) == 0


@pytest.mark.parametrize(
    ("change", "expected"),
    [(activate, (1, 1)), (close, (0, 0)), (list_another, (2, 0))],
)
def test_what_an_operation_changes_reaches_the_month(
    change: Callable[[Operator], None], expected: tuple[int, int]
) -> None:
    change(opened())

    marked = fill.follow_register(at=AT, month=MONTH)
    fill.fill_all(at=AT)

    tally = DivisionMonth.objects.get()
    assert (tally.operator_count, tally.registered_count) == expected
    assert marked == 1
    assert register.mark_changed(MONTH, at=AT) == 0


def test_a_roster_of_long_licensed_operators_reaches_every_month_that_still_moves() -> None:
    """Otherwise two months of one page would count two registers."""
    opened()
    september, august = date(2026, 9, 1), date(2026, 8, 1)
    for month in (september, august):
        register.mark_changed(month, at=AT)
    MonthFreeze.objects.create(month=august, frozen_at=AT, frozen_by="平台", operator_count=0)
    fill.fill_all(at=AT)
    imported = make_operator(state=OperatorState.LISTED, listed_at=noon(date(2026, 5, 1)))
    changes.note_changes([imported.pk])

    fill.follow_register(at=AT, month=MONTH)
    fill.fill_all(at=AT)

    months = OperatorMonth.objects.filter(operator_id=imported.pk).values_list("month", flat=True)
    assert sorted(months) == [september, MONTH]
    assert rebuild.compare(september, at=AT) == []


def test_a_change_is_told_once() -> None:
    activate(opened())

    assert fill.follow_register(at=AT, month=MONTH) == 1
    assert fill.follow_register(at=AT, month=MONTH) == 0


def test_a_refused_change_is_not_told() -> None:
    operator = opened()

    with pytest.raises(Rejected):
        close(operator, reason="")

    assert not OperatorChange.objects.exists()


def test_many_changes_are_taken_in_portions() -> None:
    changes.note_changes([3, 1, 2, 1])

    assert [changes.take_changes(3), changes.take_changes(3)] == [[1, 2, 3], [1]]


def test_following_costs_the_same_whatever_the_size_of_the_register(
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    activate(opened())
    for _ in range(20):
        unregistered()

    with django_assert_max_num_queries(8):
        fill.follow_register(at=AT, month=MONTH)

    assert MonthMark.objects.count() == 1
