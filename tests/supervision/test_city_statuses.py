"""Demonstration and creating cities by date: what was held to a month's targets stays held to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import AuditEntry, Division
from enterprises.roles import Role
from shilian.problems import Rejected
from supervision.models import CityStatus, MonthFreeze, ValueChange
from supervision.operations import value_changes
from supervision.queries import statuses
from supervision.queries.bulletin_figures import bulletin_figures
from supervision.queries.evaluation import evaluate
from supervision.queries.indicators import raised_city_codes
from supervision.queries.rankings import city_ranking
from supervision.rules.dated_values import StatusDraft
from tests.builders.enterprises import make_city, make_county, make_province, officer_of
from tests.builders.numbers import noon
from tests.supervision.views.bureau import signed_in

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
AT = noon(date(2026, 11, 20))
JINAN = "370100"
DRAFT = StatusDraft("creating", DECEMBER, "国务院食安办名单第四批", "列入创建名单")


def task_force() -> Actor:
    return officer_of(make_province(), Role.TASK_FORCE)


def change_to(status: str, since: date = DECEMBER) -> ValueChange:
    draft = replace(DRAFT, status=status, effective_from=since)
    change = value_changes.propose_status(by=task_force(), city=make_city(), draft=draft, at=AT)
    return value_changes.approve_change(by=task_force(), change=change, reason="核对无误", at=AT)


def test_a_city_is_held_to_the_higher_targets_from_its_month_on() -> None:
    change_to("creating")

    assert raised_city_codes(date(2026, 11, 30)) == frozenset()
    assert raised_city_codes(DECEMBER) == frozenset({JINAN})
    assert raised_city_codes(date(2027, 6, 1)) == frozenset({JINAN})


def test_a_demonstration_city_that_is_none_any_more_was_one_before() -> None:
    Division.objects.filter(pk=make_city().pk).update(is_demonstration=True)

    change_to("none")

    assert raised_city_codes(NOVEMBER) == frozenset({JINAN})
    assert raised_city_codes(DECEMBER) == frozenset()


def test_each_status_ends_the_day_before_the_next() -> None:
    change_to("creating", NOVEMBER)
    change_to("demonstration", DECEMBER)

    rows = CityStatus.objects.order_by("effective_from")
    assert [(row.status, row.effective_to) for row in rows] == [
        ("creating", date(2026, 11, 30)),
        ("demonstration", None),
    ]


def test_nothing_changes_before_a_second_person_approves() -> None:
    first = task_force()
    change = value_changes.propose_status(by=first, city=make_city(), draft=DRAFT, at=AT)

    with pytest.raises(Rejected) as refusal:
        value_changes.approve_change(by=first, change=change, reason="自己批", at=AT)

    assert refusal.value.codes == ["same_person"]
    assert not CityStatus.objects.exists()
    assert raised_city_codes(DECEMBER) == frozenset()


def test_rankings_bulletin_and_evaluation_take_the_status_of_their_month() -> None:
    make_county()
    change_to("creating")

    raised = {
        month: (
            [row.is_raised for row in city_ranking(month)],
            [row["is_raised"] for row in bulletin_figures(month, frozen_at=AT)["cities"]],
            [row.is_raised for row in evaluate(task_force(), None, "month", month).rows],
        )
        for month in (NOVEMBER, DECEMBER)
    }

    assert raised == {NOVEMBER: ([False],) * 3, DECEMBER: ([True],) * 3}


def test_the_evaluation_keeps_each_months_target() -> None:
    make_county()
    change_to("creating")

    targets = [
        evaluate(task_force(), None, "month", month).rows[0].values[0].attained.target
        for month in (NOVEMBER, DECEMBER)
    ]

    assert targets == [Decimal("0.95"), Decimal("0.98")]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"status": "none"}, ["status_unchanged"]),
        ({"effective_from": date(2026, 12, 2)}, ["not_first_of_month"]),
        ({"effective_from": OCTOBER}, ["month_already_frozen"]),
        ({"legal_basis": " "}, ["basis_missing"]),
        ({"reason": ""}, ["reason_missing"]),
    ],
)
def test_refuses_what_would_change_the_past_or_says_too_little(
    change: dict[str, object], codes: list[str]
) -> None:
    MonthFreeze.objects.create(month=OCTOBER, frozen_at=AT, frozen_by="平台", operator_count=0)
    draft = replace(DRAFT, **change)  # type: ignore[arg-type]

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_status(by=task_force(), city=make_city(), draft=draft, at=AT)

    assert refusal.value.codes == codes
    assert not ValueChange.objects.exists()


def test_one_proposal_at_a_time_for_a_city() -> None:
    value_changes.propose_status(by=task_force(), city=make_city(), draft=DRAFT, at=AT)
    other = replace(DRAFT, status="demonstration")

    with pytest.raises(Rejected) as refusal:
        value_changes.propose_status(by=task_force(), city=make_city(), draft=other, at=AT)

    assert refusal.value.codes == ["change_pending"]


def test_a_city_does_not_make_itself_one() -> None:
    city = make_city()

    with pytest.raises(Forbidden):
        value_changes.propose_status(
            by=officer_of(city, Role.CITY_OFFICER), city=city, draft=DRAFT, at=AT
        )


def test_a_county_has_no_status() -> None:
    with pytest.raises(OutOfScope):
        statuses.find_city(make_county().code)


def test_the_page_lists_every_status_with_its_dates() -> None:
    change_to("creating", NOVEMBER)

    rows = statuses.list_statuses(task_force(), AT.date())

    assert [(row.name, row.since, row.until, row.is_in_force) for row in rows] == [
        ("创建城市", NOVEMBER, None, True),
        ("一般城市", None, date(2026, 10, 31), False),
    ]


def test_the_page_proposes_and_a_second_person_approves() -> None:
    make_city()
    first, second = (signed_in(Role.TASK_FORCE, division=make_province()) for _ in range(2))
    told = {
        "city": JINAN, "status": "demonstration", "effective_from": "2099-01",
        "legal_basis": "公布名单", "reason": "列入名单",
    }  # fmt: skip

    assert first.post("/taskforce/cities/", told).status_code == 302
    change = ValueChange.objects.get()
    shown = second.get(f"/bureau/changes/{change.pk}/").content.decode()
    assert "示范城市" in shown
    answer = second.post(f"/bureau/changes/{change.pk}/", {"decision": "approve", "reason": "同意"})

    assert answer.status_code == 302
    assert "2099-01-01" in first.get("/taskforce/cities/").content.decode()


def test_the_page_shows_what_is_wrong_beside_its_field() -> None:
    make_city()
    told = {"city": JINAN, "status": "none", "effective_from": "2099-01", "legal_basis": "名单"}

    answer = signed_in(Role.TASK_FORCE, division=make_province()).post(
        "/taskforce/cities/", told | {"reason": "列入名单"}
    )

    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"status"}
    assert not ValueChange.objects.exists()


def test_a_city_that_there_is_not_is_a_fault_of_its_field() -> None:
    make_city()
    told = {
        "city": "379900", "status": "creating", "effective_from": "2099-01",
        "legal_basis": "公布名单", "reason": "列入名单",
    }  # fmt: skip

    answer = signed_in(Role.TASK_FORCE, division=make_province()).post("/taskforce/cities/", told)

    assert answer.status_code == 422
    assert answer.context["form"].errors == {"city": ["没有这个城市，请从列表里重选。"]}
    assert not ValueChange.objects.exists()


def test_the_audit_names_the_city_alone() -> None:
    change_to("creating")

    assert AuditEntry.objects.get(event="city_status_changed").about == JINAN
