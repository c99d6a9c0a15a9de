"""Giving findings to officers and telling operators: allowed, refused, audited."""

from __future__ import annotations

from typing import Any

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import AuditEntry, Division, Membership, Person, Station
from enterprises.roles import Role
from shilian.problems import Rejected
from supervision.models import Finding
from supervision.operations import findings as operations
from supervision.queries import findings as queries
from tests.builders.enterprises import (
    give_role,
    make_city,
    make_county,
    make_person,
    make_station,
    officer_of,
    owner_of,
    station_officer_of,
)
from tests.builders.watching import AT, make_finding, trader

pytestmark = pytest.mark.django_db


def officer(
    name: str,
    *,
    division: Division | None = None,
    station: Station | None = None,
    role: Role | None = None,
) -> Person:
    person = make_person(name=name)
    by_place = Role.STATION_OFFICER if station else Role.COUNTY_OFFICER
    give_role(person, role or by_place, division=division, station=station)
    return person


def county() -> Actor:
    return officer_of(make_county())


def refusal(**asked: Any) -> list[str]:
    with pytest.raises(Rejected) as refused:
        operations.assign_findings(at=AT, **asked)
    return [problem.code for problem in refused.value.problems]


def test_gives_many_findings_to_an_officer_of_the_bureau_with_one_audit_entry() -> None:
    rows = [make_finding(trader()), make_finding(trader(), rule="papers_expired")]
    wang = officer("老王", division=make_county())

    count = operations.assign_findings(
        by=county(), finding_ids=[row.pk for row in rows], person_id=wang.pk, at=AT
    )

    assert count == 2
    assert {row.assignee for row in Finding.objects.all()} == {wang}
    [entry] = AuditEntry.objects.filter(event="findings_assigned")
    assert (entry.count, entry.details["person_id"]) == (2, wang.pk)


def test_a_single_assignment_is_told_to_its_operator_in_the_audit() -> None:
    row = make_finding(trader())
    wang = officer("老王", division=make_county())

    operations.assign_findings(by=county(), finding_ids=[row.pk], person_id=wang.pk, at=AT)

    entry = AuditEntry.objects.get(event="findings_assigned")
    assert (entry.operator_id, entry.about_id) == (row.operator_id, row.pk)


def test_only_officers_of_the_own_bureau_are_offered() -> None:
    here, station = make_county(), make_station()
    own = officer("甲", division=here)
    field = officer("乙", station=station)
    officer("丙", division=make_county(code="370103", name="市中区"))
    officer("丁", division=make_city(), role=Role.CITY_OFFICER)
    officer("戊", division=here, role=Role.FOOD_SAFETY_OFFICE)
    gone = officer("己", division=here)
    Membership.objects.filter(person=gone).update(ended_at=AT)
    barred = officer("庚", division=here)
    Person.objects.filter(pk=barred.pk).update(is_active=False)
    by = county()

    of_county = [person.pk for person in queries.colleagues(by)]
    at_station = [person.pk for person in queries.colleagues(station_officer_of(station))]

    assert set(of_county) - {by.person_id} - set(at_station) == {own.pk}
    assert field.pk in of_county
    assert field.pk in at_station
    assert own.pk not in at_station


@pytest.mark.parametrize("who", ["neighbour", "city", "nobody"])
def test_gives_nothing_to_another_bureau(who: str) -> None:
    row = make_finding(trader())
    people = {
        "neighbour": officer("丙", division=make_county(code="370103", name="市中区")).pk,
        "city": officer("丁", division=make_city(), role=Role.CITY_OFFICER).pk,
        "nobody": 0,
    }

    codes = refusal(by=county(), finding_ids=[row.pk], person_id=people[who])

    assert codes == ["not_a_colleague"]
    assert Finding.objects.get().assignee is None
    assert not AuditEntry.objects.filter(event="findings_assigned").exists()


def test_gives_no_station_officer_what_another_station_answers_for() -> None:
    row = make_finding(trader(name="北街小店", station=make_station(name="北街监管所")))
    field = officer("乙", station=make_station())

    with pytest.raises(Rejected) as refused:
        operations.assign_findings(by=county(), finding_ids=[row.pk], person_id=field.pk, at=AT)

    [problem] = refused.value.problems
    assert (problem.code, problem.field) == ("assignee_out_of_sight", "person")
    assert "乙不负责北街小店等 1 家" in problem.message


def test_refuses_none_too_many_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST", 1)
    by, wang = county(), officer("老王", division=make_county())
    rows = [make_finding(trader()) for _ in range(2)]
    closed = make_finding(trader(), state="closed", closed_at=AT)
    to = {"by": by, "person_id": wang.pk}

    assert refusal(finding_ids=[], **to) == ["nothing_chosen"]
    assert refusal(finding_ids=[row.pk for row in rows], **to) == ["too_many_chosen"]
    assert refusal(finding_ids=[closed.pk], **to) == ["finding_closed"]
    assert not Finding.objects.exclude(assignee=None).exists()


def test_one_foreign_finding_among_the_own_stops_all() -> None:
    own, foreign = make_finding(trader()), make_finding(trader())
    Finding.objects.filter(pk=foreign.pk).update(county_id=370103, division_id=370103001)
    wang = officer("老王", division=make_county())

    with pytest.raises(OutOfScope):
        operations.assign_findings(
            by=county(), finding_ids=[own.pk, foreign.pk], person_id=wang.pk, at=AT
        )

    assert not Finding.objects.exclude(assignee=None).exists()


def test_an_owner_and_the_food_safety_office_give_out_nothing() -> None:
    row = make_finding(trader())
    office = officer_of(make_county(), Role.FOOD_SAFETY_OFFICE)

    for by in (owner_of(row.operator), office):
        with pytest.raises(Forbidden):
            operations.send_messages(by=by, finding_ids=[row.pk], at=AT)

    assert Finding.objects.get().sent_at is None


def test_tells_each_operator_in_the_ready_words() -> None:
    rows = [make_finding(trader()), make_finding(trader(), facts={"last_on": "2026-09-03"})]

    count = operations.send_messages(by=county(), finding_ids=[row.pk for row in rows], at=AT)

    told = {row.pk: row for row in Finding.objects.all()}
    assert count == 2
    assert told[rows[1].pk].message.startswith("您店里从 2026年9月3日 以后没有新的有效记录。")
    assert told[rows[0].pk].sent_at == AT
    assert AuditEntry.objects.get(event="findings_told").count == 2


@pytest.mark.parametrize(("length", "is_sent"), [(500, True), (501, False)])
def test_the_officers_own_words_fit_five_hundred(length: int, is_sent: bool) -> None:
    row, text = make_finding(trader()), "请" * length

    if is_sent:
        operations.send_messages(by=county(), finding_ids=[row.pk], text=text, at=AT)
    else:
        with pytest.raises(Rejected) as refused:
            operations.send_messages(by=county(), finding_ids=[row.pk], text=text, at=AT)
        assert [each.code for each in refused.value.problems] == ["message_too_long"]

    assert Finding.objects.get().message == text * is_sent
