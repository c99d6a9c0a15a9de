"""The careful reader: one row at a time, every cell as the file has it. Slower, memory stays flat."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from xml.etree.ElementTree import Element, iterparse

from . import wire
from .parts import Directory, formats_of, guard, local, strings_of, text_in

_LETTERS = re.compile(r"[A-Z]{1,3}")
_BEYOND = re.compile(r"[A-Z]{4,9}")
_LAST_SERIAL = 2_958_466
_SECONDS_A_DAY = 86_400


class Plain:
    """Reads the sheets of one workbook."""

    def __init__(self, archive: zipfile.ZipFile, directory: Directory) -> None:
        self._archive = archive
        self._strings = self._read_strings(archive, directory.strings)
        self._formats = formats_of(archive, directory.styles)
        self._is_1904 = directory.is_1904

    def _read_strings(self, archive: zipfile.ZipFile, part: str) -> list[str]:
        return strings_of(archive, part)

    def rows(self, part: str) -> Iterator[wire.Row]:
        """Every row, blank ones too."""
        row_no = 0
        guard(self._archive, part)
        with self._archive.open(part) as file:
            # Three million elements pass here in a large sheet, so this asks little of each.
            for _, element in iterparse(file):
                if element.tag.endswith("row") and local(element.tag) == "row":
                    said = element.get("r")
                    row_no = int(said) if said else row_no + 1
                    yield row_no, self._cells(element, element.tag[:-3])
                    element.clear()

    def _cells(self, row: Element, space: str) -> list[str]:
        cells: list[str] = []
        value_tag, formula_tag, text_tag = f"{space}v", f"{space}f", f"{space}is"
        for element in row:
            said = element.get("r")
            index = column_index(said) if said else len(cells)
            value = formula = inline = None
            for child in element:
                if child.tag == value_tag:
                    value = child.text
                elif child.tag == formula_tag:
                    formula = child.text or ""
                elif child.tag == text_tag:
                    inline = child
            text = self._cell(element, value, formula, inline)
            if not text:
                # A cell without an "r" still takes its place.
                if not said:
                    cells.append("")
                continue
            if index >= wire.MAX_COLUMNS:
                raise wire.Stop("sheet_too_wide")
            if index >= len(cells):
                cells.extend([""] * (index + 1 - len(cells)))
            cells[index] = text
        return cells

    def _cell(
        self, element: Element, value: str | None, formula: str | None, inline: Element | None
    ) -> str:
        kind = element.get("t", "n")
        if kind == "inlineStr":
            return text_in(inline) if inline is not None else ""
        if not value:
            is_open = formula is not None and kind != "str"
            return wire.formula_cell(formula or "") if is_open else ""
        return self._valued(kind, value, element.get("s"))

    def _valued(self, kind: str, value: str, style: str | None) -> str:
        if kind == "s":
            return self._strings[int(value)]
        if kind == "n":
            return self._number(value, self._formats.get(int(style), "") if style else "")
        if kind == "b":
            return wire.other_cell(value != "0")
        if kind == "e":
            return wire.error_cell(value)
        if kind == "d":
            return wire.moment_cell(datetime.fromisoformat(value))
        return value

    def _number(self, text: str, style: str) -> str:
        try:
            value = float(text) if text == text.strip() and "_" not in text else None
        except ValueError:
            value = None
        if value is None:
            return text
        if style.startswith("0"):
            return _filled(value, len(style))
        if not style or value != value or value >= _LAST_SERIAL:
            return wire.number_cell(value)
        if style == "t":
            return wire.other_cell(timedelta(milliseconds=round(value * _SECONDS_A_DAY * 1000)))
        return _moment(value, self._is_1904)


def _filled(value: float, length: int) -> str:
    """The number with the zeros that the sheet shows before it, which make it a text."""
    said = str(int(value)) if value.is_integer() and value >= 0 else ""
    return said.zfill(length) if said and len(said) < length else wire.number_cell(value)


def _moment(serial: float, is_1904: bool) -> str:
    """The day or time that a spreadsheet shows for its number of days."""
    if serial < 1:
        within = timedelta(milliseconds=round(max(serial, 0.0) * _SECONDS_A_DAY * 1000))
        return wire.other_cell((datetime(2000, 1, 1) + within).time())
    if is_1904:
        first = date(1904, 1, 1)
    else:
        # Spreadsheets believe that 1900 had a 29 February; their day 60 is none.
        first = date(1899, 12, 31) if serial < 60 else date(1899, 12, 30)
    days = timedelta(milliseconds=round(serial * _SECONDS_A_DAY * 1000))
    return wire.moment_cell(datetime.combine(first, datetime.min.time()) + days)


_indexes: dict[str, int] = {}


def column_index(reference: str) -> int:
    """From 0, of a reference such as C5.

    Raises: Stop when it is none.
    """
    letters = reference.rstrip("0123456789")
    index = _indexes.get(letters)
    if index is None:
        if not _LETTERS.fullmatch(letters):
            raise wire.Stop("sheet_too_wide" if _BEYOND.fullmatch(letters) else "sheet_unreadable")
        index = 0
        for letter in letters:
            index = index * 26 + ord(letter) - 64
        index = _indexes[letters] = index - 1
    return index
