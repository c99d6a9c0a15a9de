"""Loading thresholds and targets, and changing them with a second person's approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from enterprises.actor import Actor, Forbidden, platform_actor
from enterprises.models import AuditEntry
from enterprises.roles import Role
from enterprises.system_bars import bars_on
from shilian.problems import Rejected
from supervision.models import IndicatorParameter, IndicatorTarget, MonthFreeze, ValueChange
from supervision.operations import parameters, value_changes
from supervision.queries.indicators import targets_in_force
from supervision.queries.parameters import parameters_in_force
from supervision.rules.dated_values import ValueDraft, check_series
from tests.builders.enterprises import make_county, make_province, officer_of
from tests.builders.numbers import noon

pytestmark = pytest.mark.django_db
AT = noon(date(2026, 11, 20))
DRAFT = ValueDraft(
    value=Decimal(6), effective_from=date(2026, 12, 1), legal_basis="专班会议纪要", reason="试行"
)


def task_force() -> Actor:
    return officer_of(make_province(), Role.TASK_FORCE)


def approved(code: str, draft: ValueDraft) -> ValueChange:
    """The threshold's change, proposed by one and approved by another."""
    change = value_changes.propose_parameter(by=task_force(), code=code, draft=draft, at=AT)
    return value_changes.approve_change(by=task_force(), change=change, reason="已核对", at=AT)


def freeze(month: date) -> None:
    MonthFreeze.objects.create(month=month, frozen_at=AT, frozen_by="平台", operator_count=0)


def test_a_proposal_changes_nothing_until_it_is_approved() -> None:
    first, second = task_force(), task_force()

    change = value_changes.propose_parameter(by=first, code="retail_days", draft=DRAFT, at=AT)

    assert parameters_in_force(date(2026, 12, 1)).retail_days == 4

    value_changes.approve_change(by=second, change=change, reason="已核对", at=AT)

    assert parameters_in_force(date(2026, 11, 30)).retail_days == 4
    assert parameters_in_force(date(2026, 12, 1)).retail_days == 6
    proposed = AuditEntry.objects.get(event="change_proposed")
    decided = AuditEntry.objects.get(event="parameter_changed")
    assert (proposed.person_id, proposed.reason) == (first.person_id, "试行")
    assert (decided.person_id, decided.reason) == (second.person_id, "已核对")


def test_the_systems_card_follows_the_dated_bars() -> None:
    approved("system_day_percent", replace(DRAFT, value=Decimal("85.50")))

    before, after = (bars_on(date(2026, month, 28)) for month in (11, 12))

    assert (before.day_text, before.row_text) == ("90%", "95%")
    assert (after.day_text, after.row_text) == ("85.5%", "95%")


@pytest.mark.parametrize("decide", [value_changes.approve_change, value_changes.decline_change])
def test_the_proposer_cannot_decide(decide: object) -> None:
    proposer = task_force()
    change = value_changes.propose_parameter(by=proposer, code="retail_days", draft=DRAFT, at=AT)

    with pytest.raises(Rejected) as refusal:
        decide(by=proposer, change=change, reason="自己批准", at=AT)  # type: ignore[operator]

    assert refusal.value.codes == ["same_person"]
    change.refresh_from_db()
    assert change.is_pending
    assert IndicatorParameter.objects.filter(code="retail_days").count() == 1


def test_the_database_itself_refuses_the_proposer_as_approver() -> None:
    proposer = task_force()
    change = value_changes.propose_parameter(by=proposer, code="retail_days", draft=DRAFT, at=AT)

    with pytest.raises(IntegrityError, match="change_decided_by_another"), transaction.atomic():
        ValueChange.objects.filter(pk=change.pk).update(
            state="approved", decided_by=proposer.person_id, decided_at=AT
        )


def test_a_declined_change_keeps_its_reason_and_changes_nothing() -> None:
    change = value_changes.propose_parameter(
        by=task_force(), code="retail_days", draft=DRAFT, at=AT
    )

    value_changes.decline_change(by=task_force(), change=change, reason="依据不足", at=AT)

    change.refresh_from_db()
    assert (change.state, change.decision_reason) == ("declined", "依据不足")
    assert parameters_in_force(date(2026, 12, 1)).retail_days == 4
    assert AuditEntry.objects.filter(event="change_declined").count() == 1


def test_only_the_proposer_withdraws() -> None:
    proposer = task_force()
    change = value_changes.propose_parameter(by=proposer, code="retail_days", draft=DRAFT, at=AT)

    with pytest.raises(Rejected) as refusal:
        value_changes.withdraw_change(by=task_force(), change=change, reason="不要了", at=AT)
    value_changes.withdraw_change(by=proposer, change=change, reason="填错", at=AT)

    assert refusal.value.codes == ["not_the_proposer"]
    change.refresh_from_db()
    assert change.state == "withdrawn"


def test_a_decided_change_is_not_decided_again() -> None:
    change = approved("retail_days", DRAFT)

    with pytest.raises(Rejected) as refusal:
        value_changes.decline_change(by=task_force(), change=change, reason="反悔", at=AT)

    assert refusal.value.codes == ["change_decided"]
    assert parameters_in_force(date(2026, 12, 1)).retail_days == 6


def test_a_decision_needs_its_reason() -> None:
    change = value_changes.propose_parameter(
        by=task_force(), code="retail_days", draft=DRAFT, at=AT
    )

    with pytest.raises(Rejected) as refusal:
        value_changes.approve_change(by=task_force(), change=change, reason=" ", at=AT)

    assert refusal.value.codes == ["reason_missing"]
    assert parameters_in_force(date(2026, 12, 1)).retail_days == 4


