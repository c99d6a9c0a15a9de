from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from shilian.sheets import preflight, sandbox
from shilian.sheets.annotate import Mark, write_annotated
from shilian.sheets.cells import Lossy, NoDay, code_of, day_of, text_of
from shilian.sheets.headers import Column, find_header, is_total_row
from shilian.sheets.reader import Cell, SheetRow, read_sheet
from shilian.sheets.refusals import SENTENCES, Refused

COLUMNS = (
    Column("name", ("主体名称", "名称"), is_required=True),
    Column("licence_kind", ("许可证类别", "类别")),
    Column("licence_number", ("许可证编号", "编号")),
    Column("phone", ("联系电话", "手机号")),
)


def workbook(path: Path, rows: list[list[object]], **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for title, others in sheets.items():
        page = book.create_sheet(title)
        for row in others:
            page.append(row)
    book.save(path)
    return path


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(Refused) as refused:
        read_sheet(path)
    assert refused.value.sentence.startswith(SENTENCES[refused.value.code])
    return refused.value.code


def test_reads_every_kind_of_cell(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [["007", 12.0, 1.5, datetime(2026, 4, 1), datetime(2026, 4, 1, 8, 30), True, "=1+1"]],
    )

    rows = read_sheet(path).rows

    assert [(c.kind, c.text) for c in rows[0].cells] == [
        ("text", "007"),
        ("number", "12"),
        ("number", "1.5"),
        ("date", "2026-04-01"),
        ("date", "2026-04-01 08:30:00"),
        ("boolean", "是"),
        ("formula", "=1+1"),
    ]
    assert rows[0].cells[3].value == date(2026, 4, 1)


def test_the_name_of_the_file_does_not_matter(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["甲"]]).rename(tmp_path / "912.sheet")

    assert read_sheet(path).rows[0].cells[0].text == "甲"


def test_rows_keep_the_senders_numbers(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["一"], [], [], ["四"]])

    assert [row.row_no for row in read_sheet(path).rows] == [1, 4]


def test_takes_the_first_sheet_with_content_and_names_the_others(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [], 名单=[["甲"]], 说明=[["乙"]])

    sheet = read_sheet(path)

    assert (sheet.sheet, sheet.rows[0].cells[0].text) == ("名单", "甲")
    assert "说明" in sheet.other_sheets


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_reads_text_tables(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    lines = [delimiter.join(("名称", "电话")), delimiter.join(('"张记\n粮油"', "0531"))]
    path.write_bytes("\r\n".join(lines).encode(encoding))

    rows = read_sheet(path).rows

    assert [[c.text for c in row.cells] for row in rows] == [
        ["名称", "电话"],
        ["张记\n粮油", "0531"],
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_or_locked_workbook"),
        (b"%PDF-1.7 ...", "document_no_sheet"),
        (b"<html><table></table></html>", "web_page"),
        (b"PK\x03\x04 not really a zip", "workbook_damaged"),
        (b" \r\n\r\n", "sheet_empty"),
    ],
)
def test_refuses_what_is_no_sheet(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)

    assert refusal(path) == code


SHELL = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"word/document.xml": b"<w/>", "[Content_Types].xml": b"<Types/>"}, "document_no_sheet"),
        (SHELL | {"xl/vbaProject.bin": b"x"}, "workbook_with_macros"),
        (SHELL | {"../../etc/passwd": b"x"}, "workbook_suspicious"),
        (SHELL | {"xl/styles.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"}, "workbook_suspicious"),
        (SHELL, "sheet_unreadable"),
    ],
)
def test_refuses_hostile_workbooks(tmp_path: Path, parts: dict[str, bytes], code: str) -> None:
    assert refusal(zipped(tmp_path / "a.xlsx", parts)) == code


@pytest.mark.parametrize(
    ("start", "size", "code"),
    [
        (b"PK\x03\x04", preflight.MAX_WORKBOOK_BYTES, "file_too_large"),
        (b"a," * 4096, preflight.MAX_FILE_BYTES, "text_too_large"),
    ],
)
def test_refuses_a_file_that_is_too_large(
    tmp_path: Path, start: bytes, size: int, code: str
) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size + 1)

    assert refusal(path) == code


def test_refuses_more_rows_than_asked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["行"]] * 4)

    with pytest.raises(Refused) as refused:
        read_sheet(path, max_rows=3)

    assert refused.value.code == "sheet_too_long"


def test_refuses_a_sheet_that_is_too_wide(tmp_path: Path) -> None:
    assert refusal(workbook(tmp_path / "a.xlsx", [["列"] * 201])) == "sheet_too_wide"


def test_one_far_cell_costs_little(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "名称"
    book.active.cell(row=1048576, column=1, value="末行")
    book.save(tmp_path / "a.xlsx")

    assert refusal(tmp_path / "a.xlsx") == "sheet_too_long"


def test_death_of_the_reader_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = tmp_path / "child.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGABRT)")
    monkeypatch.setattr(sandbox, "CHILD", dying)

    assert refusal(workbook(tmp_path / "a.xlsx", [["甲"]])) == "sheet_unreadable"


