"""Of every batch of a view what its list is sorted and narrowed by, packed as the trace packs it.

A view has up to a quarter million batches: rows of the ORM for each would take longer than the
trace. Only batches that the view shows are ever asked about.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from enterprises.models import Sector
from shilian.db import ids as id_times
from traceability.graph.columns import columns_of, written
from traceability.graph.lens import TraceView
from traceability.graph.nodes import sectors_of
from traceability.graph.trace import numbers
from traceability.models import CHANGES_HANDS, Batch, RecordState

DAY_OF_IDS = 24 * 3600 * 1000 << id_times.SHIFT
# Days as Python's ordinals, quantities in thousandths.
_DAY = "b.received_on - date '0001-01-01' + 1"
_AMOUNT = "b.quantity * 1000"
# What left by sale, loss, destruction or return, or was used up; a paper's id is never much older
# than its batch's.
_GONE = """
    SELECT string_agg(int8send(g.batch_id), ''), string_agg(int8send((g.gone * 1000)::bigint), '')
    FROM (
      SELECT batch_id, sum(quantity) AS gone FROM (
        SELECT s.batch_id, s.quantity - s.returned_quantity AS quantity FROM traceability_sale s
        WHERE s.batch_id = ANY (%(ids)s::bigint[]) AND s.id >= %(first)s AND s.state = %(current)s
        UNION ALL
        SELECT m.batch_id, m.quantity - m.returned_quantity FROM traceability_stockmovement m
        WHERE m.batch_id = ANY (%(ids)s::bigint[]) AND m.id >= %(first)s AND m.state = %(current)s
        UNION ALL
        SELECT l.parent_id, l.quantity FROM traceability_link l
        WHERE l.parent_id = ANY (%(ids)s::bigint[]) AND NOT l.kind = ANY (%(told)s)
      ) moved GROUP BY batch_id
    ) g"""


@dataclass(frozen=True, slots=True, eq=False)
class TraceFacts:
    """Columns beside ``view.hops``: the day of receipt as an ordinal, and the link of the chain."""

    received: array[int]
    quantities: array[int]
    sectors: tuple[str, ...]

    def received_on(self, position: int) -> date:
        return date.fromordinal(self.received[position])


def facts_of(view: TraceView) -> TraceFacts:
    """The columns of the view. Cost: two queries, whatever the size."""
    days, amounts = columns_of(Batch._meta.db_table, view.hops, [_DAY, _AMOUNT])
    works = sectors_of(view.owners)
    return TraceFacts(
        days, amounts, tuple(works.get(operator, "") for operator in view.operator_ids)
    )


def gone_from(batch_ids: Collection[int]) -> dict[int, int]:
    """How much has left each batch by its own papers. Units: thousandths. Cost: one query."""
    if not batch_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _GONE,
            {
                "ids": written(batch_ids),
                "first": min(batch_ids) - DAY_OF_IDS,
                "current": RecordState.CURRENT,
                # Counted by the papers above.
                "told": list(CHANGES_HANDS),
            },
        )
        batches, gone = (numbers(column or memoryview(b"")) for column in cursor.fetchone())
    return dict(zip(batches, gone, strict=True))


def amount(thousandths: int) -> Decimal:
    return Decimal(thousandths).scaleb(-3)


def sector_name(sector: str) -> str:
    return str(Sector(sector).label) if sector else ""
