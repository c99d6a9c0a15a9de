"""Ready-made kinds of sheets for what 菜场, 一网通 and 山餐安 export: data, not code.

Each is one of the common kinds that knows more names of its columns, fills in what the export
leaves out, and tags its records with the channel. Everything else, every rule first of all, is the
common kind's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.sheets.headers import Column
from shilian.sheets.reader import Cell
from traceability.models import Channel
from traceability.sheets.base import KINDS, Cells, Judged, Line, SheetKind, find_kind, register

FILE_NAME = "channel_mappings.json"
OURS = Path(__file__).resolve().parent.parent / "data" / FILE_NAME
MARK = "@"


@dataclass(frozen=True, slots=True)
class ChannelMapping:
    """What one channel's export of one kind is like."""

    channel: str
    channel_name: str
    kind: str
    names: Mapping[str, Sequence[str]]
    fixed: Mapping[str, str]

    @property
    def code(self) -> str:
        return code_of(self.kind, self.channel)


def code_of(kind: str, channel: str) -> str:
    """The code of the kind for the channel's exports; the kind's own for no channel."""
    return f"{kind}{MARK}{channel}" if channel else kind


def plain_code(kind: SheetKind) -> str:
    """The code of the common kind behind this one."""
    return kind.code.partition(MARK)[0]


def channel_of(kind: SheetKind) -> str:
    """The channel whose exports the kind reads; empty for a common one."""
    return kind.code.partition(MARK)[2]


def sources() -> list[tuple[str, str]]:
    """Where a sheet may come from, for a form: one's own, or a channel's export."""
    codes = dict.fromkeys(channel_of(kind) for kind in KINDS.values())
    found = [(code, f"{Channel(code).label}导出的表") for code in codes if code]
    return [("", "自己的表格"), *found]


def read_mappings(path: Path | None = None) -> list[ChannelMapping]:
    """The mappings of this installation: its own file, or the one that ships.

    Raises: ValueError with the place of the fault, so that a typing error stops the start.
    """
    own = Path(settings.DATA_DIR) / FILE_NAME
    path = path or (own if own.exists() else OURS)
    said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found = [
        ChannelMapping(channel, about["name"], kind, each.get("names", {}), each.get("fixed", {}))
        for channel, about in said["channels"].items()
        for kind, each in about["kinds"].items()
    ]
    for mapping in found:
        _check(mapping, path)
    return found


def _check(mapping: ChannelMapping, path: Path) -> None:
    if mapping.channel not in Channel.values:
        raise ValueError(f"{path}: no channel {mapping.channel}")
    fields = {column.field for column in find_kind(mapping.kind).columns}
    if unknown := (set(mapping.names) | set(mapping.fixed)) - fields:
        raise ValueError(f"{path}: {mapping.code} has no fields {sorted(unknown)}")


def register_channels() -> list[SheetKind]:
    """Put each channel's kinds where every door finds them. May be called twice."""
    return [register(_kind(mapping)) for mapping in read_mappings()]


def _kind(mapping: ChannelMapping) -> SheetKind:
    base = find_kind(mapping.kind)
    fixed = {name: Cell(text, "text") for name, text in mapping.fixed.items()}

    def read(cells: Cells, row_no: int, month: date) -> Line:
        line = base.read(cells, row_no, month)
        # Only what the row does not say in any place: a unit may stand behind the quantity.
        left_out = {name: cell for name, cell in fixed.items() if name not in line.values}
        return base.read({**cells, **left_out}, row_no, month) if left_out else line

    def record(by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime) -> list[int]:
        return base.record(by.via(mapping.channel), operator, judged, at)

    return replace(
        base,
        code=mapping.code,
        name=f"{base.name}（{mapping.channel_name}导出）",
        columns=_columns(base.columns, mapping),
        read=read,
        record=record,
    )


def _columns(columns: Sequence[Column], mapping: ChannelMapping) -> tuple[Column, ...]:
    """The columns with the channel's names; a name that the channel uses is nobody else's."""
    own = {name: field for field, names in mapping.names.items() for name in names}
    found = []
    for column in columns:
        kept = [n for n in column.names[1:] if own.get(n, column.field) == column.field]
        more = [n for n in mapping.names.get(column.field, ()) if n not in column.names]
        is_required = column.is_required and column.field not in mapping.fixed
        found.append(Column(column.field, (column.title, *kept, *more), is_required))
    return tuple(found)
