"""A .zip of photos: which of its entries are photos, under the names that their sender gave them."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shilian.sheets import packages
from shilian.sheets.refusals import Refused

MAX_ZIP_BYTES = 200 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_ENTRIES = 2000
_UTF8_FLAG = 0x800
_OF_PHOTOS = {
    "workbook_damaged": "photos_damaged",
    "workbook_suspicious": "photos_suspicious",
    "workbook_inflates": "photos_too_many",
    "archive_locked": "photos_locked",
}
# What computers put beside photos without being asked.
_LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo: its path in the archive, its bare name, its format, its bytes when asked for."""

    path: str
    name: str
    format: str
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Photos:
    """What an archive holds: the paths of the photos, and why each other entry is left out."""

    paths: list[str]
    skipped: dict[str, str]


def inspect_photos(path: Path) -> Photos:
    """What is in the archive, without unpacking it to disk.

    Raises: Refused when it is no archive, when it is a trap, or when no photo is in it.
    """
    found = Photos([], {})
    with _opened(path) as archive:
        for entry in _files(archive):
            name = decoded_name(entry)
            reason = _why_not(archive, entry)
            if reason:
                found.skipped[name] = reason
            else:
                found.paths.append(name)
    if not found.paths:
        raise Refused("photos_none")
    return found


def entries(path: Path) -> Iterator[Photo]:
    """Each photo with its bytes, one at a time; what is no photo does not come.

    Raises: Refused.
    """
    with _opened(path) as archive:
        for entry in _files(archive):
            if not _why_not(archive, entry):
                # Read to a byte beyond the limit: the size in the directory may be a lie.
                with archive.open(entry) as file:
                    content = file.read(MAX_PHOTO_BYTES + 1)
                kind = photo_format(content[:16])
                if kind and len(content) <= MAX_PHOTO_BYTES:
                    name = decoded_name(entry)
                    yield Photo(name, posixpath.basename(name), kind, content)


def decoded_name(entry: zipfile.ZipInfo) -> str:
    """The name as its sender sees it; programs here write GBK without saying so, Macs UTF-8."""
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def photo_format(start: bytes) -> str:
    """jpeg, png or webp by content; empty for anything else."""
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "webp" if start[:4] == b"RIFF" and start[8:12] == b"WEBP" else ""


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive after a look at its directory; whatever is wrong is said of photos, not sheets."""
    if path.stat().st_size > MAX_ZIP_BYTES:
        raise Refused("photos_too_large")
    try:
        with packages.opened(path) as archive:
            packages.check_directory(archive.infolist(), most=MAX_ENTRIES)
            yield archive
    except Refused as refusal:
        raise Refused(_OF_PHOTOS.get(refusal.code, refusal.code)) from None


def _files(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """The entries that a person put in, without folders and what computers add."""
    for entry in archive.infolist():
        parts = decoded_name(entry).lower().split("/")
        is_litter = "__macosx" in parts or parts[-1].startswith("._") or parts[-1] in _LITTER
        if not entry.is_dir() and not is_litter:
            yield entry


def _why_not(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    """Why the entry is no photo that can be kept; empty when it is one."""
    if entry.file_size > MAX_PHOTO_BYTES:
        return "照片超过10MB，请压缩后重新放入。"
    with archive.open(entry) as file:
        start = file.read(16)
    if start[4:8] == b"ftyp":
        return (
            "这是苹果手机的 HEIC 照片，请在手机相机设置里改为“兼容性最佳”，或转成 JPG 后重新放入。"
        )
    return "" if photo_format(start) else "不是 JPG、PNG 或 WebP 照片，没有采用。"
