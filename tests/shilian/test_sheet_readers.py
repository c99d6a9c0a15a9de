"""The quick and the careful reader give the same cells; both give what the file says."""

from __future__ import annotations

import math
import time as clocks
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shilian.sheets import sandbox
from shilian.sheets.inside import books, texts, wire
from shilian.sheets.reader import book_of, read_sheet, stream_sheet
from shilian.sheets.refusals import Refused
from tests.shilian.sheet_parts import both, put, rows_by, strict, text_row, workbook_parts


def cells_of(path: Path) -> list[tuple[str, str]]:
    return [(cell.kind, cell.text) for row in read_sheet(path).rows for cell in row.cells]


# What can be typed into a cell; XML holds no control characters.
TYPED = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e20, max_value=1e20),
    st.dates(date(1900, 3, 1), date(2199, 12, 31)),
    st.datetimes(datetime(1900, 3, 1), datetime(2199, 12, 31)).map(
        lambda d: d.replace(microsecond=0)
    ),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"),
        min_size=1,
        max_size=12,
    ).filter(lambda text: text == text.strip()),
)
TABLES = st.lists(st.lists(TYPED, max_size=6), min_size=1, max_size=8)


@given(TABLES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_readers_agree_on_whatever_openpyxl_writes(tmp_path: Path, table: list[Any]) -> None:
    book = openpyxl.Workbook()
    for row in table:
        book.active.append([None])
        for index, value in enumerate(row):
            cell = book.active.cell(book.active.max_row, index + 1)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(tmp_path / "a.xlsx")

    path = tmp_path / "a.xlsx"
    assert rows_by("quick", path) == rows_by("careful", path)


@given(TABLES)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_readers_say_what_was_typed(tmp_path: Path, table: list[Any]) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    formats = {
        date: book.add_format({"num_format": 'yyyy"年"m"月"d"日"'}),
        datetime: book.add_format({"num_format": "yyyy/m/d h:mm"}),
        time: book.add_format({"num_format": "h:mm:ss"}),
    }
    for at, row in enumerate(table):
        for index, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(at, index, value)
            elif value is not None:
                page.write(at, index, value, formats.get(type(value)))
    book.close()

    said = dict(both(path)) if any(map(any, table)) else {}

    for row_no, cells in said.items():
        for typed, text in zip(table[row_no - 1], cells, strict=False):
            assert_says(text, typed)


def assert_says(text: str, typed: Any) -> None:
    if typed is None:
        assert text == ""
    elif isinstance(typed, bool):
        assert text == wire.MARK + "b" + ("是" if typed else "否")
    elif isinstance(typed, int | float):
        assert math.isclose(float(text[2:]), typed, rel_tol=1e-12)
    elif isinstance(typed, datetime):
        assert text == wire.moment_cell(typed)
    elif isinstance(typed, date):
        assert text == f"{wire.MARK}d{typed}"
    elif isinstance(typed, time):
        assert text == f"{wire.MARK}t{typed}"
    else:
        assert text == typed


def test_days_are_known_by_every_format_that_chinese_programs_write(tmp_path: Path) -> None:
    cells = "".join(f'<c r="{chr(65 + n)}1" s="{n}"><v>46113.5</v></c>' for n in range(16))
    path = put(tmp_path / "a.xlsx", workbook_parts(f'<row r="1">{cells}</row>'))

    kinds = [cell[:2] for cell in both(path)[0][1]]

    # In the order of FORMATS: General, four of the built-in days, percent, a Chinese day, hours …
    assert "".join(kind[1] for kind in kinds) == "nddddndtnnndtdnn"
    assert cells_of(path)[2] == ("date", "2026-04-01 12:00:00")


@pytest.mark.parametrize(
    ("serial", "is_1904", "said"),
    [
        ("46113", False, "d2026-04-01"),
        ("44651", True, "d2026-04-01"),
        ("46113.354166", False, "d2026-04-01 08:30:00"),
        ("46112.9999999", False, "d2026-04-01"),
        ("59", False, "d1900-02-28"),
        ("60", False, "d1900-02-28"),
        ("61", False, "d1900-03-01"),
        ("0.5", False, "t12:00:00"),
        ("0", True, "t00:00:00"),
        ("-3", False, "t00:00:00"),
        ("12345678", False, "n12345678"),
    ],
)
def test_serial_numbers_of_days(tmp_path: Path, serial: str, is_1904: bool, said: str) -> None:
    properties = f'<workbookPr date1904="{str(is_1904).lower()}"/>'
    parts = workbook_parts(
        f'<row r="1"><c r="A1" s="1"><v>{serial}</v></c></row>', properties=properties
    )

    assert both(put(tmp_path / "a.xlsx", parts)) == [(1, [wire.MARK + said])]


def test_errors_and_formulas_without_a_result_are_said_at_their_cell(tmp_path: Path) -> None:
    row = (
        '<c r="B2" t="e"><f>VLOOKUP(A1,B:B,1,0)</f><v>#N/A</v></c><c r="C2" s="1" t="e"><v>#REF!</v></c>'
        '<c r="D2"><f>A1&amp;"x"</f></c><c r="E2"><f>A1</f><v></v></c><c r="F2"><f t="shared" si="0"/><v/></c>'
        '<c r="G2" t="str"><f>IF(A1="","","x")</f><v></v></c><c r="H2"><f>1+1</f><v>2</v></c>'
    )
    path = put(tmp_path / "a.xlsx", workbook_parts(f'<row r="2">{row}</row>'))

    both(path)

    assert cells_of(path) == [
        ("empty", ""),
        ("error", "#N/A"),
        ("error", "#REF!"),
        ("formula", '=A1&"x"'),
        ("formula", "=A1"),
        ("formula", "="),
        ("empty", ""),
        ("number", "2"),
    ]


def test_texts_of_every_make(tmp_path: Path) -> None:
    strings = (
        '<si><t xml:space="preserve"> x </t></si><si><r><t>鲁花</t></r><r><rPr/><t>油</t></r>'
        '<rPh sb="0" eb="1"><t>luhua</t></rPh></si><si><t>上_x000D_&#10;下&amp;</t></si><si/>'
    )
    row = "".join(f'<c r="{c}1" t="s"><v>{n}</v></c>' for n, c in enumerate("ABCD"))
    row += '<c r="E1" t="str"><v>=1+1</v></c><c r="F1" t="str"><v>#N/A</v></c><c r="G1" t="b"><v>0</v></c>'
    path = put(tmp_path / "a.xlsx", workbook_parts(f'<row r="1">{row}</row>', strings=strings))

    both(path)

    assert cells_of(path) == [
        ("text", " x "),
        ("text", "鲁花油"),
        ("text", "上\r\n下&"),
        ("empty", ""),
        ("text", "=1+1"),
        ("text", "#N/A"),
        ("boolean", "否"),
    ]


def test_numbers_keep_what_the_file_kept_of_them(tmp_path: Path) -> None:
    values = [
        "1234567890123456789",
        "9.137E+17",
        "007",
        "0.30000000000000004",
        "1E-7",
        "x",
        "1e400",
    ]
    row = "".join(f'<c r="{c}1"><v>{v}</v></c>' for c, v in zip("ABCDEFG", values, strict=True))
    path = put(tmp_path / "a.xlsx", workbook_parts(f'<row r="1">{row}</row>'))

    said = rows_by("careful", path)[0][1]

    assert [cell.lstrip(wire.MARK) for cell in said] == [
        "n1.2345678901234568e+18", "n9.137e+17", "n7", "n0.30000000000000004", "n1e-07", "x", "inf",
    ]  # fmt: skip


def test_strict_open_xml_reads_the_same(tmp_path: Path) -> None:
    rows = text_row(1, "进货日期", "数量")
    rows += '<row r="2"><c r="A2" t="d" s="1"><v>2026-04-01T00:00:00</v></c><c r="B2"><v>2</v></c></row>'
    path = put(tmp_path / "a.xlsx", strict(workbook_parts(rows)))

    assert both(path)[1] == (2, [f"{wire.MARK}d2026-04-01", f"{wire.MARK}n2"])


def test_markup_with_prefixes_is_left_to_the_careful_reader(tmp_path: Path) -> None:
    parts = workbook_parts("")
    parts["xl/worksheets/sheet1.xml"] = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<x:sheetData><x:row><x:c t="e"><x:v>#N/A</x:v></x:c><x:c/><x:c><x:v>2</x:v></x:c></x:row>'
        "</x:sheetData></x:worksheet>"
    )
    path = put(tmp_path / "a.xlsx", parts)

    book = books.Book(path)
    assert not book._scan(book._offered()[0]).is_plain_written
    assert cells_of(path) == [("error", "#N/A"), ("empty", ""), ("number", "2")]


