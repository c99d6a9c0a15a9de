"""Files that are no sheet we read: which they are, so that their sender is told the right thing."""

from __future__ import annotations

from pathlib import Path

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh")
_DOCUMENTS = (b"%PDF", b"{\\rtf")
_HTML = (
    b"<html",
    b"<!doctype html",
    b"<table",
    b"<meta",
    b"<head",
    b"<body",
    b"<style",
    b"<script",
)
_XML_SHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
_OLE_NAMES_IN = 8 << 20


def of_ole(path: Path) -> str:
    """The refusal's code for a compound file, by the names of its streams."""
    with path.open("rb") as file:
        content = file.read(_OLE_NAMES_IN)
    if _has(content, "EncryptedPackage"):
        return "workbook_locked"
    if _has(content, "WordDocument") or _has(content, "PowerPoint Document"):
        return "document_no_sheet"
    if _has(content, "Workbook") or _has(content, "Book"):
        return "old_workbook"
    return "old_or_locked_workbook"


def _has(content: bytes, stream: str) -> bool:
    return stream.encode("utf-16-le") in content


def of_archive(names: list[str]) -> str | None:
    """The code for a zip archive that is no .xlsx, by the names in it; None for an .xlsx."""
    lowered = [name.lower() for name in names]
    if "xl/workbook.bin" in lowered:
        return "workbook_xlsb"
    if "[content_types].xml" in lowered and "xl/workbook.xml" in lowered:
        return None
    if any(name.endswith(".iwa") or name == "index.zip" for name in lowered):
        return "workbook_numbers"
    if "content.xml" in lowered and "mimetype" in lowered:
        return "workbook_ods"
    if any(name.startswith(("word/", "ppt/")) for name in lowered):
        return "document_no_sheet"
    if any(name.endswith((".xlsx", ".xls", ".csv", ".et")) for name in lowered):
        return "archive_of_sheets"
    if any(name.endswith((".jpg", ".jpeg", ".png", ".webp")) for name in lowered):
        return "archive_of_photos"
    return "file_type_unknown"


def of_start(start: bytes) -> str | None:
    """The code for a file that begins so; None for what may be text."""
    if start.startswith(_PICTURES) or start[4:8] == b"ftyp" or start[8:12] == b"WEBP":
        return "picture_no_sheet"
    if start.startswith(_ARCHIVES):
        return "archive_of_sheets"
    if start.startswith(_DOCUMENTS):
        return "document_no_sheet"
    return _of_markup(start) or _of_bytes(start)


def _of_markup(start: bytes) -> str | None:
    # Wide text is looked at with its zero bytes left out; only the ASCII of it matters here.
    text = start.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if _XML_SHEET in text:
        return "workbook_xml"
    if text.startswith(_HTML) or text.startswith(b"mime-version:"):
        return "web_page"
    if text.startswith(b"<?xml"):
        return "web_page" if b"<html" in text else "workbook_xml"
    return None


def _of_bytes(start: bytes) -> str | None:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in start:
        return None
    return "text_unreadable" if _is_wide_text(start) else "file_type_unknown"


def _is_wide_text(start: bytes) -> bool:
    """UTF-16 without its mark: nearly every second byte of the ASCII in it is zero."""
    return any(
        start[odd::2].count(0) > len(start) // 8 and not start[1 - odd :: 2].count(0)
        for odd in (0, 1)
    )
