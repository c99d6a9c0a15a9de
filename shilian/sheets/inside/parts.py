"""The parts of a workbook that say where everything is: sheets, styles, strings.

Elements are known by their local names, so the Strict form of the format reads the same as the
usual one, whatever prefix a program puts before them.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, iterparse
from xml.parsers import expat

from . import wire

PROLOG_BYTES = 4096
_DAY_FORMATS = frozenset([*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)])
_LENGTH_FORMAT = 46
_SAID_AS_IT_IS = re.compile(r'\\.|_.|"[^"]*"')
_BRACKETS = re.compile(r"\[[^\]]*\]")
_LENGTH = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DAY_LETTER = re.compile(r"[dmhys]", re.IGNORECASE)
# By which people keep the zeros before a code: 000000 shows 4711 as 004711.
_FILLED = re.compile(r"0{2,20}")
_RETURN = re.compile("_x000[dD]_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of cells: its title, whether it is hidden, and the part that holds it."""

    title: str
    state: str
    part: str


@dataclass(frozen=True, slots=True)
class Directory:
    """What the workbook says of itself."""

    sheets: tuple[Sheet, ...]
    strings: str
    styles: str
    is_1904: bool


def local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def elements(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, Element]]:
    """Every element of the part by its local name as it ends.

    Raises: Stop when it declares a document type.
    """
    guard(archive, part)
    with archive.open(part) as file:
        for _, element in iterparse(file):
            yield local(element.tag), element


def guard(archive: zipfile.ZipFile, part: str) -> None:
    """Refuse a part that declares a document type, in whatever encoding, behind whatever comment.

    A declaration can only stand before the first element, so no more than that is parsed here: the
    parsers that watch for declarations all the way are written in Python and take four times as
    long as the one that then reads the rest.
    Raises: Stop.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _declared
    parser.StartElementHandler = _begun
    with archive.open(part) as file:
        try:
            while chunk := file.read(PROLOG_BYTES):
                parser.Parse(chunk)
        except _Begun:
            return
    raise wire.Stop("sheet_unreadable")


class _Begun(Exception):
    """The first element is there, and no declaration stood before it."""


def _declared(*_: Any) -> None:
    raise wire.Stop("workbook_suspicious")


def _begun(*_: Any) -> None:
    raise _Begun


def directory_of(archive: zipfile.ZipFile) -> Directory:
    """Raises: Stop when the workbook names no sheet of cells."""
    targets = _targets(archive)
    sheets, is_1904 = [], False
    for name, element in elements(archive, "xl/workbook.xml"):
        if name == "workbookPr":
            is_1904 = element.get("date1904") in ("1", "true")
        elif name == "sheet":
            kind, part = targets.get(_relation(element), ("", ""))
            if kind == "worksheet":
                state = element.get("state") or "visible"
                sheets.append(Sheet(element.get("name") or "", state, part))
    if not sheets:
        raise wire.Stop("sheet_unreadable")
    by_kind = dict(targets.values())
    return Directory(
        tuple(sheets), by_kind.get("sharedStrings", ""), by_kind.get("styles", ""), is_1904
    )


def _relation(element: Element) -> str:
    return next((v for k, v in element.attrib.items() if k.endswith("}id")), "")


def _targets(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """By id: the last word of the relation's type, and the part it leads to."""
    found = {}
    for name, element in elements(archive, "xl/_rels/workbook.xml.rels"):
        if name == "Relationship" and element.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/xl", element.get("Target") or ""))
            kind = (element.get("Type") or "").rpartition("/")[2]
            found[element.get("Id") or ""] = (kind, target.lstrip("/"))
    return found


def strings_of(archive: zipfile.ZipFile, part: str) -> list[str]:
    """The texts that cells name by number, without the readings printed above characters."""
    strings: list[str] = []
    if part not in archive.NameToInfo:
        return strings
    guard(archive, part)
    with archive.open(part) as file:
        root = None
        for event, element in iterparse(file, ("start", "end")):
            if root is None:
                root = element
            elif event == "end" and local(element.tag) == "si":
                strings.append(text_in(element)[: wire.MAX_TEXT])
                # Millions of emptied elements would still be more than their texts.
                root.clear()
    return strings


def text_in(element: Element) -> str:
    """The text of a string item, of one piece or of several in different type."""
    pieces = []
    for child in element:
        name = local(child.tag)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces += [part.text or "" for part in child if local(part.tag) == "t"]
    return _RETURN.sub("\r", "".join(pieces))


def formats_of(archive: zipfile.ZipFile, part: str) -> dict[int, str]:
    """By number of the cell style: "d" for days and times, "t" for lengths of time.

    The zeros themselves for one that fills numbers up with them: "000000".
    """
    found: dict[int, str] = {}
    if part not in archive.NameToInfo:
        return found
    custom: dict[int, str] = {}
    for name, element in elements(archive, part):
        if name == "numFmt":
            custom[int(element.get("numFmtId") or 0)] = element.get("formatCode") or ""
        elif name == "cellXfs":
            for number, style in enumerate(element):
                kind = _format_kind(int(style.get("numFmtId") or 0), custom)
                if kind:
                    found[number] = kind
    return found


def _format_kind(number: int, custom: dict[int, str]) -> str:
    if number not in custom:
        return "t" if number == _LENGTH_FORMAT else "d" if number in _DAY_FORMATS else ""
    first = _SAID_AS_IT_IS.sub("", custom[number]).split(";")[0]
    if _LENGTH.search(first):
        return "t"
    # As written: 000\-000 shows a dash as well, and is left to the person.
    if _FILLED.fullmatch(shown := custom[number].split(";")[0]):
        return shown
    return "d" if _DAY_LETTER.search(_BRACKETS.sub("", first)) else ""
