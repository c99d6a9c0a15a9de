"""A look through a sheet's markup before it is read: which reader may have it, and what it misses.

The fast reader holds the whole rectangle of cells, turns errors such as #N/A into blanks and says
nothing of formulas without a result. Where the markup is written as all common programs write it,
this finds those cells at the speed of a text search; where it is not, the careful reader is used.
"""

from __future__ import annotations

import html
import re
import zipfile
from dataclasses import dataclass, field

from . import wire
from .plain import column_index

CHUNK_BYTES = 1 << 20
# No program writes more, not even blank ones.
SHEET_ROWS = 1_048_576
# A row longer than this is nobody's ledger.
MAX_PENDING = 8 << 20
# About 110 bytes a cell with its text, under the limit of memory.
MAX_FAST_CELLS = 3_000_000
MAX_MARKED = 100_000
MAX_MERGED = 2_000
MERGED_ROWS = 60

_WIDE = re.compile(rb' r="[A-Z]{2}')
_COLUMN = re.compile(rb' r="([A-Z]+)\d')
_ROW_NO = re.compile(rb'<row [^>]*?r="(\d+)"')
_ERROR = re.compile(rb'<c ([^>]*\bt="e"[^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>')
_OPEN_FORMULA = re.compile(
    rb"<c ([^>]*)>\s*<f(?:\s[^>]*)?(?:/>|>([^<]*)</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')


@dataclass(slots=True)
class Scan:
    """``marked``: by row number and column index, the cells that the fast reader leaves blank."""

    is_plain_written: bool = True
    cells: int = 0
    rows: int = 0
    last_row_no: int = 0
    width: int = 26
    marked: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def suits_fast(self) -> bool:
        return (
            self.is_plain_written
            and self.cells <= MAX_FAST_CELLS
            and self.last_row_no * self.width <= 2 * MAX_FAST_CELLS
            and len(self.marked) <= MAX_MARKED
        )


def scan(archive: zipfile.ZipFile, part: str) -> Scan:
    """One pass over the part; memory stays flat."""
    found, pending, has_data = Scan(), b"", False
    with archive.open(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            pending += chunk
            cut = pending.rfind(b"</row>") + 6
            has_data = has_data or b"<sheetData" in pending
            if cut < 6:
                if len(pending) > MAX_PENDING:
                    found.is_plain_written = False
                    return found
                continue
            _look(found, pending[:cut])
            pending = pending[cut:]
            if not has_data or b"<!" in chunk:
                found.is_plain_written = False
                return found
    _look(found, pending)
    _merge(found, pending)
    found.is_plain_written &= has_data and b"<!" not in pending
    return found


def _look(found: Scan, text: bytes) -> None:
    found.cells += text.count(b"<c ")
    numbers = _ROW_NO.findall(text)
    if numbers:
        found.last_row_no = max(found.last_row_no, *map(int, numbers))
    else:
        found.last_row_no += text.count(b"<row")
    found.rows += text.count(b"<row")
    if found.rows > SHEET_ROWS:
        raise wire.Stop("sheet_too_long")
    if _WIDE.search(text):
        widest = max(set(_COLUMN.findall(text)), key=lambda name: (len(name), name))
        found.width = max(found.width, column_index(widest.decode()[:3] + "1") + 1)
    if errors := text.count(b't="e"'):
        for match in _ERROR.finditer(text):
            _mark(found, match[1], wire.error_cell(_text(match[2])))
            errors -= 1
    if errors or b"t='e'" in text:
        # An error written in a way that is not known here would be read as a blank.
        found.is_plain_written = False
    if b"<f" in text:
        for match in _OPEN_FORMULA.finditer(text):
            if b't="str"' not in match[1]:
                _mark(found, match[1], wire.formula_cell(_text(match[2] or b"")))


def _mark(found: Scan, attributes: bytes, cell: str) -> None:
    at = _REFERENCE.search(attributes)
    if at is None:
        found.is_plain_written = False
        return
    row = found.marked.setdefault(int(at[2]), {})
    row[column_index(at[1].decode() + "1")] = cell


def _merge(found: Scan, text: bytes) -> None:
    for match in list(_MERGED.finditer(text))[:MAX_MERGED]:
        first, last = int(match[2]), int(match[4])
        if first <= MERGED_ROWS:
            left, right = (column_index(match[n].decode() + "1") for n in (1, 3))
            found.merged.append((first, left, last, right))


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace"))
