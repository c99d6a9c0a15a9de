"""A look at an uploaded file before anything parses it: what it is, and whether it may be opened.

A file is judged by what is in it: text that a program named .xls is read as the text it is. Only text
that calls itself .xlsx, which no program opens, is sent back to be named right. Measured: refuses
zip bombs, slips, doubled and overlapping parts, macros and declared document types in milliseconds,
plus about 3 ms for each megabyte that the parts inflate to. Links to other workbooks are common in
honest ledgers; nothing ever follows them. What a part hides from this look (another encoding), the
sandboxed parser refuses.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from shilian.sheets import lookalikes, packages, photos
from shilian.sheets.refusals import Refused

# A million rows of fifteen columns are about 180 MB as .csv, which is read as a stream.
MAX_FILE_BYTES = 300 * 1024 * 1024
# A million rows of twelve columns are 46 MB, of fifteen about 100 MB.
MAX_WORKBOOK_BYTES = 120 * 1024 * 1024
# 100,000 rows of fifteen columns are 66 MB with shared strings and 84 MB with their own.
MAX_INFLATED_BYTES = 256 * 1024 * 1024
# A longer ledger inflates to eight or nine times its size, a bomb to hundreds of times. What is
# accepted is read as a stream: a million rows took the reading process 230 MB and 90 s.
HONEST_RATIO = 12
MAX_LONG_INFLATED_BYTES = 1000 * 1024 * 1024
MAX_ENTRIES = 2000
ZIP_MAGIC = b"PK\x03\x04"

# Any text could be a .csv, so a file that calls itself a picture or a letter is believed. Sheets
# that other programs named .xls or .txt are judged by what is in them.
SHEET_ENDINGS = frozenset({"", ".csv", ".txt", ".tsv", ".xls", ".xlsm", ".xlsx"})
WORKBOOK_ENDINGS = frozenset({".xlsx", ".xlsm"})
SENT_ENDINGS = {
    ".ods": "workbook_ods",
    ".et": "workbook_et",
    ".ett": "workbook_et",
    ".xlsb": "workbook_xlsb",
    ".numbers": "workbook_numbers",
    ".zip": "archive_of_sheets",
    ".rar": "archive_of_sheets",
    ".7z": "archive_of_sheets",
    ".pdf": "document_no_sheet",
    ".doc": "document_no_sheet",
    ".docx": "document_no_sheet",
    ".wps": "document_no_sheet",
    ".jpg": "picture_no_sheet",
    ".jpeg": "picture_no_sheet",
    ".png": "picture_no_sheet",
    ".heic": "picture_no_sheet",
    ".webp": "picture_no_sheet",
}

Kind = Literal["xlsx", "csv"]
inspect_photos = photos.inspect_photos


def check_name(file_name: str, kind: Kind) -> None:
    """Raises: Refused when the name says that the file is no sheet, or not what it is."""
    ending = Path(file_name).suffix.lower()
    if ending not in SHEET_ENDINGS:
        raise Refused(SENT_ENDINGS.get(ending, "file_type_unknown"))
    if kind == "csv" and ending in WORKBOOK_ENDINGS:
        raise Refused("text_named_workbook")


def kind_of(path: Path) -> Kind:
    """What a file is that has been inspected."""
    with path.open("rb") as file:
        return "xlsx" if file.read(len(ZIP_MAGIC)) == ZIP_MAGIC else "csv"


def inspect(path: Path) -> Kind:
    """What kind of sheet the file is.

    Raises: Refused.
    """
    size = path.stat().st_size
    if size == 0:
        raise Refused("file_empty")
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(ZIP_MAGIC):
        if size > MAX_WORKBOOK_BYTES:
            raise Refused("file_too_large")
        _inspect_workbook(path)
        return "xlsx"
    if start.startswith(lookalikes.OLE_MAGIC):
        raise Refused(lookalikes.of_ole(path))
    if code := lookalikes.of_start(start):
        raise Refused(code)
    if size > MAX_FILE_BYTES:
        raise Refused("text_too_large")
    return "csv"


def _inspect_workbook(path: Path) -> None:
    with packages.opened(path) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if code := lookalikes.of_archive(names):
            raise Refused(code)
        if any(_is_macro(name.lower()) for name in names):
            raise Refused("workbook_with_macros")
        packages.check_directory(entries, most=MAX_ENTRIES)
        packages.inflate(archive, most=most_inflated(path.stat().st_size))
        _inspect_types(archive)


def most_inflated(size: int) -> int:
    """What the parts of a workbook of so many bytes may inflate to."""
    return max(MAX_INFLATED_BYTES, min(size * HONEST_RATIO, MAX_LONG_INFLATED_BYTES))


def _is_macro(name: str) -> bool:
    return name.endswith("vbaproject.bin") or "macrosheets/" in name


def _inspect_types(archive: zipfile.ZipFile) -> None:
    name = next(n for n in archive.namelist() if n.lower() == "[content_types].xml")
    if b"macroenabled" in archive.read(name).lower():
        raise Refused("workbook_with_macros")
