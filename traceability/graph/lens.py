"""What each viewer sees of a trace; nothing that it returns holds anything else.

An officer sees the batches whose holders are inside the jurisdiction and, under an open trace case
that covers the start, those inside the area that the case opened; what lies outside is only
counted. An operator sees its own batches and its own papers (``own.py``). Nobody sees telephone
numbers, prices or vouchers through a trace.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import compress
from operator import not_
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import Division, Operator
from enterprises.roles import Permission
from traceability.graph.columns import Column, as_column, columns_of, distinct
from traceability.graph.trace import (
    DEFAULT_LIMITS,
    Cut,
    Direction,
    Level,
    Limits,
    Trace,
    trace,
)
from traceability.models import Batch, TraceCase

PaperKind = Literal["purchase", "sale", "return"]
# Days as Python's ordinals.
RECEIVED = "b.received_on - date '0001-01-01' + 1"


@dataclass(frozen=True, slots=True)
class Paper:
    """One purchase, sale or return exactly as it stands on the operator's own paper."""

    record_id: int
    batch_id: int
    kind: PaperKind
    partner_name: str
    quantity: Decimal
    unit: str
    on: date

    @property
    def is_sale(self) -> bool:
        return self.kind == "sale"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose batches a viewer is shown: those of the counties, townships or operators, or all."""

    everything: bool = False
    county_ids: frozenset[int] = frozenset()
    division_ids: frozenset[int] = frozenset()
    operator_ids: frozenset[int] = frozenset()
    batch_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class TraceView:
    """The part of a trace that one viewer may see.

    ``part`` is that part: its batches in the order (hop, id) and the links between two of them.
    The columns stand beside ``part.hops``, one entry each; ``received`` is the day of receipt as
    Python's ordinal, ``ends`` marks the batches at which the
    chain stops. ``hidden`` counts by hop what lies outside. The counts and ``cut`` are of the whole
    trace. ``papers`` are an operator's own, ``papers_cut`` says that there are more of them.
    """

    direction: Direction
    start_ids: tuple[int, ...]
    case_id: int | None
    part: Trace = field(repr=False)
    operator_ids: Column = field(repr=False)
    county_ids: Column = field(repr=False)
    received: Column = field(repr=False)
    ends: bytes = field(repr=False)
    hidden: Mapping[int, int]
    node_count: int
    link_count: int
    operator_count: int
    depth: int
    cut: Cut | None
    seconds: float
    papers: tuple[Paper, ...] = ()
    papers_cut: bool = False

    @property
    def hops(self) -> dict[int, int]:
        return self.part.hops

    @property
    def hidden_count(self) -> int:
        return sum(self.hidden.values())

    @property
    def is_whole(self) -> bool:
        """Whether the viewer sees everything that was reached."""
        return not self.hidden

    @property
    def owners(self) -> list[int]:
        """The operators whose batches are shown, each once, by id."""
        return list(distinct(self.operator_ids).tolist())


class _Holders:
    """The holders of some batches as columns beside them; a zero where there is no such batch."""

    def __init__(self, ids: Collection[int]) -> None:
        self.ids = as_column(ids)
        self.operators, self.counties, self.divisions, self.received = columns_of(
            Batch._meta.db_table, ids, ["b.operator_id", "b.county_id", "b.division_id", RECEIVED]
        )

    def seen_with(self, sight: Sight) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = self.operators != 0
        if sight.everything:
            return known
        return known & (
            np.isin(self.counties, as_column(sight.county_ids))
            | np.isin(self.divisions, as_column(sight.division_ids))
            | np.isin(self.operators, as_column(sight.operator_ids))
            | np.isin(self.ids, as_column(sight.batch_ids))
        )


def look(
    actor: Actor,
    starts: Collection[int],
    direction: Direction,
    case: TraceCase | None = None,
    *,
    at: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> TraceView:
    """What the officer sees of the trace; a case that is not open, or not about it, opens nothing.

    Only looks: pages call ``operations.cases.look_at_trace``, which also writes who looked.
    Raises: Forbidden; OutOfScope when a start is not within sight.
    Cost: at most seven queries, beyond some thousand batches one more for each level.
    """
    if not actor.may(Permission.TRACE_BATCHES):
        raise Forbidden(Permission.TRACE_BATCHES)
    began = time.perf_counter()
    if not is_opened_by(case, starts, at):
        case = None
    sight = sight_of(actor, case)
    if not starts or visible(starts, sight) != set(starts):
        raise OutOfScope
    found = trace(starts, direction, limits)
    view = _view(found, starts, sight, case)
    return replace(view, seconds=time.perf_counter() - began)


def is_opened_by(case: TraceCase | None, starts: Collection[int], at: datetime) -> bool:
    """Whether the case is approved, has not ended and was asked for these starts."""
    return case is not None and case.is_open(at) and set(starts) <= set(case.start_ids)


def sight_of(actor: Actor, case: TraceCase | None = None) -> Sight:
    """The actor's own scope and, with an open case, the area that it opened with its starts.

    Cost: at most two queries.
    """
    scope = actor.scope
    paths = [*scope.paths, case.asked_path] if case else list(scope.paths)
    # As in the scoped querysets: a path of one code or none covers every division there is.
    if any(path.count("/") <= 2 for path in paths):
        return Sight(everything=True)
    of_county = [path for path in paths if path.count("/") <= 4]
    below = dict(Division.objects.under(paths).values_list("pk", "path")) if paths else {}
    operators = set(scope.operator_ids)
    if scope.station_ids:
        stations = Operator.objects.filter(station_id__in=scope.station_ids)
        operators.update(stations.values_list("pk", flat=True))
    return Sight(
        county_ids=frozenset(pk for pk, path in below.items() if _is_under(path, of_county)),
        division_ids=frozenset(
            pk for pk, path in below.items() if _is_under(path, set(paths) - set(of_county))
        ),
        operator_ids=frozenset(operators),
        batch_ids=frozenset(case.start_ids if case else ()),
    )


def _is_under(path: str, tops: Collection[str]) -> bool:
    return any(path.startswith(top) for top in tops)


def visible(ids: Collection[int], sight: Sight) -> set[int]:
    """Those of the batches that are within sight. Cost: one query."""
    holders = _Holders(ids)
    return set(holders.ids[holders.seen_with(sight)].tolist())


def _view(found: Trace, starts: Collection[int], sight: Sight, case: TraceCase | None) -> TraceView:
    holders = _Holders(found.ids)
    seen = holders.seen_with(sight)
    part = found if seen.all() else part_of(found, set(holders.ids[seen].tolist()))
    return TraceView(
        direction=found.direction,
        start_ids=tuple(sorted(starts)),
        case_id=case.pk if case else None,
        part=part,
        operator_ids=holders.operators[seen],
        county_ids=holders.counties[seen],
        received=holders.received[seen],
        ends=ends_of(found, part),
        hidden=_hidden(found, seen),
        node_count=len(found.hops),
        link_count=found.link_count,
        operator_count=len(distinct(holders.operators)),
        depth=found.depth,
        cut=found.cut,
        seconds=found.seconds,
    )


def part_of(found: Trace, kept: Collection[int]) -> Trace:
    """The trace with only the kept ones of its batches and the links between two of them."""
    return Trace(
        found.direction,
        {id_: hop for id_, hop in found.hops.items() if id_ in kept},
        [_among(level, kept) for level in found.levels],
        found.cut,
        found.seconds,
    )


def _among(level: Level, kept: Collection[int]) -> Level:
    ends = zip(level.children, level.parents, strict=True)
    marks = [child in kept and parent in kept for child, parent in ends]
    return Level(
        array("q", compress(level.children, marks)),
        array("q", compress(level.parents, marks)),
        "".join(compress(level.kinds, marks)),
        array("q", compress(level.quantities, marks)),
    )


def ends_of(found: Trace, part: Trace) -> bytes:
    """A one for each batch of the part from which nothing leads on; none where the walk was cut."""
    goes_on: set[int] = set().union(*(found.ends(level)[0] for level in found.levels))
    if found.cut is None:
        return bytes(map(not_, map(goes_on.__contains__, part.hops)))
    walked = len(found.levels)
    if found.cut in ("nodes", "links"):
        # The last level is not complete.
        walked -= 1
    return bytes(id_ not in goes_on and hop < walked for id_, hop in part.hops.items())


def _hidden(found: Trace, seen: NDArray[np.bool_]) -> dict[int, int]:
    return dict(sorted(Counter(compress(found.hops.values(), (~seen).tolist())).items()))
