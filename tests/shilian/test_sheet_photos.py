"""Archives of photos: names from any computer, nothing but photos, no traps."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from shilian.sheets import photos, preflight
from shilian.sheets.refusals import SENTENCES, Refused

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"0" * 40


def archive_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        preflight.inspect_photos(path)
    assert refused.value.sentence == SENTENCES[refused.value.code]
    return refused.value.code


def test_photos_are_known_by_content_and_litter_is_left(tmp_path: Path) -> None:
    path = archive_of(
        tmp_path / "a.zip",
        {
            "合格证/花生油.jpg": JPEG,
            "合格证/面粉.png": PNG,
            "大米.webp": WEBP,
            "假.jpg": b"MZ not a photo",
            "苹果.heic": b"\x00\x00\x00\x18ftypheic",
            "__MACOSX/合格证/._花生油.jpg": b"x",
            "合格证/Thumbs.db": b"x",
            ".DS_Store": b"x",
            "空/": b"",
        },
    )

    found = preflight.inspect_photos(path)

    assert found.paths == ["合格证/花生油.jpg", "合格证/面粉.png", "大米.webp"]
    assert list(found.skipped) == ["假.jpg", "苹果.heic"]
    assert "HEIC" in found.skipped["苹果.heic"]
    assert [(p.name, p.format, p.content) for p in photos.entries(path)] == [
        ("花生油.jpg", "jpeg", JPEG),
        ("面粉.png", "png", PNG),
        ("大米.webp", "webp", WEBP),
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_names_that_do_not_say_their_encoding(tmp_path: Path, encoding: str) -> None:
    raw = "合格证.jpg".encode(encoding)
    path = archive_of(tmp_path / "a.zip", {"?" * len(raw): JPEG})
    path.write_bytes(path.read_bytes().replace(b"?" * len(raw), raw))

    assert preflight.inspect_photos(path).paths == ["合格证.jpg"]


def test_a_photo_that_is_too_large_is_left_out(tmp_path: Path) -> None:
    large = JPEG + b"0" * photos.MAX_PHOTO_BYTES
    path = archive_of(tmp_path / "a.zip", {"大.jpg": large, "小.jpg": JPEG})

    assert preflight.inspect_photos(path).paths == ["小.jpg"]
    assert [photo.name for photo in photos.entries(path)] == ["小.jpg"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"台账.txt": b"x"}, "photos_none"),
        ({"../../a.jpg": JPEG}, "photos_suspicious"),
        ({"a.jpg": JPEG, "A.JPG": JPEG}, "photos_suspicious"),
        ({f"{n}.jpg": JPEG for n in range(photos.MAX_ENTRIES + 1)}, "photos_too_many"),
    ],
)
def test_traps_are_refused(tmp_path: Path, files: dict[str, bytes], code: str) -> None:
    assert refusal(archive_of(tmp_path / "a.zip", files)) == code


def test_damaged_and_locked_archives_are_refused(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "a.zip", {"a.jpg": JPEG})
    content = path.read_bytes()
    # The bit that says "encrypted", in the local header and in the directory.
    at = content.index(b"PK\x01\x02")
    locked = bytearray(content)
    locked[6] |= 1
    locked[at + 8] |= 1

    path.write_bytes(content[:-20])
    assert refusal(path) == "photos_damaged"
    path.write_bytes(bytes(locked))
    assert refusal(path) == "photos_locked"


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = archive_of(tmp_path / "a.zip", {"a.jpg": JPEG})
    with path.open("r+b") as file:
        file.truncate(photos.MAX_ZIP_BYTES + 1)

    assert refusal(path) == "photos_too_large"
