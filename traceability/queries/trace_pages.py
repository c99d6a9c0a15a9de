"""One side of a trace as its page lists it: narrowed, sorted, some at a time; summed by county."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import numpy as np

from traceability.graph.columns import Column, distinct
from traceability.graph.holders import SECTORS, county_names
from traceability.graph.lens import TraceView
from traceability.graph.nodes import TraceNode, nodes_at
from traceability.queries.stop_signs import Sign, signs_of
from traceability.queries.trace_facts import TraceFacts, amount, gone_from, left_of, sector_name
from traceability.queries.untraced import Untraced, untraced_of

PAGE_SIZE = 50
CHUNK = 2_000
Sort = Literal["hop", "county", "sector", "left", "day"]
SORTS: dict[Sort, str] = {
    "hop": "级次",
    "county": "县区",
    "sector": "环节",
    "left": "估计剩余（多的在前）",
    "day": "收货日期",
}


@dataclass(frozen=True, slots=True)
class ListAsked:
    """What of a side is listed, and in which order; ``until`` shows who had it by that day."""

    county_id: int | None = None
    sector: str = ""
    hop: int | None = None
    until: date | None = None
    sort: Sort = "hop"


@dataclass(frozen=True, slots=True)
class ListedNode:
    """A batch of the list; ``left`` is what its holder's papers leave of it.

    ``untraced`` went downstream into no further batch, ``signs`` say what stops it.
    """

    node: TraceNode
    left: Decimal
    untraced: tuple[Untraced, ...] = ()
    signs: tuple[Sign, ...] = ()

    @property
    def is_overdrawn(self) -> bool:
        """Whether more was sold or used than came in."""
        return self.left < 0

    @property
    def overdrawn(self) -> Decimal:
        return -self.left


@dataclass(frozen=True, slots=True)
class NodeList:
    """A page of a side. ``after`` leads to the next page, ``count`` is of all that were chosen."""

    rows: tuple[ListedNode, ...]
    count: int
    after: int | None


@dataclass(frozen=True, slots=True)
class SpreadLine:
    """What one county holds in one link of the chain."""

    county_id: int
    county: str
    sector: str
    batch_count: int
    holder_count: int
    first_on: date
    last_on: date

    @property
    def sector_name(self) -> str:
        return sector_name(self.sector)


def list_nodes(
    view: TraceView,
    facts: TraceFacts,
    asked: ListAsked,
    *,
    today: date,
    after: int | None = None,
    size: int = PAGE_SIZE,
) -> NodeList:
    """The next batches of the side in the order asked for, the start left out.

    ``after`` is the last batch of the page before; one that is not in the list begins anew.
    Cost: at most seven queries whatever the size, and one more to sort by what is left.
    """
    order = view.part.ids
    chosen = _sorted(view, facts, asked, order, chosen_of(view, facts, asked))
    first = _place_after(order[chosen], after)
    picked = chosen[first : first + size].tolist()
    rows = listed_at(view, picked, today)
    more = len(chosen) > first + size
    return NodeList(tuple(rows), len(chosen), rows[-1].node.batch_id if more else None)


def all_listed(
    view: TraceView, facts: TraceFacts, asked: ListAsked, *, today: date
) -> Iterator[ListedNode]:
    """Every chosen batch by hop, some thousand at a time, so that memory stays small."""
    chosen = chosen_of(view, facts, asked)
    for first in range(0, len(chosen), CHUNK):
        yield from listed_at(view, chosen[first : first + CHUNK].tolist(), today)


def chosen_of(view: TraceView, facts: TraceFacts, asked: ListAsked) -> Column:
    """The places in the view of the batches that are asked for, nearest first."""
    hops = view.part.hop_numbers
    is_chosen = hops > 0
    if asked.hop is not None:
        is_chosen &= hops == asked.hop
    if asked.county_id is not None:
        is_chosen &= view.county_ids == asked.county_id
    if asked.sector:
        is_chosen &= facts.sectors == SECTORS.index(asked.sector)
    if asked.until:
        is_chosen &= facts.received <= asked.until.toordinal()
    return np.flatnonzero(is_chosen)


def _sorted(
    view: TraceView, facts: TraceFacts, asked: ListAsked, order: Column, chosen: Column
) -> Column:
    """The places by what they are sorted by, then by hop and id: the order of the view itself."""
    match asked.sort:
        case "county":
            keys = view.county_ids[chosen]
        case "sector":
            keys = facts.sectors[chosen]
        case "day":
            keys = facts.received[chosen]
        case "left":
            keys = -left_of(order[chosen])
        case _:
            return chosen
    return chosen[np.argsort(keys, kind="stable")]


def _place_after(listed: Column, after: int | None) -> int:
    """Where the page after that batch begins; one that is not listed begins anew."""
    met = [] if after is None else np.flatnonzero(listed == after).tolist()
    return met[0] + 1 if met else 0


def listed_at(view: TraceView, positions: Collection[int], today: date) -> list[ListedNode]:
    """The batches at these places, with what is left of each. Cost: at most seven queries."""
    nodes = nodes_at(view, positions, today)
    ids = [node.batch_id for node in nodes]
    gone, signs = gone_from(ids), signs_of(ids)
    untraced = untraced_of(ids) if view.direction == "down" else {}
    return [
        ListedNode(
            node,
            node.quantity - amount(gone.get(node.batch_id, 0)),
            untraced.get(node.batch_id, ()),
            signs.get(node.batch_id, ()),
        )
        for node in nodes
    ]


def spread_of(view: TraceView, facts: TraceFacts) -> list[SpreadLine]:
    """The side by county and link of the chain, the most batches first. Cost: one query."""
    first = len(view.start_ids)
    places = facts.places[first:]
    counts = np.bincount(places)
    # Each holder once in each place.
    held = distinct(facts.owners[first:] * len(counts) + places) % max(len(counts), 1)
    first_days = np.full(len(counts), date.max.toordinal())
    last_days = np.zeros(len(counts), np.int64)
    np.minimum.at(first_days, places, facts.received[first:])
    np.maximum.at(last_days, places, facts.received[first:])
    met = np.flatnonzero(counts)
    by_place = (counts, np.bincount(held, minlength=len(counts)), first_days, last_days)
    columns = zip(met.tolist(), *(each[met].tolist() for each in by_place), strict=True)
    names = county_names(facts.county_ids.tolist())
    lines = []
    for number, batch_count, holder_count, first_on, last_on in columns:
        county_id, sector = facts.place_of(number)
        lines.append(
            SpreadLine(
                county_id=county_id,
                county=names.get(county_id, ""),
                sector=sector,
                batch_count=batch_count,
                holder_count=holder_count,
                first_on=date.fromordinal(first_on),
                last_on=date.fromordinal(last_on),
            )
        )
    return sorted(lines, key=lambda line: (-line.batch_count, line.county_id, line.sector))


def reach_by_day(facts: TraceFacts) -> list[tuple[date, int, int]]:
    """Of each day on which something arrived: how many batches and holders had the goods by then."""
    order = np.argsort(facts.received, kind="stable")
    days = facts.received[order]
    is_new = np.zeros(len(days), np.int64)
    is_new[np.unique(facts.owners[order], return_index=True)[1]] = 1
    last = np.flatnonzero(np.diff(days, append=date.max.toordinal() + 1))
    counts = zip(days[last].tolist(), last.tolist(), np.cumsum(is_new)[last].tolist(), strict=True)
    return [(date.fromordinal(day), place + 1, holders) for day, place, holders in counts]
