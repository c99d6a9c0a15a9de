"""Subscribers are sent what is captured: once, signed, and again when it did not arrive."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from enterprises.jobs import Run
from enterprises.models import Job, Operator
from enterprises.operations import jobs
from enterprises.webhook_sender import NotArrived
from tests.builders.enterprises import make_operator, owner_of
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


def subscribed(operator: Operator, **query: str) -> EpcisSubscription:
    by = owner_of(operator)
    epcis_queries.save_query(by=by, name="new", query=query, at=AT)
    said = {"dest": "https://erp.example.com/events", "signatureToken": "geheim"}
    return epcis_queries.subscribe(by=by, name="new", said=said, at=AT)


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

    assert (first, second) == ({"sent": 1}, {"sent": 0})
    [(url, body, headers)] = receiver.taken
    assert url == "https://erp.example.com/events"
    assert headers["GS1-Signature"] == hmac.new(b"geheim", body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert list(SCHEMA.iter_errors(said)) == []
    [event] = said["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["epcList"] == ["urn:epc:id:sgtin:6901234.056789.2"]


def test_what_did_not_arrive_is_sent_again() -> None:
    operator, receiver = make_operator(), Receiver(is_down=True)
    subscribed(operator)
    capture(operator, numbered(1))

    with pytest.raises(epcis_delivery.NotDelivered):
        delivered(receiver)
    receiver.is_down = False

    assert delivered(receiver) == {"sent": 1}


def test_nobody_is_rung_for_without_a_subscription() -> None:
    capture(make_operator(), numbered(1))

    assert not Job.objects.filter(kind=epcis_delivery.JOB_KIND).exists()
