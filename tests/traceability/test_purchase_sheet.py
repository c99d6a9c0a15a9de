from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shilian.sheets.reader import Cell
from traceability.sheets.base import Line
from traceability.sheets.purchases import COLUMNS
from traceability.sheets.purchases import read as read_cells

APRIL = date(2026, 4, 1)
FIELDS = {name: column.field for column in COLUMNS for name in column.names}
NEUTRAL: dict[str, Any] = {
    "日期": "2026-04-02",
    "品名": "特一粉",
    "规格型号": "25kg/袋",
    "进货数量": "10",
    "单位": "袋",
    "供货单位": "泉润粮油店",
}


def cell(value: Any) -> Cell:
    if isinstance(value, date):
        return Cell(value.isoformat(), "date")
    if isinstance(value, int | float):
        return Cell(str(value), "number")
    return Cell(value, "text") if value else Cell()


def read(**said: Any) -> Line:
    typed = {FIELDS[label]: cell(value) for label, value in (NEUTRAL | said).items()}
    return read_cells({name: one for name, one in typed.items() if one.text}, 3, APRIL)


def read_making(value: Any) -> Line:
    return read(**{"生产日期/批号": value})


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 4, 1),
        "2026-04-01",
        "2026/4/1",
        "2026.4.1",
        "2026年4月1日",
        "20260401",
        "4月1日",
        "4.1",
        "4/1",
        "４月１日",
        " 2026-04-01\u200b",
        46113,
    ],
)
def test_reads_a_day_however_it_is_written(value: Any) -> None:
    line = read(日期=value)

    assert line.values["purchased_on"] == APRIL
    assert line.problems == []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "purchased_on_missing"),
        ("上周二", "purchased_on_unreadable"),
        ("2026-02-30", "purchased_on_unreadable"),
        ("13月1日", "purchased_on_unreadable"),
        (4.1, "purchased_on_ambiguous"),
    ],
)
def test_explains_a_day_that_cannot_be_read(value: Any, code: str) -> None:
    line = read(日期=value)

    assert [(p.code, p.field, p.row) for p in line.problems] == [(code, "purchased_on", 3)]
    assert not line.is_readable


@pytest.mark.parametrize(
    ("value", "quantity", "unit"),
    [
        ("10", "10", "袋"),
        (154.1, "154.1", "袋"),
        ("１２．５", "12.5", "袋"),
        ("1,234.5", "1234.5", "袋"),
        (" 238 ", "238", "袋"),
        ("238斤", "238", "袋"),
    ],
)
def test_reads_a_quantity(value: Any, quantity: str, unit: str) -> None:
    line = read(进货数量=value)

    assert (line.values["quantity"], line.values["unit"]) == (Decimal(quantity), unit)


def test_a_unit_beside_the_number_counts_when_there_is_no_other() -> None:
    assert read(进货数量="238斤", 单位="").values["unit"] == "斤"
    assert read(单位="KG").values["unit"] == "千克"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "quantity_missing"),
        ("若干", "quantity_not_a_number"),
        ("1.2.3", "quantity_not_a_number"),
        ("-5", "quantity_not_positive"),
        ("1e9", "quantity_not_a_number"),
    ],
)
def test_explains_a_quantity_that_is_none(value: Any, code: str) -> None:
    assert [p.code for p in read(进货数量=value).problems] == [code]


@pytest.mark.parametrize(
    ("value", "produced_on", "batch_number"),
    [
        (date(2026, 3, 3), date(2026, 3, 3), ""),
        ("20260303", date(2026, 3, 3), ""),
        ("2026-03-03", date(2026, 3, 3), ""),
        ("L2603077", None, "L2603077"),
        ("20269999", None, "20269999"),
        (2603077, None, "2603077"),
        ("—", None, ""),
        ("", None, ""),
    ],
)
def test_one_column_holds_the_day_or_the_batch_number(
    value: Any, produced_on: date | None, batch_number: str
) -> None:
    line = read_making(value)

    assert (line.values.get("produced_on"), line.values.get("batch_number", "")) == (
        produced_on,
        batch_number,
    )
    assert line.problems == []


def test_a_batch_number_that_lost_its_digits_is_not_guessed() -> None:
    line = read_making("6.90123E+12")

    assert [p.code for p in line.problems] == ["batch_number_lossy"]


