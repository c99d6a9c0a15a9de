"""What is no sheet is refused with the sentence that helps its sender; look-alikes that can be read are."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from shilian.sheets import preflight
from shilian.sheets.reader import read_sheet
from shilian.sheets.refusals import SENTENCES, Refused
from tests.shilian.sheet_parts import packed, text_row, workbook_parts

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
PLAIN = workbook_parts(text_row(1, "甲"))
XML_2003 = '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'


def stream_names(*names: str) -> bytes:
    return OLE + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)


def archive(*names: str) -> bytes:
    return packed(dict.fromkeys(names, b"x"))


LOOKALIKES = {
    "old xls": (stream_names("Root Entry", "Workbook"), "old_workbook"),
    "older xls": (stream_names("Root Entry", "Book"), "old_workbook"),
    "locked": (stream_names("EncryptionInfo", "EncryptedPackage"), "workbook_locked"),
    "word 97": (stream_names("WordDocument", "1Table"), "document_no_sheet"),
    "unknown ole": (OLE, "old_or_locked_workbook"),
    "html": ("<html><table><tr><td>甲</td></tr></table></html>".encode(), "web_page"),
    "html with mark": ("\ufeff\r\n<HTML xmlns:x>".encode(), "web_page"),
    "html doctype": (b"<!DOCTYPE html><html>", "web_page"),
    "html utf-16": ("\ufeff<html><body>".encode("utf-16-le"), "web_page"),
    "bare table": (b"<table border=1>", "web_page"),
    "mhtml": (b"MIME-Version: 1.0\nX-Document-Type: Workbook", "web_page"),
    "xhtml": (b'<?xml version="1.0"?><html>', "web_page"),
    "xml 2003": (XML_2003.encode(), "workbook_xml"),
    "other xml": (b'<?xml version="1.0"?><rows/>', "workbook_xml"),
    "xlsb": (archive("[Content_Types].xml", "xl/workbook.bin"), "workbook_xlsb"),
    "ods": (archive("mimetype", "content.xml", "meta.xml"), "workbook_ods"),
    "numbers": (archive("Index/Document.iwa", "preview.jpg"), "workbook_numbers"),
    "docx": (archive("[Content_Types].xml", "word/document.xml"), "document_no_sheet"),
    "zip of sheets": (archive("三月.xlsx", "四月.xlsx"), "archive_of_sheets"),
    "zip of photos": (archive("a.jpg", "b.png"), "archive_of_photos"),
    "other zip": (archive("a.txt"), "file_type_unknown"),
    "rar": (b"Rar!\x1a\x07\x00", "archive_of_sheets"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "archive_of_sheets"),
    "gzip": (b"\x1f\x8b\x08", "archive_of_sheets"),
    "pdf": (b"%PDF-1.7", "document_no_sheet"),
    "rtf": (b"{\\rtf1", "document_no_sheet"),
    "png": (b"\x89PNG\r\n\x1a\n", "picture_no_sheet"),
    "jpeg": (b"\xff\xd8\xff\xe0", "picture_no_sheet"),
    "webp": (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "picture_no_sheet"),
    "heic": (b"\x00\x00\x00\x18ftypheic", "picture_no_sheet"),
    "bmp": (b"BM\x36\x00\x00\x00\x00\x00\x00\x00", "picture_no_sheet"),
    "program": (b"MZ\x90\x00\x03\x00\x00\x00", "file_type_unknown"),
    "utf-16 without mark": ("名称,数量\r\nabcdefgh,12\r\n".encode("utf-16-le"), "text_unreadable"),
    "neither utf-8 nor gbk": (b"\xff\xff\x80\x80,1\n" * 9, "text_unreadable"),
    "zero in the text": (b"a,b\n" * 2000 + b"\x00", "text_unreadable"),
}


@pytest.mark.parametrize("name", LOOKALIKES)
def test_a_lookalike_is_named(tmp_path: Path, name: str) -> None:
    content, code = LOOKALIKES[name]
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)

    with pytest.raises(Refused) as refused:
        read_sheet(path)

    assert refused.value.code == code


@pytest.mark.parametrize("sentence", SENTENCES.values())
def test_a_sentence_is_chinese_and_says_what_to_do(sentence: str) -> None:
    assert sentence.endswith("。")
    assert "请" in sentence
    assert not sentence.isascii()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("台账.et", "workbook_et"), ("台账.ods", "workbook_ods"), ("a.XLSB", "workbook_xlsb"),
        ("a.numbers", "workbook_numbers"), ("a.pdf", "document_no_sheet"), ("a.jpg", "picture_no_sheet"),
        ("a.rar", "archive_of_sheets"), ("a.exe", "file_type_unknown"),
    ],
)  # fmt: skip
def test_a_name_says_what_a_file_is_not(name: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        preflight.check_name(name, "xlsx")

    assert refused.value.code == code


TEXT = "名称,数量\n油,1\n".encode("gb18030")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, TEXT) for name in ("a.xls", "a.csv", "A.TXT", "台账")),
        *((name, packed(PLAIN)) for name in ("a.xlsx", "a.xls", "a.csv", "台账")),
    ],
)
def test_a_sheet_under_another_name_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    preflight.check_name(name, preflight.inspect(path))

    assert read_sheet(path).rows


@pytest.mark.parametrize("name", ["a.xlsx", "台账.XLSX", "a.xlsm"])
def test_text_that_calls_itself_a_workbook_is_to_be_named_right(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(TEXT)

    with pytest.raises(Refused) as refused:
        preflight.check_name(name, preflight.inspect(path))

    assert refused.value.code == "text_named_workbook"
    assert ".csv" in refused.value.sentence


def altered(**parts: bytes) -> dict[str, bytes]:
    return {name: text.encode() for name, text in PLAIN.items()} | parts


SHEET = "xl/worksheets/sheet1.xml"
PACKAGES = {
    "vba": (altered() | {"xl/vbaProject.bin": b"x"}, "workbook_with_macros"),
    "macro sheet": (altered() | {"xl/macrosheets/sheet1.xml": b"<x/>"}, "workbook_with_macros"),
    "macro type": (
        altered() | {"[Content_Types].xml": b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"},
        "workbook_with_macros",
    ),
    "slip": (altered() | {"../x.xml": b"<x/>"}, "workbook_suspicious"),
    "absolute": (altered() | {"/etc/passwd": b"x"}, "workbook_suspicious"),
    "backslash": (altered() | {"xl\\..\\x": b"x"}, "workbook_suspicious"),
    "drive": (altered() | {"C:x": b"x"}, "workbook_suspicious"),
    "doubled but for case": (altered() | {"XL/Workbook.xml": b"<x/>"}, "workbook_suspicious"),
    "too many parts": (altered() | {f"x/{n}": b"" for n in range(2000)}, "workbook_inflates"),
    "nested archive": (altered() | {"xl/media/a.zip": packed(PLAIN)}, ""),
    "links to other books": (altered() | {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"}, ""),
}  # fmt: skip
for part in (
    SHEET,
    "xl/sharedStrings.xml",
    "xl/styles.xml",
    "xl/workbook.xml",
    "xl/drawings/x.vml",
):
    PACKAGES[f"document type in {part}"] = (
        altered() | {part: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"},
        "workbook_suspicious",
    )


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_looked_through(tmp_path: Path, name: str) -> None:
    parts, code = PACKAGES[name]
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed(parts))

    if not code:
        assert read_sheet(path).rows[0].cells[0].text == "甲"
        return
    with pytest.raises(Refused) as refused:
        preflight.inspect(path)
    assert refused.value.code == code


def damaged(path: Path, old: bytes, new: bytes, *, start: int = 0) -> Path:
    content = bytearray(packed(PLAIN))
    at = content.index(old, start)
    content[at : at + len(new)] = new
    path.write_bytes(content)
    return path


def test_a_size_that_lies_is_damage(tmp_path: Path) -> None:
    content = packed(PLAIN)
    directory = content.index(b"PK\x01\x02")

    # The inflated size of the first part, in the directory: smaller, then larger than it is.
    for lie in (b"\x01\x00\x00\x00", b"\xff\xff\x00\x00"):
        path = tmp_path / "a.xlsx"
        path.write_bytes(content[: directory + 24] + lie + content[directory + 28 :])

        with pytest.raises(Refused, match="workbook_damaged"):
            preflight.inspect(path)


def test_parts_that_share_their_bytes_are_suspicious(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in PLAIN.items():
            out.writestr(name, text)
        twin = zipfile.ZipInfo("xl/twin.xml")
        shared = out.getinfo(SHEET)
        for field in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
            setattr(twin, field, getattr(shared, field))
        out.filelist.append(twin)

    with pytest.raises(Refused, match="workbook_suspicious"):
        preflight.inspect(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_no_office_program_uses_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed(PLAIN, method))

    with pytest.raises(Refused, match="workbook_damaged"):
        preflight.inspect(path)


@pytest.mark.parametrize("kept", [10, 30, 200, 1000])
def test_half_a_file_is_damage(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(packed(PLAIN)[:kept])

    with pytest.raises(Refused, match="workbook_damaged"):
        preflight.inspect(path)