def test_a_far_blank_cell_costs_nothing(tmp_path: Path) -> None:
    rows = text_row(1, "名称") + '<row r="2"><c r="XFD2" s="1"/></row><row r="1048576" ht="9"/>'

    assert [
        row.row_no for row in read_sheet(put(tmp_path / "a.xlsx", workbook_parts(rows))).rows
    ] == [1]


@pytest.mark.parametrize(
    ("far", "code"), [("XFD1", "sheet_too_wide"), ("A1048576", "sheet_too_long")]
)
def test_a_far_cell_is_refused_at_once(tmp_path: Path, far: str, code: str) -> None:
    row_no = far.lstrip("XFDA")
    rows = f'<row r="{row_no}"><c r="{far}"><v>1</v></c></row>'

    with pytest.raises(Refused) as refused:
        read_sheet(put(tmp_path / "a.xlsx", workbook_parts(rows)))

    assert refused.value.code == code


def test_a_book_shows_every_visible_sheet_with_its_merged_cells(tmp_path: Path) -> None:
    merged = '\f<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A900:B901"/></mergeCells>'
    parts = workbook_parts(
        text_row(1, "说明"), text_row(3, "进货日期", "品名") + merged, text_row(1, "草稿"),
        states=("", "", "hidden"),
    )  # fmt: skip

    book = book_of(put(tmp_path / "a.xlsx", parts))

    assert [(s.title, [r.row_no for r in s.rows], s.merged) for s in book.sheets] == [
        ("表1", [1], ()),
        ("表2", [3], ((1, 0, 1, 2),)),
    ]


