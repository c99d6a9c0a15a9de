"""What is left of each batch: received, less sold, used up, lost, destroyed and sent back.

What a buyer or supplier did not take is back in stock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import F, Min, QuerySet

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.db.ids import lower_bound, made_at
from traceability.models import (
    Batch,
    BatchOrigin,
    FactoryInspection,
    Link,
    Package,
    RecordState,
    Sale,
    StockMovement,
)
from traceability.models.batches import USING_UP, BatchQuerySet
from traceability.queries import gates, holds, stock_book
from traceability.rules.corrections import Use
from traceability.rules.holds import Stop
from traceability.rules.sales import BatchFacts

ZERO = Decimal(0)
SHOWN = 300
CAME = {
    BatchOrigin.PURCHASED: "入库",
    BatchOrigin.MADE: "生产",
    BatchOrigin.GROWN: "采收",
    BatchOrigin.REPACKED: "拆并分装",
    BatchOrigin.PACKED: "装箱",
    BatchOrigin.RETURNED: "退回",
}


@dataclass(frozen=True, slots=True)
class StockLine:
    """One batch with something left of it."""

    batch_id: int
    product_id: int
    name: str
    specification: str
    unit: str
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    received_on: date
    on_hand: Decimal
    is_made: bool
    may_be_sold: bool
    stop: Stop | None = None
    origin_kind: str = BatchOrigin.PURCHASED
    # 箱 or 托盘; empty for what lies loose.
    pack: str = ""
    # The last word of the factory on it, or on what it came from, is that it failed.
    has_failed: bool = False

    @property
    def is_packed(self) -> bool:
        return bool(self.pack)

    @property
    def came(self) -> str:
        """How the batch came to be there, in a word."""
        return CAME[BatchOrigin(self.origin_kind)]

    def is_expired(self, today: date) -> bool:
        return self.expires_on is not None and self.expires_on < today


def gone_from(operator: Operator, batch_ids: Collection[int]) -> dict[int, Decimal]:
    """How much has left each batch so far, by sale, use, loss or return. Cost: two queries."""
    ids = list(batch_ids)
    if not ids:
        return {}
    told: list[Any] = [operator.pk, ids, _recorded_since(ids)]
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_SQL, [*told, *told])
        gone: dict[int, Decimal] = dict(cursor.fetchall())
        cursor.execute(_USED_SQL, [ids, USING_UP])
        used = cursor.fetchall()
    for batch_id, quantity in used:
        gone[batch_id] = gone.get(batch_id, ZERO) + quantity
    return gone


# Asked before every sale and at every look at the stock, so not built anew each time.
_TOLD = """SELECT batch_id, quantity - returned_quantity AS quantity FROM {}
WHERE operator_id = %s AND batch_id = ANY(%s) AND state = 'current' AND id >= %s"""
_LEFT_SQL = f"""SELECT batch_id, sum(quantity) FROM (
{_TOLD.format(Sale._meta.db_table)} UNION ALL {_TOLD.format(StockMovement._meta.db_table)}
) told GROUP BY batch_id"""
_USED_SQL = f"""SELECT parent_id, sum(quantity) FROM {Link._meta.db_table}
WHERE parent_id = ANY(%s) AND kind = ANY(%s) GROUP BY parent_id"""


def ways_gone(operator: Operator, batch_ids: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """The same by the way in which it left, in the words of ``WAYS``. Cost: two queries."""
    ids = list(batch_ids)
    if not ids:
        return {}
    told: list[Any] = [operator.pk, ids, _recorded_since(ids)]
    with connection.cursor() as cursor:
        cursor.execute(_WAYS_SQL, [*told, *told])
        rows = cursor.fetchall()
        cursor.execute(_WAYS_USED_SQL, [ids, USING_UP])
        rows += cursor.fetchall()
    ways: dict[int, dict[str, Decimal]] = {}
    for batch_id, way, quantity in rows:
        if quantity:
            ways.setdefault(batch_id, {})[way] = quantity
    return ways


_WAY = """SELECT batch_id, {} AS way, quantity - returned_quantity AS quantity FROM {}
WHERE operator_id = %s AND batch_id = ANY(%s) AND state = 'current' AND id >= %s"""
_SALES, _MOVES = Sale._meta.db_table, StockMovement._meta.db_table
_WAYS_SQL = f"""SELECT batch_id, way, sum(quantity) FROM (
{_WAY.format("'sale'", _SALES)} UNION ALL {_WAY.format("kind", _MOVES)}
) told GROUP BY batch_id, way"""
_WAYS_USED_SQL = f"""SELECT parent_id, kind, sum(quantity) FROM {Link._meta.db_table}
WHERE parent_id = ANY(%s) AND kind = ANY(%s) GROUP BY parent_id, kind"""


def use_of(operator: Operator, batch: Batch) -> Use:
    """What stands on the batch: how much has left it, since when, and its first inspection.

    Cost: seven queries.
    """
    return uses_of(operator, [batch])[batch.pk]


def uses_of(operator: Operator, batches: Collection[Batch]) -> dict[int, Use]:
    """The same of each of the operator's batches. Cost: seven queries."""
    ids = [batch.pk for batch in batches]
    about = {"operator": operator, "batch_id__in": ids}
    left = F("returned_quantity")
    sold = _first(Sale.objects.current().filter(**about).exclude(quantity=left), "sold_on")
    moves = StockMovement.objects.current().filter(**about).exclude(quantity=left)
    moved, put_in = _first(moves, "moved_on"), _first_used(operator, ids)
    passed = _first(FactoryInspection.objects.current().filter(**about), "inspected_on")
    ways = ways_gone(operator, ids)
    parts = Link.objects.filter(parent_id__in=ids, kind__in=gates.SAME_GOODS)
    parted = set(parts.values_list("parent_id", flat=True))
    return {
        batch.pk: Use(
            gone=sum(ways.get(batch.pk, {}).values(), ZERO),
            unit=batch.unit,
            ways=ways.get(batch.pk, {}),
            first_on=min(
                (days[batch.pk] for days in (sold, put_in, moved) if batch.pk in days),
                default=None,
            ),
            inspected_on=passed.get(batch.pk),
            has_parts=batch.pk in parted,
        )
        for batch in batches
    }


