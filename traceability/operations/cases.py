"""Trace cases from request to close, and every look at a trace.

Locks are taken in one order: the case, then what is written beside it.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected
from shilian.text import tidy_prose
from traceability.graph import lens
from traceability.graph.columns import written
from traceability.graph.lens import TraceView
from traceability.graph.own import look_at_own
from traceability.graph.trace import DEFAULT_LIMITS, Direction, Limits
from traceability.models import AccessReceipt, TraceCase, TraceRun
from traceability.queries import cases as queries
from traceability.rules import cases as rules
from traceability.rules.cases import CaseDraft, CaseFacts

State = TraceCase.State


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen, and the row that says so."""

    view: TraceView
    run: TraceRun


@transaction.atomic
def request_case(*, by: Actor, draft: CaseDraft, at: datetime) -> TraceCase:
    """Ask to follow the chain of some batches beyond one's own jurisdiction.

    Raises: Forbidden; Rejected with every problem of the request.
    """
    by.require(Permission.OPEN_TRACE_CASES)
    draft = replace(
        draft, reason=tidy_prose(draft.reason), start_ids=tuple(dict.fromkeys(draft.start_ids))
    )
    own = Division.objects.filter(pk=by.division_id or 0).first()
    asked = queries.asked_division(by, draft.asked_path)
    problems = rules.check_request(
        draft,
        known_starts=queries.starts_in_sight(by, draft.start_ids[: rules.MAX_STARTS]),
        known_path=asked is not None,
    )
    if own is None or asked is None or problems:
        raise Rejected(problems or [_no_bureau()])
    case = TraceCase.objects.create(
        kind=draft.kind,
        reason=draft.reason,
        start_ids=list(draft.start_ids),
        division=own,
        station_id=by.station_id,
        bureau=queries.bureau_name(by),
        asked_path=asked.path,
        asked_name=asked.name,
        days=draft.days,
        requested_by=by.person_id,
        requested_name=by.name,
        requested_at=at,
    )
    _audit(by, at, "trace_case_requested", case, draft.reason)
    return case


def _no_bureau() -> Problem:
    return Problem("bureau_missing", "", "您的账号没有所属单位，请联系上级管理员补上后再申请。")


@transaction.atomic
def approve_case(*, by: Actor, case_id: int, note: str = "", at: datetime) -> TraceCase:
    """Open the case for the days it asked for; a second person of a higher bureau does.

    Raises: OutOfScope; Forbidden; Rejected when it was decided before, by its requester, or by a
    bureau that does not reach as far.
    """
    case = _decide(by, case_id, State.APPROVED, tidy_prose(note), at)
    case.expires_at = rules.expiry(at, case.days)
    case.save(update_fields=["state", *_DECISION, "expires_at"])
    _audit(by, at, "trace_case_approved", case, case.decision_note)
    return case


@transaction.atomic
def refuse_case(*, by: Actor, case_id: int, note: str, at: datetime) -> TraceCase:
    """Turn the request down; whoever asked reads why.

    Raises: OutOfScope; Forbidden; Rejected as for an approval, and without a reason.
    """
    note = tidy_prose(note)
    case = _decide(by, case_id, State.REFUSED, note, at)
    case.save(update_fields=["state", *_DECISION])
    _audit(by, at, "trace_case_refused", case, note)
    return case


_DECISION = ("decided_by", "decided_name", "decided_at", "decision_note")


def _decide(by: Actor, case_id: int, state: State, note: str, at: datetime) -> TraceCase:
    """The locked case with the decision on it, not yet saved."""
    opens = state == State.APPROVED
    case = _locked(by, case_id, Permission.APPROVE_TRACE_CASES)
    problems = rules.check_is_waiting(case.state)
    if not problems:
        problems = rules.check_decider(
            _facts(case), person_id=by.person_id, paths=by.scope.paths, opens=opens
        )
        problems += rules.check_note(note, is_required=not opens)
    if problems:
        raise Rejected(problems)
    case.state, case.decision_note = state, note
    case.decided_by, case.decided_name, case.decided_at = by.person_id, by.name, at
    return case


