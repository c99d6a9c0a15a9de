"""A trace as a picture of at most some two hundred boxes: hops are columns, goods flow to the right.

Few batches are drawn each by itself, many by county and link of the chain; what does not fit a
column stands in one box at its end. The page draws it as SVG, so it needs no script and prints.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from traceability.graph.columns import Column, as_column, distinct, places_in
from traceability.graph.holders import SECTORS, county_names
from traceability.graph.lens import TraceView
from traceability.graph.nodes import TraceNode, nodes_at
from traceability.queries.trace_facts import TraceFacts, sector_name

# Beyond this many batches of a side the boxes are groups.
SINGLE = 36
COLUMNS = 8
BOXES = 12
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, TOP, MARGIN = 176, 70, 56, 12, 36, 8
LINE_HEIGHT = 18
TITLE_WIDTH, NOTE_WIDTH = 23, 27
Side = Literal["down", "up"]
SIGNS: dict[Side, int] = {"up": -1, "down": 1}
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Box:
    """One batch, or what one hop holds in one county and link of the chain.

    ``lines`` are its title, cut in two where it is long: firms often differ only at the end.
    """

    title: str
    lines: tuple[str, ...]
    note: str
    x: int
    y: int
    first_on: date
    batch_id: int | None = None
    is_start: bool = False
    is_rest: bool = False

    @property
    def text_x(self) -> int:
        return self.x + 10

    @property
    def placed_lines(self) -> list[tuple[str, int]]:
        """The lines of the title, each with its height."""
        first = self.y + 38 - LINE_HEIGHT * len(self.lines) // 2
        return [(line, first + LINE_HEIGHT * row) for row, line in enumerate(self.lines)]

    @property
    def note_y(self) -> int:
        return self.y + 59


@dataclass(frozen=True, slots=True)
class Arrow:
    path: str
    width: float


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    x: int


@dataclass(frozen=True, slots=True)
class Drawing:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    headings: tuple[Heading, ...]
    width: int
    height: int
    start_x: int

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"


@dataclass(slots=True)
class _Group:
    """What will be one box; ``column`` is negative upstream, and ``size`` counts its batches."""

    column: int
    title: str
    note: str = ""
    size: int = 0
    holder_count: int = 0
    first_day: int = date.max.toordinal()
    batch_id: int | None = None
    is_rest: bool = False


def draw(
    views: Mapping[Side, TraceView],
    facts: Mapping[Side, TraceFacts],
    start: TraceNode,
    today: date,
) -> Drawing:
    """The picture of both sides with the start between them. Cost: at most ten queries."""
    begin = _single(0, start)
    begin.first_day = int(facts["down"].received[0])
    groups, flows = [begin], Counter[tuple[int, int]]()
    for side, sign in SIGNS.items():
        _add_side(sign, views[side], facts[side], groups, flows, today)
    return _placed(groups, flows)


def _add_side(
    sign: int,
    view: TraceView,
    facts: TraceFacts,
    groups: list[_Group],
    flows: Counter[tuple[int, int]],
    today: date,
) -> None:
    """Group the side's batches, and count the links between the groups."""
    first = len(view.start_ids)
    keys, key_of = _keys(view, facts)
    sizes = dict(zip(keys, np.bincount(key_of).tolist(), strict=True))
    places: dict[int, int] = {}
    numbers = []
    for group in _groups(sign, sizes, view, today).values():
        numbers.append(places.setdefault(id(group), len(groups)))
        if numbers[-1] == len(groups):
            groups.append(group)
    number_of = as_column(numbers)[key_of]
    _measure(groups, number_of, facts.owners[first:], facts.received[first:])
    _count_flows(view, np.concatenate([np.zeros(first, np.int64), number_of]), flows)


