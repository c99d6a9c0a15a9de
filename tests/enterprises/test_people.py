"""Invitations, clerks, applications, contacts and accounts: who may, what changes, what is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from enterprises.actor import ANONYMOUS, Actor, Forbidden, OutOfScope, actor_for
from enterprises.models import AuditEntry, Invitation, Membership, Person
from enterprises.operations import invitations, lookups, people
from enterprises.operations.invitations import Invitee
from enterprises.queries import directory
from enterprises.queries.audit_events import EVENTS
from enterprises.roles import Role
from enterprises.rules.invitations import invitable
from shilian.problems import Rejected
from tests.architecture.tree import sources
from tests.builders.enterprises import (
    AT,
    give_role,
    make_city,
    make_county,
    make_operator,
    make_person,
    make_province,
    make_station,
    make_township,
    officer_of,
    owner_of,
    station_officer_of,
)

pytestmark = pytest.mark.django_db
PASSWORD = "taishan-2026"


def invitee(role: Role = Role.COUNTY_OFFICER, **facts: object) -> Invitee:
    return Invitee(**({"name": "赵六", "phone": "13900000001", "role": role} | facts))  # type: ignore[arg-type]


def invite(by: Actor, who: Invitee) -> str:
    return invitations.invite_officer(by=by, invitee=who, at=AT)[1]


@pytest.mark.parametrize(
    ("role", "roles"),
    [
        (Role.STATION_OFFICER, set()),
        (Role.FOOD_SAFETY_OFFICE, set()),
        (Role.OWNER, set()),
        (Role.COUNTY_OFFICER, {Role.STATION_OFFICER, Role.COUNTY_OFFICER, Role.FOOD_SAFETY_OFFICE}),
        (Role.SECURITY_ADMIN, {Role.VENDOR_SUPPORT, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}),
    ],
)
def test_nobody_invites_above_the_own_rank(role: Role, roles: set[Role]) -> None:
    assert set(invitable([role])) == roles


def test_an_invited_officer_sets_a_password_and_holds_the_role() -> None:
    county = make_county()
    token = invite(officer_of(county), invitee(division=county))

    person = invitations.accept_invitation(by=ANONYMOUS, token=token, password=PASSWORD, at=AT)

    assert (person.login, person.check_password(PASSWORD)) == ("13900000001", True)
    held = Membership.objects.get(person=person)
    assert (held.role, held.division_id) == (Role.COUNTY_OFFICER, county.pk)
    assert token not in Invitation.objects.get().token_hash


@pytest.mark.parametrize("late", [timedelta(), timedelta(days=7)])
def test_a_link_works_once_and_for_a_week(late: timedelta) -> None:
    county = make_county()
    token = invite(officer_of(county), invitee(division=county))
    if not late:
        invitations.accept_invitation(by=ANONYMOUS, token=token, password=PASSWORD, at=AT)

    with pytest.raises(Rejected) as refusal:
        invitations.accept_invitation(by=ANONYMOUS, token=token, password=PASSWORD, at=AT + late)

    assert refusal.value.codes == ["invitation_over"]


def test_a_weak_password_leaves_the_link_usable() -> None:
    county = make_county()
    token = invite(officer_of(county), invitee(division=county))

    with pytest.raises(Rejected) as refusal:
        invitations.accept_invitation(by=ANONYMOUS, token=token, password="short", at=AT)

    assert refusal.value.codes == ["password_too_short"]
    assert invitations.find_open(token, at=AT) is not None
    assert not Person.objects.filter(login="13900000001").exists()


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"role": Role.CITY_OFFICER}, ["role_too_high", "place_level_wrong"]),
        ({"role": Role.STATION_OFFICER}, ["station_missing"]),
        ({"phone": "123"}, ["phone_malformed"]),
        ({"name": ""}, ["name_missing"]),
        ({"division": None}, ["place_missing"]),
    ],
)
def test_a_faulty_invitation_is_refused(facts: dict[str, object], codes: list[str]) -> None:
    county = make_county()

    with pytest.raises(Rejected) as refusal:
        invite(officer_of(county), invitee(**({"division": county} | facts)))

    assert refusal.value.codes == codes
    assert not Invitation.objects.exists()


def test_nobody_invites_outside_the_own_jurisdiction() -> None:
    neighbour = make_county(code="370103", name="市中区")

    with pytest.raises(OutOfScope):
        invite(officer_of(make_county()), invitee(division=neighbour))


def test_a_station_officer_invites_nobody() -> None:
    station = make_station()

    with pytest.raises(Forbidden):
        invite(station_officer_of(station), invitee(Role.STATION_OFFICER, station=station))


def test_an_officer_opens_no_administrators_account() -> None:
    with pytest.raises(Forbidden):
        invite(officer_of(make_province(), Role.TASK_FORCE), invitee(Role.AUDIT_ADMIN))


def test_a_clerk_works_until_removed() -> None:
    operator = make_operator()
    owner = owner_of(operator)
    _, token = invitations.invite_clerk(
        by=owner, operator=operator, name="小李", phone="139 0000 0001", at=AT
    )
    clerk = invitations.accept_invitation(by=ANONYMOUS, token=token, password="liangyou88", at=AT)
    held = Membership.objects.get(person=clerk)
    worked = actor_for(clerk).scope.operator_ids

    invitations.remove_clerk(by=owner, operator=operator, membership_id=held.pk, at=AT)

    assert worked == (operator.pk,)
    assert actor_for(clerk).scope.operator_ids == ()


def test_an_owner_of_another_shop_joins_with_the_own_password() -> None:
    operator = make_operator()
    known = make_person(login="13900000001", password="own-secret-9")
    _, token = invitations.invite_clerk(
        by=owner_of(operator), operator=operator, name="小李", phone="13900000001", at=AT
    )

    with pytest.raises(Rejected) as refusal:
        invitations.accept_invitation(by=ANONYMOUS, token=token, password="guess-1234", at=AT)
    joined = invitations.accept_invitation(
        by=ANONYMOUS, token=token, password="own-secret-9", at=AT
    )

    assert refusal.value.codes == ["password_wrong"]
    assert joined == known


def test_an_officers_account_becomes_no_clerks() -> None:
    operator = make_operator()
    officer = make_person(login="13900000001", password=PASSWORD)
    give_role(officer, Role.COUNTY_OFFICER, division=make_county())
    _, token = invitations.invite_clerk(
        by=owner_of(operator), operator=operator, name="小李", phone="13900000001", at=AT
    )

    with pytest.raises(Rejected) as refusal:
        invitations.accept_invitation(by=ANONYMOUS, token=token, password=PASSWORD, at=AT)

    assert refusal.value.codes == ["account_of_other_side"]
    assert actor_for(officer).roles == {Role.COUNTY_OFFICER}
    assert Invitation.objects.get().used_at is None


def test_an_owner_who_helps_out_elsewhere_is_only_a_clerk_there() -> None:
    mine, theirs = make_operator(), make_operator()
    person = make_person()
    give_role(person, Role.OWNER, operator=mine)
    give_role(person, Role.CLERK, operator=theirs)

    at_home, away = actor_for(person), actor_for(person, acting_for=theirs.pk)

    assert at_home.roles == {Role.OWNER}
    assert away.roles == {Role.CLERK}
    with pytest.raises(Forbidden):
        invitations.invite_clerk(by=away, operator=theirs, name="小李", phone="13900000002", at=AT)


@pytest.mark.parametrize("operator", ["²", "1" * 5000, "\0", "-1", "1"])
def test_nobody_acts_for_what_is_no_own_shop(client: Client, operator: str) -> None:
    person = make_person()
    give_role(person, Role.OWNER, operator=make_operator())
    client.force_login(person)

    assert client.post("/account/operator/", {"operator": operator}).status_code == 404


@pytest.mark.parametrize("code", ["%00", "37%0001", "²", "x"])
def test_a_code_that_no_division_has_leads_nowhere(client: Client, code: str) -> None:
    person = make_person()
    give_role(person, Role.COUNTY_OFFICER, division=make_county())
    client.force_login(person)

    assert client.get(f"/bureau/invitations/?division={code}").status_code == 404
    assert client.get(f"/apply/{code}/form/").status_code == 302


def test_a_clerk_of_another_shop_is_out_of_reach() -> None:
    mine, theirs = make_operator(), make_operator()
    clerk = give_role(make_person(), Role.CLERK, operator=theirs)

    with pytest.raises(OutOfScope):
        invitations.remove_clerk(by=owner_of(mine), operator=mine, membership_id=clerk.pk, at=AT)

    clerk.refresh_from_db()
    assert clerk.ended_at is None


def test_a_contact_is_shown_and_the_look_written_down() -> None:
    operator = make_operator(contact_phone="13812345678")
    by = officer_of(make_county())

    phone = lookups.reveal_contact(by=by, operator=operator, field="phone", reason="核查", at=AT)

    assert phone == "13812345678"
    entry = AuditEntry.objects.get(event="contact_revealed")
    assert (entry.operator_id, entry.reason, entry.details) == (
        operator.pk,
        "核查",
        {"field": "phone"},
    )


def test_no_other_field_is_revealed() -> None:
    with pytest.raises(Rejected) as refusal:
        lookups.reveal_contact(
            by=officer_of(make_county()),
            operator=make_operator(),
            field="password",
            reason="",
            at=AT,
        )

    assert refusal.value.codes == ["field_unknown"]


def test_contacts_cannot_be_harvested() -> None:
    by, operator = officer_of(make_county()), make_operator()

    def look() -> str:
        return lookups.reveal_contact(by=by, operator=operator, field="phone", reason="", at=AT)

    for _ in range(60):
        look()
    with pytest.raises(Rejected) as refusal:
        look()

    assert refusal.value.codes == ["too_many_attempts"]


def test_the_page_shows_a_masked_number_only_after_the_press() -> None:
    operator = make_operator(contact_phone="13812345678")
    person = make_person()
    give_role(person, Role.COUNTY_OFFICER, division=make_county())
    client = Client()
    client.force_login(person)

    fragment = client.post(f"/contacts/{operator.pk}/reveal/", headers={"HX-Request": "true"})
    page = client.post(f"/contacts/{operator.pk}/reveal/")

    assert fragment.content.decode() == '<span class="sl-nowrap">13812345678</span>'
    assert "13812345678" in page.content.decode()
    assert AuditEntry.objects.filter(event="contact_revealed").count() == 2


def test_a_partner_is_known_by_name_and_licence_alone() -> None:
    operator = make_operator(name="盛禾批发")
    by = owner_of(make_operator())

    card = lookups.look_up_partner(by=by, code=operator.credit_code.lower(), at=AT)

    assert card is not None
    assert (card.name, card.licence_status) == ("盛禾批发", "unknown")
    assert not hasattr(card, "contact_phone")
    assert AuditEntry.objects.get(event="partner_looked_up").details == {"found": True}


@pytest.mark.parametrize("cut", [17, 10, 0])
def test_part_of_a_code_finds_nobody(cut: int) -> None:
    operator = make_operator()

    assert directory.lookup_partner(operator.credit_code[:cut], on=AT.date()) is None


def test_a_closed_account_is_out_at_its_next_request() -> None:
    admin = make_person()
    give_role(admin, Role.SECURITY_ADMIN)
    person = make_person()
    give_role(person, Role.COUNTY_OFFICER, division=make_county())
    client = Client()
    client.force_login(person)
    before = client.get("/account/").status_code

    people.change_activity(
        by=actor_for(admin), person=person, is_active=False, reason="调离", at=AT
    )

    assert (before, client.get("/account/").status_code) == (200, 302)


def test_no_administrator_closes_the_own_account() -> None:
    admin = make_person()
    give_role(admin, Role.SECURITY_ADMIN)

    with pytest.raises(Rejected) as refusal:
        people.change_activity(
            by=actor_for(admin), person=admin, is_active=False, reason="试", at=AT
        )

    assert refusal.value.codes == ["own_account"]


def test_a_city_invites_for_its_counties_from_their_pages() -> None:
    city, county = make_city(), make_county()
    make_township()
    person = make_person()
    give_role(person, Role.CITY_OFFICER, division=city)
    client = Client()
    client.force_login(person)
    given = {"role": "county_officer", "place": "d:370102", "name": "赵六", "phone": "13900000001"}

    sent = client.post("/bureau/invitations/?division=370102", given)
    page = client.get(sent["Location"])

    assert "/invitation/" in page.content.decode()
    assert "/invitation/" not in client.get(sent["Location"]).content.decode().split("<h2>")[0]
    assert Invitation.objects.get().division_id == county.pk


def test_every_event_of_the_trail_has_a_name() -> None:
    written = {
        part.split('"')[0]
        for path in sources("enterprises", "traceability", "supervision")
        for part in path.read_text(encoding="utf-8").split(' event="')[1:]
    }

    assert written - set(EVENTS) == set()
