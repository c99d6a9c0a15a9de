"""One side of a trace as its page lists it: narrowed, sorted, some at a time; summed by county."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Literal

from traceability.graph.lens import TraceView
from traceability.graph.nodes import TraceNode, county_names, nodes_at
from traceability.queries.stop_signs import Sign, signs_of
from traceability.queries.trace_facts import TraceFacts, amount, gone_from, sector_name
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
    order = array("q", view.hops)
    chosen = _sorted(view, facts, asked, order, chosen_of(view, facts, asked))
    first = _place_after(chosen, order, after)
    picked = chosen[first : first + size]
    rows = listed_at(view, facts, picked, today)
    more = len(chosen) > first + size
    return NodeList(tuple(rows), len(chosen), rows[-1].node.batch_id if more else None)


def all_listed(
    view: TraceView, facts: TraceFacts, asked: ListAsked, *, today: date
) -> Iterator[ListedNode]:
    """Every chosen batch by hop, some thousand at a time, so that memory stays small."""
    chosen = chosen_of(view, facts, asked)
    for first in range(0, len(chosen), CHUNK):
        yield from listed_at(view, facts, chosen[first : first + CHUNK], today)


def chosen_of(view: TraceView, facts: TraceFacts, asked: ListAsked) -> Sequence[int]:
    """The places in the view of the batches that are asked for, nearest first."""
    everything = range(len(view.start_ids), len(view.hops))
    if asked == ListAsked(sort=asked.sort):
        return everything
    last_day = asked.until.toordinal() if asked.until else None
    columns = zip(view.hops.values(), view.county_ids, facts.sectors, facts.received, strict=True)
    return [
        position
        for position, (hop, county, sector, day) in enumerate(columns)
        if hop
        and (asked.hop is None or hop == asked.hop)
        and (asked.county_id is None or county == asked.county_id)
        and (not asked.sector or sector == asked.sector)
        and (last_day is None or day <= last_day)
    ]


def _sorted(
    view: TraceView, facts: TraceFacts, asked: ListAsked, order: array[int], chosen: Sequence[int]
) -> Sequence[int]:
    """The places by what they are sorted by, then by hop and id: the order of the view itself."""
    if asked.sort == "hop":
        return chosen
    if asked.sort == "left":
        gone = gone_from([order[position] for position in chosen])
        return sorted(chosen, key=lambda at: gone.get(order[at], 0) - facts.quantities[at])
    columns: dict[str, Sequence[Any]] = {
        "county": view.county_ids,
        "sector": facts.sectors,
        "day": facts.received,
    }
    return sorted(chosen, key=columns[asked.sort].__getitem__)


def _place_after(chosen: Sequence[int], order: array[int], after: int | None) -> int:
    if after is None:
        return 0
    met = (place for place, position in enumerate(chosen, 1) if order[position] == after)
    return next(met, 0)


def listed_at(
    view: TraceView, facts: TraceFacts, positions: Collection[int], today: date
) -> list[ListedNode]:
    """The batches at these places, with what is left of each. Cost: at most seven queries."""
    nodes = nodes_at(view, positions, today)
    ids = [node.batch_id for node in nodes]
    gone, signs = gone_from(ids), signs_of(ids)
    untraced = untraced_of(ids) if view.direction == "down" else {}
    return [
        ListedNode(
            node,
            amount(facts.quantities[at] - gone.get(node.batch_id, 0)),
            untraced.get(node.batch_id, ()),
            signs.get(node.batch_id, ()),
        )
        for at, node in zip(positions, nodes, strict=True)
    ]


def spread_of(view: TraceView, facts: TraceFacts) -> list[SpreadLine]:
    """The side by county and link of the chain, the most batches first. Cost: one query."""
    first = len(view.start_ids)
    places = list(zip(view.county_ids[first:], facts.sectors[first:], strict=True))
    counts = Counter(places)
    holders = Counter(
        place for place, _ in set(zip(places, view.operator_ids[first:], strict=True))
    )
    days = sorted(set(zip(places, facts.received[first:], strict=True)), key=itemgetter(1))
    # Of several days of one place the last one stays.
    last_on, first_on = dict(days), dict(reversed(days))
    names = county_names({county_id for county_id, _ in counts})
    lines = [
        SpreadLine(
            county_id=county_id,
            county=names.get(county_id, ""),
            sector=sector,
            batch_count=count,
            holder_count=holders[county_id, sector],
            first_on=date.fromordinal(first_on[county_id, sector]),
            last_on=date.fromordinal(last_on[county_id, sector]),
        )
        for (county_id, sector), count in counts.items()
    ]
    return sorted(lines, key=lambda line: (-line.batch_count, line.county_id, line.sector))


def reach_by_day(view: TraceView, facts: TraceFacts) -> list[tuple[date, int, int]]:
    """Of each day on which something arrived: how many batches and holders had the goods by then."""
    arrivals = sorted(zip(facts.received, view.operator_ids, strict=True), key=itemgetter(0))
    reached: dict[int, tuple[int, int]] = {}
    holders: set[int] = set()
    for count, (day, operator_id) in enumerate(arrivals, 1):
        holders.add(operator_id)
        reached[day] = (count, len(holders))
    return [(date.fromordinal(day), *counts) for day, counts in reached.items()]
