"""EPCIS documents of a thousand events captured and committed, beside QU4RTET in the same run."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Job, Operator
from enterprises.operations import jobs
from shilian import clock
from shilian.bench import Metrics
from shilian.bench.measure import clocked
from traceability.epcis import vocabulary
from traceability.measures import writing
from traceability.measures.versus import answer_of, peer_process
from traceability.models import EpcisEvent
from traceability.operations import epcis_capture

DOCUMENTS, EVENTS = 8, 1_000
THEIR_DOCUMENTS = 3
MISSING = "没有安装 QU4RTET，请运行 make install；epcis_vs_quartet 未测。"


def measure() -> Metrics:
    """From the body of a request to committed events, by the job engine in this process."""
    operator = writing.make_operator()
    by = actor_for_operator(operator, channel="api")
    bodies = [_document(number) for number in range(DOCUMENTS)]
    _capture(by, operator, bodies[0])
    taken = []
    for body in bodies[1:]:
        with clocked() as clocking:
            _capture(by, operator, body)
        taken.append(clocking.seconds)
    if EpcisEvent.objects.filter(operator=operator).count() != DOCUMENTS * EVENTS:
        raise RuntimeError("not every event was captured; the rate means nothing")
    ours = EVENTS / min(taken)
    total = len(taken) * EVENTS / sum(taken)
    return {"epcis_events_per_s": round(total), **_beside_quartet(ours)}


def _capture(by: Actor, operator: Operator, body: bytes) -> None:
    capture = epcis_capture.start_capture(
        by=by, operator=operator, body=body, behaviour="rollback", at=clock.now()
    )
    job = Job.objects.get(
        kind=epcis_capture.JOB_KIND, operator_id=operator.pk, payload__capture_id=capture.pk
    )
    jobs.run_to_end(job.pk)


def _beside_quartet(ours: float) -> Metrics:
    """How many times as fast; the best document of each."""
    if not find_spec("quartet_epcis"):
        return {"quartet_events_per_s": None, "epcis_vs_quartet": None, "quartet": MISSING}
    asked = {"documents": THEIR_DOCUMENTS, "events": EVENTS}
    with peer_process("quartet", asked) as peer:
        answer = answer_of(peer)
    if answer["events"] != THEIR_DOCUMENTS * EVENTS:
        raise RuntimeError("the peer captured something else; the comparison means nothing")
    theirs = EVENTS / answer["seconds"]
    return {
        "quartet_events_per_s": round(theirs),
        "epcis_vs_quartet": round(ours / theirs, 1),
    }


def _document(document: int) -> bytes:
    events = [_event(document * EVENTS + number + 1) for number in range(EVENTS)]
    return json.dumps(
        {
            "@context": [vocabulary.CONTEXT],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-05-05T08:00:00+08:00",
            "epcisBody": {"eventList": events},
        }
    ).encode()


def _event(number: int) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": f"2026-05-04T08:{number // 60 % 60:02d}:{number % 60:02d}+08:00",
        "eventTimeZoneOffset": "+08:00",
        "epcList": [f"urn:epc:id:sgtin:6901234.056789.{number}"],
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:6901234.00000.0"},
        "bizLocation": {"id": "urn:epc:id:sgln:6901234.00001.0"},
    }
