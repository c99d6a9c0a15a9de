"""Of every batch of a view what its list is sorted and narrowed by, packed as the trace packs it.

A view has up to a quarter million batches: rows of the ORM for each would take longer than the
trace. Only batches that the view shows are ever asked about.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.db import connection

from enterprises.models import Sector
from shilian.db import ids as id_times
from traceability.graph.columns import (
    NOTHING,
    Column,
    as_column,
    columns_of,
    places_in,
    unpacked,
    written,
)
from traceability.graph.holders import SECTORS, sectors_of
from traceability.graph.lens import TraceView
from traceability.models import CHANGES_HANDS, Batch, RecordState

DAY_OF_IDS = 24 * 3600 * 1000 << id_times.SHIFT
# In thousandths.
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
    """Columns beside ``view.hops``: the day of receipt as an ordinal, the link's place in ``SECTORS``.

    ``counties`` are the view's, each by its place in ``county_ids``; ``owners`` its holders,
    numbered.
    """

    received: Column
    sectors: Column
    owners: Column
    counties: Column
    county_ids: Column

    @property
    def places(self) -> Column:
        """One number for each county and link of the chain; ``place_of`` reads it."""
        return self.counties * len(SECTORS) + self.sectors

    def place_of(self, number: int) -> tuple[int, str]:
        """The county and the link of the chain."""
        county, sector = divmod(number, len(SECTORS))
        return int(self.county_ids[county]), SECTORS[sector]


def facts_of(view: TraceView) -> TraceFacts:
    """The columns of the view. Cost: one query, whatever the size."""
    operator_ids, owners = np.unique(view.operator_ids, return_inverse=True)
    county_ids, counties = np.unique(view.county_ids, return_inverse=True)
    sectors = sectors_of(operator_ids)[owners]
    return TraceFacts(view.received, sectors, owners, counties, county_ids)


def left_of(batch_ids: Column) -> Column:
    """What the papers of each batch leave of it. Units: thousandths. Cost: two queries."""
    [amounts] = columns_of(Batch._meta.db_table, batch_ids, [_AMOUNT])
    batches, gone = _gone_from(batch_ids)
    if len(batches):
        order = np.argsort(batches)
        places, has_moved = places_in(batches[order], batch_ids)
        amounts = amounts - np.where(has_moved, gone[order][places], 0)
    return amounts


def gone_from(batch_ids: Collection[int]) -> dict[int, int]:
    """How much has left each batch by its own papers. Units: thousandths. Cost: one query."""
    batches, gone = _gone_from(as_column(batch_ids))
    return dict(zip(batches.tolist(), gone.tolist(), strict=True))


def _gone_from(batch_ids: Column) -> tuple[Column, Column]:
    if not len(batch_ids):
        return NOTHING, NOTHING
    with connection.cursor() as cursor:
        cursor.execute(
            _GONE,
            {
                "ids": written(batch_ids),
                "first": int(batch_ids.min()) - DAY_OF_IDS,
                "current": RecordState.CURRENT,
                # Counted by the papers above.
                "told": list(CHANGES_HANDS),
            },
        )
        batches, gone = map(unpacked, cursor.fetchone())
    return batches, gone


def amount(thousandths: int) -> Decimal:
    return Decimal(thousandths).scaleb(-3)


def sector_name(sector: str) -> str:
    return str(Sector(sector).label) if sector else ""
