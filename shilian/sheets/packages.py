"""Zip archives from strangers: is the directory true, what do they inflate to, do they declare types."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shilian.sheets.refusals import Refused

CHUNK_BYTES = 256 * 1024
LOCAL_HEADER_BYTES = 30
# What zip programs of this century write for files of people.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
MARKUP = (".xml", ".rels", ".vml")
LONGEST_DECLARATION = 16


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive, with whatever is wrong with it said as a refusal.

    Raises: Refused.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        UnicodeError,
        ValueError,
    ) as error:
        raise Refused("workbook_damaged") from error
    except RuntimeError as error:  # zipfile says so of an encrypted entry
        raise Refused("archive_locked") from error


def check_directory(entries: list[zipfile.ZipInfo], *, most: int) -> None:
    """Raises: Refused for doubled or escaping names, parts that share bytes, too many of them."""
    if len(entries) > most:
        raise Refused("workbook_inflates")
    lowered = {entry.filename.lower() for entry in entries}
    if len(lowered) != len(entries) or any(_escapes(entry.filename) for entry in entries):
        raise Refused("workbook_suspicious")
    if any(entry.compress_type not in METHODS for entry in entries):
        raise Refused("workbook_damaged")
    if _overlap(entries):
        raise Refused("workbook_suspicious")


def _escapes(name: str) -> bool:
    return name.startswith(("/", "\\")) or "\\" in name or ".." in name.split("/") or ":" in name


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether two entries are stored in the same bytes, as in bombs of a few kilobytes."""
    ends = 0
    for entry in sorted(entries, key=lambda e: e.header_offset):
        if entry.header_offset < ends:
            return True
        # The name is at least a byte for each character.
        name = len(entry.orig_filename)
        ends = entry.header_offset + LOCAL_HEADER_BYTES + name + entry.compress_size
    return False


def inflate(archive: zipfile.ZipFile, *, most: int) -> None:
    """Inflate every part for real: sizes in the directory are the sender's own claim.

    Raises: Refused when it is more than ``most`` bytes, when a size was a lie, or when markup
    declares a document type.
    """
    total = 0
    for entry in archive.infolist():
        size, is_markup, end = 0, entry.filename.lower().endswith(MARKUP), b""
        with archive.open(entry) as part:
            while chunk := part.read(CHUNK_BYTES):
                size += len(chunk)
                if total + size > most:
                    raise Refused("workbook_inflates")
                if is_markup and _declares(end + chunk):
                    raise Refused("workbook_suspicious")
                end = chunk[-LONGEST_DECLARATION:]
        if size != entry.file_size:
            raise Refused("workbook_damaged")
        total += size


def _declares(text: bytes) -> bool:
    return b"!" in text and (b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"<!doctype" in text)
