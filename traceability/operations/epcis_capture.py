"""Capturing EPCIS events: a document as a job, a single event at once.

The digest of an event (CBV event hash) decides what is the same event; whoever captures for an
operator waits for the one before, so that two senders of one event end with one.
"""

from __future__ import annotations

import gc
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from enterprises.actor import Actor, permissions_of
from enterprises.jobs import Run
from enterprises.models import Job, Operator, SelfBuiltSystem
from enterprises.operations import audit, jobs
from enterprises.roles import Permission, Role
from enterprises.scope import Scope
from shilian.db.ids import lower_bound, new_id
from shilian.problems import Problem, Rejected
from traceability.epcis import documents, reading
from traceability.epcis.reading import Reading
from traceability.models import EpcisCapture, EpcisEvent
from traceability.operations import (
    epcis_delivery,
    epcis_errors,
    epcis_records,
    epcis_rows,
    writing,
)
from traceability.operations.epcis_pieces import Found

JOB_KIND = "epcis_capture"
# What one call may bring; told to every client in the answer's headers.
MOST_EVENTS = 5_000
MOST_BYTES = 5 * 1024 * 1024
MOST_ERRORS = 1_000
# Faster than the slowest disk, and half the size at the first level already.
COMPRESSION = 1
# A sweep looks at the captures of these days; an older one is looked at when it is sent again.
LOOKED_BACK = timedelta(days=3)
ABANDONED = "处理这份文档时出错，里面的事件都没有收下。请重新发送；多次出现请联系技术支持。"
Behaviour = EpcisCapture.Behaviour


class AlreadyCaptured(Exception):
    """The same document is under way, or was taken before."""

    def __init__(self, capture: EpcisCapture) -> None:
        self.capture = capture
        super().__init__(capture.pk)


class Duplicate(Exception):
    """The same event is stored already."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        super().__init__(event_id)


@transaction.atomic
def start_capture(
    *,
    by: Actor,
    operator: Operator,
    body: bytes,
    behaviour: str,
    at: datetime,
    system_id: int | None = None,
) -> EpcisCapture:
    """Take a document over and set a job to it; only its frame is looked at here.

    ``system_id`` is the system whose key signed, which alone sees the job among a client's channels.
    Raises: Rejected when it is no EPCIS document; AlreadyCaptured for the same document again.
    """
    by.require(Permission.IMPORT_RECORDS, on=operator)
    document = documents.read_document(documents.read_json(body))
    if len(document.events) > MOST_EVENTS:
        message = f"一次最多 {MOST_EVENTS} 个事件，现在有 {len(document.events)} 个，请分几次发送。"
        raise Rejected([Problem("too_many_events", "epcisBody.eventList", message)])
    digest = hashlib.sha256(body).digest()
    writing.take_turns(operator)
    same = EpcisCapture.objects.filter(operator=operator, body_hash=digest)
    _end_abandoned(same, at)
    if earlier := same.exclude(is_successful=False).first():
        raise AlreadyCaptured(earlier)
    count = len(document.events)
    capture = _capture_of(by, operator, body, behaviour, at, count)
    capture.body_hash, capture.system_id = digest, system_id
    capture.save(force_insert=True)
    jobs.enqueue(
        by=by,
        kind=JOB_KIND,
        payload={"capture_id": capture.pk},
        key=_job_key(capture.pk),
        at=at,
        operator=operator,
        total=count,
    )
    return capture


def _capture_of(
    by: Actor, operator: Operator, body: bytes, behaviour: str, at: datetime, count: int
) -> EpcisCapture:
    return EpcisCapture(
        id=new_id(),
        operator=operator,
        division_id=operator.division_id,
        county_id=operator.county_id,
        behaviour=behaviour,
        document=zlib.compress(body, COMPRESSION),
        channel=by.channel if by.person_id is None else "api",
        sender=by.name,
        created_at=at,
        event_count=count,
    )


def end_abandoned(*, at: datetime) -> int:
    """End the captures whose job failed or was parked; how many. They may be sent again."""
    recent = EpcisCapture.objects.filter(pk__gte=lower_bound(at - LOOKED_BACK))
    return _end_abandoned(recent, at)


def _end_abandoned(captures: QuerySet[EpcisCapture], at: datetime) -> int:
    """A job keeps the events and ends its capture in one transaction, so here nothing was kept."""
    running = captures.filter(finished_at=None)
    keys = {_job_key(id_): id_ for id_ in running.values_list("pk", flat=True)}
    if not keys:
        return 0
    alive = set(Job.objects.open().filter(key__in=list(keys)).values_list("key", flat=True))
    lost = [id_ for key, id_ in keys.items() if key not in alive]
    return running.filter(pk__in=lost).update(
        is_successful=False,
        finished_at=at,
        document=None,
        errors=[told(Problem("capture_abandoned", "", ABANDONED))],
    )


def _job_key(capture_id: int) -> str:
    return f"{JOB_KIND}:{capture_id}"


def run_capture(run: Run, *, at: datetime) -> dict[str, Any]:
    """Capture the document of a job: everything of it in one transaction, with its result.

    Called again after a crash it finds nothing done, or everything.
    """
    capture = EpcisCapture.objects.select_related("operator").get(pk=run.payload["capture_id"])
    if capture.is_running and capture.document is not None:
        by = run.actor(channel="api") if run.created_by_id else _sender_of(capture)
        document = documents.read_document(
            documents.read_json(zlib.decompress(bytes(capture.document)))
        )
        with _without_collector():
            readings = reading.read_events(document, at=at)
            with transaction.atomic():
                _capture(by, capture, readings, at)
                run.progress(len(readings), message="已处理")
    return {"capture_id": capture.pk, "kept": capture.kept_count}


@contextmanager
def _without_collector() -> Iterator[None]:
    """No search for garbage among what a document holds: it took a quarter of the time.

    A document is bounded, and nothing in it points in a circle.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _sender_of(capture: EpcisCapture) -> Actor:
    """The system that handed the document over; its key was checked then."""
    roles = frozenset({Role.SYSTEM_KEY})
    return Actor(
        name=capture.sender,
        roles=roles,
        scope=Scope(operator_ids=(capture.operator_id,)),
        channel=capture.channel,
        permissions=permissions_of(roles),
        operator_id=capture.operator_id,
    )


