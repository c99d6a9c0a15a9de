"""The process that opens a stranger's sheet: ``python -I child.py FILE KIND SHEET``.

It imports nothing of the platform, limits its own memory and time, opens no connection, and prints
JSON lines: ``{"sheet": …}``, then ``[row_no, [[kind, text], …]]`` for each row that is not blank,
then ``{"end": rows}``, or ``{"refused": code}``. Its death is a refusal, not a failure of ours.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 240
MAX_ROWS = 1_000_000
MAX_COLUMNS = 200
MAX_TEXT = 4000
ENCODINGS = ("utf-8-sig", "gb18030")
DELIMITERS = ",\t;"


class Stop(Exception):
    """Refuse the file with this code."""


def limit_self() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_no_network)


def _no_network(event: str, _: Any) -> None:
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.system", "urllib.")):
        raise Stop("workbook_suspicious")


def main(path: str, kind: str, sheet: str) -> None:
    limit_self()
    try:
        count = 0
        for line in rows_of(Path(path), kind, sheet):
            count += isinstance(line, list)
            say(line)
        say({"end": count} if count else {"refused": "sheet_empty"})
    except Stop as refusal:
        say({"refused": str(refusal)})
    except MemoryError:
        say({"refused": "workbook_inflates"})
    except Exception:
        # Whatever a parser trips over in a stranger's file, the sender is told the same.
        say({"refused": "sheet_unreadable"})


def say(line: Any) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


def rows_of(path: Path, kind: str, sheet: str) -> Iterator[Any]:
    return csv_rows(path) if kind == "csv" else workbook_rows(path, sheet)


def workbook_rows(path: Path, wanted: str) -> Iterator[Any]:
    from openpyxl.reader.excel import load_workbook

    warnings.simplefilter("ignore")
    # An open file, because a path is judged by how its name ends.
    file = path.open("rb")
    book = load_workbook(file, read_only=True, data_only=True, keep_links=False)  # type: ignore[no-untyped-call]
    visible = [ws for ws in book.worksheets if ws.sheet_state == "visible"] or book.worksheets
    chosen = [ws for ws in visible if ws.title == wanted] or visible
    for sheet in chosen:
        sheet.reset_dimensions()
        lines = numbered(cells_of(row) for row in sheet.iter_rows())
        first = next(lines, None)
        if first is not None:
            yield {"sheet": sheet.title, "others": [ws.title for ws in visible if ws is not sheet]}
            yield first
            yield from lines
            return


def cells_of(row: Iterable[Any]) -> list[list[str]]:
    cells = [cell(item.value, item.data_type) for item in row]
    while cells and not cells[-1][1]:
        cells.pop()
    return cells


def cell(value: Any, data_type: str = "s") -> list[str]:
    """``[kind, text]``; kinds: "" (empty), s text, n number, d date, t time, b boolean, e error."""
    if value is None:
        return ["", ""]
    if isinstance(value, bool):
        return ["b", "是" if value else "否"]
    if isinstance(value, int | float):
        return ["n", number_text(value)]
    if isinstance(value, datetime):
        midnight = value.time() == time.min
        return ["d", value.date().isoformat() if midnight else value.isoformat(" ", "seconds")]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, time | timedelta):
        return ["t", str(value)]
    text = str(value)[:MAX_TEXT]
    return ["e" if data_type == "e" else "s", text] if text.strip() else ["", ""]


def number_text(value: int | float) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def numbered(rows: Iterable[list[list[str]]]) -> Iterator[list[Any]]:
    for row_no, cells in enumerate(rows, start=1):
        if not cells:
            continue
        if row_no > MAX_ROWS:
            raise Stop("sheet_too_long")
        if len(cells) > MAX_COLUMNS:
            raise Stop("sheet_too_wide")
        yield [row_no, cells]


def csv_rows(path: Path) -> Iterator[Any]:
    text = decoded(path.read_bytes())
    if "\x00" in text:
        raise Stop("text_unreadable")
    csv.field_size_limit(1_000_000)
    head = text[:8192]
    delimiter = max(DELIMITERS, key=head.count)
    yield {"sheet": "", "others": []}
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    yield from numbered(text_cells(row) for row in reader)


def text_cells(row: list[str]) -> list[list[str]]:
    cells = [cell(text) for text in row]
    while cells and not cells[-1][1]:
        cells.pop()
    return cells


def decoded(raw: bytes) -> str:
    encodings = ("utf-16",) if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ENCODINGS
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Stop("text_unreadable")


if __name__ == "__main__":
    main(*sys.argv[1:4])
