"""Documents and events captured: kept once, all or the good ones, with what became of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from enterprises.actor import Forbidden
from enterprises.models import Job, Operator
from enterprises.operations import jobs
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders import enterprises as build
from tests.builders.enterprises import make_operator, owner_of
from tests.traceability.epcis import examples
from tests.traceability.epcis.examples import document, object_event
from traceability.models import EpcisCapture, EpcisEvent
from traceability.operations import epcis_capture
from traceability.operations.epcis_capture import AlreadyCaptured, Duplicate

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)


def capture(
    operator: Operator, *events: Any, behaviour: str = "rollback", system_id: int | None = None
) -> EpcisCapture:
    body = json.dumps(document(*events)).encode()
    started = epcis_capture.start_capture(
        by=owner_of(operator),
        operator=operator,
        body=body,
        behaviour=behaviour,
        at=AT,
        system_id=system_id,
    )
    jobs.run_to_end(_job_of(started))
    started.refresh_from_db()
    return started


def _job_of(capture: EpcisCapture) -> int:
    return Job.objects.get(payload__capture_id=capture.pk).pk


def send(operator: Operator, event: dict[str, Any]) -> EpcisEvent:
    body = json.dumps({"@context": examples.CONTEXT, **event}).encode()
    return epcis_capture.capture_event(by=owner_of(operator), operator=operator, body=body, at=AT)


def numbered(number: int, **changes: Any) -> dict[str, Any]:
    return object_event(epcList=[f"urn:epc:id:sgtin:6901234.056789.{number}"], **changes)


def test_a_document_with_all_event_types_is_kept_whole() -> None:
    operator = make_operator()

    ended = capture(operator, *examples.EVENTS)

    assert (ended.is_successful, ended.kept_count, ended.errors) == (True, 6, [])
    assert ended.document is None
    kept = EpcisEvent.objects.filter(operator=operator).order_by("pk")
    assert [event.event_type for event in kept] == [event["type"] for event in examples.EVENTS]
    assert kept[0].event_id.startswith("ni:///sha-256;")
    assert kept[1].keys == ["E:https://id.gs1.org/01/06901234567892/10/L20260504"]
    assert kept[3].keys[1] == "b:po|urn:epcglobal:cbv:bt:6901234000009:1234"
    assert kept[1].context == [{"example": "https://ns.example.com/epcis/"}]


def test_one_faulty_event_holds_back_the_document() -> None:
    operator = make_operator()

    ended = capture(operator, numbered(1), numbered(2, bizStep="teleporting"))

    assert (ended.is_successful, ended.kept_count) == (False, 0)
    assert not EpcisEvent.objects.exists()
    [error] = ended.errors
    assert (error["position"], error["code"], error["status"]) == (1, "biz_step_unknown", 400)
    assert error["type"] == "epcisException:ValidationException"


def test_the_good_events_are_kept_when_asked() -> None:
    operator = make_operator()

    ended = capture(
        operator, numbered(1), numbered(2, bizStep="teleporting"), numbered(1), behaviour="proceed"
    )

    assert (ended.is_successful, ended.kept_count) == (False, 1)
    assert [(error["position"], error["code"]) for error in ended.errors] == [
        (1, "biz_step_unknown"),
        (2, "event_duplicate"),
    ]


def test_the_same_document_is_taken_once() -> None:
    operator = make_operator()
    first = capture(operator, numbered(1))

    with pytest.raises(AlreadyCaptured) as refusal:
        capture(operator, numbered(1))

    assert refusal.value.capture == first
    assert EpcisEvent.objects.count() == 1


def test_a_failed_document_may_be_sent_again() -> None:
    operator = make_operator()
    capture(operator, numbered(1, bizStep="teleporting"))

    assert capture(operator, numbered(1, bizStep="teleporting")).is_successful is False


def test_a_job_run_twice_keeps_each_event_once() -> None:
    operator = make_operator()
    started = capture(operator, numbered(1))
    job = _job_of(started)

    Job.objects.filter(pk=job).update(state=Job.State.QUEUED, finished_at=None)
    jobs.run_to_end(job)

    assert EpcisEvent.objects.count() == 1


def test_another_operator_may_tell_of_the_same_event() -> None:
    capture(make_operator(), numbered(1))

    assert capture(make_operator(), numbered(1)).is_successful is True


def test_a_single_event_is_answered_at_once_and_once() -> None:
    operator = make_operator()
    event = send(operator, numbered(1))

    with pytest.raises(Duplicate) as refusal:
        send(operator, {**numbered(1), "eventTime": "2026-05-04T00:30:00.000Z"})

    assert refusal.value.event_id == event.event_id
    assert EpcisEvent.objects.count() == 1


def test_an_identifier_names_one_event() -> None:
    operator = make_operator()
    send(operator, numbered(1, eventID="urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"))

    with pytest.raises(Rejected) as refusal:
        send(operator, numbered(2, eventID="urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"))

    assert refusal.value.codes == ["event_id_taken"]


def test_a_hash_of_another_event_is_refused() -> None:
    operator = make_operator()
    event = send(operator, numbered(1))

    with pytest.raises(Rejected) as refusal:
        send(operator, numbered(2, eventID=event.event_id))

    assert refusal.value.codes == ["event_hash_differs"]


def test_an_error_declaration_stands_beside_the_event_it_corrects() -> None:
    operator = make_operator()
    wrong = send(operator, numbered(1))
    right = send(operator, numbered(2))

    said = send(
        operator,
        numbered(
            1,
            eventID=wrong.event_id,
            errorDeclaration={
                "declarationTime": "2026-05-05T08:00:00+08:00",
                "reason": "incorrect_data",
                "correctiveEventIDs": [right.event_id],
            },
        ),
    )

    wrong.refresh_from_db()
    assert said.is_error
    assert wrong.declared_wrong_at == AT
    assert f"x:{right.event_id}" in said.keys
    assert EpcisEvent.objects.count() == 3


@pytest.mark.parametrize("body", [b"{", b"{}", b'{"type": "EPCISDocument"}'])
def test_what_is_no_document_starts_no_job(body: bytes) -> None:
    operator = make_operator()

    with pytest.raises(Rejected):
        epcis_capture.start_capture(
            by=owner_of(operator), operator=operator, body=body, behaviour="rollback", at=AT
        )

    assert not EpcisCapture.objects.exists()


def test_a_clerk_captures_nothing() -> None:
    operator = make_operator()
    person = build.make_person()
    build.give_role(person, Role.CLERK, operator=operator)

    from enterprises.actor import actor_for

    with pytest.raises(Forbidden):
        epcis_capture.start_capture(
            by=actor_for(person), operator=operator, body=b"{}", behaviour="rollback", at=AT
        )


def test_a_number_beyond_all_bounds_is_refused_at_the_door() -> None:
    operator = make_operator()
    body = json.dumps(document(numbered(1, **{"example:note": 1}))).encode()
    body = body.replace(b'"example:note": 1', b'"example:note": 1e999')

    with pytest.raises(Rejected) as refusal:
        epcis_capture.start_capture(
            by=owner_of(operator), operator=operator, body=body, behaviour="rollback", at=AT
        )

    assert refusal.value.codes == ["number_too_large"]
    assert not EpcisCapture.objects.exists()


def test_signs_in_an_identifier_are_kept_escaped() -> None:
    operator = make_operator()

    event = send(operator, object_event(epcList=["https://id.gs1.org/8004/6901234%22x"]))

    assert event.keys == ["e:https://id.gs1.org/8004/6901234%22x"]


@pytest.mark.parametrize(
    ("epc", "code"),
    [
        ("urn:x:" + "a" * 494, None),
        ("urn:x:" + "a" * 495, "uri_too_long"),
        ("urn:x:" + "鱼" * 165, "uri_too_long"),
        ("https://id.gs1.org/01/06901234567892/21/L%00", "epc_malformed"),
    ],
    ids=["longest", "too long", "too many bytes", "control"],
)
def test_an_identifier_no_index_takes_is_refused(epc: str, code: str | None) -> None:
    ended = capture(make_operator(), object_event(epcList=[epc]))

    assert [error["code"] for error in ended.errors] == ([code] if code else [])
    assert EpcisEvent.objects.count() == (0 if code else 1)


@pytest.mark.parametrize("state", [Job.State.PARKED, Job.State.FAILED])
def test_a_capture_ends_with_its_job_and_may_be_sent_again(state: str) -> None:
    operator = make_operator()
    body = json.dumps(document(numbered(1))).encode()

    def start() -> EpcisCapture:
        return epcis_capture.start_capture(
            by=owner_of(operator), operator=operator, body=body, behaviour="rollback", at=AT
        )

    first = start()
    assert epcis_capture.end_abandoned(at=AT) == 0
    Job.objects.filter(pk=_job_of(first)).update(state=state)

    assert epcis_capture.end_abandoned(at=AT) == 1
    first.refresh_from_db()
    assert (first.is_running, first.is_successful, first.document) == (False, False, None)
    assert first.errors[0]["code"] == "capture_abandoned"
    second = start()
    Job.objects.filter(pk=_job_of(second)).update(state=state)
    assert start().pk not in (first.pk, second.pk)
