"""What an operator is told of recalls, and what it has still to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from traceability.models import Batch, IncomingDraft, Recall, RecallBatch, RecallNotice
from traceability.models.recalls import RecallNoticeQuerySet
from traceability.queries import stock
from traceability.rules.recalls import ZERO, HeldBatch

SHOWN = 20
# An answer tells of every batch at once, so all have to stand on one page: four fields each, and
# settings.DATA_UPLOAD_MAX_NUMBER_FIELDS takes no more of them in one form.
LINES_SHOWN = 1_000
WAITING_SHOWN = 200


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One batch of the operator's under the recall; the last four are its answer so far."""

    batch_id: int
    name: str
    specification: str
    batch_number: str
    produced_on: date | None
    unit: str
    quantity: Decimal
    to_account_for: Decimal
    on_hand: Decimal
    left: Decimal | None
    recovered: Decimal | None
    sold: Decimal | None
    destroyed: Decimal | None

    @property
    def suggested_left(self) -> Decimal:
        """What the own books say is left."""
        return min(max(self.on_hand, ZERO), max(self.to_account_for, ZERO))

    @property
    def suggested_sold(self) -> Decimal:
        return max(self.to_account_for, ZERO) - self.suggested_left


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice with its recall and lines; ``waiting`` are goods on their way that nobody took in."""

    notice: RecallNotice
    recall: Recall
    lines: tuple[NoticeLine, ...]
    waiting: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return self.notice.is_open(self.recall)


def open_notices(operator: Operator) -> list[RecallNotice]:
    """The notices that wait for the operator, the gravest first. Cost: one query."""
    rows = (
        RecallNotice.objects.unanswered()
        .filter(operator=operator, recall__state=Recall.State.ACTIVE)
        .select_related("recall")
        .order_by("recall__is_drill", "recall__level", "-recall_id")
    )
    return list(rows[:SHOWN])


def list_notices(actor: Actor, operator: Operator) -> RecallNoticeQuerySet:
    """Every notice the operator was sent, for a keyset page."""
    rows = RecallNotice.objects.visible_to(actor).filter(operator=operator)
    return rows.select_related("recall")


def held_batches(operator: Operator, recall: Recall) -> list[HeldBatch]:
    """What the operator answers for. Cost: two queries."""
    rows = RecallBatch.objects.affected().filter(recall=recall, operator_id=operator.pk)
    found = list(rows.order_by("batch_id"))
    names = _names(operator, [row.batch_id for row in found])
    return [
        HeldBatch(row.batch_id, names[row.batch_id].name, row.unit, row.quantity, row.passed_on)
        for row in found
    ]


def find_notice(actor: Actor, operator: Operator, recall_id: int, *, on: date) -> NoticePage:
    """Everything the notice's page shows. Raises: OutOfScope. Cost: at most eight queries."""
    notice = list_notices(actor, operator).filter(recall_id=recall_id).first()
    if notice is None:
        raise OutOfScope
    rows = RecallBatch.objects.affected().filter(recall_id=recall_id, operator_id=operator.pk)
    found = list(rows.order_by("batch_id")[:LINES_SHOWN])
    ids = [row.batch_id for row in found]
    names, facts = _names(operator, ids), stock.batch_facts(operator, ids, on=on)
    lines = tuple(_line(row, names[row.batch_id], facts[row.batch_id].on_hand) for row in found)
    return NoticePage(notice, notice.recall, lines, _waiting(operator, notice.recall))


def _names(operator: Operator, ids: Collection[int]) -> dict[int, Batch]:
    return {batch.pk: batch for batch in Batch.objects.filter(operator=operator, pk__in=ids)}


def _line(row: RecallBatch, batch: Batch, on_hand: Decimal) -> NoticeLine:
    return NoticeLine(
        batch_id=row.batch_id,
        name=batch.name,
        specification=batch.specification,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        unit=row.unit,
        quantity=row.quantity,
        to_account_for=row.quantity - row.passed_on,
        on_hand=on_hand,
        left=row.left,
        recovered=row.recovered,
        sold=row.sold,
        destroyed=row.destroyed,
    )


def _waiting(operator: Operator, recall: Recall) -> tuple[str, ...]:
    """The recalled goods that sellers say they sent, by name and quantity."""
    waiting = IncomingDraft.objects.filter(operator=operator).waiting()
    recalled = RecallBatch.objects.affected().filter(recall=recall).values("batch_id")
    # The recalled ones are picked before the cut, lest many other deliveries hide them.
    rows = waiting.filter(pk__gt=min(recall.start_ids), seller_batch_id__in=recalled)
    return tuple(
        f"{row.facts.get('name', '')} {row.quantity.normalize():f}{row.unit}"
        for row in rows.order_by("pk")[:WAITING_SHOWN]
    )
