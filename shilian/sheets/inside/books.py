"""An .xlsx: its sheets with their first rows, and the rows of the one that is wanted."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from . import wire
from .fast import Fast
from .parts import Directory, Sheet, directory_of, formats_of, guard
from .plain import Plain
from .scan import Scan, scan

# A sheet a day for two months.
MAX_SHEETS = 62


class Book:
    """``reader`` is "fast" where it may be used, or "plain" for the careful one throughout."""

    def __init__(self, path: Path, reader: str) -> None:
        self._archive = zipfile.ZipFile(path)
        self._directory: Directory = directory_of(self._archive)
        self._scans: dict[str, Scan] = {}
        self._plain: Plain | None = None
        for part in (self._directory.strings, self._directory.styles):
            if part in self._archive.NameToInfo:
                guard(self._archive, part)
        is_fast = reader == "fast" and not self._fills_zeros()
        self._fast = _fast(path) if is_fast else None

    def _fills_zeros(self) -> bool:
        """Whether a style shows zeros before a number, of which the fast reader knows nothing."""
        try:
            formats = formats_of(self._archive, self._directory.styles)
        except (ParseError, ValueError):
            # The careful reader, when it comes to it, says what is wrong with the styles.
            return False
        return any(style.startswith("0") for style in formats.values())

    def heads(self) -> list[dict[str, Any]]:
        """The sheets that people see, or all when every one is hidden."""
        return [
            {
                "title": sheet.title,
                "state": sheet.state,
                "rows": wire.head_of(self._rows(sheet)),
                "merged": self._scan(sheet).merged,
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
        found = self._scan(sheet)
        if self._fast is not None and found.suits_fast:
            rows = wire.checked(self._fast.rows(sheet.title, found))
            try:
                first = next(rows, None)
            except wire.Stop:
                raise
            except BaseException as error:
                # calamine also panics; the careful reader then says what the sheet is.
                if isinstance(error, MemoryError | KeyboardInterrupt | SystemExit):
                    raise
            else:
                if first is not None:
                    yield first
                    yield from rows
                return
        yield from self._carefully(sheet)

    def _carefully(self, sheet: Sheet) -> Iterator[wire.Row]:
        if self._plain is None:
            self._plain = Plain(self._archive, self._directory)
        yield from wire.checked(self._plain.rows(sheet.part))

    def _scan(self, sheet: Sheet) -> Scan:
        if sheet.part not in self._scans:
            if sheet.part not in self._archive.NameToInfo:
                raise wire.Stop("workbook_damaged")
            guard(self._archive, sheet.part)
            self._scans[sheet.part] = scan(self._archive, sheet.part)
        return self._scans[sheet.part]


def _fast(path: Path) -> Fast | None:
    """None when calamine cannot open the workbook; the careful reader then says why."""
    try:
        return Fast(path)
    except MemoryError:
        raise
    except Exception:
        return None
