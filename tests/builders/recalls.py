"""Recalls and holds made by the real operations; name the one fact that matters in the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from enterprises.actor import Actor
from enterprises.models import Operator
from tests.builders.chains import province_officer
from tests.builders.enterprises import AT, owner_of
from traceability.models import Batch, Recall, RecallBatch, RecallNotice
from traceability.operations import recall_answers, recalls
from traceability.rules.recalls import AnswerDraft, AnswerLine, RecallDraft


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
