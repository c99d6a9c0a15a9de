"""Subscribers are sent what is captured: once, signed, and again when it did not arrive."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from enterprises.actor import Forbidden, actor_for
from enterprises.jobs import Run
from enterprises.models import ApiKey, AuditEntry, Job, Operator, SelfBuiltSystem
from enterprises.operations import api_keys, jobs
from enterprises.roles import Role
from enterprises.webhook_sender import NotArrived
from shilian import clock
from shilian.problems import Rejected
from tests.builders import enterprises as build
from tests.builders.enterprises import make_operator, owner_of
from tests.builders.systems import key_actor, make_subscription, make_system
from tests.traceability.epcis.test_capture import AT, capture, numbered
from tests.traceability.epcis.test_checks import SCHEMA
from traceability.models import EpcisSubscription
from traceability.operations import epcis_delivery, epcis_queries

pytestmark = pytest.mark.django_db


@dataclass
class Receiver:
    """Stands at the end of the line, where the machine is left."""

    is_down: bool = False
    taken: list[tuple[str, bytes, dict[str, str]]] = field(default_factory=list)

    def send(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        if self.is_down:
            raise NotArrived("连不上对方的服务器。")
        self.taken.append((url, body, headers))
        return 200


SAID = {"dest": "https://erp.example.com/events?t=1", "signatureToken": "geheim"}


def subscribed(operator: Operator, **query: str) -> EpcisSubscription:
    by = owner_of(operator)
    epcis_queries.save_query(by=by, name="new", query=query, at=AT)
    return epcis_queries.subscribe(by=by, name="new", said=SAID, at=AT)


def delivered(receiver: Receiver) -> dict[str, Any]:
    job = Job.objects.get(kind=epcis_delivery.JOB_KIND)
    run: Run | None = jobs.claim(job.pk, at=AT)
    assert run is not None
    try:
        return epcis_delivery.deliver(run, receiver)  # type: ignore[arg-type]
    finally:
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED, lease_until=None)


def test_new_events_that_match_are_sent_once_and_signed() -> None:
    operator, receiver = make_operator(), Receiver()
    capture(operator, numbered(1))
    subscribed(operator, EQ_bizStep="receiving")
    capture(operator, numbered(2, bizStep="receiving"), numbered(3))

    first, second = delivered(receiver), delivered(receiver)

    assert (first["sent"], second["sent"]) == (1, 0)
    [(url, body, headers)] = receiver.taken
    assert url == SAID["dest"]
    assert headers["GS1-Signature"] == hmac.new(b"geheim", body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert list(SCHEMA.iter_errors(said)) == []
    [event] = said["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["epcList"] == ["urn:epc:id:sgtin:6901234.056789.2"]


def test_what_did_not_arrive_is_sent_again() -> None:
    operator, receiver = make_operator(), Receiver(is_down=True)
    subscribed(operator)
    capture(operator, numbered(1))

    assert delivered(receiver) == {"sent": 0, "failed": 1}
    receiver.is_down = False
    assert delivered(receiver) == {"sent": 0, "failed": 0}
    assert epcis_delivery.ring_all(at=clock.now()) == 0
    later = clock.now() + epcis_delivery.WAITS[0]
    assert epcis_delivery.ring_all(at=later) == 1
    EpcisSubscription.objects.update(next_at=None)

    assert delivered(receiver) == {"sent": 1, "failed": 0}
    assert EpcisSubscription.objects.get().failed_count == 0


def test_nobody_is_rung_for_without_a_subscription() -> None:
    capture(make_operator(), numbered(1))

    assert not Job.objects.filter(kind=epcis_delivery.JOB_KIND).exists()


def test_all_that_is_new_is_sent_in_one_go() -> None:
    operator, receiver = make_operator(), Receiver()
    subscribed(operator)
    capture(operator, *[numbered(number) for number in range(epcis_delivery.AT_ONCE + 1)])

    assert delivered(receiver)["sent"] == epcis_delivery.AT_ONCE + 1
    assert len(receiver.taken) == 2
    assert epcis_delivery.ring_all(at=clock.now()) == 0


def test_a_ring_that_was_lost_is_made_good_once() -> None:
    operator, receiver = make_operator(), Receiver()
    subscribed(operator, EQ_bizStep="receiving")
    capture(operator, numbered(1))
    Job.objects.filter(kind=epcis_delivery.JOB_KIND).delete()

    assert epcis_delivery.ring_all(at=clock.now()) == 1
    assert delivered(receiver)["sent"] == 0
    # What is not for the subscriber is looked through once.
    assert epcis_delivery.ring_all(at=clock.now()) == 0


def of_system(system: SelfBuiltSystem) -> EpcisSubscription:
    by = key_actor(system)
    epcis_queries.save_query(by=by, name="new", query={}, at=AT)
    return epcis_queries.subscribe(by=by, name="new", said=SAID, at=AT, system=system)


def revoke(system: SelfBuiltSystem) -> None:
    owner = owner_of(system.operator)
    api_keys.revoke_keys_of(by=owner, system=system, at=clock.now(), reason="泄露")


def end(system: SelfBuiltSystem) -> None:
    SelfBuiltSystem.objects.filter(pk=system.pk).update(state=SelfBuiltSystem.State.ENDED)


@pytest.mark.parametrize("stop", [revoke, end])
def test_a_systems_subscription_ends_with_the_system(stop: Any) -> None:
    operator = make_operator()
    system = make_system(operator)
    api_keys.issue_key(by=owner_of(operator), system=system, at=AT)
    assert ApiKey.objects.valid(at=clock.now()).exists()
    of_system(system)
    capture(operator, numbered(1))
    assert epcis_delivery.ring_all(at=clock.now()) == 1

    stop(system)

    receiver = Receiver()
    assert delivered(receiver) == {"sent": 0, "failed": 0}
    assert epcis_delivery.ring_all(at=clock.now()) == 0
    assert receiver.taken == []


def by_timetable(operator: Operator, **said: Any) -> EpcisSubscription:
    return make_subscription(
        operator, schedule={"hour": "2", "minute": "30", "second": "0"}, **said
    )


def come_round() -> None:
    """The time has come."""
    EpcisSubscription.objects.update(next_at=clock.now())


def test_what_has_a_timetable_waits_for_it() -> None:
    operator, receiver = make_operator(), Receiver()
    by_timetable(operator)
    capture(operator, numbered(1), numbered(2))

    assert epcis_delivery.ring_all(at=clock.now()) == 0
    assert not Job.objects.filter(kind=epcis_delivery.JOB_KIND).exists()
    come_round()
    assert epcis_delivery.ring_all(at=clock.now()) == 1
    assert delivered(receiver) == {"sent": 2, "failed": 0}
    kept = EpcisSubscription.objects.get()
    assert kept.next_at is not None
    local = kept.next_at.astimezone(clock.SHANGHAI)
    assert (local.hour, local.minute, local.second) == (2, 30, 0)


def test_a_time_without_news_passes_and_nothing_is_sent_between() -> None:
    operator, receiver = make_operator(), Receiver()
    by_timetable(operator)
    come_round()
    epcis_delivery.ring_all(at=clock.now())
    assert delivered(receiver) == {"sent": 0, "failed": 0}

    capture(operator, numbered(1))

    assert epcis_delivery.ring_all(at=clock.now()) == 0
    assert receiver.taken == []


def test_who_wants_to_hear_of_nothing_is_sent_an_empty_list() -> None:
    operator, receiver = make_operator(), Receiver()
    by_timetable(operator, reportIfEmpty=True)
    come_round()
    epcis_delivery.ring_all(at=clock.now())

    delivered(receiver)

    [(_, body, _)] = receiver.taken
    said = json.loads(body)
    assert list(SCHEMA.iter_errors(said)) == []
    assert said["epcisBody"]["queryResults"]["resultsBody"]["eventList"] == []


def test_a_timetables_failure_is_told_and_made_good_before_its_next_time() -> None:
    operator, receiver = make_operator(), Receiver(is_down=True)
    by_timetable(operator)
    capture(operator, numbered(1))
    come_round()
    epcis_delivery.ring_all(at=clock.now())

    delivered(receiver)

    kept = EpcisSubscription.objects.get()
    assert kept.last_error == "连不上对方的服务器。"
    receiver.is_down = False
    come_round()
    assert delivered(receiver) == {"sent": 1, "failed": 0}
    kept.refresh_from_db()
    assert (kept.failed_count, kept.last_error) == (0, "")


def test_the_start_may_lie_in_the_past() -> None:
    operator, receiver = make_operator(), Receiver()
    capture(operator, numbered(1))
    make_subscription(operator, initialRecordTime="2020-01-01T00:00:00Z")

    assert epcis_delivery.ring_all(at=clock.now()) == 1
    assert delivered(receiver)["sent"] == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"stream": True, "schedule": {"hour": "2"}}, "schedule"),
        ({"stream": False}, "schedule"),
        ({"stream": "yes"}, "schedule"),
        ({"schedule": {"hour": "25"}}, "schedule.hour"),
        ({"reportIfEmpty": "no"}, "reportIfEmpty"),
        ({"initialRecordTime": "yesterday"}, "initialRecordTime"),
    ],
)
def test_a_way_of_sending_that_is_unclear_is_refused(said: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refusal:
        make_subscription(make_operator(), **said)

    assert [problem.field for problem in refusal.value.problems] == [field]
    assert not EpcisSubscription.objects.exists()


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_start_in_a_year_that_no_event_has_is_a_start(year: str) -> None:
    kept = make_subscription(make_operator(), initialRecordTime=f"{year}-01-02T00:00:00Z")

    kept.refresh_from_db()
    assert (kept.last_event_id == 0) == (year == "0001")


def test_a_clerk_neither_subscribes_nor_cancels() -> None:
    operator = make_operator()
    subscription = subscribed(operator)
    person = build.make_person()
    build.give_role(person, Role.CLERK, operator=operator)
    by = actor_for(person)

    with pytest.raises(Forbidden):
        epcis_queries.subscribe(by=by, name="new", said=SAID, at=AT)
    with pytest.raises(Forbidden):
        epcis_queries.unsubscribe(by=by, name="new", subscription_id=subscription.pk, at=AT)
    with pytest.raises(Forbidden):
        epcis_queries.delete_query(by=by, name="new", at=AT)

    assert EpcisSubscription.objects.get() == subscription


def test_an_officer_is_told_that_subscriptions_are_for_operators() -> None:
    person = build.make_person()
    build.give_role(person, Role.COUNTY_OFFICER, division=build.make_county())
    by = actor_for(person)
    epcis_queries.save_query(by=by, name="new", query={}, at=AT)

    with pytest.raises(Rejected) as refusal:
        epcis_queries.subscribe(by=by, name="new", said=SAID, at=AT)

    assert refusal.value.codes == ["subscription_not_for_officers"]
    assert not EpcisSubscription.objects.exists()


def test_the_token_is_sealed_and_the_trail_names_the_host() -> None:
    subscription = subscribed(make_operator())

    assert b"geheim" not in bytes(subscription.sealed_token)
    assert epcis_queries.token_of(subscription) == "geheim"
    entry = AuditEntry.objects.get(event="epcis_subscribed")
    assert entry.details == {"host": "erp.example.com"}