@transaction.atomic
def extend_case(*, by: Actor, case_id: int, days: int, reason: str, at: datetime) -> TraceCase:
    """Let an open case go on for ``days`` from now, at most 90 after it was opened.

    Raises: OutOfScope; Forbidden; Rejected when it is not open, by its requester, without a reason
    or for too long.
    """
    case = _locked(by, case_id, Permission.APPROVE_TRACE_CASES)
    reason, facts = tidy_prose(reason), _facts(case)
    problems = rules.check_extension(facts, days, at=at)
    problems += rules.check_decider(facts, person_id=by.person_id, paths=by.scope.paths)
    problems += rules.check_reason(reason, "reason", "延期的原因")
    if problems:
        raise Rejected(problems)
    case.expires_at = rules.expiry(at, days)
    case.save(update_fields=["expires_at"])
    _audit(by, at, "trace_case_extended", case, reason)
    return case


@transaction.atomic
def close_case(*, by: Actor, case_id: int, note: str, at: datetime) -> TraceCase:
    """End a case, or withdraw one that still waits; what was seen under it stays on record.

    Raises: OutOfScope; Forbidden; Rejected when it has ended already, or without a conclusion.
    """
    case = _locked(by, case_id, Permission.OPEN_TRACE_CASES)
    note = tidy_prose(note)
    problems = rules.check_may_close(case.state)
    problems += rules.check_reason(note, "note", "结案说明，例如处置结果")
    if problems:
        raise Rejected(problems)
    case.state, case.closing_note = State.CLOSED, note
    case.closed_by, case.closed_name, case.closed_at = by.person_id, by.name, at
    case.save(update_fields=["state", "closed_by", "closed_name", "closed_at", "closing_note"])
    _audit(by, at, "trace_case_closed", case, note)
    return case


def look_at_trace(
    *,
    by: Actor,
    starts: Collection[int],
    direction: Direction,
    at: datetime,
    case_id: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Look:
    """What the actor may see of the trace; writes the run and, under a case, who was seen.

    An officer without a case sees the own jurisdiction, an operator the own batches and papers.
    The receipts of a case concern every operator that the view shows, once a day.
    Raises: Forbidden; OutOfScope when a start or the case is not within sight.
    Cost: at most fourteen queries whatever the size, and one for each level beyond some thousand
    batches.
    """
    began = time.perf_counter()
    with transaction.atomic():
        if by.may(Permission.TRACE_BATCHES):
            case = None if case_id is None else queries.case_in_sight(by, case_id)
            view = lens.look(by, starts, direction, case, at=at, limits=limits)
        else:
            view = look_at_own(by, starts, direction)
        run = _run(by, view, at, began)
        if view.case_id is not None:
            _write_receipts(run, view, at)
    return Look(view, run)


def _run(by: Actor, view: TraceView, at: datetime, began: float) -> TraceRun:
    is_officer = by.may(Permission.TRACE_BATCHES)
    return TraceRun.objects.create(
        at=at,
        case_id=view.case_id,
        person_id=by.person_id,
        person_name=by.name,
        bureau=queries.bureau_name(by) if is_officer else "",
        operator_id=None if is_officer else by.operator_id,
        division_id=by.division_id if is_officer else None,
        station_id=by.station_id if is_officer else None,
        start_ids=list(view.start_ids),
        direction=view.direction,
        duration_ms=round((time.perf_counter() - began) * 1000),
        node_count=view.node_count,
        link_count=view.link_count,
        operator_count=view.operator_count,
        shown_count=len(view.hops),
        depth=view.depth,
        cut=view.cut or "",
    )


def _write_receipts(run: TraceRun, view: TraceView, at: datetime) -> None:
    """One row for each operator shown, unless the case has one of today. Cost: one query.

    By id, so that two looks at once wait for each other and never in a circle.
    """
    table = AccessReceipt._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (operator_id, day, case_id, run_id)"
            " SELECT id, %s, %s, %s FROM unnest(%s::bigint[]) AS owner(id)"
            " ON CONFLICT DO NOTHING",
            [business_day(at), view.case_id, run.pk, written(view.owners)],
        )


def _locked(by: Actor, case_id: int, permission: Permission) -> TraceCase:
    case = TraceCase.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=case_id)
    found = case.select_related("division").first()
    if found is None:
        raise OutOfScope
    by.require(permission)
    return found


def _facts(case: TraceCase) -> CaseFacts:
    return CaseFacts(
        state=case.state,
        requested_by=case.requested_by,
        division_path=case.division.path,
        asked_path=case.asked_path,
        decided_at=case.decided_at,
        expires_at=case.expires_at,
    )


def _audit(by: Actor, at: datetime, event: str, case: TraceCase, reason: str) -> None:
    audit.append(
        by=by,
        at=at,
        event=event,
        subject="TraceCase",
        subject_id=case.pk,
        county_id=case.division_id,
        count=len(case.start_ids),
        reason=reason,
        kind=case.kind,
    )
