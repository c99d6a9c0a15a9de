"""Who is not on the roster applies; the station decides."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from enterprises.actor import ANONYMOUS, Forbidden, OutOfScope
from enterprises.models import AuditEntry, Operator, OperatorState, RegistrationApplication
from enterprises.operations import applications
from enterprises.operations.operators import LicenceDraft, OperatorDraft
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    credit_code,
    give_role,
    make_county,
    make_operator,
    make_person,
    make_station,
    make_township,
    officer_of,
    station_officer_of,
)

pytestmark = pytest.mark.django_db
PHONE = "13911112222"
State = RegistrationApplication.State


def draft(**facts: Any) -> OperatorDraft:
    return OperatorDraft(
        **(
            {
                "name": "新开的菜店",
                "credit_code": credit_code(9),
                "sector": "circulation",
                "kind": "individual",
                "division_id": make_township().pk,
                "address": "解放路9号",
                "contact_name": "李四",
                "contact_phone": PHONE,
                "licences": (LicenceDraft("JY23701020073753", "JY"),),
            }
            | facts
        )
    )


def apply(given: OperatorDraft | None = None) -> RegistrationApplication:
    code = applications.send_application_code(by=ANONYMOUS, phone=PHONE, at=AT).shown
    return applications.apply_to_join(by=ANONYMOUS, draft=given or draft(), code=code, at=AT)


def refusal(given: OperatorDraft, code: str = "000000") -> list[str]:
    with pytest.raises(Rejected) as refused:
        applications.apply_to_join(by=ANONYMOUS, draft=given, code=code, at=AT)
    return refused.value.codes


def test_goes_to_the_station_that_answers_for_the_township() -> None:
    station = make_station()
    station.townships.add(make_township())

    application = apply()

    assert (application.station_id, application.county_id) == (station.pk, 370102)
    assert application.state == State.WAITING


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"name": ""}, "name_missing"),
        ({"credit_code": "123"}, "credit_code_malformed"),
        ({"address": ""}, "address_missing"),
        ({"contact_name": ""}, "contact_name_missing"),
        ({"contact_phone": "0531-88888888"}, "phone_malformed"),
        ({"division_id": 370102}, "code_wrong"),
        ({"division_id": 1}, "division_unknown"),
    ],
)
def test_a_faulty_application_is_refused(facts: dict[str, Any], code: str) -> None:
    make_township()

    assert refusal(draft(**facts)) == [code]
    assert not RegistrationApplication.objects.exists()


def test_the_phone_has_to_be_proved() -> None:
    assert refusal(draft()) == ["code_wrong"]


def test_one_code_waits_once() -> None:
    apply()

    assert refusal(draft(name="另一家")) == ["application_waiting"]


def test_approval_lists_the_applicant_with_the_proved_phone() -> None:
    application = apply()

    operator = applications.approve_application(
        by=officer_of(make_county()), application=application, note="", at=AT
    )

    assert (operator.state, operator.contact_phone) == (OperatorState.LISTED, PHONE)
    application.refresh_from_db()
    assert (application.state, application.operator_id) == (State.APPROVED, operator.pk)
    assert AuditEntry.objects.filter(event="application_approved").count() == 1


def test_approval_of_a_listed_operator_replaces_its_phone() -> None:
    known = make_operator(code=credit_code(9), state=OperatorState.LISTED, contact_phone="")

    operator = applications.approve_application(
        by=officer_of(make_county()), application=apply(), note="", at=AT
    )

    assert operator == known
    known.refresh_from_db()
    assert (known.contact_name, known.contact_phone) == ("李四", PHONE)
    assert Operator.objects.count() == 1


def test_an_active_operator_is_not_taken_over() -> None:
    known = make_operator(code=credit_code(9), contact_phone="13800000000")
    application = apply()

    with pytest.raises(Rejected) as refused:
        applications.approve_application(
            by=officer_of(make_county()), application=application, note="", at=AT
        )

    assert refused.value.codes == ["operator_active"]
    known.refresh_from_db()
    application.refresh_from_db()
    assert (known.contact_phone, application.state) == ("13800000000", State.WAITING)


def test_an_operator_of_another_county_is_not_taken_over() -> None:
    elsewhere = make_township(county=make_county(code="370103", name="市中区"))
    known = make_operator(
        code=credit_code(9), township=elsewhere, state=OperatorState.LISTED, contact_phone=""
    )
    application = apply()

    with pytest.raises(Rejected) as refused:
        applications.approve_application(
            by=officer_of(make_county()), application=application, note="", at=AT
        )

    assert refused.value.codes == ["operator_elsewhere"]
    known.refresh_from_db()
    assert known.contact_phone == ""


def test_a_refusal_says_why_and_leaves_room_for_another_try() -> None:
    application = apply()
    by = officer_of(make_county())

    with pytest.raises(Rejected) as refused:
        applications.refuse_application(by=by, application=application, note=" ", at=AT)
    applications.refuse_application(by=by, application=application, note="地址不符", at=AT)

    assert refused.value.codes == ["note_missing"]
    application.refresh_from_db()
    assert (application.state, application.decision_note) == (State.REFUSED, "地址不符")
    assert not Operator.objects.exists()


def test_an_application_is_decided_once() -> None:
    application = apply()
    by = officer_of(make_county())
    applications.approve_application(by=by, application=application, note="", at=AT)

    with pytest.raises(Rejected) as refused:
        applications.refuse_application(by=by, application=application, note="重复", at=AT)

    assert refused.value.codes == ["application_decided"]


def test_only_the_own_station_and_its_bureau_decide() -> None:
    station = make_station()
    station.townships.add(make_township())
    application = apply()
    elsewhere = station_officer_of(make_station(name="趵突泉监管所"))
    reader = officer_of(make_county(), Role.FOOD_SAFETY_OFFICE)

    with pytest.raises(OutOfScope):
        applications.approve_application(by=elsewhere, application=application, note="", at=AT)
    with pytest.raises(Forbidden):
        applications.approve_application(by=reader, application=application, note="", at=AT)
    applications.approve_application(
        by=station_officer_of(station), application=application, note="", at=AT
    )


def test_the_pages_carry_an_application_from_phone_to_roster(client: Client) -> None:
    make_township()
    address = "/apply/370102/form/"
    typed = {
        "name": "新开的菜店",
        "credit_code": credit_code(9),
        "sector": "circulation",
        "kind": "individual",
        "division_id": "370102001",
        "address": "解放路9号",
        "contact_name": "李四",
        "contact_phone": PHONE,
    }

    sent = client.post(address, typed | {"action": "send"})
    done = client.post(address, typed | {"code": sent.context["shown_code"]})
    officer = make_person()
    give_role(officer, Role.COUNTY_OFFICER, division=make_county())
    bureau = Client()
    bureau.force_login(officer)
    waiting = bureau.get("/bureau/applications/")
    application = RegistrationApplication.objects.get()
    decided = bureau.post(
        f"/bureau/applications/{application.pk}/decide/", {"decision": "approve", "note": ""}
    )

    assert 'value="新开的菜店"' in sent.content.decode()
    assert done["Location"] == "/apply/done/"
    assert "139****2222" in waiting.content.decode()
    assert PHONE not in waiting.content.decode()
    assert decided.status_code == 302
    assert "已通过" in client.get("/apply/done/").content.decode()


def test_the_list_costs_the_same_for_many(django_assert_max_num_queries: Any) -> None:
    first = apply()
    rows = [
        replace_pk(first, number)  # another applicant with the same facts
        for number in range(1, 15)
    ]
    RegistrationApplication.objects.bulk_create(rows)
    officer = make_person()
    give_role(officer, Role.COUNTY_OFFICER, division=make_county())
    client = Client()
    client.force_login(officer)
    client.get("/bureau/applications/")

    with django_assert_max_num_queries(6):
        client.get("/bureau/applications/")


def replace_pk(application: RegistrationApplication, number: int) -> RegistrationApplication:
    copied = RegistrationApplication.objects.get(pk=application.pk)
    copied.pk = application.pk + number
    copied.credit_code = credit_code(100 + number)
    return copied


def test_an_expired_licence_does_not_stop_an_application() -> None:
    given = draft()
    [licence] = given.licences

    apply(replace(given, licences=(replace(licence, valid_until=AT.date().replace(year=2020)),)))

    assert RegistrationApplication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_application_approved_while_its_code_is_being_listed_is_sent_back() -> None:
    application = apply()
    officer, inserted, refused = officer_of(application.county), Event(), []

    def approve() -> None:
        inserted.wait(20)
        try:
            applications.approve_application(by=officer, application=application, note="", at=AT)
        except Rejected as refusal:
            refused.extend(refusal.codes)
        finally:
            connection.close()

    rival = Thread(target=approve)
    rival.start()
    with transaction.atomic():
        make_operator(code=application.credit_code)
        inserted.set()
        until_somebody_waits()
    rival.join()

    application.refresh_from_db()
    assert refused == ["operator_just_listed"]
    assert Operator.objects.filter(credit_code=application.credit_code).count() == 1
    assert application.state == State.WAITING


@pytest.mark.django_db(transaction=True)
def test_an_application_handed_in_beside_another_for_the_same_code_is_refused() -> None:
    given, later = draft(), AT + timedelta(minutes=2)
    first = apply(replace(given, credit_code=credit_code(8)))
    code = applications.send_application_code(by=ANONYMOUS, phone=PHONE, at=later).shown
    written, refused = Event(), []

    def hand_in() -> None:
        written.wait(20)
        try:
            applications.apply_to_join(by=ANONYMOUS, draft=given, code=code, at=later)
        except Rejected as refusal:
            refused.extend(refusal.codes)
        finally:
            connection.close()

    rival = Thread(target=hand_in)
    rival.start()
    with transaction.atomic():
        RegistrationApplication.objects.filter(pk=first.pk).update(credit_code=given.credit_code)
        written.set()
        until_somebody_waits()
    rival.join()

    assert refused == ["application_waiting"]
    assert RegistrationApplication.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_application_approved_twice_at_once_is_decided_once() -> None:
    application = apply()
    officer, together, codes = officer_of(application.county), Barrier(2), []

    def approve() -> None:
        together.wait(20)
        try:
            applications.approve_application(by=officer, application=application, note="", at=AT)
            codes.append("approved")
        except Rejected as refusal:
            codes.extend(refusal.codes)
        finally:
            connection.close()

    rivals = [Thread(target=approve) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()

    assert sorted(codes) == ["application_decided", "approved"]
    assert AuditEntry.objects.filter(event="application_approved").count() == 1


def until_somebody_waits() -> None:
    """Until another connection stands at a lock of this one."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(query)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waited")
