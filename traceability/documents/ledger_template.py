"""An empty purchase ledger with our column names, to be filled in and imported.

It holds no example row: an import records every row below the header.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from shilian.sheets.annotate import write_annotated
from shilian.sheets.reader import Cell, SheetRow
from traceability.sheets import COLUMNS

HINT = "带*的列必填，每行写一批货；日期写成 2026-04-01，保质期写成 12个月，没有的空着。"
HEADER_ROW = 2
# The two columns it stands for are clearer, each by itself.
_OFFERED = tuple(column for column in COLUMNS if column.field != "produced_on_or_batch")


def write_template(stream: IO[bytes]) -> None:
    write_annotated(stream, _rows(), {}, header_row_no=HEADER_ROW, width=len(_OFFERED))


def _rows() -> Iterator[SheetRow]:
    titles = [f"{column.title}{'*' if column.is_required else ''}" for column in _OFFERED]
    yield SheetRow(1, [Cell(HINT, "text")])
    yield SheetRow(HEADER_ROW, [Cell(title, "text") for title in titles])
