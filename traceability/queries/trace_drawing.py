"""A trace as a picture of at most some two hundred boxes: hops are columns, goods flow to the right.

Few batches are drawn each by itself, many by county and link of the chain; what does not fit a
column stands in one box at its end. The page draws it as SVG, so it needs no script and prints.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from traceability.graph.lens import TraceView
from traceability.graph.nodes import county_names, nodes_at
from traceability.queries.trace_facts import TraceFacts, sector_name

# Beyond this many batches of a side the boxes are groups.
SINGLE = 36
COLUMNS = 8
BOXES = 12
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, TOP, MARGIN = 176, 52, 56, 12, 36, 8
TITLE_WIDTH, NOTE_WIDTH = 23, 27
Side = Literal["down", "up"]
Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Box:
    """One batch, or what one hop holds in one county and link of the chain."""

    title: str
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
    def title_y(self) -> int:
        return self.y + 22

    @property
    def note_y(self) -> int:
        return self.y + 41


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
    holders: set[int] = field(default_factory=set)
    first_day: int = date.max.toordinal()
    batch_id: int | None = None
    is_rest: bool = False


def draw(views: Mapping[Side, TraceView], facts: Mapping[Side, TraceFacts], today: date) -> Drawing:
    """The picture of both sides with the start between them. Cost: at most ten queries."""
    start = _Group(0, "起点批次", batch_id=views["down"].start_ids[0])
    start.first_day = facts["down"].received[0]
    groups, flows = [start], Counter[tuple[int, int]]()
    places = {id(start): 0}
    for side, sign in (("up", -1), ("down", 1)):
        _add_side(side, sign, views[side], facts[side], groups, flows, places, today)  # type: ignore[arg-type, index]
    return _placed(groups, flows)


def _add_side(
    side: Side,
    sign: int,
    view: TraceView,
    facts: TraceFacts,
    groups: list[_Group],
    flows: Counter[tuple[int, int]],
    places: dict[int, int],
    today: date,
) -> None:
    """Group the side's batches, and count the links between the groups."""
    group_of = _groups(sign, view, facts, today)
    for group in group_of.values():
        if id(group) not in places:
            places[id(group)] = len(groups)
            groups.append(group)
    number = {batch: places[id(group)] for batch, group in group_of.items()}
    number[view.start_ids[0]] = 0
    find = number.__getitem__
    for level in view.part.levels:
        flows.update(zip(map(find, level.parents), map(find, level.children), strict=True))


def _groups(sign: int, view: TraceView, facts: TraceFacts, today: date) -> dict[int, _Group]:
    """The group of each batch of the side, the start left out."""
    by_key: dict[Key, list[int]] = defaultdict(list)
    is_single = len(view.hops) <= SINGLE + 1
    columns = zip(view.hops.values(), view.county_ids, facts.sectors, strict=True)
    for position, (hop, county_id, sector) in enumerate(columns):
        if hop:
            key = (min(hop, COLUMNS), county_id, str(position) if is_single else sector)
            by_key[key].append(position)
    kept = _largest(by_key)
    named = _singles(view, by_key, today) if is_single else _named(kept)
    rest = {column: _Group(sign * column, "", is_rest=True) for column, _, _ in by_key}
    order, group_of = list(view.hops), {}
    for key, positions in by_key.items():
        group = rest[key[0]]
        if key in kept:
            title, note = named[key]
            group = _Group(sign * key[0], title, note)
            group.batch_id = order[positions[0]] if is_single else None
        else:
            group.note = f"{int(group.note or 0) + 1}"
        for at in positions:
            group.size += 1
            group.holders.add(view.operator_ids[at])
            group.first_day = min(group.first_day, facts.received[at])
            group_of[order[at]] = group
    return group_of


def _largest(by_key: Mapping[Key, list[int]]) -> set[Key]:
    """The groups that have a box of their own: all of a column, or the largest and one for the rest."""
    columns: dict[int, list[Key]] = defaultdict(list)
    for key in by_key:
        columns[key[0]].append(key)
    kept: set[Key] = set()
    for keys in columns.values():
        keys.sort(key=lambda key: (-len(by_key[key]), by_key[key][0]))
        kept.update(keys if len(keys) <= BOXES else keys[: BOXES - 1])
    return kept


def _singles(
    view: TraceView, by_key: Mapping[Key, list[int]], today: date
) -> dict[Key, tuple[str, str]]:
    keys = list(by_key)
    nodes = nodes_at(view, [by_key[key][0] for key in keys], today)
    return {
        key: (node.holder_name, f"{node.name} {node.batch_number}".strip())
        for key, node in zip(keys, nodes, strict=True)
    }


def _named(keys: Iterable[Key]) -> dict[Key, tuple[str, str]]:
    counties = county_names({county_id for _, county_id, _ in keys})
    return {key: (f"{counties.get(key[1], '')} {sector_name(key[2])}", "") for key in keys}


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
        title, note = f"其余 {note} 处", f"{group.size} 个批次 · {len(group.holders)} 家"
    elif group.batch_id is None:
        note = f"{group.size} 个批次 · {len(group.holders)} 家"
    return Box(
        title=_cut(title, TITLE_WIDTH),
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


def _cut(text: str, width: int) -> str:
    """The text in that many half-width places; a Chinese character takes two."""
    taken = 0
    for place, char in enumerate(text):
        taken += 1 if char.isascii() else 2
        if taken > width:
            return f"{text[: place - 1]}…"
    return text
