"""Whom a recall would tell, counted before it begins; `recall_reach` tells the same ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from enterprises.models import Operator
from traceability.graph.columns import columns_of, distinct, rows_of, written
from traceability.graph.trace import Limits, trace
from traceability.models import Batch, IncomingDraft, RecordState

# Who sent the goods is asked for the cause; farther than this nobody looks by notice.
UPSTREAM = Limits(depth=50, nodes=5_000, links=50_000)
_HOLDER = f"CASE WHEN b.state = '{RecordState.CURRENT}' THEN b.operator_id ELSE 0 END"
# The sellers are named beside their batches because drafts are found by seller.
_BUYERS = f"""
    SELECT DISTINCT d.operator_id FROM {IncomingDraft._meta.db_table} d
    WHERE d.seller_operator_id = ANY(%s::bigint[]) AND d.seller_batch_id = ANY(%s::bigint[])
      AND d.id > %s AND d.state = '{IncomingDraft.State.WAITING}'"""


@dataclass(frozen=True, slots=True)
class Audience:
    """How many would be told; ``buyers`` have been sent goods that they have not answered for."""

    holders: int
    buyers: int
    sources: int
    counties: int

    @property
    def told(self) -> int:
        return self.holders + self.buyers + self.sources


def audience_of(starts: Collection[int], reached: Collection[int]) -> Audience:
    """Who would hear of a recall that begins with ``starts`` and reaches the batches.

    Everyone counts once: as a holder, else as a buyer, else as a source.
    Cost: five queries, beyond some thousand batches above the starts more.
    """
    (found,) = columns_of(Batch._meta.db_table, reached, [_HOLDER])
    holders = {*found.tolist()} - {0}
    buyers = _buyers(holders, reached, after=min(starts, default=0)) - holders
    above = trace(starts, "up", UPSTREAM)
    (found,) = columns_of(Batch._meta.db_table, above.hops, ["b.operator_id"])
    sources = {*found.tolist()} - {0} - holders - buyers
    told = holders | buyers | sources
    known, (counties,) = rows_of(Operator._meta.db_table, told, ["b.county_id"])
    kept = {*known.tolist()}
    return Audience(
        len(holders & kept), len(buyers & kept), len(sources & kept), len(distinct(counties))
    )


def _buyers(sellers: Collection[int], batch_ids: Collection[int], *, after: int) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_BUYERS, [written(sellers), written(batch_ids), after])
        return {operator_id for (operator_id,) in cursor.fetchall()}
