"""Losses, destruction and returns, as the operations and the pages ask for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db.spelling import part_of
from traceability.models import Purchase, ReturnedGoods, Sale, StockMovement
from traceability.models.movements import ReturnedGoodsQuerySet
from traceability.queries import holds
from traceability.rules.movements import Bought

COUNTED = 100


@dataclass(frozen=True, slots=True)
class _Came:
    """Where goods that a buyer sent back had been sold from, and whether because of a recall."""

    sold_from: int
    is_recalled: bool


def bought_facts(operator: Operator, batch_ids: Collection[int]) -> dict[int, Bought]:
    """How each of the batches was bought, and what has gone back of it.

    What a buyer sent back came by the purchase of the batch that had been sold.
    Cost: five queries, and three for each time that the same goods were sold and came back.
    """
    if not batch_ids:
        return {}
    came = _came_back(operator, batch_ids)
    bought = {id_: _bought_as(id_, came) for id_ in batch_ids}
    roots = set(bought.values())
    family = roots | _sent_back_of(operator, roots)
    came |= _came_back(operator, family - came.keys())
    returned: dict[int, Decimal] = {}
    for id_, quantity in _returned(operator, family).items():
        root = _bought_as(id_, came)
        returned[root] = returned.get(root, Decimal(0)) + quantity
    rows = Purchase.objects.current().filter(operator=operator, batch_id__in=roots)
    purchases = {row.batch_id: row for row in rows}
    return {
        id_: _bought(purchases[root], returned.get(root, Decimal(0)), _is_recalled(id_, came))
        for id_, root in bought.items()
        if root in purchases
    }


def bought_as(operator: Operator, batch_ids: Collection[int]) -> set[int]:
    """The batches that the goods were when they were bought. Cost: one query, two more if returned."""
    came = _came_back(operator, batch_ids)
    return {_bought_as(id_, came) for id_ in batch_ids}


def _bought(row: Purchase, returned: Decimal, is_recalled: bool) -> Bought:
    return Bought(
        batch_id=row.batch_id,
        supplier_name=row.supplier_name,
        quantity=row.quantity,
        returned=returned,
        is_recalled=is_recalled,
        partner_id=row.partner_id,
        supplier_operator_id=row.supplier_operator_id,
        sale_id=row.sale_id,
    )


def _came_back(operator: Operator, batch_ids: Collection[int]) -> dict[int, _Came]:
    """Of the batches those that a buyer sent back, and of what these had been sold from the same."""
    came: dict[int, _Came] = {}
    asked = set(batch_ids)
    while asked:
        rows = ReturnedGoods.objects.filter(operator=operator, received_batch_id__in=asked)
        found = list(rows)
        stops = holds.stops_of(
            {id_ for row in found for id_ in (row.seller_batch_id, row.buyer_batch_id)}
        )
        recalled = {id_ for id_, stop in stops.items() if stop.is_recall}
        for row in found:
            is_recalled = not recalled.isdisjoint((row.seller_batch_id, row.buyer_batch_id))
            came[row.received_batch_id or 0] = _Came(row.seller_batch_id, is_recalled)
        asked = {row.seller_batch_id for row in found} - came.keys()
    return came


def _bought_as(batch_id: int, came: dict[int, _Came]) -> int:
    while batch_id in came:
        batch_id = came[batch_id].sold_from
    return batch_id


def _is_recalled(batch_id: int, came: dict[int, _Came]) -> bool:
    while batch_id in came:
        if came[batch_id].is_recalled:
            return True
        batch_id = came[batch_id].sold_from
    return False


def _sent_back_of(operator: Operator, batch_ids: Iterable[int]) -> set[int]:
    """What buyers have sent back of the batches, also of what was then sold again."""
    found: set[int] = set()
    asked = set(batch_ids)
    while asked:
        rows = ReturnedGoods.objects.filter(operator=operator, seller_batch_id__in=asked)
        back = rows.exclude(received_batch_id=None).values_list("received_batch_id", flat=True)
        asked = {id_ for id_ in back if id_ is not None} - found
        found |= asked
    return found


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
        rows = rows.filter(part_of("batch__name", search) | part_of("cause", search))
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
