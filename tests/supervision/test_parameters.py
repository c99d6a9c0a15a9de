"""Changing thresholds and targets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from enterprises.actor import Forbidden, platform_actor
from enterprises.models import AuditEntry
from enterprises.system_bars import bars_on
from shilian.problems import Rejected
from supervision.models import IndicatorParameter, IndicatorTarget, MonthFreeze
from supervision.operations import parameters
from supervision.queries.indicators import targets_in_force
from supervision.queries.parameters import parameters_in_force
from supervision.rules.dated_values import ValueDraft
from tests.builders.enterprises import make_county, officer_of
from tests.builders.numbers import noon

pytestmark = pytest.mark.django_db
AT = noon(date(2026, 11, 20))
DRAFT = ValueDraft(
    value=Decimal(6), effective_from=date(2026, 12, 1), legal_basis="专班会议纪要", reason="试行"
)


def test_a_new_value_holds_from_its_month_and_the_old_one_until_the_day_before() -> None:
    parameters.change_parameter(by=platform_actor(), code="retail_days", draft=DRAFT, at=AT)

    assert parameters_in_force(date(2026, 11, 30)).retail_days == 4
    assert parameters_in_force(date(2026, 12, 1)).retail_days == 6
    assert AuditEntry.objects.get(event="parameter_changed").reason == "试行"


def test_the_systems_card_follows_the_dated_bars() -> None:
    draft = replace(DRAFT, value=Decimal("85.50"))
    parameters.change_parameter(by=platform_actor(), code="system_day_percent", draft=draft, at=AT)

    before, after = (bars_on(date(2026, month, 28)) for month in (11, 12))

    assert (before.day_text, before.row_text) == ("90%", "95%")
    assert (after.day_text, after.row_text) == ("85.5%", "95%")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"value": Decimal(-1)}, "value_not_a_number"),
        ({"value": Decimal("NaN")}, "value_not_a_number"),
        ({"value": Decimal(101)}, "value_too_large"),
        ({"effective_from": date(2026, 12, 2)}, "not_first_of_month"),
        ({"effective_from": date(2026, 10, 1)}, "month_already_frozen"),
        ({"legal_basis": " "}, "basis_missing"),
        ({"reason": ""}, "reason_missing"),
    ],
)
def test_refuses_what_makes_no_sense(change: dict[str, object], code: str) -> None:
    MonthFreeze.objects.create(
        month=date(2026, 10, 1), frozen_at=AT, frozen_by="平台", operator_count=0
    )

    with pytest.raises(Rejected) as refusal:
        parameters.change_target(
            by=platform_actor(),
            indicator="activity",
            tier="base",
            draft=replace(DRAFT, **change),  # type: ignore[arg-type]
            at=AT,
        )

    assert refusal.value.codes == [code]
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
        parameters.change_parameter(by=platform_actor(), code=name, draft=draft, at=AT)

    assert refusal.value.codes == [code]
    assert not IndicatorParameter.objects.filter(effective_from=DRAFT.effective_from).exists()


def test_refuses_a_second_value_from_the_same_month() -> None:
    parameters.change_parameter(by=platform_actor(), code="retail_days", draft=DRAFT, at=AT)

    with pytest.raises(Rejected) as refusal:
        parameters.change_parameter(by=platform_actor(), code="retail_days", draft=DRAFT, at=AT)

    assert refusal.value.codes == ["overlaps_current_value"]


def test_a_county_officer_may_not_change_targets() -> None:
    with pytest.raises(Forbidden):
        parameters.change_target(
            by=officer_of(make_county()), indicator="activity", tier="base", draft=DRAFT, at=AT
        )


def test_loading_again_adds_nothing() -> None:
    loaded = parameters.load_reviewed()

    assert (loaded.parameter_count, loaded.target_count) == (0, 0)
    assert IndicatorParameter.objects.count() == 25
    assert targets_in_force(date(2026, 11, 1)).of("coverage", raised=True) == Decimal("0.95")
