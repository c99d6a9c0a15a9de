"""A look through a sheet's markup before it is read: which reader may have it, and what is merged."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field

from . import wire
from .merged import Down, Range
from .plain import column_index

CHUNK_BYTES = 1 << 20
# No program writes more, not even blank ones.
SHEET_ROWS = 1_048_576
# A row longer than this is nobody's ledger.
MAX_PENDING = 8 << 20
MAX_MERGED = 2_000
MERGED_ROWS = 60

_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)""")
_MERGED = re.compile(rb'<(?:\w{1,20}:)?mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
# Longer than what names one range.
_OVERLAP = 80


@dataclass(slots=True)
class Scan:
    """Whether the sheet is written as common programs write it, and what is merged in it.

    ``merged`` are ranges of its first rows, ``down`` those of all rows that reach over several.
    """

    is_plain_written: bool = True
    rows: int = 0
    merged: list[Range] = field(default_factory=list)
    down: Down = field(default_factory=Down)


def scan(archive: zipfile.ZipFile, part: str) -> Scan:
    """One pass over the part; memory stays flat.

    Raises: Stop when it has more rows than any program writes, or more merged cells than are kept.
    """
    found, pending, has_data = Scan(), b"", False
    with archive.open(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            pending += chunk
            has_data = has_data or _begins_plainly(pending)
            if not has_data or (b"!" in chunk and b"<!" in chunk) or len(pending) > MAX_PENDING:
                found.is_plain_written = False
                _look_for_merged(archive, part, found)
                return found
            cut = pending.rfind(b"</row>") + 6
            if cut >= 6:
                found.rows += pending.count(b"<row", 0, cut)
                pending = pending[cut:]
            if found.rows > SHEET_ROWS:
                raise wire.Stop("sheet_too_long")
    if found.rows + pending.count(b"<row") > SHEET_ROWS:
        raise wire.Stop("sheet_too_long")
    _merge(found, pending)
    found.is_plain_written = has_data
    return found


def _begins_plainly(text: bytes) -> bool:
    encoding = _ENCODING.match(text.removeprefix(b"\xef\xbb\xbf"))
    is_known = encoding is None or encoding[1].lower() in (b"utf-8", b"us-ascii")
    return is_known and b"<sheetData" in text


def _look_for_merged(archive: zipfile.ZipFile, part: str, found: Scan) -> None:
    """The same for a part whose rows cannot be told from what stands behind them."""
    pending = b""
    with archive.open(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            pending += chunk
            pending = pending[max(_merge(found, pending), len(pending) - _OVERLAP) :]


def _merge(found: Scan, text: bytes) -> int:
    """Keep the ranges that the text names; gives where the last of them ends."""
    end = 0
    for match in _MERGED.finditer(text):
        left, right = (column_index(match[n].decode() + "1") for n in (1, 3))
        named = (int(match[2]), left, int(match[4]), right)
        if named[0] <= MERGED_ROWS and len(found.merged) < MAX_MERGED:
            found.merged.append(named)
        found.down.add(named)
        end = match.end()
    return end