@pytest.mark.parametrize(
    ("value", "shelf_life"),
    [
        ("12个月", (12, "month")),
        ("18月", (18, "month")),
        ("180天", (180, "day")),
        ("１年", (1, "year")),
        ("6个月（冷藏）", (6, "month")),
        ("一年半", (18, "month")),
        ("半年", (6, "month")),
        ("十八个月", (18, "month")),
        ("48小时", (2, "day")),
        ("冷藏：3天", (3, "day")),
        ("12M", (12, "month")),
        ("—", None),
        ("", None),
    ],
)
def test_reads_a_shelf_life(value: str, shelf_life: tuple[int, str] | None) -> None:
    line = read(保质期=value)

    assert line.values.get("shelf_life") == shelf_life
    assert line.problems == []


@pytest.mark.parametrize("value", ["见包装", "36小时", "12", "12月31日", "0天", "1.5年"])
def test_an_unclear_shelf_life_is_left_out_with_a_warning(value: str) -> None:
    line = read(保质期=value)

    assert [(p.code, p.severity) for p in line.problems] == [("shelf_life_unclear", "warning")]
    assert line.is_readable


def test_reads_the_supplier() -> None:
    line = read(
        供货单位信用代码="9137010230tk00000x".upper(),
        联系人="刘艳",
        联系电话="１５２５６４０７０５４",
        凭证号="04010005",
    )

    assert line.values["supplier_phone"] == "15256407054"
    assert (line.values["supplier_person"], line.values["voucher_number"]) == ("刘艳", "04010005")


@pytest.mark.parametrize(
    ("said", "code", "severity"),
    [
        ({"供货单位": ""}, "supplier_name_missing", "error"),
        ({"品名": " "}, "product_name_missing", "error"),
        ({"供货单位信用代码": "9137"}, "credit_code_malformed", "error"),
        ({"联系电话": "打门口电话"}, "phone_doubtful", "warning"),
        ({"检测结果": "不合格"}, "test_failed", "warning"),
    ],
)
def test_says_what_is_wrong(said: dict[str, str], code: str, severity: str) -> None:
    assert [(p.code, p.severity) for p in read(**said).problems] == [(code, severity)]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("日期", "purchased_on_unreadable"),
        ("品名", "product_name_ditto"),
        ("规格型号", "specification_ditto"),
        ("进货数量", "quantity_not_a_number"),
        ("单位", "unit_ditto"),
        ("供货单位", "supplier_name_ditto"),
        ("生产批号", "batch_number_ditto"),
    ],
)
@pytest.mark.parametrize("value", ["同上", "〃", '"'])
def test_a_cell_that_points_to_the_line_above_is_not_guessed(
    label: str, code: str, value: str
) -> None:
    line = read(**{label: value})

    assert [problem.code for problem in line.problems] == [code]
    assert "Ctrl+D" in line.problems[0].message


@pytest.mark.parametrize(
    "phone",
    [
        "13900000000", "139-0000-0000", "139 0000 0000", "+86 139 0000 0000", "0531-88888888",
        "(0531)88888888", "0531-88888888转801",
        "400-800-8000", "88888888/87654321",
    ],
)  # fmt: skip
def test_a_phone_number_however_it_is_written(phone: str) -> None:
    line = read(联系电话=phone)

    assert [problem.message for problem in line.problems] == []


def test_of_two_phone_numbers_the_first_is_kept() -> None:
    line = read(联系电话="13900000000 / 0531-88888888")

    assert line.values["supplier_phone"] == "13900000000"
    assert [(p.code, p.severity) for p in line.problems] == [("phone_doubtful", "warning")]


@pytest.mark.parametrize("value", ["N/A", "NULL", "none", "暂无", "（无）", "/", "————"])
def test_a_code_that_says_nothing_is_blank(value: str) -> None:
    line = read(生产批号=value, 商品条码=value, 联系电话=value)

    assert line.problems == []
    assert not {"batch_number", "gtin", "supplier_phone"} & set(line.values)


@pytest.mark.parametrize(("number", "unit"), [("10公斤", "斤"), ("25kg", "袋")])
def test_a_unit_behind_the_number_must_agree_with_its_own_column(number: str, unit: str) -> None:
    line = read(进货数量=number, 单位=unit)

    assert [(p.code, p.field) for p in line.problems] == [("units_differ", "quantity")]


def test_a_stroke_for_the_unit_leaves_the_one_behind_the_number() -> None:
    assert read(进货数量="10公斤", 单位="/").values["unit"] == "公斤"
