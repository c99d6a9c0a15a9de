"""A .csv as the programs of this country write it, read as a stream: memory stays flat."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import wire

ENCODINGS = ("utf-8-sig", "gb18030")
WIDE_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
DELIMITERS = ",\t;"
CHUNK_BYTES = 1 << 20
MAX_FIELD = 1_000_000


class Text:
    """A text table: one sheet without a name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = encoding_of(path)
        self._delimiter = self._delimiter_of_head()
        csv.field_size_limit(MAX_FIELD)

    def heads(self) -> list[dict[str, Any]]:
        rows = wire.head_of(self.rows(""))
        return [{"title": "", "state": "visible", "merged": [], "is_1904": False, "rows": rows}]

    def rows(self, title: str) -> Iterator[wire.Row]:
        """Every row that is not blank; a line break inside quotes does not end one."""
        return wire.checked(self._numbered())

    def _numbered(self) -> Iterator[wire.Row]:
        with self._path.open(encoding=self._encoding, newline="") as file:
            try:
                for row_no, cells in enumerate(csv.reader(file, delimiter=self._delimiter), 1):
                    yield row_no, _unwrapped(cells)
            except csv.Error:
                raise wire.Stop("text_unreadable") from None

    def _delimiter_of_head(self) -> str:
        with self._path.open(encoding=self._encoding) as file:
            head = file.read(8192)
        return max(DELIMITERS, key=head.count)


def _unwrapped(cells: list[str]) -> list[str]:
    """Without the ``="…"`` by which programs keep a spreadsheet from making a number of a code."""
    if any(cell.startswith('="') for cell in cells):
        return [
            cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell for cell in cells
        ]
    return cells


def encoding_of(path: Path) -> str:
    """The first encoding in which the whole file makes sense.

    Raises: Stop when none does.
    """
    with path.open("rb") as file:
        wide = WIDE_MARKS.get(file.read(2))
    for encoding in (wide,) if wide else ENCODINGS:
        if _decodes(path, encoding):
            return encoding
    raise wire.Stop("text_unreadable")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK_BYTES):
                if "\x00" in decoder.decode(chunk):
                    return False
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True
