"""The batches of a view with their names, holders and the reason why a chain stops at them.

Only batches that the view shows are ever decorated. Reads a whole list in one query per kind of
thing; a page costs the same whatever the size of the trace.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.db import connection

from enterprises.models import Sector
from shilian.db import ids as id_times
from traceability.graph.columns import Column, written
from traceability.graph.holders import SECTORS, county_names, sectors_of
from traceability.graph.lens import TraceView
from traceability.rules import codes, dead_ends
from traceability.rules.dead_ends import (
    NOTHING_MOVED,
    Bought,
    DeadEnd,
    Holder,
    Moved,
    Sold,
)

PAGE_SIZE = 100
DAY_OF_IDS = 24 * 3600 * 1000 << id_times.SHIFT
# Of sales that hold, what became of the goods, the partner told apart only by where it is; and how
# much was destroyed, sent back or lost.
_SOLD = """
    SELECT batch_id, bool_or(waiting), bool_or(refused), bool_or(outside), bool_or(unregistered),
      sum(destroyed), sum(sent_back), sum(lost)
    FROM (
      SELECT s.batch_id,
        s.buyer_operator_id IS NOT NULL AND s.returned_quantity < s.quantity AS waiting,
        s.buyer_operator_id IS NOT NULL AND s.returned_quantity = s.quantity AS refused,
        s.buyer_operator_id IS NULL AND coalesce(p.is_outside_province, false) AS outside,
        s.buyer_operator_id IS NULL AND NOT coalesce(p.is_outside_province, false) AS unregistered,
        0::numeric AS destroyed, 0::numeric AS sent_back, 0::numeric AS lost
      FROM traceability_sale s
      LEFT JOIN traceability_partner p ON p.operator_id = s.operator_id AND p.id = s.partner_id
      WHERE s.batch_id = ANY (%s::bigint[]) AND s.id >= %s AND s.state = 'current'
      UNION ALL
      SELECT m.batch_id, false, false, false, false,
        CASE m.kind WHEN 'destruction' THEN m.quantity ELSE 0 END,
        CASE m.kind WHEN 'return' THEN m.quantity - m.returned_quantity ELSE 0 END,
        CASE m.kind WHEN 'loss' THEN m.quantity ELSE 0 END
      FROM traceability_stockmovement m
      WHERE m.batch_id = ANY (%s::bigint[]) AND m.id >= %s AND m.state = 'current'
    ) told GROUP BY batch_id"""
_BOUGHT = """
    SELECT u.batch_id, bool_or(coalesce(p.is_outside_province, false)),
      bool_or(u.supplier_operator_id IS NOT NULL)
    FROM traceability_purchase u
    LEFT JOIN traceability_partner p ON p.operator_id = u.operator_id AND p.id = u.partner_id
    WHERE u.batch_id = ANY (%s::bigint[]) AND u.id >= %s AND u.state = 'current'
    GROUP BY u.batch_id"""
# One probe for each id; written out, because the driver is slow with long lists.
_FACTS = """
    SELECT b.* FROM unnest(%s::bigint[]) AS wanted(id)
    CROSS JOIN LATERAL (
      SELECT id, token_salt, name, specification, batch_number, produced_on, expires_on, quantity,
        unit, received_on, state, origin_kind, operator_id, county_id
      FROM traceability_batch WHERE id = wanted.id OFFSET 0
    ) b"""
_HOLDERS = """
    SELECT id, name, sector, is_wholesale FROM enterprises_operator WHERE id = ANY (%s::bigint[])"""
_NOBODY = ("", Holder("", is_wholesale=False))
_STILL = (Sold(), NOTHING_MOVED)


class _Facts(NamedTuple):
    """What is read of a batch."""

    batch_id: int
    token_salt: int
    name: str
    specification: str
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    quantity: Decimal
    unit: str
    received_on: date
    state: str
    origin_kind: str
    operator_id: int
    county_id: int


class TraceNode(NamedTuple):
    """One batch of a trace, as far as an officer may read it.

    A tuple, because a list of a hundred thousand is made of them. ``code`` is the public code;
    it takes some work, so it is made when it is read.
    """

    batch_id: int
    token_salt: int
    hop: int
    name: str
    specification: str
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    quantity: Decimal
    unit: str
    received_on: date
    state: str
    operator_id: int
    holder_name: str
    sector: str
    county_id: int
    county: str
    is_start: bool
    dead_end: DeadEnd | None

    @property
    def code(self) -> str:
        return codes.public_code(self.batch_id, self.token_salt)

    @property
    def sector_name(self) -> str:
        return str(Sector(self.sector).label) if self.sector else ""

    @property
    def position(self) -> tuple[int, int]:
        """Where the batch stands in the view, for the next page to go on from."""
        return self.hop, self.batch_id


@dataclass(frozen=True, slots=True)
class NodePage:
    """Some batches of a view; ``after`` is where the next page begins, None after the last."""

    nodes: tuple[TraceNode, ...]
    after: tuple[int, int] | None


def page_of(
    view: TraceView,
    *,
    today: date,
    after: tuple[int, int] | None = None,
    size: int = PAGE_SIZE,
    hop: int | None = None,
    county_id: int | None = None,
    sector: str = "",
) -> NodePage:
    """The next batches in the order (hop, id), of one hop, county or link of the chain if named.

    Cost: at most four queries, and one more with ``sector``.
    """
    chosen = _positions(view, hop, county_id, sector)
    if after is not None:
        chosen = chosen[chosen >= _place_after(view, *after)]
    picked = chosen[: size + 1].tolist()
    nodes = nodes_at(view, picked[:size], today)
    return NodePage(tuple(nodes), nodes[-1].position if len(picked) > size else None)


def _place_after(view: TraceView, hop: int, batch_id: int) -> int:
    """The first place behind the position (hop, id), whether a batch stands at it or not."""
    first, end = map(int, np.searchsorted(view.part.hop_numbers, [hop, hop + 1]))
    return first + int(np.searchsorted(view.part.ids[first:end], batch_id, "right"))


def _positions(view: TraceView, hop: int | None, county_id: int | None, sector: str) -> Column:
    is_chosen = np.ones(len(view.hops), np.bool_)
    if hop is not None:
        is_chosen &= view.part.hop_numbers == hop
    if county_id is not None:
        is_chosen &= view.county_ids == county_id
    if sector:
        owners, owner_of = np.unique(view.operator_ids, return_inverse=True)
        is_chosen &= (sectors_of(owners) == SECTORS.index(sector))[owner_of]
    return np.flatnonzero(is_chosen)


def nodes_at(view: TraceView, positions: Collection[int], today: date) -> list[TraceNode]:
    """The batches at these places of the view, in the order asked for. Cost: at most four queries."""
    places = list(positions)
    ids, hops = view.part.ids[places].tolist(), view.part.hop_numbers[places].tolist()
    facts = {row[0]: _Facts(*row) for row in _rows(_FACTS, ids)}
    holders = _holders(set(view.operator_ids[places].tolist()))
    counties = county_names(set(view.county_ids[places].tolist()))
    last = [facts[id_] for id_, at in zip(ids, places, strict=True) if view.ends[at]]
    ends = _dead_ends(view, last, holders, today)
    return [
        _node(facts[id_], hop, holders, counties, id_ in view.start_ids, ends.get(id_))
        for id_, hop in zip(ids, hops, strict=True)
    ]


def _node(
    facts: _Facts,
    hop: int,
    holders: dict[int, tuple[str, Holder]],
    counties: dict[int, str],
    is_start: bool,
    dead_end: DeadEnd | None,
) -> TraceNode:
    name, holder = holders.get(facts.operator_id, _NOBODY)
    return TraceNode(
        facts.batch_id,
        facts.token_salt,
        hop,
        facts.name,
        facts.specification,
        facts.batch_number,
        facts.produced_on,
        facts.expires_on,
        facts.quantity,
        facts.unit,
        facts.received_on,
        facts.state,
        facts.operator_id,
        name,
        holder.sector,
        facts.county_id,
        counties.get(facts.county_id, ""),
        is_start,
        dead_end,
    )


def _dead_ends(
    view: TraceView, facts: Collection[_Facts], holders: dict[int, tuple[str, Holder]], today: date
) -> dict[int, DeadEnd]:
    """Why the chain stops at each of the batches. Cost: one query, none for no batches."""
    if view.direction == "up":
        bought = {id_: Bought(*told) for id_, *told in _told(_BOUGHT, facts)}
        return {
            row.batch_id: dead_ends.upward(row.origin_kind, bought.get(row.batch_id))
            for row in facts
        }
    told = {id_: (Sold(*said[:4]), Moved(*said[4:])) for id_, *said in _told(_SOLD, facts)}
    return {
        row.batch_id: dead_ends.downward(
            holders.get(row.operator_id, _NOBODY)[1],
            told.get(row.batch_id, _STILL)[0],
            moved=told.get(row.batch_id, _STILL)[1],
            quantity=row.quantity,
            received_on=row.received_on,
            expires_on=row.expires_on,
            today=today,
        )
        for row in facts
    }


def _told(statement: str, facts: Collection[_Facts]) -> list[tuple[Any, ...]]:
    """What the papers of the batches tell; a paper's id is never older than its batch's."""
    ids = [row.batch_id for row in facts]
    if not ids:
        return []
    # Once for each table that the statement asks.
    first, again = min(ids) - DAY_OF_IDS, statement.count("bigint[]") - 1
    more: list[int | str] = [written(ids), first]
    return _rows(statement, ids, first, *more * again)


def _holders(operator_ids: Collection[int]) -> dict[int, tuple[str, Holder]]:
    return {pk: (name, Holder(*works)) for pk, name, *works in _rows(_HOLDERS, operator_ids)}


def _rows(statement: str, ids: Collection[int], *more: int | str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [written(ids), *more])
        return list(cursor.fetchall())