def test_hidden_sheets_are_read_when_there_are_no_others(tmp_path: Path) -> None:
    parts = workbook_parts(text_row(1, "甲"), states=("hidden",))

    assert read_sheet(put(tmp_path / "a.xlsx", parts)).sheet == "表1"


def test_a_death_of_the_process_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "child.py"
    dying.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGABRT)")
    monkeypatch.setattr(sandbox, "CHILD", dying)

    with pytest.raises(Refused, match="sheet_unreadable"):
        read_sheet(put(tmp_path / "a.xlsx", workbook_parts(text_row(1, "甲"))))


def test_a_csv_unwraps_what_keeps_codes_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('条码,批号\n="0690123","=""00A"""\n', encoding="utf-8")

    assert cells_of(path)[2:] == [("text", "0690123"), ("text", "00A")]


def test_a_ragged_csv_with_blank_lines_keeps_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("甲,乙,丙\r\n\r\n,,\r\n一\r\n,\u3000,三,,\r\n".encode("gb18030"))

    rows = read_sheet(path).rows

    assert [(row.row_no, [cell.text for cell in row.cells]) for row in rows] == [
        (1, ["甲", "乙", "丙"]),
        (4, ["一"]),
        (5, ["", "", "三"]),
    ]


def test_a_csv_is_read_as_a_stream(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称,数量\n" + "花生油,5\n" * 20_000, encoding="utf-8")

    text = texts.Text(path)

    assert sum(1 for _ in text.rows("")) == 20_001
    assert len(text.heads()[0]["rows"]) == wire.HEAD_ROWS


def test_a_silent_process_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "child.py"
    silent.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(sandbox, "CHILD", silent)
    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.02)
    monkeypatch.setattr(sandbox, "SILENT_SECONDS", 0.1)

    with pytest.raises(Refused, match="sheet_unreadable"):
        read_sheet(put(tmp_path / "a.xlsx", workbook_parts(text_row(1, "甲"))))


def test_rows_may_be_taken_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WATCH_SECONDS", 0.02)
    path = tmp_path / "a.csv"
    path.write_text("名称,数量\n" + "花生油,5\n" * 60_000, encoding="utf-8")
    lines = stream_sheet(path)

    # The rows are more than the pipe holds, so the process waits for us while we wait here.
    next(lines)
    next(lines)
    monkeypatch.setattr(sandbox, "SILENT_SECONDS", 0.2)
    clocks.sleep(0.5)
    monkeypatch.setattr(sandbox, "SILENT_SECONDS", 300.0)

    assert sum(1 for _ in lines) == 60_000


def test_an_error_written_in_another_way_is_not_lost(tmp_path: Path) -> None:
    row = '<c r="A1" t="e"><v xml:space="preserve">#N/A</v></c>'
    path = put(tmp_path / "a.xlsx", workbook_parts(f'<row r="1">{row}</row>'))

    assert cells_of(path) == [("error", "#N/A")]
