"""登记造册: who applies, who decides in which order, and what a change or an end leaves."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import AuditEntry, Membership, Operator, SelfBuiltSystem
from enterprises.operations import system_register as register
from enterprises.roles import Role
from enterprises.rules.systems import WORKDAYS, SystemDraft
from shilian.problems import Rejected
from tests.builders import enterprises as build
from tests.builders.enterprises import AT, make_operator, officer_of, owner_of

pytestmark = pytest.mark.django_db
State = SelfBuiltSystem.State
DRAFT = SystemDraft(
    "进销存",
    vendor="济南软件公司",
    sector="circulation",
    docking="api",
    record_kinds=("sales", "purchases"),
    contact_name="李四",
    contact_phone="138 0000 0001",
)


def apply(operator: Operator, **facts: object) -> SelfBuiltSystem:
    draft = replace(DRAFT, **facts)
    return register.apply_for_system(by=owner_of(operator), operator=operator, draft=draft, at=AT)


def approve(by: Actor, system: SelfBuiltSystem) -> SelfBuiltSystem:
    return register.decide_system(by=by, system=system, approves=True, note="", at=AT)


def county(operator: Operator) -> Actor:
    return officer_of(operator.county)


def city() -> Actor:
    return officer_of(build.make_city(), Role.CITY_OFFICER)


def province(sector: str = "") -> Actor:
    person = build.make_person(name="处员")
    held = build.give_role(person, Role.PROVINCE_OFFICER, division=build.make_province())
    Membership.objects.filter(pk=held.pk).update(sector=sector)
    return build.actor_for(person)


def in_service(operator: Operator, **facts: object) -> SelfBuiltSystem:
    system = apply(operator, **facts)
    for officer in (county(operator), city(), province()):
        system = approve(officer, system)
    return system


def test_an_application_waits_for_the_county():
    system = apply(make_operator())

    assert (system.state, system.stage) == (State.APPLIED, "county")
    assert system.record_kinds == ["purchases", "sales"]
    assert system.contact_phone == "13800000001"
    assert AuditEntry.objects.filter(event="system_applied").count() == 1
    assert [step.action for step in system.steps.all()] == ["applied"]


def test_tells_every_fault_at_once_and_keeps_nothing():
    operator = make_operator()

    with pytest.raises(Rejected) as refusal:
        apply(operator, name="", sector="", contact_phone="")

    assert refusal.value.codes == ["system_name_missing", "phone_missing", "sector_unknown"]
    assert not SelfBuiltSystem.objects.exists()


def test_refuses_the_same_name_twice():
    operator = make_operator()
    apply(operator)

    with pytest.raises(Rejected) as refusal:
        apply(operator)

    assert refusal.value.codes == ["system_already_registered"]
    assert SelfBuiltSystem.objects.count() == 1


def test_a_refused_name_is_free_again():
    operator = make_operator()
    system = apply(operator)
    register.decide_system(
        by=county(operator), system=system, approves=False, note="系统还没有上线", at=AT
    )

    again = apply(operator)

    assert again.stage == "county"


def test_nobody_applies_for_another_operator():
    with pytest.raises(OutOfScope):
        register.apply_for_system(
            by=owner_of(make_operator()), operator=make_operator(), draft=DRAFT, at=AT
        )

    assert not SelfBuiltSystem.objects.exists()


def test_goes_from_county_to_city_to_the_division_of_the_link():
    operator = make_operator()
    system = apply(operator)

    stages = []
    for officer in (county(operator), city(), province("circulation")):
        system = approve(officer, system)
        stages.append((system.stage, system.state))

    assert stages == [
        ("city", State.APPLIED),
        ("province", State.APPLIED),
        ("", State.IN_SERVICE),
    ]
    assert system.in_service_since == date(2026, 11, 11)
    assert [(step.action, step.stage) for step in system.steps.order_by("id")] == [
        ("applied", ""),
        ("approved", "county"),
        ("approved", "city"),
        ("approved", "province"),
    ]


@pytest.mark.parametrize("officer", [city, province])
def test_no_level_is_skipped(officer):
    system = apply(make_operator())

    with pytest.raises(Rejected) as refusal:
        approve(officer(), system)

    assert refusal.value.codes == ["not_your_turn"]
    system.refresh_from_db()
    assert system.stage == "county"


def test_a_division_of_another_link_does_not_decide():
    operator = make_operator()
    system = approve(city(), approve(county(operator), apply(operator)))

    with pytest.raises(Rejected) as refusal:
        approve(province("catering"), system)

    assert refusal.value.codes == ["not_your_turn"]


def test_one_person_does_not_decide_two_levels():
    operator = make_operator()
    person = build.make_person(name="两职")
    build.give_role(person, Role.COUNTY_OFFICER, division=operator.county)
    build.give_role(person, Role.CITY_OFFICER, division=build.make_city())
    both = build.actor_for(person)
    system = approve(both, apply(operator))

    with pytest.raises(Rejected) as refusal:
        approve(both, system)

    assert refusal.value.codes == ["second_person_needed"]
    system.refresh_from_db()
    assert system.stage == "city"


def test_sending_back_wants_a_reason():
    operator = make_operator()
    system = apply(operator)

    with pytest.raises(Rejected) as refusal:
        register.decide_system(by=county(operator), system=system, approves=False, note=" ", at=AT)

    assert refusal.value.codes == ["note_missing"]
    system.refresh_from_db()
    assert system.state == State.APPLIED


def test_a_neighbouring_county_sees_no_application():
    system = apply(make_operator())

    with pytest.raises(OutOfScope):
        approve(officer_of(build.make_county(code="370103", name="市中区")), system)


def test_a_station_looks_but_does_not_decide():
    station = build.make_station()
    operator = make_operator(station=station)
    system = apply(operator)
    person = build.make_person()
    build.give_role(person, Role.STATION_OFFICER, station=station)

    with pytest.raises(Forbidden):
        approve(build.actor_for(person), system)


def test_the_applicant_takes_an_application_back():
    operator = make_operator()
    system = apply(operator)

    register.withdraw_system(by=owner_of(operator), system=system, at=AT)

    system.refresh_from_db()
    assert (system.state, system.stage) == (State.WITHDRAWN, "")


def test_nothing_is_taken_back_once_it_is_decided():
    operator = make_operator()
    system = in_service(operator)

    with pytest.raises(Rejected) as refusal:
        register.withdraw_system(by=owner_of(operator), system=system, at=AT)

    assert refusal.value.codes == ["nothing_waits"]


def test_a_new_contact_counts_at_once():
    operator = make_operator()
    system = in_service(operator)
    draft = replace(DRAFT, contact_name="赵六")

    register.change_system(by=owner_of(operator), system=system, draft=draft, at=AT)

    system.refresh_from_db()
    assert (system.contact_name, system.stage, system.pending) == ("赵六", "", None)


def test_new_due_days_count_after_the_whole_chain():
    operator = make_operator()
    system = in_service(operator)
    draft = replace(DRAFT, due_weekdays=WORKDAYS)

    system = register.change_system(by=owner_of(operator), system=system, draft=draft, at=AT)
    waiting = (system.state, system.stage, system.due_weekdays)
    for officer in (county(operator), city(), province()):
        system = approve(officer, system)

    assert waiting == (State.IN_SERVICE, "county", 0b1111111)
    assert (system.due_weekdays, system.stage, system.pending) == (WORKDAYS, "", None)
    assert system.in_service_since == date(2026, 11, 11)


def test_a_refused_change_leaves_the_system_as_it_was():
    operator = make_operator()
    system = in_service(operator)
    draft = replace(DRAFT, due_weekdays=WORKDAYS)
    system = register.change_system(by=owner_of(operator), system=system, draft=draft, at=AT)

    register.decide_system(
        by=county(operator), system=system, approves=False, note="应每天上传", at=AT
    )

    system.refresh_from_db()
    assert (system.state, system.stage, system.pending) == (State.IN_SERVICE, "", None)
    assert system.due_weekdays == 0b1111111


@pytest.mark.parametrize(
    ("draft", "code"),
    [(DRAFT, "nothing_changed"), (replace(DRAFT, record_kinds=()), "record_kinds_missing")],
)
def test_refuses_an_empty_or_wrong_change(draft, code):
    operator = make_operator()
    system = in_service(operator)

    with pytest.raises(Rejected) as refusal:
        register.change_system(by=owner_of(operator), system=system, draft=draft, at=AT)

    assert refusal.value.codes == [code]


def test_an_ended_system_keeps_its_name_and_day():
    operator = make_operator()
    system = in_service(operator)

    register.end_system(by=owner_of(operator), system=system, note="改用平台录入", at=AT)

    system.refresh_from_db()
    assert (system.state, system.ended_on) == (State.ENDED, AT.date())


def test_ending_wants_a_reason():
    operator = make_operator()
    system = in_service(operator)

    with pytest.raises(Rejected) as refusal:
        register.end_system(by=county(operator), system=system, note="", at=AT)

    assert refusal.value.codes == ["note_missing"]
    system.refresh_from_db()
    assert system.state == State.IN_SERVICE


def test_a_planned_later_day_is_kept():
    operator = make_operator()

    system = in_service(operator, planned_since=AT.date() + timedelta(days=30))

    assert system.in_service_since == AT.date() + timedelta(days=30)
