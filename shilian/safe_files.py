"""Files from strangers made harmless: photos are drawn anew, PDFs are searched for anything alive."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

MEGABYTE = 1024 * 1024
MAX_BYTES = 10 * MEGABYTE
MAX_PIXELS = 40_000_000
UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
# Enough to read the small print of a photographed A4 sheet.
LONGEST_SIDE = 2_400
JPEG_QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
MAX_INFLATED = 64 * MEGABYTE
# Whoever appends another file to a PDF needs more room than a few line ends.
MAX_TRAILER = 1024


class UnsafeFile(Exception):
    """The file is not kept; ``message`` tells the person what to do instead."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class SafeFile:
    """What may be stored: the bytes, and the type they truly have."""

    content: bytes
    media_type: str
    extension: str


def make_safe(content: bytes) -> SafeFile:
    """The file as it may be kept: a photo without its metadata, or a PDF without active parts.

    What a file is, its first bytes say; its name and its sender are not asked.
    Raises: UnsafeFile with a code and a sentence.
    """
    if not content:
        raise UnsafeFile("file_empty", "文件是空的，请重新拍照或选择。")
    if len(content) > MAX_BYTES:
        raise UnsafeFile("file_too_large", "文件超过10MB，请缩小照片或拆分文件后再传。")
    if content.startswith(b"%PDF-"):
        check_pdf(content)
        return SafeFile(content, "application/pdf", "pdf")
    if content[4:8] == b"ftyp":
        message = "这种照片格式（HEIC）打不开。请在手机相机设置里选“兼容性最佳”，或者截图后再传。"
        raise UnsafeFile("photo_heic", message)
    return SafeFile(photo_as_jpeg(content), "image/jpeg", "jpg")


def photo_as_jpeg(content: bytes) -> bytes:
    """The picture drawn anew from its pixels: metadata, comments and appended data are gone.

    Raises: UnsafeFile when it is no JPEG, PNG or WebP, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise UnsafeFile("photo_too_large", "照片超过4000万像素，请把照片缩小后再传。")
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            drawn = _redrawn(opened)
    except UnsafeFile:
        raise
    except UnidentifiedImageError as error:
        message = "这不是照片或PDF文件，请上传JPG、PNG、WebP照片或PDF。"
        raise UnsafeFile("file_type_unknown", message) from error
    except UNREADABLE as error:
        raise UnsafeFile("photo_unreadable", "照片打不开，可能没有传完整，请重新拍照。") from error
    stream = io.BytesIO()
    drawn.save(stream, format="JPEG", quality=JPEG_QUALITY, optimize=True)
    return stream.getvalue()


def _redrawn(opened: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    pixels = upright.convert("RGBA")
    paper = Image.new("RGB", pixels.size, "white")
    paper.paste(pixels, mask=pixels.getchannel("A"))
    return paper


# Names that make a PDF act, carry other files, or hide what is inside from this very search.
_ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE|Encrypt)"
    rb"(?![A-Za-z0-9])"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_OBJECTS = re.compile(rb"/ObjStm(?![A-Za-z0-9])")


def check_pdf(content: bytes) -> None:
    """Refuse a PDF that is broken, locked, or holds scripts, actions or other files.

    Raises: UnsafeFile.
    """
    end = content.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in content or len(content) - end > MAX_TRAILER:
        raise UnsafeFile("pdf_broken", "PDF文件不完整，请重新导出或改传照片。")
    for part in _readable_parts(content):
        found = _ACTIVE.search(_ESCAPED.sub(lambda hit: bytes([int(hit[1], 16)]), part))
        if found and found[1] == b"Encrypt":
            raise UnsafeFile("pdf_locked", "PDF文件有密码保护，请去掉密码后再传，或改传照片。")
        if found:
            message = "PDF文件里有脚本、动作或附件，不能保存。请打印成普通PDF，或改传照片。"
            raise UnsafeFile("pdf_active", message)


def _readable_parts(content: bytes) -> list[bytes]:
    """The file outside its streams, and the streams that hold objects, inflated."""
    outside = _STREAM.sub(b" ", content)
    if not _OBJECTS.search(_ESCAPED.sub(lambda hit: bytes([int(hit[1], 16)]), outside)):
        return [outside]
    parts, room = [outside], MAX_INFLATED
    for found in _STREAM.finditer(content):
        inflated = _inflated(found[1], room)
        room -= len(inflated)
        parts.append(inflated)
    return parts


def _inflated(stream: bytes, room: int) -> bytes:
    """The stream's bytes when it is compressed the common way; nothing when it is a picture."""
    try:
        opened = zlib.decompressobj()
        inflated = opened.decompress(stream, max(room, 1))
    except zlib.error:
        return b""
    if opened.unconsumed_tail:
        raise UnsafeFile("pdf_broken", "PDF文件展开后过大，请重新导出或改传照片。")
    return inflated
