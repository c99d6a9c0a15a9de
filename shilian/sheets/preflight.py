"""A look at an uploaded file before anything parses it: what it is, and whether it may be opened.

Measured: refuses zip bombs, slips, duplicate parts, macros and declared document types in a few
milliseconds. What it cannot see (a declaration hidden deep in a part) the sandboxed parser refuses.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Literal

from shilian.sheets.refusals import Refused

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_INFLATED_BYTES = 64 * 1024 * 1024
MAX_ENTRIES = 2000
SCANNED_BYTES = 64 * 1024
CHUNK_BYTES = 256 * 1024
ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STRICT_NAMESPACE = b"http://purl.oclc.org/ooxml"
BINARY_MAGICS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")

# Any text could be a .csv, so a file that calls itself a picture or a letter is believed. Sheets
# that other programs named .xls or .txt are judged by what is in them.
SHEET_ENDINGS = frozenset({"", ".csv", ".txt", ".xls", ".xlsm", ".xlsx"})

Kind = Literal["xlsx", "csv"]


def check_name(file_name: str) -> None:
    """Raises: Refused when the name says that the file is no sheet."""
    if Path(file_name).suffix.lower() not in SHEET_ENDINGS:
        raise Refused("file_type_unknown")


def inspect(path: Path) -> Kind:
    """What kind of sheet the file is.

    Raises: Refused.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("file_empty")
    if size > MAX_FILE_BYTES:
        raise Refused("file_too_large")
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(OLE_MAGIC):
        raise Refused("old_or_locked_workbook")
    if start.startswith(ZIP_MAGIC):
        _inspect_workbook(path)
        return "xlsx"
    if start.startswith(BINARY_MAGICS) or _looks_binary(start):
        raise Refused("file_type_unknown")
    return "csv"


def _looks_binary(start: bytes) -> bool:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    return b"\x00" in start or start.lstrip()[:5].lower() in (b"<html", b"<?xml", b"<!doc")


def _inspect_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            _inspect_directory(archive.infolist())
            _inspect_parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise Refused("workbook_damaged") from error
    except RuntimeError as error:  # zipfile says so of an encrypted entry
        raise Refused("old_or_locked_workbook") from error


def _inspect_directory(entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    lowered = [name.lower() for name in names]
    if len(entries) > MAX_ENTRIES:
        raise Refused("workbook_inflates")
    if len(set(lowered)) != len(lowered) or any(_escapes(name) for name in names):
        raise Refused("workbook_suspicious")
    if any(name.endswith("vbaproject.bin") or "macrosheets/" in name for name in lowered):
        raise Refused("workbook_with_macros")
    if "[content_types].xml" not in lowered:
        raise Refused("file_type_unknown")
    if "xl/workbook.xml" not in lowered:
        raise Refused("file_type_unknown")


def _escapes(name: str) -> bool:
    return name.startswith(("/", "\\")) or "\\" in name or ".." in name.split("/") or ":" in name


def _inspect_parts(archive: zipfile.ZipFile) -> None:
    """Inflate every part for real: sizes in the directory are the sender's own claim."""
    total = 0
    for entry in archive.infolist():
        is_markup = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
        scanned = b""
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK_BYTES):
                total += len(chunk)
                if total > MAX_INFLATED_BYTES:
                    raise Refused("workbook_inflates")
                if is_markup and len(scanned) < SCANNED_BYTES:
                    scanned += chunk[:SCANNED_BYTES]
        _inspect_markup(entry.filename.lower(), scanned)


def _inspect_markup(name: str, start: bytes) -> None:
    lowered = start.lower()
    if b"<!doctype" in lowered or b"<!entity" in lowered:
        raise Refused("workbook_suspicious")
    if name == "[content_types].xml" and b"macroenabled" in lowered:
        raise Refused("workbook_with_macros")
    if name == "xl/workbook.xml" and STRICT_NAMESPACE in lowered:
        raise Refused("workbook_strict")
