"""Recalls and holds made by the real operations; name the one fact that matters in the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from enterprises.actor import Actor
from enterprises.models import Operator
from tests.builders.chains import province_officer
from tests.builders.enterprises import AT, owner_of
from traceability.models import Batch, Recall, RecallBatch, RecallEvent, RecallNotice
from traceability.operations import recall_answers, recalls
from traceability.rules.recalls import AnswerDraft, AnswerLine, RecallDraft

HOUR = timedelta(hours=1)


def recall_draft(*starts: Batch, **facts: Any) -> RecallDraft:
    draft = RecallDraft(
        level="second",
        cause="failed_sample",
        reason="样品菌落总数超标",
        start_ids=tuple(batch.pk for batch in starts),
        known_at=AT,
    )
    return replace(draft, **facts)


def make_recall(
    *starts: Batch,
    by: Actor | None = None,
    at: datetime = AT,
    key: UUID | None = None,
    **facts: Any,
) -> Recall:
    return recalls.start_recall(
        by=by or province_officer(),
        draft=recall_draft(*starts, **facts),
        request_key=key or uuid4(),
        at=at,
    )


def answer(operator: Operator, recall: Recall, at: datetime = AT, **facts: Any) -> RecallNotice:
    """The holder says that everything it answers for is sealed, unless ``lines`` say otherwise."""
    rows = RecallBatch.objects.affected().filter(recall=recall, operator_id=operator.pk)
    lines = tuple(AnswerLine(row.batch_id, row.quantity - row.passed_on) for row in rows)
    draft = replace(AnswerDraft(lines=lines), **facts)
    return recall_answers.answer_notice(
        by=owner_of(operator), operator=operator, recall_id=recall.pk, draft=draft, at=at
    )


def line(batch: Batch, **parts: int | str) -> AnswerLine:
    amounts = {"left": Decimal(0)} | {name: Decimal(value) for name, value in parts.items()}
    return AnswerLine(batch.pk, **amounts)


def told(recall: Recall, role: str = "holder") -> set[int]:
    rows = RecallNotice.objects.standing().filter(recall=recall, role=role)
    return set(rows.values_list("operator_id", flat=True))


def affected(recall: Recall) -> set[int]:
    rows = RecallBatch.objects.affected().filter(recall=recall)
    return set(rows.values_list("batch_id", flat=True))


def kinds(recall: Recall) -> list[str]:
    return list(
        RecallEvent.objects.filter(recall=recall).order_by("pk").values_list("kind", flat=True)
    )


def widen(
    recall: Recall, *starts: Batch, reason: str = "又发现同批原料", by: Actor | None = None
) -> Recall:
    ids = [batch.pk for batch in starts]
    return recalls.widen_recall(
        by=by or province_officer(), recall_id=recall.pk, start_ids=ids, reason=reason, at=AT
    )


def narrow(
    recall: Recall, *batches: Batch, reason: str = "这部分检验合格", by: Actor | None = None
) -> Recall:
    ids = [batch.pk for batch in batches]
    return recalls.narrow_recall(
        by=by or province_officer(), recall_id=recall.pk, batch_ids=ids, reason=reason, at=AT
    )


def finish(recall: Recall, note: str = "全部追回", by: Actor | None = None, **facts: Any) -> Recall:
    return recalls.finish_recall(
        by=by or province_officer(), recall_id=recall.pk, note=note, at=AT + HOUR, **facts
    )


def cancel(recall: Recall, reason: str = "复检合格", by: Actor | None = None) -> Recall:
    return recalls.cancel_recall(
        by=by or province_officer(), recall_id=recall.pk, reason=reason, at=AT + HOUR
    )
