"""How much of a batch went where no trace can follow: by kind, never by name."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from shilian.db import ids as id_times
from traceability.graph.columns import written
from traceability.models import IncomingDraft, Partner, Sale, StockMovement

DAY_OF_IDS = 24 * 3600 * 1000 << id_times.SHIFT
# In the order of the statement's columns.
WAYS = (
    "等购货者确认",
    "拒收或少收退回",
    "售往省外",
    "卖给没有注册的单位",
    "已销毁",
    "已报损",
)
# A paper's id is never much older than its batch's. A buyer who has accepted has a batch of its own.
_UNTRACED = f"""
    SELECT batch_id, sum(waiting), sum(sent_back), sum(outside), sum(unregistered), sum(destroyed),
      sum(lost)
    FROM (
      SELECT s.batch_id,
        CASE WHEN d.state = %(waiting)s THEN s.quantity ELSE 0 END AS waiting,
        s.returned_quantity AS sent_back,
        CASE WHEN s.buyer_operator_id IS NULL AND p.is_outside_province
          THEN s.quantity ELSE 0 END AS outside,
        CASE WHEN s.buyer_operator_id IS NULL AND p.is_outside_province IS NOT TRUE
          THEN s.quantity ELSE 0 END AS unregistered,
        0::numeric AS destroyed, 0::numeric AS lost
      FROM {Sale._meta.db_table} s
      LEFT JOIN {IncomingDraft._meta.db_table} d
        ON d.sale_id = s.id AND d.operator_id = s.buyer_operator_id
      LEFT JOIN {Partner._meta.db_table} p ON p.operator_id = s.operator_id AND p.id = s.partner_id
      WHERE s.batch_id = ANY (%(ids)s::bigint[]) AND s.id >= %(first)s AND s.state = 'current'
      UNION ALL
      SELECT m.batch_id, 0, 0, 0, 0,
        CASE m.kind WHEN %(destruction)s THEN m.quantity ELSE 0 END,
        CASE m.kind WHEN %(loss)s THEN m.quantity ELSE 0 END
      FROM {StockMovement._meta.db_table} m
      WHERE m.batch_id = ANY (%(ids)s::bigint[]) AND m.id >= %(first)s AND m.state = 'current'
    ) told GROUP BY batch_id"""


class Untraced(NamedTuple):
    """So much of a batch, in its unit, went that way and is in no further batch."""

    way: str
    quantity: Decimal


def untraced_of(batch_ids: Collection[int]) -> dict[int, tuple[Untraced, ...]]:
    """What the papers of the batches say of goods that led to no further batch, by kind.

    The caller asks only about batches that the reader may see; no buyer is named.
    Cost: one query, none for no batches.
    """
    if not batch_ids:
        return {}
    asked: dict[str, str | int] = {
        "ids": written(batch_ids),
        "first": min(batch_ids) - DAY_OF_IDS,
        "waiting": IncomingDraft.State.WAITING,
        "destruction": StockMovement.Kind.DESTRUCTION,
        "loss": StockMovement.Kind.LOSS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNTRACED, asked)
        rows = cursor.fetchall()
    return {id_: _told(amounts) for id_, *amounts in rows}


def _told(amounts: list[Decimal]) -> tuple[Untraced, ...]:
    ways = zip(WAYS, amounts, strict=True)
    return tuple(Untraced(way, quantity) for way, quantity in ways if quantity)
