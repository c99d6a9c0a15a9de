"""What an operator is told of recalls, and what it has still to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator
from traceability.models import (
    Batch,
    IncomingDraft,
    Link,
    LinkKind,
    Recall,
    RecallBatch,
    RecallNotice,
    StockMovement,
)
from traceability.models.recalls import RecallBatchQuerySet, RecallNoticeQuerySet
from traceability.queries import stock
from traceability.rules.recalls import ZERO, HeldBatch

SHOWN = 20
# A page of an answer: four fields for each batch, as many as a phone still draws at once.
LINES_SHOWN = 200
WAITING_SHOWN = 200


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One batch of the operator's under the recall; the last four are its answer so far.

    By the books ``lost`` was spoilt or destroyed, ``sent_back`` went to a supplier that has not
    taken it into its own books, and ``oversold`` left beyond all that had come.
    """

    batch_id: int
    name: str
    specification: str
    batch_number: str
    produced_on: date | None
    unit: str
    quantity: Decimal
    to_account_for: Decimal
    oversold: Decimal
    on_hand: Decimal
    lost: Decimal
    sent_back: Decimal
    left: Decimal | None
    recovered: Decimal | None
    sold: Decimal | None
    destroyed: Decimal | None

    @property
    def suggested_left(self) -> Decimal:
        """What the own books say is left."""
        return min(max(self.on_hand, ZERO), self.to_account_for)

    @property
    def suggested_destroyed(self) -> Decimal:
        return min(self.lost, self.to_account_for - self.suggested_left)

    @property
    def suggested_sold(self) -> Decimal:
        """The rest was sold, except what was sent back, which none of the four fields means."""
        rest = self.to_account_for - self.suggested_left - self.suggested_destroyed
        return max(rest - self.sent_back, ZERO)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice with one page of its lines; ``waiting`` are goods on their way that nobody took in.

    Of all its batches ``before`` stand ahead of these lines and ``untold`` wait for an answer.
    """

    notice: RecallNotice
    recall: Recall
    lines: tuple[NoticeLine, ...]
    waiting: tuple[str, ...]
    before: int = 0
    untold: int = 0

    @property
    def first(self) -> int:
        """The number of the first line among all batches, from one."""
        return self.before + 1

    @property
    def last(self) -> int:
        return self.before + len(self.lines)

    @property
    def is_one_of_several(self) -> bool:
        return len(self.lines) < self.notice.batch_count

    @property
    def further(self) -> int | None:
        """After which batch the following page begins; None when there is none."""
        return (
            self.lines[-1].batch_id if self.lines and self.last < self.notice.batch_count else None
        )

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


def held_batches(operator: Operator, recall: Recall, ids: Collection[int]) -> list[HeldBatch]:
    """Those of the batches that the operator answers for. Cost: two queries."""
    found = list(_held(operator, recall.pk).filter(batch_id__in=ids).order_by("batch_id"))
    names = _names(operator, [row.batch_id for row in found])
    return [
        HeldBatch(row.batch_id, names[row.batch_id].name, row.unit, row.quantity, row.passed_on)
        for row in found
    ]


def has_untold_batches(operator: Operator, recall: Recall) -> bool:
    """Whether the operator has still to tell of one of its batches. Cost: one query."""
    return _held(operator, recall.pk).filter(left=None).exists()


def _held(operator: Operator, recall_id: int) -> RecallBatchQuerySet:
    return RecallBatch.objects.affected().filter(recall_id=recall_id, operator_id=operator.pk)


def find_notice(
    actor: Actor,
    operator: Operator,
    recall_id: int,
    *,
    on: date,
    after: int | None = None,
    only: Collection[int] | None = None,
) -> NoticePage:
    """The notice with the page of lines that comes ``after`` a batch, or with ``only`` those.

    With neither it begins at the first batch that has not been told of.
    Raises: OutOfScope. Cost: at most twelve queries.
    """
    notice = list_notices(actor, operator).filter(recall_id=recall_id).first()
    if notice is None:
        raise OutOfScope
    rows = _held(operator, recall_id)
    found = _page(rows, after, only)
    ids = [row.batch_id for row in found]
    names, facts = _names(operator, ids), stock.batch_facts(operator, ids, on=on)
    lost, sent_back = _moved(operator, ids)
    lines = tuple(
        _line(
            row,
            names[row.batch_id],
            on_hand=facts[row.batch_id].on_hand,
            lost=lost.get(row.batch_id, ZERO),
            sent_back=sent_back.get(row.batch_id, ZERO),
        )
        for row in found
    )
    counts = rows.aggregate(
        before=Count("batch_id", filter=Q(batch_id__lt=min(ids, default=0))),
        untold=Count("batch_id", filter=Q(left=None)),
    )
    return NoticePage(notice, notice.recall, lines, _waiting(operator, notice.recall), **counts)


def _page(
    rows: RecallBatchQuerySet, after: int | None, only: Collection[int] | None
) -> list[RecallBatch]:
    ordered = rows.order_by("batch_id")
    if only is not None:
        return list(ordered.filter(batch_id__in=only))
    if after is None:
        untold = ordered.filter(left=None).values_list("batch_id", flat=True).first()
        after = untold - 1 if untold else 0
    return list(ordered.filter(batch_id__gt=after)[:LINES_SHOWN])


def _names(operator: Operator, ids: Collection[int]) -> dict[int, Batch]:
    return {batch.pk: batch for batch in Batch.objects.filter(operator=operator, pk__in=ids)}


def _moved(
    operator: Operator, ids: Collection[int]
) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """By batch: what was lost or destroyed; what was sent back and is in no batch of the supplier's.

    Cost: two queries.
    """
    rows = StockMovement.objects.current().filter(operator=operator, batch_id__in=ids).order_by()
    lost: dict[int, Decimal] = {}
    sent_back: dict[int, Decimal] = {}
    for batch_id, kind, quantity in rows.values_list("batch_id", "kind").annotate(
        gone=Sum(F("quantity") - F("returned_quantity"))
    ):
        where = sent_back if kind == StockMovement.Kind.RETURN else lost
        where[batch_id] = where.get(batch_id, ZERO) + quantity
    taken = Link.objects.filter(parent_id__in=ids, kind=LinkKind.RETURN).order_by()
    for batch_id, quantity in taken.values_list("parent_id").annotate(Sum("quantity")):
        sent_back[batch_id] = max(sent_back.get(batch_id, ZERO) - quantity, ZERO)
    return lost, sent_back


def _line(row: RecallBatch, batch: Batch, **by_the_books: Decimal) -> NoticeLine:
    unaccounted = row.quantity - row.passed_on
    return NoticeLine(
        batch_id=row.batch_id,
        name=batch.name,
        specification=batch.specification,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        unit=row.unit,
        quantity=row.quantity,
        to_account_for=max(unaccounted, ZERO),
        oversold=max(-unaccounted, ZERO),
        **by_the_books,
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
