"""An operator's own view: its batches and, one step up and one step down, its own papers.

The walk never leaves the operator's hands, so nothing is learnt of goods that went to somebody and
came back as something else. What a buyer sent back is followed: the operator itself took it back,
and knows which of its batches it had sold.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Collection, Iterable
from operator import itemgetter
from typing import Any, NamedTuple

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.roles import Permission
from traceability.graph.columns import as_column
from traceability.graph.lens import Paper, PaperKind, TraceView, ends_of
from traceability.graph.trace import KIND_LETTERS, Direction, Level, Trace
from traceability.models import (
    CHANGES_HANDS,
    Batch,
    Link,
    LinkKind,
    Purchase,
    ReturnedGoods,
    Sale,
    StockMovement,
)

# A tank refilled every day is a chain of 365; the batches of a year are within reach.
DEPTH = 400
LINKS = 20_000
PAPERS_SHOWN = 2_000
_CHILD, _PARENT = itemgetter(0), itemgetter(1)
_LETTERS = {kind: letter for letter, kind in KIND_LETTERS.items()}


def look_at_own(actor: Actor, starts: Collection[int], direction: Direction) -> TraceView:
    """The operator's batches that the starts went into or came from, and the papers beside them.

    Upwards the papers are the purchases of these batches and the returns that made them, downwards
    their sales and what of them was sent back to the supplier.
    Raises: Forbidden; OutOfScope when a start is not the operator's own.
    Cost: four queries, and three for each step inside the operator's own works.
    """
    if actor.operator_id is None or not actor.may(Permission.VIEW_OWN_RECORDS):
        raise Forbidden(Permission.VIEW_OWN_RECORDS)
    began = time.perf_counter()
    known = _own(actor.operator_id, starts)
    if not starts or known.keys() != set(starts):
        raise OutOfScope
    found = _walk(actor.operator_id, starts, direction, known)
    papers = _papers(actor.operator_id, found.hops, direction)
    found.seconds = time.perf_counter() - began
    return TraceView(
        direction=direction,
        start_ids=tuple(sorted(starts)),
        case_id=None,
        part=found,
        operator_ids=as_column([actor.operator_id] * len(found.hops)),
        county_ids=as_column([known[id_].county_id for id_ in found.hops]),
        received=as_column([known[id_].received for id_ in found.hops]),
        ends=_ends(found, papers),
        hidden={},
        node_count=len(found.hops),
        link_count=found.link_count,
        operator_count=1,
        depth=found.depth,
        cut=found.cut,
        seconds=found.seconds,
        papers=tuple(papers[:PAPERS_SHOWN]),
        papers_cut=len(papers) > PAPERS_SHOWN,
    )


class _Own(NamedTuple):
    """The county of a batch, and the day of its receipt as an ordinal."""

    county_id: int
    received: int


def _own(operator_id: int, ids: Collection[int]) -> dict[int, _Own]:
    """Those of the batches that are the operator's."""
    rows = Batch.objects.filter(operator_id=operator_id, pk__in=list(ids))
    told = rows.values_list("pk", "county_id", "received_on")
    return {pk: _Own(county_id, day.toordinal()) for pk, county_id, day in told}


def _walk(
    operator_id: int, starts: Collection[int], direction: Direction, known: dict[int, _Own]
) -> Trace:
    """The part of the trace in the operator's hands; ``known`` grows by what is met."""
    found = Trace(direction, dict.fromkeys(sorted(starts), 0))
    frontier = list(found.hops)
    while frontier:
        links = _links(operator_id, frontier, direction, room=LINKS - found.link_count)
        far = _PARENT if direction == "up" else _CHILD
        met = _own(operator_id, {far(link) for link in links})
        links = [link for link in links if far(link) in met]
        if not links:
            break
        if len(found.levels) == DEPTH or found.link_count + len(links) >= LINKS:
            found.cut = "depth" if len(found.levels) == DEPTH else "links"
            break
        found.levels.append(_level(links))
        frontier = sorted(met.keys() - found.hops.keys())
        found.hops.update(dict.fromkeys(frontier, len(found.levels)))
        known |= met
    return found


def _links(
    operator_id: int, frontier: list[int], direction: Direction, room: int
) -> list[tuple[int, int, str, Any]]:
    near, far = ("child_id", "parent_id") if direction == "up" else ("parent_id", "child_id")
    rows = Link.objects.filter(**{f"{near}__in": frontier}).exclude(kind__in=CHANGES_HANDS)
    columns = rows.values_list("child_id", "parent_id", "kind", "quantity")
    found = list(columns.order_by(near, far)[:room])
    return found + _taken_back(operator_id, frontier, direction, room - len(found))


def _taken_back(
    operator_id: int, frontier: list[int], direction: Direction, room: int
) -> list[tuple[int, int, str, Any]]:
    """What buyers sent back of a batch, as if it had never left the operator's hands."""
    near, far = "received_batch_id", "seller_batch_id"
    if direction == "down":
        near, far = far, near
    rows = ReturnedGoods.objects.filter(operator_id=operator_id, **{f"{near}__in": frontier})
    taken = rows.filter(received_batch_id__isnull=False).order_by(near, far)
    columns = taken.values_list("received_batch_id", "seller_batch_id", "accepted_quantity")
    return [
        (child, parent, LinkKind.RETURN.value, quantity)
        for child, parent, quantity in columns[:room]
        if child is not None
    ]


def _level(links: Iterable[tuple[int, int, str, Any]]) -> Level:
    children, parents, kinds, quantities = zip(*links, strict=True)
    return Level(
        array("q", children),
        array("q", parents),
        "".join(_LETTERS[LinkKind(kind)] for kind in kinds),
        array("q", (int(quantity.scaleb(3)) for quantity in quantities)),
    )


def _ends(found: Trace, papers: list[Paper]) -> bytes:
    """The batches without a way on, be it a batch or a paper."""
    told = {paper.batch_id for paper in papers}
    marks = zip(ends_of(found, found), found.hops, strict=True)
    return bytes(mark and id_ not in told for mark, id_ in marks)


def _papers(operator_id: int, ids: Collection[int], direction: Direction) -> list[Paper]:
    """The papers of the batches, one more than are shown."""
    wanted = list(ids)
    if direction == "up":
        bought = Purchase.objects.current().filter(operator_id=operator_id, batch_id__in=wanted)
        back = ReturnedGoods.objects.filter(operator_id=operator_id, received_batch_id__in=wanted)
        return [
            *_read(bought, "batch_id", "supplier_name", "quantity", "purchased_on", "purchase"),
            *_read(
                back,
                "received_batch_id",
                "buyer_name",
                "accepted_quantity",
                "returned_on",
                "return",
            ),
        ]
    sold = Sale.objects.current().filter(operator_id=operator_id, batch_id__in=wanted)
    sent = StockMovement.objects.current().filter(
        operator_id=operator_id, batch_id__in=wanted, kind=StockMovement.Kind.RETURN
    )
    return [
        *_read(sold, "batch_id", "buyer_name", "quantity", "sold_on", "sale"),
        *_read(sent, "batch_id", "supplier_name", "quantity", "moved_on", "return"),
    ]


def _read(
    rows: Any, batch: str, partner: str, quantity: str, on: str, kind: PaperKind
) -> list[Paper]:
    columns = rows.order_by("pk").values_list("pk", batch, partner, quantity, "unit", on)
    return [
        Paper(pk, batch_id, kind, name, amount, unit, day)
        for pk, batch_id, name, amount, unit, day in columns[: PAPERS_SHOWN + 1]
    ]
