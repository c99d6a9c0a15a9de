"""What the holders of recalled goods say: that they stopped selling, and where the goods are.

Locks are taken in one order: the notice, then its batches.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import connection, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected, errors
from shilian.text import tidy_prose
from traceability.models import EvidenceDocument, RecallBatch, RecallEvent, RecallNotice
from traceability.queries import recall_notices as queries
from traceability.rules import recalls as rules
from traceability.rules.recalls import PARTS, AnswerDraft

Kind = RecallEvent.Kind
_ANSWER = f"""
    UPDATE {RecallBatch._meta.db_table} b SET {", ".join(f'"{part}" = told."{part}"' for part in PARTS)}
    FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[])
      AS told(batch_id, {", ".join(f'"{part}"' for part in PARTS)})
    WHERE b.recall_id = %s AND b.operator_id = %s AND b.batch_id = told.batch_id"""


@transaction.atomic
def acknowledge_notice(
    *, by: Actor, operator: Operator, recall_id: int, at: datetime
) -> RecallNotice:
    """Say that the notice was read and sales have stopped; the quantities may follow.

    Raises: OutOfScope; Rejected when it was acknowledged before, or concerns the operator no more.
    """
    notice = _locked(by, operator, recall_id)
    problems = rules.check_is_active(notice.recall.state) or rules.check_acknowledgement(
        is_withdrawn=notice.withdrawn_at is not None,
        is_acknowledged=notice.acknowledged_at is not None,
    )
    if problems:
        raise Rejected(problems)
    _save(notice, acknowledged_at=at)
    _write(by, at, notice, Kind.ACKNOWLEDGED, operator)
    return notice


@transaction.atomic
def answer_notice(
    *, by: Actor, operator: Operator, recall_id: int, draft: AnswerDraft, at: datetime
) -> RecallNotice:
    """Say where the goods of some batches of the notice are; it counts as acknowledged with it.

    It counts as answered once every batch has been told of, in one call or in several. More than
    was received is kept and shows in the balance. A further answer needs a reason; the former one
    stays in the history.
    Raises: OutOfScope; Rejected with every problem, each at its line.
    """
    notice = _locked(by, operator, recall_id)
    draft, was_answered = _tidied(draft), notice.answered_at is not None
    problems = _problems(notice, operator, draft)
    if errors(problems):
        raise Rejected(problems)
    _write_lines(notice, draft)
    _save(
        notice,
        acknowledged_at=notice.acknowledged_at or at,
        note=draft.note or notice.note,
        evidence_ids=sorted({*notice.evidence_ids, *draft.evidence_ids}),
    )
    if not queries.has_untold_batches(operator, notice.recall):
        _save(notice, answered_at=at, answered_by=by.person_id, answered_name=by.name)
    kind = Kind.CORRECTED if was_answered else Kind.ANSWERED
    _write(by, at, notice, kind, operator, draft, [problem.code for problem in problems])
    return notice


@transaction.atomic
def preview_answer(
    *, by: Actor, operator: Operator, recall_id: int, draft: AnswerDraft
) -> list[Problem]:
    """Every problem and warning that the answer would meet; nothing is written.

    Raises: OutOfScope.
    """
    return _problems(_locked(by, operator, recall_id), operator, _tidied(draft))


def _tidied(draft: AnswerDraft) -> AnswerDraft:
    return replace(draft, note=tidy_prose(draft.note), correction=tidy_prose(draft.correction))


def _problems(notice: RecallNotice, operator: Operator, draft: AnswerDraft) -> list[Problem]:
    told = [line.batch_id for line in draft.lines]
    held = {each.batch_id: each for each in queries.held_batches(operator, notice.recall, told)}
    return rules.check_is_active(notice.recall.state) or [
        *rules.check_answer(
            draft,
            held,
            holds_any=notice.batch_count > 0,
            is_withdrawn=notice.withdrawn_at is not None,
            is_answered=notice.answered_at is not None,
        ),
        *_check_evidence(operator, draft.evidence_ids),
    ]


def _locked(by: Actor, operator: Operator, recall_id: int) -> RecallNotice:
    by.require(Permission.ANSWER_RECALLS, on=operator)
    rows = RecallNotice.objects.filter(operator=operator, recall_id=recall_id)
    notice = rows.select_for_update(of=("self",)).select_related("recall").first()
    if notice is None:
        raise OutOfScope
    return notice


def _check_evidence(operator: Operator, ids: tuple[int, ...]) -> list[Problem]:
    own = EvidenceDocument.objects.filter(operator=operator, pk__in=ids)
    if own.count() == len(set(ids)):
        return []
    message = "没有找到这份凭证，请重新拍照上传。"
    return [Problem("evidence_unknown", "evidence_ids", message)]


def _write_lines(notice: RecallNotice, draft: AnswerDraft) -> None:
    columns = [[line.batch_id for line in draft.lines]]
    columns += [[getattr(line, part) for line in draft.lines] for part in PARTS]
    with connection.cursor() as cursor:
        cursor.execute(_ANSWER, [*columns, notice.recall_id, notice.operator_id])


def _save(notice: RecallNotice, **values: object) -> None:
    own = RecallNotice.objects.filter(recall_id=notice.recall_id, operator_id=notice.operator_id)
    own.update(**values)
    for name, value in values.items():
        setattr(notice, name, value)


def _write(
    by: Actor,
    at: datetime,
    notice: RecallNotice,
    kind: RecallEvent.Kind,
    operator: Operator,
    draft: AnswerDraft | None = None,
    warnings: list[str] | None = None,
) -> None:
    lines = draft.lines if draft else ()
    RecallEvent.objects.create(
        recall=notice.recall,
        at=at,
        kind=kind,
        person_id=by.person_id,
        person_name=by.name,
        operator_id=operator.pk,
        note=(draft.correction or draft.note) if draft else "",
        details={
            "lines": [
                {"batch": line.batch_id} | {part: str(getattr(line, part)) for part in PARTS}
                for line in lines
            ],
            "warnings": warnings or [],
        },
    )
    audit.append(
        by=by,
        at=at,
        event=f"recall_{kind}",
        about=operator,
        subject="Recall",
        subject_id=notice.recall_id,
        count=notice.batch_count,
        is_drill=notice.recall.is_drill,
    )