def _capture(by: Actor, capture: EpcisCapture, readings: list[Reading], at: datetime) -> None:
    """Keep what may be kept and write down how the capture ended."""
    found: Found = {}
    kept: list[Reading] = []
    is_strict = capture.behaviour == Behaviour.ROLLBACK
    try:
        with transaction.atomic():
            kept, found = keep_events(
                by=by,
                operator=capture.operator,
                readings=readings,
                at=at,
                capture_id=capture.pk,
                is_strict=is_strict,
                system=SelfBuiltSystem.objects.filter(pk=capture.system_id or 0).first(),
            )
    except Rejected:
        kept, found = [], {}
    problems = [problem for each in readings for problem in each.problems]
    capture.errors = [told(problem) for problem in problems[:MOST_ERRORS]]
    capture.kept_count = len(kept)
    capture.record_count = sum(1 + len(each.more_ids) for each in found.values())
    capture.is_successful = not problems
    capture.finished_at, capture.document = at, None
    capture.save()
    if kept:
        epcis_delivery.ring(capture.operator, at=at)
    audit.append(
        by=by,
        at=at,
        event="epcis_captured",
        about=capture.operator,
        subject="EpcisCapture",
        subject_id=capture.pk,
        count=len(kept),
    )


@transaction.atomic
def capture_event(
    *,
    by: Actor,
    operator: Operator,
    body: bytes,
    at: datetime,
    system: SelfBuiltSystem | None = None,
) -> EpcisEvent:
    """Capture one event at once; ``system`` is the one whose key signed.

    Raises: Rejected with every fault; Duplicate for an event that is stored already.
    """
    by.require(Permission.IMPORT_RECORDS, on=operator)
    document = documents.read_single(documents.read_json(body))
    [single] = reading.read_events(document, at=at)
    if single.problems:
        raise Rejected(single.problems)
    writing.take_turns(operator)
    if earlier := _stored(operator, [single]):
        raise Duplicate(next(iter(earlier.values())))
    keep_events(
        by=by,
        operator=operator,
        readings=[single],
        at=at,
        capture_id=None,
        is_strict=True,
        system=system,
    )
    epcis_delivery.ring(operator, at=at)
    audit.append(by=by, at=at, event="epcis_captured", about=operator)
    return EpcisEvent.objects.get(operator=operator, digest=single.digest, is_error=single.is_error)