def _keys(view: TraceView, facts: TraceFacts) -> tuple[list[Key], Column]:
    """What the side's batches are grouped by, nearest first, and the place of each batch's key.

    The start is left out; few batches stand each by itself.
    """
    first = len(view.start_ids)
    columns = np.minimum(view.part.hop_numbers[first:], COLUMNS)
    if len(columns) <= SINGLE:
        alone = zip(columns.tolist(), facts.counties[first:].tolist(), strict=True)
        keys = [(hop, county, str(at)) for at, (hop, county) in enumerate(alone)]
        return keys, np.arange(len(columns))
    wide = len(facts.county_ids) * len(SECTORS)
    numbers = columns * wide + facts.places[first:]
    met_at = np.full(int(numbers.max()) + 1, len(numbers))
    np.minimum.at(met_at, numbers, np.arange(len(numbers)))
    found = np.flatnonzero(met_at < len(numbers))
    found = found[np.argsort(met_at[found])]
    rank = np.empty_like(met_at)
    rank[found] = np.arange(len(found))
    split = (divmod(number, wide) for number in found.tolist())
    return [(hop, *facts.place_of(place)) for hop, place in split], rank[numbers]


def _measure(groups: list[_Group], number_of: Column, owners: Column, received: Column) -> None:
    """Size, holders and first day of the groups by their batches' columns."""
    # Each holder once in each group.
    pairs = distinct(owners * len(groups) + number_of) % len(groups)
    first_days = np.full(len(groups), date.max.toordinal())
    np.minimum.at(first_days, number_of, received)
    sizes, held = (np.bincount(each, minlength=len(groups)) for each in (number_of, pairs))
    for number in np.flatnonzero(sizes).tolist():
        groups[number].size = int(sizes[number])
        groups[number].holder_count = int(held[number])
        groups[number].first_day = int(first_days[number])


def _count_flows(view: TraceView, number_of: Column, flows: Counter[tuple[int, int]]) -> None:
    """Add the links from group to group; ``number_of`` stands beside the view's batches."""
    ids = view.part.ids
    order = np.argsort(ids)
    ids, numbers = ids[order], number_of[order]
    wide = int(numbers.max()) + 1
    for level in view.part.levels:
        sources, targets = (
            numbers[places_in(ids, as_column(ends))[0]] for ends in (level.parents, level.children)
        )
        pairs, counts = np.unique(sources * wide + targets, return_counts=True)
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            flows[divmod(pair, wide)] += count


def _groups(sign: int, sizes: Mapping[Key, int], view: TraceView, today: date) -> dict[Key, _Group]:
    """The group of each key, nearest first."""
    kept = _largest(sizes)
    if len(view.hops) <= SINGLE + len(view.start_ids):
        made = _singles(sign, list(sizes), view, today)
    else:
        made = _named(sign, kept)
    rest = {column: _Group(sign * column, "", is_rest=True) for column, _, _ in sizes}
    for key in sizes:
        if key not in kept:
            group = made[key] = rest[key[0]]
            group.note = f"{int(group.note or 0) + 1}"
    return {key: made[key] for key in sizes}


def _largest(sizes: Mapping[Key, int]) -> set[Key]:
    """The groups that have a box of their own: all of a column, or the largest and one for the rest."""
    columns: dict[int, list[Key]] = defaultdict(list)
    for key in sizes:
        columns[key[0]].append(key)
    kept: set[Key] = set()
    for keys in columns.values():
        # Groups of one size stay as the view has them, nearest first.
        keys.sort(key=lambda key: -sizes[key])
        kept.update(keys if len(keys) <= BOXES else keys[: BOXES - 1])
    return kept


def _singles(sign: int, keys: list[Key], view: TraceView, today: date) -> dict[Key, _Group]:
    first = len(view.start_ids)
    nodes = nodes_at(view, range(first, len(view.hops)), today)
    return {key: _single(sign * key[0], node) for key, node in zip(keys, nodes, strict=True)}


def _single(column: int, node: TraceNode) -> _Group:
    note = f"{node.name} {node.batch_number}".strip()
    return _Group(column, node.holder_name, note, batch_id=node.batch_id)


