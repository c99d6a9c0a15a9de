"""Losses, destruction and returns, as the operations and the pages ask for them."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from enterprises.actor import Actor
from enterprises.models import Operator
from traceability.models import Purchase, ReturnedGoods, Sale, StockMovement
from traceability.models.movements import ReturnedGoodsQuerySet
from traceability.rules.movements import Bought

COUNTED = 100


def bought_facts(operator: Operator, batch_ids: Collection[int]) -> dict[int, Bought]:
    """How each of the batches was bought, and what has gone back of it. Cost: two queries."""
    if not batch_ids:
        return {}
    returned = _returned(operator, batch_ids)
    rows = Purchase.objects.current().filter(operator=operator, batch_id__in=batch_ids)
    return {
        row.batch_id: Bought(
            supplier_name=row.supplier_name,
            quantity=row.quantity,
            returned=returned.get(row.batch_id, Decimal(0)),
            partner_id=row.partner_id,
            supplier_operator_id=row.supplier_operator_id,
            sale_id=row.sale_id,
        )
        for row in rows
    }


def _returned(operator: Operator, batch_ids: Collection[int]) -> dict[int, Decimal]:
    rows = StockMovement.objects.current().filter(
        operator=operator, batch_id__in=batch_ids, kind=StockMovement.Kind.RETURN
    )
    sums = rows.values("batch_id").annotate(sum=Sum(F("quantity") - F("returned_quantity")))
    return dict(sums.values_list("batch_id", "sum"))


def sold_batches(operator_ids: Collection[int], sale_ids: Collection[int]) -> dict[int, int]:
    """The batch that each of the sellers' sales was made from. Cost: one query."""
    rows = Sale.objects.filter(operator_id__in=operator_ids, pk__in=sale_ids)
    return dict(rows.values_list("pk", "batch_id"))


def list_movements(
    actor: Actor, operator: Operator, *, kind: str = "", search: str = ""
) -> QuerySet[StockMovement]:
    """The operator's losses, destructions and returns that hold, with their batches."""
    rows = StockMovement.objects.visible_to(actor).current().filter(operator=operator)
    if kind:
        rows = rows.filter(kind=kind)
    if search:
        rows = rows.filter(batch__name__contains=search) | rows.filter(cause__contains=search)
    return rows.select_related("batch")


def find_movement(actor: Actor, operator: Operator, movement_id: int) -> StockMovement | None:
    rows = StockMovement.objects.visible_to(actor).filter(operator=operator, pk=movement_id)
    return rows.select_related("batch").first()


def answer_to(operator: Operator, movement_id: int) -> ReturnedGoods | None:
    """The supplier's side of the operator's return; None where the supplier is not asked."""
    rows = ReturnedGoods.objects.filter(buyer_operator_id=operator.pk, movement_id=movement_id)
    return rows.first()


def list_returned(actor: Actor, operator: Operator, *, waiting: bool) -> QuerySet[ReturnedGoods]:
    """What buyers sent back to the operator: what waits for its answer, or what was answered."""
    rows = all_returned(actor, operator)
    return rows.waiting() if waiting else rows.exclude(state=ReturnedGoods.State.WAITING)


def all_returned(actor: Actor, operator: Operator) -> ReturnedGoodsQuerySet:
    return ReturnedGoods.objects.visible_to(actor).filter(operator=operator)


def find_returned(actor: Actor, operator: Operator, returned_id: int) -> ReturnedGoods | None:
    rows = ReturnedGoods.objects.visible_to(actor).filter(operator=operator, pk=returned_id)
    return rows.first()


def waiting_count(operator: Operator) -> int:
    """How many returns wait for the operator's answer, up to a hundred. Cost: one query."""
    rows = ReturnedGoods.objects.filter(operator=operator).waiting()
    return len(rows.values_list("pk")[:COUNTED])