def sheet_rows(*rows: list[str]) -> list[SheetRow]:
    return [
        SheetRow(number, [Cell(text, "text") if text else Cell() for text in row])
        for number, row in enumerate(rows, start=1)
    ]


def test_finds_a_header_over_two_merged_rows() -> None:
    rows = sheet_rows(
        ["2026年名单"],
        ["序号", "主体名称", "许可证（登记证）", "", "联系电话"],
        ["", "", "类别", "编号", ""],
        ["1", "甲店", "食品经营许可", "JY1", "138"],
    )

    header = find_header(rows, COLUMNS)

    assert header.indexes == {"name": 1, "licence_kind": 2, "licence_number": 3, "phone": 4}
    assert (header.first_row_no, header.last_row_no) == (2, 3)
    assert header.label("licence_number") == "许可证(登记证)/编号"


def test_finds_a_header_of_one_row_in_other_words() -> None:
    header = find_header(sheet_rows(["手机号*", " 名 称 "], ["138", "甲店"]), COLUMNS)

    assert header.indexes == {"phone": 0, "name": 1}
    assert header.last_row_no == 1


def test_says_which_required_column_is_missing() -> None:
    assert find_header(sheet_rows(["编号", "联系电话"]), COLUMNS).missing == ("name",)


def test_refuses_a_sheet_without_header() -> None:
    with pytest.raises(Refused, match="header_missing"):
        find_header(sheet_rows(["甲店", "138"]), COLUMNS)


def test_knows_a_total_row() -> None:
    assert is_total_row(sheet_rows(["", "合 计", "600"])[0])
    assert not is_total_row(sheet_rows(["合和超市"])[0])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (Cell(" jy１３７０ ", "text"), "JY1370"),
        (Cell("370102", "number"), "370102"),
        (Cell("——", "text"), ""),
        (Cell("\u200b9137\u202e", "text"), "9137"),
    ],
)
def test_codes_are_text(cell: Cell, code: str) -> None:
    assert code_of(cell) == code


@pytest.mark.parametrize(
    "cell",
    [
        Cell("9.2370102e+17", "text"),
        Cell("1234567890123456", "number"),
        Cell("12.5", "number"),
        Cell("#N/A", "error"),
    ],
)
def test_codes_that_lost_digits_are_refused(cell: Cell) -> None:
    with pytest.raises(Lossy):
        code_of(cell)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-01",
        "2026/4/1",
        "2026.4.1",
        "2026年4月1日",
        "20260401",
        "２０２６．４．１",
        "2026-04-01 08:30:00",
        "4月1日",
        "4.1",
        "4/1",
    ],
)
def test_days_in_every_form(text: str) -> None:
    assert day_of(Cell(text, "text"), year=2026) == date(2026, 4, 1)


@pytest.mark.parametrize("text", ["2026-02-30", "昨天", "4.31", "4611"])
def test_no_days(text: str) -> None:
    with pytest.raises(NoDay):
        day_of(Cell(text, "text"), year=2026)


def test_a_day_without_year_needs_one() -> None:
    with pytest.raises(NoDay, match="4月1日"):
        day_of(Cell("4月1日", "text"))


def test_blank_words_are_empty() -> None:
    assert text_of(Cell("无", "text")) == ""
    assert day_of(Cell("—", "text")) is None


def test_annotated_sheet_marks_cells_and_is_all_text() -> None:
    rows = sheet_rows(["名称", "电话"], ["=1+1", "１３８"])
    stream = io.BytesIO()

    write_annotated(stream, rows, {2: [Mark(1, "电话应为11位。")]}, header_row_no=1, width=2)

    page = openpyxl.load_workbook(stream).active
    assert (page["A2"].value, page["A2"].data_type) == ("=1+1", "s")
    assert page["B2"].comment.text.endswith("电话应为11位。")
    assert page["B2"].fill.start_color.rgb == "FFF8CBC6"
    assert page["C2"].value == "电话应为11位"


def test_annotated_sheet_can_be_filtered_and_read_without_widening() -> None:
    rows = sheet_rows(
        ["某某超市食品进货查验台账"], ["供货者名称", "数量"], ["济南维尔康食品批发有限公司", "若干"]
    )
    marks = {3: [Mark(0, "请核对。", "warning"), Mark(1, "请填写数字。" * 10)]}
    stream = io.BytesIO()

    write_annotated(stream, rows, marks, header_row_no=2, width=2)

    page = openpyxl.load_workbook(stream).active
    assert page.auto_filter.ref == "A2:C3"
    assert page.freeze_panes == "A3"
    assert page.column_dimensions["A"].width > 26
    assert not page["A1"].alignment.wrap_text
    assert page["C3"].value == "请填写数字。" * 9 + "请填写数字；提示：请核对"
    boxes = zipfile.ZipFile(stream).read("xl/drawings/vmlDrawing1.vml").decode()
    assert re.findall(r";height:([\d.]+)pt", boxes) == ["30", "75"]
