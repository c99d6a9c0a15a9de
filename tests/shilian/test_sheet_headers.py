"""Where the table is, in sheets as people keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from shilian.sheets.headers import (
    Column,
    find_header,
    fingerprint,
    fit,
    is_header_again,
    is_record,
    is_total_row,
)
from shilian.sheets.reader import Cell, Merged, SheetRow, read_sheet
from tests.shilian.sheet_parts import put, text_row, workbook_parts

COLUMNS = (
    Column("purchased_on", ("进货日期", "日期"), is_required=True),
    Column("product_name", ("食品名称", "品名", "名称"), is_required=True),
    Column("quantity", ("数量", "进货数量", "重量"), is_required=True),
    Column("unit", ("单位", "计量单位")),
    Column("supplier_name", ("供货者名称", "供应商", "供货单位", "供货者"), is_required=True),
    Column("supplier_phone", ("供货者联系方式", "联系电话")),
)


def sheet(*rows: list[str]) -> list[SheetRow]:
    return [
        SheetRow(number, [Cell(text, "text") if text else Cell() for text in row])
        for number, row in enumerate(rows, start=1)
        if row
    ]


PLAIN = ["进货日期", "食品名称", "数量", "单位", "供货者名称"]


@pytest.mark.parametrize(
    "labels",
    [
        ["日 期", "品名*", "数量（公斤）", "", "供应商"],
        ["供货单位", "进货日期：", "【品名】", "数量/公斤", "备注"],
        ["序号", "进货日期", "食品名称（商标）", "进货数量", "供货者"],
    ],
)
def test_synonyms_in_any_order(labels: list[str]) -> None:
    header = find_header(sheet(labels), COLUMNS)

    assert header.missing == ()


@pytest.mark.parametrize("label", ["数量（公斤）", "数量/公斤", "进货数量 [公斤]"])
def test_the_unit_in_a_heading_is_kept(label: str) -> None:
    header = find_header(sheet(["日期", "品名", label, "供应商"]), COLUMNS)

    assert header.note("quantity") == "公斤"
    assert header.note("supplier_name") == header.note("unit") == ""


def test_our_own_name_of_a_column_is_preferred() -> None:
    header = find_header(sheet(["日期", "进货日期", "名称", "食品名称", "数量", "供应商"]), COLUMNS)

    assert (header.indexes["purchased_on"], header.indexes["product_name"]) == (1, 3)


def test_titles_and_blank_rows_stand_above() -> None:
    rows = sheet(["某某市场进货台账"], ["单位：某某店", "", "2026年4月"], [], PLAIN, ["4.1", "油"])

    assert find_header(rows, COLUMNS).last_row_no == 4


def test_a_name_over_merged_cells_belongs_to_what_is_below_it() -> None:
    rows = sheet(
        ["进货日期", "品名", "数量", "供货者", "", "备注", ""],
        ["", "", "", "名称", "联系电话", "", "名称"],
    )
    across = [Merged(1, 3, 1, 4), Merged(1, 0, 2, 0)]

    header = find_header(rows, COLUMNS, across)

    assert header.indexes["supplier_name"] == 3
    assert header.label("supplier_phone") == "供货者/联系电话"
    assert header.labels[6] == "名称"
    assert header.missing == ()


def test_a_title_merged_over_the_table_is_no_header() -> None:
    rows = sheet(["2026年4月进货台账", "", "", "", ""], PLAIN)

    header = find_header(rows, COLUMNS, [Merged(1, 0, 1, 4)])

    assert (header.first_row_no, header.labels) == (2, PLAIN)


def test_the_form_of_a_sheet_has_one_fingerprint() -> None:
    first = find_header(sheet(["三月台账"], PLAIN), COLUMNS)
    second = find_header(
        sheet(["四月台账"], [], [f" {label}＊" for label in PLAIN] + [""]), COLUMNS
    )
    turned = find_header(sheet(PLAIN[::-1]), COLUMNS)

    assert fingerprint(first) == fingerprint(second)
    assert fingerprint(first) != fingerprint(turned)


@pytest.mark.parametrize(
    "row",
    [
        ["合 计", "", "600"], ["", "总计：", "", "3"], ["小计"], ["本页合计", "12"], ["合计金额", "3"],
        ["制表人：张三", "", "审核人：李四"], ["审核人签字"], ["负责人:"], ["以下空白"], ["备注：以上均合格"],
        ["累计", "3"], ["填表日期：2026年4月30日"], ["采购员签字："], ["单位（盖章）："], ["", "合 计"],
        ["日期：2026年4月30日"], ["库管：张三", "", "店长：李四"], ["盖章："], ["第 1 页 共 3 页"],
        ["", "蔬菜类"], ["二、肉类"], ["（一）水产"], ["2026年4月3日"],
    ],
)  # fmt: skip
def test_rows_that_close_a_sheet_are_no_records(row: list[str]) -> None:
    assert is_total_row(sheet(row)[0])


@pytest.mark.parametrize(
    "row",
    [
        ["合和超市", "5"], ["2026-04-01", "合计牌酱油", "3"], ["总统牌黄油", "2"], ["小计量瓶", "1"],
        ["采购面粉"], ["日期饼干"], ["面粉"], ["一、面粉", "3"], ["蔬菜类", "3"], ["2026年4月3日", "3"],
        ["负责任牌面粉", "2"], ["备注：急", "面粉", "3", "袋"], ["登记面粉", "1"],
    ],
)  # fmt: skip
def test_records_that_begin_like_a_sum_are_records(row: list[str]) -> None:
    assert not is_total_row(sheet(row)[0])


def test_a_header_repeated_on_the_next_page_is_no_record() -> None:
    header = find_header(sheet(PLAIN), COLUMNS)

    assert is_header_again(
        sheet([" 进货日期", "食品名称", "数量", "单位", "供货者名称"])[0], header
    )
    assert not is_record(sheet(PLAIN)[0], header)
    assert is_record(sheet(["4.1", "食品名称", "3", "单位", "甲"])[0], header)


def test_a_header_below_repeats_its_lower_half() -> None:
    rows = sheet(["进货日期", "品名", "数量", "供货者", ""], ["", "", "", "名称", "联系电话"])
    header = find_header(rows, COLUMNS)

    assert is_header_again(sheet(["进货日期", "品名", "数量", "名称", "联系电话"])[0], header)


def test_the_sheet_that_suits_best_is_read(tmp_path: Path) -> None:
    parts = workbook_parts(
        text_row(1, "填表说明") + text_row(2, "日期", "名称"),
        text_row(3, *PLAIN) + text_row(4, "4.1", "花生油", "3", "桶", "甲店"),
        text_row(1, "日期", "名称", "数量"),
    )

    found = read_sheet(put(tmp_path / "a.xlsx", parts), columns=COLUMNS)

    assert (found.sheet, found.other_sheets) == ("表2", ["表1", "表3"])
    assert len(found.rows) == 2


def test_a_sheet_without_a_table_suits_nothing() -> None:
    assert fit(sheet(["说明"]), COLUMNS) == (0, 0)
    assert fit(sheet(PLAIN), COLUMNS) > fit(sheet(PLAIN[:3]), COLUMNS)


@pytest.mark.parametrize(
    "numbering",
    [
        ["1", "2", "3", "4", "5"],
        ["（1）", "（2）", "（3）"],
        ["甲", "乙", "1", "2", "3"],
        ["①", "②", "③"],
    ],
)
def test_a_row_that_counts_the_columns_belongs_to_the_header(numbering: list[str]) -> None:
    header = find_header(sheet(["台账"], PLAIN, numbering, ["4.1", "油", "3"]), COLUMNS)

    assert (header.first_row_no, header.last_row_no) == (2, 3)


@pytest.mark.parametrize("data", [["1", "油", "3"], ["4.1", "2", "3"], ["2", "3", "4"], ["1", "2"]])
def test_a_row_of_data_is_no_count_of_columns(data: list[str]) -> None:
    assert find_header(sheet(PLAIN, data), COLUMNS).last_row_no == 1


def test_units_in_brackets_below_the_names_belong_to_the_header() -> None:
    header = find_header(
        sheet(PLAIN, ["", "", "（公斤）", "", ""], ["4.1", "油", "3", "", "甲店"]), COLUMNS
    )

    assert header.last_row_no == 2
    assert header.note("quantity") == "公斤"
    assert not header.missing
