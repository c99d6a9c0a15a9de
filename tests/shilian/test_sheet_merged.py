"""Cells merged down several rows: each row has what the sender sees beside it, and it is marked."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from shilian.sheets.annotate import Mark, write_annotated
from shilian.sheets.headers import Column, find_header, is_total_row
from shilian.sheets.inside import books, merged, wire
from shilian.sheets.reader import read_sheet
from shilian.sheets.refusals import Refused
from shilian.sheets.rows import Cell, MergedCell, RepeatedCell, SheetRow
from tests.shilian.sheet_parts import both, put, rows_by, text_row, workbook_parts

COLUMNS = (
    Column("day", ("进货日期",), True),
    Column("name", ("食品名称",), True),
    Column("supplier", ("供货者名称",), True),
)


def path_of(tmp_path: Path, rows: str, *ranges: str) -> Path:
    cells = "".join(f'<mergeCell ref="{each}"/>' for each in ranges)
    behind = f'\f<mergeCells count="{len(ranges)}">{cells}</mergeCells>'
    return put(tmp_path / "a.xlsx", workbook_parts(rows + behind))


def texts_of(path: Path) -> list[list[str]]:
    both(path)
    return [[cell.text for cell in row.cells] for row in read_sheet(path).rows]


def marks_of(path: Path) -> list[str]:
    """Of each row: whether each cell holds for several rows (1) or repeats a row above (2)."""
    return [
        "".join(str(cell.is_merged + cell.is_repeated) for cell in row.cells)
        for row in read_sheet(path).rows
    ]


def test_each_row_gets_what_is_merged_beside_it(tmp_path: Path) -> None:
    rows = text_row(1, "4.1", "米", "甲店") + text_row(2, "", "面") + text_row(3, "4.2", "油")
    path = path_of(tmp_path, rows, "A1:A2", "C1:C3")

    assert texts_of(path) == [["4.1", "米", "甲店"], ["4.1", "面", "甲店"], ["4.2", "油", "甲店"]]
    assert marks_of(path) == ["101", "202", "002"]


def test_days_and_numbers_stay_what_they_are(tmp_path: Path) -> None:
    first = '<row r="1"><c r="A1" s="1"><v>46113</v></c><c r="B1"><v>5</v></c></row>'
    path = path_of(tmp_path, first + text_row(2, "", "", "面"), "A1:B2", "B1:B2")

    day, number, _ = read_sheet(path).rows[1].cells

    assert (day, number) == (Cell("2026-04-01", "date"), Cell("5", "number"))
    assert isinstance(day, RepeatedCell)
    assert isinstance(number, MergedCell)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        # Over columns alone, backwards, beyond the sheet, of a blank cell, or beginning above.
        (["A1:C1"], ["", "面"]),
        (["A2:A1"], ["", "面"]),
        (["A3:A9"], ["", "面"]),
        (["C1:C2"], ["", "面"]),
        (["A1:A1048576"], ["甲", "面"]),
        (["A1:A2000000"], ["甲", "面"]),
        # Over a block: the first column alone.
        (["A1:B2"], ["甲", "面"]),
        (["A1:A2", "A1:A2"], ["甲", "面"]),
    ],
)
def test_ranges_of_every_form(tmp_path: Path, ranges: list[str], said: list[str]) -> None:
    rows = text_row(1, "甲", "米") + text_row(2, "", "面")

    assert texts_of(path_of(tmp_path, rows, *ranges))[1] == said


def test_a_row_that_says_nothing_itself_stays_blank(tmp_path: Path) -> None:
    rows = text_row(1, "甲", "米") + text_row(2, "", " ") + text_row(4, "", "面")

    assert [row.row_no for row in read_sheet(path_of(tmp_path, rows, "A1:A5")).rows] == [1, 4]


def test_tall_records_are_not_told_apart_by_their_merged_cells(tmp_path: Path) -> None:
    rows = text_row(1, "甲", "米") + text_row(2, "") + text_row(3, "乙", "面")
    path = path_of(tmp_path, rows, "A1:A2", "B1:B2", "A3:A4", "B3:B4")

    assert marks_of(path) == ["00", "00"]


def test_what_a_cell_says_itself_is_kept(tmp_path: Path) -> None:
    rows = text_row(1, "甲", "米") + text_row(2, "乙", "面") + text_row(3, "", "油")

    assert texts_of(path_of(tmp_path, rows, "A1:A3")) == [["甲", "米"], ["乙", "面"], ["甲", "油"]]


def test_a_remark_is_not_repeated(tmp_path: Path) -> None:
    rows = text_row(1, "字" * 401, "米") + text_row(2, "", "面")

    assert texts_of(path_of(tmp_path, rows, "A1:A2"))[1] == ["", "面"]


def test_sheets_of_other_makes_are_read_alike(tmp_path: Path) -> None:
    parts = workbook_parts("")
    prefixed = text_row(1, "甲", "米") + text_row(2, "", "面")
    for name in ("row", "c", "is", "t"):
        prefixed = prefixed.replace(f"<{name}", f"<x:{name}").replace(f"</{name}", f"</x:{name}")
    prefixed = prefixed.replace("<x:x:", "<x:").replace("</x:x:", "</x:")
    parts["xl/worksheets/sheet1.xml"] = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<x:sheetData>{prefixed}</x:sheetData>"
        '<x:mergeCells><x:mergeCell ref="A1:A2"/></x:mergeCells></x:worksheet>'
    )
    path = put(tmp_path / "a.xlsx", parts)

    assert not (book := books.Book(path))._scan(book._offered()[0]).is_plain_written
    assert [cell.text for cell in read_sheet(path).rows[1].cells] == ["甲", "面"]


@pytest.mark.parametrize("make", ["openpyxl", "xlsxwriter"])
def test_what_libraries_write(tmp_path: Path, make: str) -> None:
    path = tmp_path / "a.xlsx"
    if make == "openpyxl":
        book = openpyxl.Workbook()
        for row in (["甲", "米"], [None, "面"]):
            book.active.append(row)
        book.active.merge_cells("A1:A2")
        book.save(path)
    else:
        written = xlsxwriter.Workbook(str(path))
        page = written.add_worksheet()
        page.merge_range("A1:A2", "甲")
        page.write_column("B1", ["米", "面"])
        written.close()

    assert rows_by("quick", path) == rows_by("careful", path)
    assert [cell.text for cell in read_sheet(path).rows[1].cells] == ["甲", "面"]


def test_names_of_columns_merged_over_two_rows_are_found(tmp_path: Path) -> None:
    rows = text_row(1, "序号", "进货日期", "食品名称", "供货者") + text_row(2, "", "", "", "名称")
    rows += text_row(3, "1", "4.1", "米", "甲店") + text_row(4, "2", "", "面", "")
    read = read_sheet(path_of(tmp_path, rows, "A1:A2", "B1:B2", "C1:C2", "B3:B4", "D3:D4"))

    header = find_header(read.rows, COLUMNS, read.merged)

    assert header.labels == ["序号", "进货日期", "食品名称", "供货者/名称"]
    assert (header.last_row_no, header.missing) == (2, ())


@pytest.mark.parametrize(
    ("cells", "is_total"),
    [
        ([RepeatedCell("4.1", "text"), RepeatedCell("甲店", "text"), Cell("小计", "text")], True),
        ([RepeatedCell("合计", "text"), Cell("30", "number")], True),
        ([RepeatedCell("蔬菜类", "text"), Cell("白菜", "text")], False),
        ([RepeatedCell("4.1", "text"), Cell("白菜", "text"), Cell("3", "number")], False),
    ],
)
def test_sums_below_merged_cells_are_no_records(cells: list[Cell], is_total: bool) -> None:
    assert is_total_row(SheetRow(9, cells)) is is_total


def test_a_hostile_number_of_ranges_is_refused(tmp_path: Path) -> None:
    count = merged.MAX_DOWN + 1
    ranges = (f"A{n}:A1048576" for n in range(1, count + 1))

    with pytest.raises(Refused) as refused:
        read_sheet(path_of(tmp_path, text_row(1, "甲"), *ranges))

    assert refused.value.code == "too_many_merged"


def test_as_many_as_are_kept_cost_no_more_than_their_rows(tmp_path: Path) -> None:
    rows = "".join(text_row(n, "" if n > 1 else "甲", "米") for n in range(1, 5001))
    ranges = [f"A1:A{10_000 + n}" for n in range(merged.MAX_DOWN - 1)] + ["B4999:B5000"]

    assert texts_of(path_of(tmp_path, rows, *ranges))[-1] == ["甲", "米"]


def test_ranges_over_one_row_are_not_counted(tmp_path: Path) -> None:
    ranges = (f"A{n}:C{n}" for n in range(1, merged.MAX_DOWN + 9))

    assert texts_of(path_of(tmp_path, text_row(1, "甲"), *ranges)) == [["甲"]]


def test_more_than_a_row_may_hold_behind_the_rows_is_searched_piece_by_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shilian.sheets.inside.scan.CHUNK_BYTES", 50)
    monkeypatch.setattr("shilian.sheets.inside.scan.MAX_PENDING", 400)
    rows = (
        text_row(1, "甲", "米") + text_row(2, "", "面") + text_row(9, "乙") + text_row(10, "", "油")
    )
    path = path_of(tmp_path, rows, *(["F1:F2"] * 40), "A1:A2", *(["F1:F2"] * 40), "A9:A10")

    rows_read = rows_by("quick", path)

    assert rows_read[1][1] == [wire.merged_cell("甲", is_repeated=True), "面"]
    assert rows_read[3][1] == [wire.merged_cell("乙", is_repeated=True), "油"]


def test_an_annotated_sheet_repeats_names_and_no_amounts() -> None:
    shared = [MergedCell("甲店", "text"), MergedCell("50", "number")]
    repeated = [RepeatedCell("甲店", "text"), RepeatedCell("50", "number")]
    head = [Cell("供货者", "text"), Cell("数量", "text")]
    rows = [SheetRow(1, head), SheetRow(2, shared), SheetRow(3, repeated)]
    mark = Mark(1, "请逐行填写数量。", empties=True)
    stream = io.BytesIO()

    write_annotated(stream, rows, {2: [mark], 3: [mark]}, header_row_no=1, width=2)

    page = openpyxl.load_workbook(stream).active
    assert [[cell.value for cell in row[:2]] for row in page.iter_rows(min_row=2)] == [
        ["甲店", "50"],
        ["甲店", ""],
    ]
