"""The quick reader: a sheet's markup cut apart as text, row by row, while it is being inflated.

Common programs write every cell in one of a few ways; those are found by a text search. A row
with anything else in it goes to the careful reader, so that both read every row alike. Memory stays
flat, and the first rows are there before the last ones have been looked at.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError, fromstring

from . import wire
from .parts import Directory
from .plain import Plain, column_index

CHUNK_BYTES = 1 << 18
REMEMBERED = 50_000
# Cells that are blank here and there make many ways; nobody's ledger has more.
MOST_WAYS = 200
END = "</row>"

_ROW_BEGINS = r'\s*<row (?:[^<>]*? )?r="(\d{1,7})"[^<>]*(?<!/)>'
_ROW = re.compile(_ROW_BEGINS)
# Column, style, type, a formula, its text, the value, the text of the cell's own.
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,5})")?(?: t="(\w{1,9})")?'
    r"(?:/>|>(?:(<f)(?:\s[^<>]*)?(?:/>|>([^<]*)</f>))?"
    r'(?:<v>([^<]*)</v>|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
# Prefixes are declared where the sheet begins; nothing that matters here bears one.
_PREFIXED = re.compile(r'\s(?!xml:)\w+:\w+="[^"]*"')
_SHEET_DATA = re.compile(r"<sheetData\s*/?>")
_DATA_ENDS = re.compile(r"</sheetData>|<sheetData\s*/>")
_STRING = re.compile(r'<si><t(?: xml:space="preserve")?>([^<]*)</t></si>')
# Some programs write every Chinese character so.
_RUN = re.compile(r"(?:&#\d{3,6};)+")
_ENTITY = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_RETURN = re.compile("_x000[dD]_")

Found = tuple[str, str, str, str, str, str, str]
# What a character in a cell may need before it is text.
_MARKED = ("&", "\r", "_x000")
_FORMULA = r"<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)"
_OWN = r'<is><t(?: xml:space="preserve")?>([^<]*)</t></is>'


class _Alike:
    """Rows written like one that was read: the same cells in the same ways, but for what they say."""

    def __init__(self, found: list[Found]) -> None:
        self._match = re.compile(_ROW_BEGINS + "".join(map(_written, found))).fullmatch
        said = [each for each in found if each[5] or each[6]]
        self._indexes = [column_index(letters) for letters, *_ in said]
        self._width = max(self._indexes, default=-1) + 1
        self._is_full = self._indexes == list(range(len(said)))
        self._numbers = [
            (place, style) for place, (_, style, kind, *_) in enumerate(said) if kind in ("", "n")
        ]
        self._shared = [place for place, each in enumerate(said) if each[2] == "s"]

    def read(self, piece: str, reader: Stream) -> wire.Row | None:
        """The row, or None when it is written in another way."""
        row = self._match(piece)
        if row is None:
            return None
        row_no, *cells = row.groups()
        for place, style in self._numbers:
            cells[place] = reader.number(cells[place], style) if cells[place] else ""
        for place in self._shared:
            cells[place] = reader.shared(cells[place]) if cells[place] else ""
        if not self._is_full:
            placed = [""] * self._width
            for index, text in zip(self._indexes, cells, strict=True):
                placed[index] = text
            cells = placed
        return int(row_no), cells


class _Alikes(dict[Any, "_Alike | None"]):
    """One for each way in which rows of a sheet are written; None for those with rarer cells."""

    def of(self, found: list[Found]) -> _Alike | None:
        way = tuple([(*cell[:4], not cell[5], not cell[6]) for cell in found])
        if way not in self:
            if len(self) >= MOST_WAYS:
                self.clear()
            is_usual = all(
                kind in ("", "n", "s", "str", "inlineStr") and (value or own or not formula)
                for _, _, kind, formula, _, value, own in found
            )
            self[way] = _Alike(found) if is_usual else None
        return self[way]


class _Runs(dict[str, str]):
    """Runs of numbered characters in the text that they stand for, unless that would be markup."""

    def __missing__(self, run: str) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        text = _plain(run)
        self[run] = text = run if any(mark in text for mark in "<>&") else text
        return text

    def resolve(self, run: re.Match[str]) -> str:
        return self[run[0]]


def _written(cell: Found) -> str:
    letters, style, kind, formula, _, value, own = cell
    head = rf'<c r="{letters}\d{{1,7}}"{_attribute("s", style)}{_attribute("t", kind)}'
    if own:
        return f"{head}>{_OWN}</c>"
    if value:
        return f"{head}>{_FORMULA if formula else ''}<v>([^<]*)</v></c>"
    return f"{head}(?:/>|></c>)"


def _attribute(name: str, value: str) -> str:
    return f' {name}="{value}"' if value else ""


class Stream(Plain):
    """Reads sheets of which the scan said that they are written as common programs write them."""

    def __init__(self, archive: zipfile.ZipFile, directory: Directory) -> None:
        super().__init__(archive, directory)
        # Amounts and days repeat from row to row; each is put into words once.
        self._known: dict[tuple[str, str], str] = {}
        self._runs = _Runs()

    def _read_strings(self, archive: zipfile.ZipFile, part: str) -> list[str]:
        """The texts that cells name by number, when each is of one piece; else read with care."""
        found: list[str] = []
        for text in _pieces_of(archive, part, "</si>"):
            strings = _STRING.findall(text)
            if len(strings) != text.count("<si"):
                return super()._read_strings(archive, part)
            found += [_plain(each)[: wire.MAX_TEXT] for each in strings]
        return found

    def rows(self, part: str) -> Iterator[wire.Row]:
        """Every row, but none that stands there only by its height."""
        row_no, alike, alikes = 0, None, _Alikes()
        for piece in self._pieces(part):
            # Most rows of a sheet are written like the one before.
            read = None
            if alike is not None and not any(mark in piece for mark in _MARKED):
                read = alike.read(piece, self)
            if read is not None:
                row_no = read[0]
                yield read
                continue
            row = _ROW.match(piece)
            found: list[Found] = _CELL.findall(piece, row.end()) if row else []
            if row is None or piece.count("<c", row.end()) != len(found):
                for number, cells in self._with_care(piece, row_no):
                    row_no = number
                    yield number, cells
            else:
                row_no, alike = int(row[1]), alikes.of(found)
                yield row_no, self._cell_by_cell(found)

    def number(self, value: str, style: str) -> str:
        """What a number of this style says."""
        return self._known.get((value, style)) or self._remember(value, style)

    def shared(self, number: str) -> str:
        return self._strings[int(number)]

    def _pieces(self, part: str) -> Iterator[str]:
        """The markup of each row without its end, with what stands before it.

        Raises: Stop when the sheet breaks off.
        """
        has_begun = False
        for text in _pieces_of(self._archive, part, END):
            if not text.endswith(END):
                if not _DATA_ENDS.search(text):
                    raise wire.Stop("sheet_unreadable")
                return
            if not has_begun:
                has_begun, text = True, _after_prolog(text)
            if "&#" in text:
                text = _RUN.sub(self._runs.resolve, text)
            yield from text.split(END)[:-1]

    def _cell_by_cell(self, found: list[Found]) -> list[str]:
        cells: list[str] = []
        for letters, style, kind, formula, formula_text, value, own in found:
            if kind == "s" and value:
                text = self.shared(value)
            elif kind == "inlineStr":
                text = _plain(own)
            elif value and kind in ("", "n"):
                text = self.number(value, style)
            elif value:
                text = self._valued(kind, _plain(value), style or None)
            elif formula and kind != "str":
                text = wire.formula_cell(_plain(formula_text))
            else:
                text = ""
            if not text:
                continue
            index = column_index(letters)
            if index == len(cells):
                cells.append(text)
            else:
                _put(cells, index, text)
        return cells

    def _remember(self, value: str, style: str) -> str:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        text = self._known[value, style] = self._valued("n", _plain(value), style or None)
        return text

    def _with_care(self, piece: str, row_no: int) -> Iterator[wire.Row]:
        """The row as the careful reader has it, and rows before it that hold no cell."""
        try:
            parsed = fromstring(f"<rows>{_PREFIXED.sub('', piece)}{END}</rows>")
        except ParseError:
            raise wire.Stop("sheet_unreadable") from None
        for row in parsed.iter("row"):
            said = row.get("r")
            row_no = int(said) if said else row_no + 1
            yield row_no, self._cells(row, "")


def _pieces_of(archive: zipfile.ZipFile, part: str, end: str) -> Iterator[str]:
    """The part in pieces that end with ``end``, and what stands behind the last of these."""
    pending, mark = b"", end.encode()
    if part not in archive.NameToInfo:
        return
    with archive.open(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            pending += chunk
            cut = pending.rfind(mark) + len(mark)
            if cut >= len(mark):
                yield pending[:cut].decode()
                pending = pending[cut:]
    yield pending.decode()


def _after_prolog(text: str) -> str:
    begins = _SHEET_DATA.search(text)
    if begins is None:
        raise wire.Stop("sheet_unreadable")
    return text[begins.end() :]


def _put(cells: list[str], index: int, text: str) -> None:
    if index >= wire.MAX_COLUMNS:
        raise wire.Stop("sheet_too_wide")
    if index >= len(cells):
        cells.extend([""] * (index + 1 - len(cells)))
    cells[index] = text


def _plain(text: str) -> str:
    """The text that the markup stands for."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" in text:
        ampersands = text.count("&")
        text, known = _ENTITY.subn(_character, text)
        if known != ampersands:
            raise wire.Stop("sheet_unreadable")
    return _RETURN.sub("\r", text) if "_x000" in text else text


def _character(entity: re.Match[str]) -> str:
    if entity[3]:
        return _NAMED[entity[3]]
    code = int(entity[1]) if entity[1] else int(entity[2], 16)
    # What XML has no character for.
    if (code < 32 and code not in (9, 10, 13)) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise wire.Stop("sheet_unreadable")
    return chr(code)
