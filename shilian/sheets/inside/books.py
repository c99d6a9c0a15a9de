"""An .xlsx: its sheets with their first rows, and the rows of the one that is wanted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import merged, wire
from .parts import Directory, Sheet, directory_of, guard
from .plain import Plain
from .scan import Scan, scan
from .stream import Stream

# A sheet a day for two months.
MAX_SHEETS = 62


class Book:
    """``is_careful``: let the careful reader have every sheet, also those that need it not."""

    def __init__(self, path: Path, *, is_careful: bool = False) -> None:
        self._archive = zipfile.ZipFile(path)
        self._directory: Directory = directory_of(self._archive)
        self._is_careful = is_careful
        self._scans: dict[str, Scan] = {}
        self._readers: dict[type[Plain], Plain] = {}
        for part in (self._directory.strings, self._directory.styles):
            if part in self._archive.NameToInfo:
                guard(self._archive, part)

    def heads(self) -> list[dict[str, Any]]:
        """The sheets that people see, or all when every one is hidden."""
        return [
            {
                "title": sheet.title,
                "state": sheet.state,
                "rows": wire.head_of(self._rows(sheet)),
                "merged": self._scan(sheet).merged,
                "is_1904": self._directory.is_1904,
            }
            for sheet in self._offered()
        ]

    def rows(self, title: str) -> Iterator[wire.Row]:
        """Every row of the sheet that is not blank; rows that a filter hides are rows."""
        found = next((sheet for sheet in self._offered() if sheet.title == title), None)
        if found is None:
            raise wire.Stop("sheet_unreadable")
        return self._rows(found)

    def _offered(self) -> list[Sheet]:
        visible = [s for s in self._directory.sheets if s.state == "visible"]
        return (visible or list(self._directory.sheets))[:MAX_SHEETS]

    def _rows(self, sheet: Sheet) -> Iterator[wire.Row]:
        scanned = self._scan(sheet)
        is_quick = scanned.is_plain_written and not self._is_careful
        rows = wire.checked(self._reader(Stream if is_quick else Plain).rows(sheet.part))
        return merged.repeated(rows, scanned.down) if scanned.down else rows

    def _reader(self, kind: type[Plain]) -> Plain:
        if kind not in self._readers:
            self._readers[kind] = kind(self._archive, self._directory)
        return self._readers[kind]

    def _scan(self, sheet: Sheet) -> Scan:
        if sheet.part not in self._scans:
            if sheet.part not in self._archive.NameToInfo:
                raise wire.Stop("workbook_damaged")
            guard(self._archive, sheet.part)
            self._scans[sheet.part] = scan(self._archive, sheet.part)
        return self._scans[sheet.part]
