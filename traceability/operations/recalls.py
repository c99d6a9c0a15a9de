"""A recall from its start to its end; it is widened, narrowed and cancelled, never deleted.

Locks are taken in one order: batches by id, the recall, its notices by operator, its batches.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem, Rejected
from shilian.text import tidy_prose
from traceability.graph.trace import trace
from traceability.models import Batch, Recall, RecallBatch, RecallEvent, RecallNotice
from traceability.operations import recall_reach
from traceability.queries import cases
from traceability.queries import recalls as queries
from traceability.rules import recalls as rules
from traceability.rules.recall_clocks import clock_for, deadlines
from traceability.rules.recalls import RecallDraft

Kind = RecallEvent.Kind
State = Recall.State


@dataclass(frozen=True, slots=True)
class _Initiator:
    """Who begins the recall, and the division that answers for it."""

    name: str
    division_id: int
    operator_id: int | None


@transaction.atomic
def start_recall(*, by: Actor, draft: RecallDraft, request_key: UUID, at: datetime) -> Recall:
    """Recall batches from everybody who has them; every holder downstream is told at once.

    Officers recall within their sight, an operator's responsible person the operator's own. A
    second press with the same key returns the first one's recall. A drill stops nothing.
    Raises: Forbidden; Rejected with every problem, also when a batch is under recall already.
    Source: 食品召回管理办法 articles 12, 13 and 18.
    Cost: a fixed number of queries, beyond some thousand batches one more for each level.
    """
    _require(by)
    draft = _tidied(draft)
    starts = _locked_starts(by, draft.start_ids)
    earlier = Recall.objects.managed_by(by).filter(request_key=request_key).first()
    if earlier is not None:
        return earlier
    clock = clock_for(draft.level, on=business_day(at))
    under_recall = queries.under_recall(draft.start_ids, is_drill=draft.is_drill)
    problems = rules.check_start(
        draft, clock, known_starts=starts.keys(), under_recall=under_recall, at=at
    )
    initiator = _initiator(by)
    if clock is None or initiator is None or problems:
        raise Rejected(problems or [_no_bureau()])
    due = deadlines(clock, known_at=draft.known_at, started_at=at)
    recall = Recall.objects.create(
        request_key=request_key,
        level=draft.level,
        cause=draft.cause,
        reason=draft.reason,
        is_drill=draft.is_drill,
        tells_upstream=draft.tells_upstream,
        product_name=_product_name(list(starts.values())),
        start_ids=sorted(starts),
        operator_id=initiator.operator_id,
        division_id=initiator.division_id,
        initiator=initiator.name,
        started_by=by.person_id,
        started_name=by.name,
        known_at=draft.known_at,
        started_at=at,
        start_due_at=due.start_due_at,
        finish_due_on=due.finish_due_on,
        legal_basis=clock.legal_basis,
    )
    found = trace(recall.start_ids, "down")
    recall_reach.spread(recall, found, found.hops, at)
    _write(by, at, recall, Kind.STARTED, draft.reason, batches=recall.batch_count)
    return recall


def _tidied(draft: RecallDraft) -> RecallDraft:
    starts = tuple(dict.fromkeys(draft.start_ids))
    return replace(draft, reason=tidy_prose(draft.reason), start_ids=starts)


def _require(by: Actor) -> None:
    by.require(Permission.START_RECALL if by.is_operator else Permission.MANAGE_RECALLS)


def _locked_starts(by: Actor, ids: Collection[int]) -> dict[int, Batch]:
    """Those of the batches that the actor may recall, kept from sellers meanwhile."""
    rows = Batch.objects.visible_to(by).current().filter(pk__in=list(ids)[: rules.MAX_STARTS + 1])
    if by.is_operator:
        rows = rows.filter(operator_id=by.operator_id or 0)
    locked = rows.order_by("pk").select_for_update(no_key=True)
    return {batch.pk: batch for batch in locked}


def _initiator(by: Actor) -> _Initiator | None:
    if by.is_operator:
        operator = Operator.objects.visible_to(by).get(pk=by.operator_id or 0)
        return _Initiator(operator.name, operator.county_id, operator.pk)
    if by.division_id is None:
        return None
    return _Initiator(cases.bureau_name(by), by.division_id, None)


def _no_bureau() -> Problem:
    return Problem("bureau_missing", "", "您的账号没有所属单位，请联系上级管理员补上后再启动。")


def _product_name(starts: Sequence[Batch]) -> str:
    """The first batch by name and number; how many more there are."""
    more = f" 等{len(starts)}个批次" if len(starts) > 1 else ""
    return f"{str(starts[0])[:100]}{more}"


@transaction.atomic
def widen_recall(
    *, by: Actor, recall_id: int, start_ids: Sequence[int], reason: str, at: datetime
) -> Recall:
    """Add batches, or with none trace again: whoever has received goods since is told too.

    Batches that narrowing took out come back when they are named. Holders that have more batches
    than before are asked again.
    Raises: OutOfScope; Forbidden; Rejected with every problem.
    """
    wanted, reason = tuple(dict.fromkeys(start_ids)), tidy_prose(reason)
    starts = _locked_starts(by, wanted)
    recall = _locked(by, recall_id)
    problems = rules.check_is_active(recall.state) + rules.check_reason(reason, "扩大范围的原因")
    fresh = set(wanted) - set(recall.start_ids) - set(recall.left_out_ids)
    if fresh:
        known = queries.under_recall(fresh, is_drill=recall.is_drill, besides=recall.pk)
        problems += rules.check_starts(tuple(sorted(fresh)), starts.keys(), known)
    if problems:
        raise Rejected(problems)
    recall.start_ids = sorted({*recall.start_ids, *fresh})
    recall.left_out_ids = sorted(set(recall.left_out_ids) - set(wanted))
    before = recall.batch_count
    found = trace(recall.start_ids, "down")
    recall_reach.spread(recall, found, recall_reach.reach_of(recall, found), at)
    _write(by, at, recall, Kind.WIDENED, reason, added=recall.batch_count - before)
    return recall


@transaction.atomic
def narrow_recall(
    *, by: Actor, recall_id: int, batch_ids: Collection[int], reason: str, at: datetime
) -> Recall:
    """Take batches out, and what came from them alone; their holders' notices are withdrawn.

    Raises: OutOfScope; Forbidden; Rejected with every problem.
    """
    recall, reason = _locked(by, recall_id), tidy_prose(reason)
    problems = rules.check_is_active(recall.state) + rules.check_reason(reason, "缩小范围的原因")
    if problems:
        raise Rejected(problems)
    affected = set(queries.affected_among(recall, batch_ids))
    recall.left_out_ids = sorted({*recall.left_out_ids, *affected})
    found = trace(recall.start_ids, "down")
    hops = recall_reach.reach_of(recall, found)
    if problems := rules.check_narrowing(set(batch_ids), affected, hops):
        raise Rejected(problems)
    before = recall.batch_count
    recall_reach.spread(recall, found, hops, at)
    removed = before - recall.batch_count
    _write(by, at, recall, Kind.NARROWED, reason, removed=removed, batches=sorted(affected))
    return recall


@transaction.atomic
def finish_recall(
    *, by: Actor, recall_id: int, note: str, at: datetime, accepts_unanswered: bool = False
) -> Recall:
    """End the recall; its batches stay recalled, and its pages go on saying so.

    Raises: OutOfScope; Forbidden; Rejected without a summary, or while holders are silent and
    nobody said that this is known.
    Source: 食品召回管理办法 article 18.
    """
    recall, note = _locked(by, recall_id), tidy_prose(note)
    problems = rules.check_is_active(recall.state)
    unanswered = RecallNotice.objects.unanswered().filter(recall=recall, role="holder").count()
    problems += rules.check_finish(
        note, unanswered=unanswered, accepts_unanswered=accepts_unanswered
    )
    if problems:
        raise Rejected(problems)
    _end(by, recall, State.FINISHED, note, at)
    _write(by, at, recall, Kind.FINISHED, note, unanswered=unanswered)
    return recall


@transaction.atomic
def cancel_recall(*, by: Actor, recall_id: int, reason: str, at: datetime) -> Recall:
    """Call the recall off with a reason; everything written about it stays.

    Raises: OutOfScope; Forbidden; Rejected when it has ended, or without a reason.
    """
    recall, reason = _locked(by, recall_id), tidy_prose(reason)
    problems = rules.check_is_active(recall.state) + rules.check_reason(reason, "撤销的原因")
    if problems:
        raise Rejected(problems)
    _end(by, recall, State.CANCELLED, reason, at)
    _write(by, at, recall, Kind.CANCELLED, reason)
    if not recall.is_drill:
        affected = RecallBatch.objects.affected().filter(recall=recall)
        recall_reach.forget_pages(list(affected.values_list("batch_id", flat=True)))
    return recall


def _locked(by: Actor, recall_id: int) -> Recall:
    """The recall that the actor manages, kept from others until the transaction ends.

    Raises: OutOfScope when it is not within sight, Forbidden when it is somebody else's to manage.
    """
    _require(by)
    rows = Recall.objects.managed_by(by).select_for_update(no_key=True)
    recall = rows.filter(pk=recall_id).first()
    if recall is not None and (not by.is_operator or recall.operator_id == by.operator_id):
        return recall
    raise OutOfScope


def _end(by: Actor, recall: Recall, state: State, note: str, at: datetime) -> None:
    recall.state, recall.ended_note = state, note
    recall.ended_by, recall.ended_name, recall.ended_at = by.person_id, by.name, at
    recall.save(update_fields=["state", "ended_by", "ended_name", "ended_at", "ended_note"])


def _write(
    by: Actor, at: datetime, recall: Recall, kind: RecallEvent.Kind, note: str, **details: Any
) -> None:
    RecallEvent.objects.create(
        recall=recall,
        at=at,
        kind=kind,
        person_id=by.person_id,
        person_name=by.name,
        operator_id=by.operator_id,
        note=note,
        details=details,
    )
    audit.append(
        by=by,
        at=at,
        event=f"recall_{kind}",
        subject="Recall",
        subject_id=recall.pk,
        county_id=recall.division_id,
        count=recall.batch_count,
        reason=note,
        is_drill=recall.is_drill,
    )