def keep_events(
    *,
    by: Actor,
    operator: Operator,
    readings: Sequence[Reading],
    at: datetime,
    capture_id: int | None,
    is_strict: bool,
    system: SelfBuiltSystem | None = None,
) -> tuple[list[Reading], Found]:
    """Record and store the events without problems; those kept, and what became of them.

    Records of a kind that the ``system`` is not registered for are refused.
    Problems are appended to the readings.
    Raises: Rejected when ``is_strict`` and one of the events has a problem.
    """
    writing.take_turns(operator)
    _refuse_repeats(operator, readings)
    _stop_at_problems(readings, is_strict)
    found = epcis_records.record_events(
        by=by, operator=operator, readings=_good(readings), at=at, system=system
    )
    _stop_at_problems(readings, is_strict)
    originals = [each for each in _good(readings) if not each.is_error]
    epcis_rows.store(operator, originals, found, at=at, capture_id=capture_id)
    # A declaration finds its original among the stored, be it of the same document.
    epcis_errors.declare_wrong(by=by, operator=operator, readings=_good(readings), at=at)
    _stop_at_problems(readings, is_strict)
    declared = [each for each in _good(readings) if each.is_error]
    epcis_rows.store(operator, declared, found, at=at, capture_id=capture_id)
    return _good(readings), found


def _good(readings: Iterable[Reading]) -> list[Reading]:
    return [each for each in readings if not each.problems]


def _stop_at_problems(readings: Sequence[Reading], is_strict: bool) -> None:
    if is_strict and (problems := [p for each in readings for p in each.problems]):
        raise Rejected(problems)


def _refuse_repeats(operator: Operator, readings: Sequence[Reading]) -> None:
    """An event once, in this document and all before; an identifier for one event only."""
    good = _good(readings)
    seen: set[tuple[bytes, bool]] = set(_stored(operator, good))
    taken = _taken_ids(operator, good)
    for each in good:
        key = (each.digest, each.is_error)
        if key in seen:
            message = "这个事件已经收下过（事件哈希相同），没有重复记。"
            each.refuse("event_duplicate", "", message)
            continue
        seen.add(key)
        holder = taken.setdefault(each.event_id, each.digest)
        if holder != each.digest:
            message = "这个 eventID 已经用在另一个事件上；更正请用 errorDeclaration。"
            each.refuse("event_id_taken", "eventID", message)


def _stored(operator: Operator, readings: Sequence[Reading]) -> dict[tuple[bytes, bool], str]:
    """The identifiers of those that are stored already. Cost: one query."""
    wanted = {(each.digest, each.is_error) for each in readings}
    with connection.cursor() as cursor:
        # One text: a thousand parameters of their own take longer than the search.
        cursor.execute(_STORED, [operator.pk, ",".join(each.digest.hex() for each in readings)])
        rows = cursor.fetchall()
    known = {(bytes(digest), is_error): event_id for digest, is_error, event_id in rows}
    return {key: event_id for key, event_id in known.items() if key in wanted}


_STORED = (
    f"SELECT digest, is_error, event_id FROM {EpcisEvent._meta.db_table}"
    " WHERE operator_id = %s AND digest = ANY("
    "ARRAY(SELECT decode(said, 'hex') FROM unnest(string_to_array(%s, ',')) said))"
)


def _taken_ids(operator: Operator, readings: Sequence[Reading]) -> dict[str, bytes]:
    """The digests behind the identifiers that senders gave. Cost: at most one query."""
    given = [each.event_id for each in readings if "eventID" in each.event]
    if not given:
        return {}
    rows = EpcisEvent.objects.filter(operator=operator, event_id__in=given)
    return {event_id: bytes(digest) for event_id, digest in rows.values_list("event_id", "digest")}


def told(problem: Problem) -> dict[str, Any]:
    """A problem as capture jobs tell it: a problem of RFC 9457 with the event's place."""
    kind, title, status = _KINDS.get(problem.code, _INVALID)
    return {
        "type": f"epcisException:{kind}",
        "title": title,
        "status": status,
        "detail": problem.message,
        "code": problem.code,
        "field": problem.field,
        "position": problem.row,
    }


_INVALID = ("ValidationException", "事件没有通过检查。", 400)
_DUPLICATE = ("ResourceAlreadyExistsException", "事件已经收下过。", 409)
_KINDS = {
    "event_duplicate": _DUPLICATE,
    "event_id_taken": _DUPLICATE,
    "capture_abandoned": ("ImplementationException", "没有处理完。", 500),
}