def test_a_month_frozen_meanwhile_stops_the_approval() -> None:
    change = value_changes.propose_parameter(
        by=task_force(), code="retail_days", draft=DRAFT, at=AT
    )
    freeze(date(2026, 12, 1))

    with pytest.raises(Rejected) as refusal:
        value_changes.approve_change(by=task_force(), change=change, reason="已核对", at=AT)

    assert refusal.value.codes == ["month_already_frozen"]
    assert IndicatorParameter.objects.filter(code="retail_days").count() == 1


def test_the_platform_alone_proposes_nothing() -> None:
    with pytest.raises(Rejected) as refusal:
        value_changes.propose_parameter(by=platform_actor(), code="retail_days", draft=DRAFT, at=AT)

    assert refusal.value.codes == ["person_needed"]
    assert not ValueChange.objects.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"value": Decimal(-1)}, "value_not_a_number"),
        ({"value": Decimal("NaN")}, "value_not_a_number"),
        ({"value": Decimal("100.01")}, "value_too_large"),
        ({"effective_from": date(2026, 12, 2)}, "not_first_of_month"),
        ({"effective_from": date(2026, 10, 1)}, "month_already_frozen"),
        ({"legal_basis": " "}, "basis_missing"),
        ({"reason": ""}, "reason_missing"),
    ],
)
def test_refuses_what_makes_no_sense(change: dict[str, object], code: str) -> None:
    freeze(date(2026, 10, 1))

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_target(
            by=task_force(),
            indicator="activity",
            tier="base",
            draft=replace(DRAFT, **change),  # type: ignore[arg-type]
            at=AT,
        )

    assert refusal.value.codes == [code]
    assert not ValueChange.objects.exists()
    assert IndicatorTarget.objects.filter(effective_to=None).count() == 8


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("freeze_day", "29", "value_too_large"),
        ("freeze_day", "0", "value_not_a_number"),
        ("retail_days", "4.5", "value_not_whole"),
        ("gap_days", "367", "value_too_large"),
        ("system_row_percent", "100.5", "value_too_large"),
    ],
)
def test_refuses_a_threshold_that_no_month_can_be_counted_with(
    name: str, value: str, code: str
) -> None:
    draft = replace(DRAFT, value=Decimal(value))

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_parameter(by=task_force(), code=name, draft=draft, at=AT)

    assert refusal.value.codes == [code]
    assert not ValueChange.objects.exists()


def test_refuses_a_second_value_from_the_same_month() -> None:
    approved("retail_days", DRAFT)
    before = set(IndicatorParameter.objects.values_list())

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_parameter(by=task_force(), code="retail_days", draft=DRAFT, at=AT)

    assert refusal.value.codes == ["overlaps_current_value"]
    assert set(IndicatorParameter.objects.values_list()) == before
    assert not ValueChange.objects.filter(state=ValueChange.State.PENDING).exists()


def test_refuses_a_second_proposal_beside_the_first() -> None:
    value_changes.propose_parameter(by=task_force(), code="retail_days", draft=DRAFT, at=AT)

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_parameter(by=task_force(), code="retail_days", draft=DRAFT, at=AT)

    assert refusal.value.codes == ["change_pending"]
    assert ValueChange.objects.count() == 1


def test_a_county_officer_may_not_change_targets() -> None:
    with pytest.raises(Forbidden):
        value_changes.propose_target(
            by=officer_of(make_county()), indicator="activity", tier="base", draft=DRAFT, at=AT
        )


def test_a_gap_between_stored_values_stops_the_next_approval() -> None:
    """Rows put in by hand may leave a hole; nothing is built upon it."""
    change = value_changes.propose_parameter(
        by=task_force(), code="retail_days", draft=DRAFT, at=AT
    )
    current = IndicatorParameter.objects.get(code="retail_days")
    IndicatorParameter.objects.create(
        code="retail_days",
        name=current.name,
        unit=current.unit,
        value=3,
        legal_basis="旧文件",
        effective_from=date(2019, 1, 1),
        effective_to=current.effective_from - timedelta(days=2),
        reviewed_on=date(2019, 1, 1),
    )

    with pytest.raises(Rejected) as refusal:
        value_changes.approve_change(by=task_force(), change=change, reason="已核对", at=AT)

    assert refusal.value.codes == ["dates_leave_gap"]
    assert not IndicatorParameter.objects.filter(effective_from=DRAFT.effective_from).exists()


JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
ONE = timedelta(days=1)


@pytest.mark.parametrize(
    ("periods", "codes"),
    [
        ([], []),
        ([(JAN, None)], []),
        ([(FEB, None), (JAN, FEB - ONE)], []),
        ([(JAN, FEB), (FEB, None)], ["dates_overlap"]),
        ([(JAN, None), (FEB, None)], ["dates_overlap"]),
        ([(JAN, FEB - 2 * ONE), (FEB, None)], ["dates_leave_gap"]),
        ([(JAN, FEB - ONE), (FEB, MAR)], ["dates_leave_gap"]),
    ],
)
def test_periods_follow_one_another_day_by_day(
    periods: list[tuple[date, date | None]], codes: list[str]
) -> None:
    assert [problem.code for problem in check_series(periods)] == codes


def test_loading_again_adds_nothing() -> None:
    loaded = parameters.load_reviewed()

    assert (loaded.parameter_count, loaded.target_count) == (0, 0)
    assert parameters.load_weights() == 0
    assert IndicatorParameter.objects.count() == 25
    assert targets_in_force(date(2026, 11, 1)).of("coverage", raised=True) == Decimal("0.95")