def _first(records: QuerySet[Any], day: str) -> dict[int, date]:
    """The first day of the records of each batch."""
    return dict(records.order_by().values_list("batch_id").annotate(first=Min(day)))


def _first_used(operator: Operator, ids: Collection[int]) -> dict[int, date]:
    """The first day on which something came of each batch."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_USED_SQL, [operator.pk, list(ids), USING_UP])
        return dict(cursor.fetchall())


_FIRST_USED_SQL = f"""SELECT l.parent_id, min(b.received_on) FROM {Link._meta.db_table} l
JOIN {Batch._meta.db_table} b ON b.id = l.child_id AND b.operator_id = %s
WHERE l.parent_id = ANY(%s) AND l.kind = ANY(%s) GROUP BY l.parent_id"""


def _recorded_since(batch_ids: Collection[int]) -> int:
    """The lowest id that a record about the batches can have: older months need not be looked at.

    A record comes after its batch; the day allows for clocks that differ.
    """
    return lower_bound(made_at(min(batch_ids)) - timedelta(days=1))


def batch_facts(operator: Operator, ids: Collection[int], *, on: date) -> dict[int, BatchFacts]:
    """The operator's own current batches among the ids, with what is left of each.

    Cost: at most four queries.
    """
    return _with_stock(operator, list(_own(operator, ids)), on)


def locked_batches(
    operator: Operator, ids: Collection[int], *, on: date
) -> tuple[dict[int, Batch], dict[int, BatchFacts]]:
    """The same with the batches themselves, kept from other writers until the transaction ends.

    Always locked in the order of id, so that two writers wait for each other and never in a circle.
    """
    batches = list(_own(operator, ids).select_for_update(no_key=True))
    return {batch.pk: batch for batch in batches}, _with_stock(operator, batches, on)


def _own(operator: Operator, ids: Collection[int]) -> BatchQuerySet:
    rows = Batch.objects.filter(operator=operator, pk__in=ids, state=RecordState.CURRENT)
    return rows.order_by("pk")


def _with_stock(operator: Operator, batches: list[Batch], on: date) -> dict[int, BatchFacts]:
    # Read only once the locks are held, so that what others took meanwhile is seen.
    gone = gone_from(operator, [batch.pk for batch in batches])
    passed = gates.gates_of(operator, batches, on=on)
    stops = holds.stops_of([batch.pk for batch in batches])
    return {
        batch.pk: BatchFacts(
            id=batch.pk,
            name=batch.name,
            unit=batch.unit,
            on_hand=batch.quantity - gone.get(batch.pk, ZERO),
            received_on=batch.received_on,
            expires_on=batch.expires_on,
            needs_inspection=passed[batch.pk].needs_inspection,
            has_passed=passed[batch.pk].has_passed,
            has_failed=passed[batch.pk].has_failed,
            certificate_number=passed[batch.pk].certificate_number,
            stop=stops.get(batch.pk),
        )
        for batch in batches
    }


def batches_on_hand(
    actor: Actor,
    operator: Operator,
    *,
    on: date,
    search: str = "",
    product_ids: Collection[int] = (),
    with_made: bool = True,
    limit: int = SHOWN,
) -> list[StockLine]:
    """The batches to sell or use from, those that expire first at the top, long expired ones last.

    Looks at every batch of the operator; ``with_made``: also at those of its own making.
    ``search`` is any part of the name, the specification or the batch number, the beginning of the
    pinyin initials, or the public code; it finds also what is used up by the books, after all the
    others. Cost: at most eight queries.
    """
    ids = stock_book.ids_to_take_from(
        operator,
        search=search.strip(),
        product_ids=product_ids,
        with_made=with_made,
        today=on,
        limit=limit,
    )
    found = {batch.pk: batch for batch in _own(operator, ids).visible_to(actor)}
    facts = _with_stock(operator, list(found.values()), on)
    packs = packs_of(operator, found.values())
    return [_line(found[id_], facts[id_], packs.get(id_, "")) for id_ in ids if id_ in found]


def packs_of(operator: Operator, batches: Iterable[Batch]) -> dict[int, str]:
    """Which of the batches are boxes or pallets, in a word. Cost: one query if any was packed."""
    packed = [batch.pk for batch in batches if batch.origin_kind == BatchOrigin.PACKED]
    if not packed:
        return {}
    found = Package.objects.filter(operator=operator, batch_id__in=packed)
    return {row.batch_id: str(row.get_kind_display()) for row in found}


def newest_on_hand(
    actor: Actor, operator: Operator, *, on: date, limit: int = SHOWN
) -> list[StockLine]:
    """What is left of the ``limit`` newest batches, the newest first. Cost: at most five queries."""
    rows = Batch.objects.visible_to(actor).filter(operator=operator, state=RecordState.CURRENT)
    batches = list(rows.order_by("-pk")[:limit])
    facts = _with_stock(operator, batches, on)
    return [_line(batch, facts[batch.pk]) for batch in batches if facts[batch.pk].on_hand > 0]


def _line(batch: Batch, facts: BatchFacts, pack: str = "") -> StockLine:
    return StockLine(
        batch_id=batch.pk,
        product_id=batch.product_id,
        name=batch.name,
        specification=batch.specification,
        unit=batch.unit,
        batch_number=batch.batch_number,
        produced_on=batch.produced_on,
        expires_on=batch.expires_on,
        received_on=batch.received_on,
        on_hand=facts.on_hand,
        is_made=batch.is_own_made,
        may_be_sold=facts.has_passed or not facts.needs_inspection,
        stop=facts.stop,
        origin_kind=batch.origin_kind,
        pack=pack,
    )
