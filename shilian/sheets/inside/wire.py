"""The form in which rows leave the process: a line each, made to be cut apart at C speed.

``ROW_NO <US> CELL <US> CELL … <LF>``. A cell that begins with ``MARK`` is of another kind than text
and names it in the next character; behind ``m``, and whether it repeats what a merged range above
says, stands a cell of any kind. A line break inside a cell travels as <GS>. Lines that begin
with ``{`` are JSON messages.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

UNIT = "\x1f"
BREAK = "\x1d"
MARK = "\x01"
MERGED = f"{MARK}m"
MAX_ROWS = 1_010_000
MAX_COLUMNS = 200
MAX_TEXT = 4000
# One long shared string may be named by every cell; no honest sheet says this much.
MAX_OUTPUT = 600_000_000
BATCH_ROWS = 500
HEAD_ROWS = 60

Row = tuple[int, list[str]]


class Stop(Exception):
    """Refuse the file with this code."""


def number_cell(value: float) -> str:
    """A number as people would type it; what is no finite number stays text."""
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return f"{MARK}n{int(value)}"
    return f"{MARK}n{float(value)!r}"


def other_cell(value: Any) -> str:
    """A cell that is no text: number, boolean, day, moment, time of day or length of time."""
    if isinstance(value, bool):
        return f"{MARK}b{'是' if value else '否'}"
    if isinstance(value, int | float):
        return number_cell(float(value))
    if isinstance(value, datetime):
        return moment_cell(value)
    if isinstance(value, date):
        return f"{MARK}d{value.isoformat()}"
    if isinstance(value, time | timedelta):
        return f"{MARK}t{value}"
    return "" if value is None else str(value)


def moment_cell(value: datetime) -> str:
    """To the second; a spreadsheet keeps 8:30 as 8:29:59.942."""
    if value.microsecond:
        value = value.replace(microsecond=0) + timedelta(seconds=value.microsecond >= 500_000)
    if value.time() == time.min:
        return f"{MARK}d{value.date().isoformat()}"
    return f"{MARK}d{value.replace(tzinfo=None).isoformat(' ', 'seconds')}"


def error_cell(text: str) -> str:
    return f"{MARK}e{text[:40]}"


def formula_cell(text: str) -> str:
    """A formula whose result the file does not hold."""
    return f"{MARK}f={text[:200]}"


def merged_cell(cell: str, *, is_repeated: bool) -> str:
    """The cell of a merged range that holds for several rows: the first of them, or one below."""
    return f"{MERGED}{int(is_repeated)}{cell}"


def is_merged(cell: str) -> bool:
    return cell.startswith(MERGED)


def checked(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that are not blank, cut behind their last cell that says something."""
    for row_no, cells in rows:
        while cells and (not cells[-1] or cells[-1].isspace()):
            cells.pop()
        if not cells:
            continue
        if row_no > MAX_ROWS:
            raise Stop("sheet_too_long")
        if len(cells) > MAX_COLUMNS:
            raise Stop("sheet_too_wide")
        yield row_no, cells


def head_of(rows: Iterable[Row]) -> list[Row]:
    """The first rows, for people to look at."""
    return [
        (row_no, [_guarded(cell) for cell in cells]) for row_no, cells in islice(rows, HEAD_ROWS)
    ]


def send_rows(rows: Iterable[Row]) -> int:
    """Print the rows; gives how many there were."""
    count = said = 0
    lines: list[str] = []
    for row_no, cells in rows:
        lines.append(_line(row_no, cells))
        count += 1
        if len(lines) == BATCH_ROWS:
            said += _flush(lines)
            if said > MAX_OUTPUT:
                raise Stop("workbook_inflates")
    _flush(lines)
    return count


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def _flush(lines: list[str]) -> int:
    text = "".join(lines)
    sys.stdout.write(text)
    lines.clear()
    return len(text)


def _line(row_no: int, cells: list[str]) -> str:
    joined = UNIT.join(cells)
    if (
        "\n" in joined
        or "\x00" in joined
        or f"{UNIT} " in joined
        or (not joined.isascii() and ("\u3000" in joined or "\xa0" in joined))
        or len(joined) > MAX_TEXT
        or joined.count(UNIT) >= len(cells)
    ):
        joined = UNIT.join([_guarded(cell) for cell in cells])
    return f"{row_no}{UNIT}{joined}\n"


def _guarded(cell: str) -> str:
    if cell.isspace():
        return ""
    return cell[:MAX_TEXT].replace("\x00", "").replace(UNIT, " ").replace("\n", BREAK)
