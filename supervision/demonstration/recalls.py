"""One finished recall and one drill, so that their pages have something to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count

from enterprises.actor import Actor, actor_for_operator
from enterprises.models import Division, Operator
from shilian.clock import SHANGHAI
from traceability.graph.trace import trace
from traceability.models import (
    Batch,
    Channel,
    IncomingDraft,
    Link,
    LinkKind,
    Recall,
    RecallBatch,
    RecallNotice,
)
from traceability.operations import recall_answers, recalls
from traceability.rules.recalls import AnswerDraft, AnswerLine, RecallDraft

FEWEST, MOST = 3, 25
LOOKED_AT = 60
# One in so many holders of the drill has not answered, so that the league has something to rank.
SILENT_EVERY = 4
# One answer after the other, and the last of them before the story is told.
SLOWEST_PACE = timedelta(minutes=11)
ANSWERED_WITHIN = timedelta(hours=5)
RECALL_KEY = UUID("5f1d0b5e-0000-4000-8000-000000000001")
DRILL_KEY = UUID("5f1d0b5e-0000-4000-8000-000000000002")


def tell_recalls(*, by: Actor, spared: frozenset[int], at: datetime) -> None:
    """A recall of the second level that every holder answered, and a drill that most did.

    The recall keeps away from the ``spared`` operators, whose goods the accounts work with.
    """
    bureau = replace(by, division_id=Division.objects.get(parent=None).pk, name="演示省局")
    found = _chains(by)
    quiet = [batch for batch in found if not _touches(batch, spared)]
    if quiet:
        _finished(bureau, quiet[0], at - timedelta(days=2))
    drilled = [batch for batch in found if batch not in quiet[:1]]
    if drilled:
        _drill(bureau, drilled[0], at - timedelta(hours=6))


def _chains(by: Actor) -> list[Batch]:
    """Batches that went to a few buyers, those with the most first."""
    current = Batch.objects.visible_to(by).current()
    bought = (
        Link.objects.filter(kind=LinkKind.TRANSFER)
        .values_list("parent_id")
        .annotate(buyers=Count("child_id"))
        .filter(buyers__gte=FEWEST, buyers__lte=MOST)
        .order_by("-buyers", "parent_id")
    )
    ids = [pk for pk, _ in bought[:LOOKED_AT]]
    rows = {batch.pk: batch for batch in current.filter(pk__in=ids)}
    return [rows[pk] for pk in ids if pk in rows]


def _touches(batch: Batch, spared: frozenset[int]) -> bool:
    """Whether somebody who is spared has these goods, or somebody still waits for them."""
    reached = trace([batch.pk], "down").hops
    holders = Batch.objects.filter(pk__in=list(reached)).values_list("operator_id", flat=True)
    offered = IncomingDraft.objects.filter(
        seller_operator_id__in=list(holders), seller_batch_id__in=list(reached)
    )
    return bool(spared & set(holders)) or offered.waiting().exists()


def _finished(bureau: Actor, batch: Batch, at: datetime) -> None:
    draft = RecallDraft(
        level="second",
        cause="failed_sample",
        reason="监督抽检有一项指标不合格",
        start_ids=(batch.pk,),
        known_at=at - timedelta(hours=5),
    )
    recall = recalls.start_recall(by=bureau, draft=draft, request_key=RECALL_KEY, at=at)
    _answers(recall, at, skip=0)
    recalls.finish_recall(
        by=bureau,
        recall_id=recall.pk,
        note="全部持有者已回复，封存的货已监督销毁。",
        at=at + timedelta(hours=30),
    )


def _drill(bureau: Actor, batch: Batch, at: datetime) -> None:
    draft = RecallDraft(
        level="first",
        cause="own_finding",
        reason=f"{at.astimezone(SHANGHAI).year}年召回演练",
        start_ids=(batch.pk,),
        known_at=at,
        is_drill=True,
    )
    recall = recalls.start_recall(by=bureau, draft=draft, request_key=DRILL_KEY, at=at)
    _answers(recall, at, skip=SILENT_EVERY)


def _answers(recall: Recall, at: datetime, *, skip: int) -> None:
    """The holders answer one after the other; with ``skip`` every so-manieth stays silent."""
    holders = RecallNotice.objects.filter(recall=recall, role=RecallNotice.Role.HOLDER)
    ids = list(holders.order_by("operator_id").values_list("operator_id", flat=True))
    operators = Operator.objects.in_bulk(ids)
    pace = min(SLOWEST_PACE, ANSWERED_WITHIN / max(len(ids), 1))
    for number, operator_id in enumerate(ids, start=1):
        if skip and number % skip == 0:
            continue
        _answer(recall, operators[operator_id], at + pace * number)


def _answer(recall: Recall, operator: Operator, at: datetime) -> None:
    own = RecallBatch.objects.affected().filter(recall=recall, operator_id=operator.pk)
    lines = tuple(_line(row) for row in own.order_by("batch_id"))
    recall_answers.answer_notice(
        by=actor_for_operator(operator, channel=Channel.DEMO),
        operator=operator,
        recall_id=recall.pk,
        draft=AnswerDraft(lines=lines, note="已封存"),
        at=at,
    )


def _line(row: RecallBatch) -> AnswerLine:
    """Half of what has to be accounted for is still there, the rest was sold."""
    whole = max(row.quantity - row.passed_on, row.quantity * 0)
    left = (whole / 2).quantize(row.quantity) if whole else whole
    return AnswerLine(row.batch_id, left=left, sold=whole - left)
