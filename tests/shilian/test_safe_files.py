from __future__ import annotations

import io
import zlib

import pytest
from PIL import Image

from shilian import safe_files
from shilian.safe_files import UnsafeFile, make_safe


def photo(format_: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, format=format_, **more)
    return stream.getvalue()


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    body = b"\n".join(b"%d 0 obj\n%s\nendobj" % pair for pair in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n" + trailer


PLAIN = b"<< /Type /Catalog /Pages 2 0 R >>"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_drawn_anew(format_: str) -> None:
    safe = make_safe(photo(format_))

    assert (safe.media_type, safe.extension) == ("image/jpeg", "jpg")
    assert Image.open(io.BytesIO(safe.content)).size == (60, 40)


def test_place_and_comments_do_not_stay_in_a_photo() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret description"
    exif.get_ifd(0x8825)[1] = "N"

    safe = make_safe(photo(exif=exif, comment=b"secret comment"))

    assert b"secret" not in safe.content
    assert not Image.open(io.BytesIO(safe.content)).getexif()


def test_an_archive_behind_a_photo_is_cut_off() -> None:
    safe = make_safe(photo() + b"PK\x03\x04 hidden archive")

    assert b"hidden archive" not in safe.content


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    safe = make_safe(photo(exif=exif))

    assert Image.open(io.BytesIO(safe.content)).size == (40, 60)


def test_a_large_photo_is_made_smaller() -> None:
    safe = make_safe(photo(size=(5000, 2500)))

    assert Image.open(io.BytesIO(safe.content)).size == (2400, 1200)


def test_the_same_photo_gives_the_same_bytes() -> None:
    assert make_safe(photo("PNG")).content == make_safe(photo("PNG")).content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"x" * (safe_files.MAX_BYTES + 1), "file_too_large"),
        (b"just text", "file_type_unknown"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_type_unknown"),
        (b"GIF89a" + bytes(40), "file_type_unknown"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "photo_heic"),
        (photo(size=(300, 300))[:400], "photo_unreadable"),
        (photo("PNG", size=(8000, 6000)), "photo_too_large"),
        (b"%PDF-1.4 nothing follows", "pdf_broken"),
        (pdf(PLAIN, trailer=b"PK\x03\x04" + b"x" * 2000), "pdf_broken"),
        (pdf(PLAIN, b"<< /S /JavaScript /JS (app.alert(1)) >>"), "pdf_active"),
        (pdf(PLAIN, b"<< /S /J#61vaScript /J#53 (app.alert(1)) >>"), "pdf_active"),
        (pdf(PLAIN, b"<< /S /Launch /F (cmd.exe) >>"), "pdf_active"),
        (pdf(PLAIN, b"<< /Names << /EmbeddedFiles 3 0 R >> >>"), "pdf_active"),
        (pdf(PLAIN, b"<< /Encrypt 3 0 R >>"), "pdf_locked"),
    ],
)
def test_refuses_what_is_not_safe(content: bytes, code: str) -> None:
    with pytest.raises(UnsafeFile) as refused:
        make_safe(content)

    assert refused.value.code == code
    assert len(refused.value.message) > 8


def test_finds_a_script_in_a_compressed_object() -> None:
    hidden = zlib.compress(b"5 0 << /S /JavaScript /JS (x) >>")
    packed = b"<< /Type /ObjStm /N 1 /Length %d >>\nstream\n%s\nendstream" % (len(hidden), hidden)

    with pytest.raises(UnsafeFile) as refused:
        make_safe(pdf(PLAIN, packed))

    assert refused.value.code == "pdf_active"


def test_a_compressed_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe_files, "MAX_INFLATED", 10_000)
    bomb = zlib.compress(bytes(100_000))
    packed = b"<< /Type /ObjStm >>\nstream\n%s\nendstream" % bomb

    with pytest.raises(UnsafeFile) as refused:
        make_safe(pdf(PLAIN, packed))

    assert refused.value.code == "pdf_broken"


def test_a_plain_pdf_is_kept_as_it_is() -> None:
    picture = zlib.compress(b"/JavaScript inside a page's text is only text")
    content = pdf(PLAIN, b"<< /Length 9 >>\nstream\n" + picture + b"\nendstream")

    safe = make_safe(content)

    assert (safe.content, safe.media_type) == (content, "application/pdf")