def _named(sign: int, keys: Iterable[Key]) -> dict[Key, _Group]:
    counties = county_names({county_id for _, county_id, _ in keys})
    return {
        key: _Group(sign * key[0], f"{counties.get(key[1], '')} {sector_name(key[2])}")
        for key in keys
    }


def _placed(groups: list[_Group], flows: Counter[tuple[int, int]]) -> Drawing:
    columns: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        columns[group.column].append(number)
    tallest = max(map(len, columns.values()))
    height = TOP + tallest * (BOX_HEIGHT + GAP_Y) + MARGIN
    first = min(columns)
    left_of = {column: MARGIN + (column - first) * (BOX_WIDTH + GAP_X) for column in columns}
    boxes: dict[int, Box] = {}
    for column, members in columns.items():
        members.sort(key=lambda number: (groups[number].is_rest, -groups[number].size, number))
        space = (tallest - len(members)) * (BOX_HEIGHT + GAP_Y) // 2
        for row, number in enumerate(members):
            y = TOP + space + row * (BOX_HEIGHT + GAP_Y)
            boxes[number] = _box(groups[number], left_of[column], y)
    return Drawing(
        boxes=tuple(boxes[number] for number in range(len(groups))),
        arrows=tuple(
            _arrow(boxes[source], boxes[target], count)
            for (source, target), count in sorted(flows.items())
            # Within a column, and back as after a return, there is no room for an arrow.
            if groups[source].column < groups[target].column
        ),
        headings=tuple(Heading(_heading(column), left_of[column]) for column in sorted(columns)),
        width=max(left_of.values()) + BOX_WIDTH + MARGIN,
        height=height,
        start_x=left_of[0],
    )


def _box(group: _Group, x: int, y: int) -> Box:
    title, note = group.title, group.note
    if group.is_rest:
        title, note = f"其余 {note} 处", f"{group.size} 个批次 · {group.holder_count} 家"
    elif group.batch_id is None:
        note = f"{group.size} 个批次 · {group.holder_count} 家"
    return Box(
        title=title,
        lines=_two_lines(title, TITLE_WIDTH),
        note=_cut(note, NOTE_WIDTH),
        x=x,
        y=y,
        first_on=date.fromordinal(group.first_day),
        batch_id=group.batch_id,
        is_start=group.column == 0,
        is_rest=group.is_rest,
    )


def _heading(column: int) -> str:
    if column == 0:
        return "起点"
    side = "上游" if column < 0 else "下游"
    further = "及更远" if abs(column) == COLUMNS else ""
    return f"{side}第 {abs(column)} 级{further}"


def _arrow(source: Box, target: Box, count: int) -> Arrow:
    """A curve from the right edge of one box to the left edge of another; thicker for more links."""
    x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
    x2, y2 = target.x, target.y + BOX_HEIGHT // 2
    bend = GAP_X // 2
    path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
    return Arrow(path, min(1 + count.bit_length() * 0.6, 7.0))


def _two_lines(text: str, width: int) -> tuple[str, ...]:
    """The text in one line of that width or in two, its middle left out when both are too short."""
    first = _head(text, width)
    rest = text[len(first) :]
    if _width(rest) <= width:
        return (first, rest.strip()) if rest else (first,)
    return first, f"…{_tail(text, width - 2)}"


def _cut(text: str, width: int) -> str:
    """The text in that many half-width places, its middle left out when it is longer."""
    if _width(text) <= width:
        return text
    end = _tail(text, (width - 2) // 2)
    return f"{_head(text, width - 2 - _width(end))}…{end}"


def _width(text: str) -> int:
    """Half-width places; a Chinese character takes two."""
    return sum(1 if char.isascii() else 2 for char in text)


def _head(text: str, width: int) -> str:
    taken = 0
    for place, char in enumerate(text):
        taken += _width(char)
        if taken > width:
            return text[:place]
    return text


def _tail(text: str, width: int) -> str:
    return _head(text[::-1], width)[::-1]
