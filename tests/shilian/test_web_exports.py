from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from shilian.problems import Rejected
from shilian.web import exports

FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠A1"]
WATERMARK = exports.watermark_text("王科长", datetime(2026, 11, 5, tzinfo=UTC), "42")


def written(rows: list[list[Any]], title: str = "名单") -> tuple[Any, bytes]:
    stream = io.BytesIO()
    exports.write_xlsx(stream, title, ["名称", "数量"], rows, WATERMARK)
    return load_workbook(io.BytesIO(stream.getvalue())).active, stream.getvalue()


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_in_a_sheet(text: str) -> None:
    sheet, body = written([[text, 1]])

    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    assert sheet["A2"].data_type in ("s", "inlineStr")


def test_values_keep_their_kind() -> None:
    noon = datetime(2026, 5, 3, 4, 0, tzinfo=UTC)
    sheet, _ = written([["白菜", Decimal("12.50")], [date(2026, 5, 3), noon], [True, None]])

    assert sheet["B2"].value == 12.5
    assert sheet["A3"].value == datetime(2026, 5, 3)
    assert sheet["B3"].value == datetime(2026, 5, 3, 12, 0)
    assert sheet["A4"].value == "是"
    assert sheet["B4"].value is None


def test_long_numbers_keep_every_digit() -> None:
    sheet, _ = written([["菜", 1234567890123456789], ["菜", Decimal("NaN")]])

    assert sheet["B2"].value == "1234567890123456789"
    assert sheet["B3"].value == "NaN"


def test_the_watermark_is_in_the_sheet_and_on_paper() -> None:
    sheet, _ = written([["菜", 1]])

    assert (
        sheet["A4"].value
        == "由 王科长 于 2026-11-05 08:00 从食链导出，编号 42。仅限工作使用，请妥善保管。"
    )
    assert "王科长" in sheet.oddFooter.left.text


def test_a_title_that_no_sheet_may_have_is_mended() -> None:
    sheet, _ = written([], title="历下区/流通:2026[5月]" + "长" * 40)

    assert len(sheet.title) <= 31
    assert sheet.title.startswith("历下区 流通 2026 5月")


def test_too_many_rows_are_refused_with_advice() -> None:
    with pytest.raises(Rejected) as refusal:
        exports.write_xlsx(io.BytesIO(), "名单", ["名称"], [["菜"], ["菜"]], WATERMARK, limit=1)

    assert refusal.value.codes == ["too_many_rows"]


def test_a_download_carries_its_chinese_name() -> None:
    response = exports.xlsx_response("五月台账", ["名称"], [], WATERMARK)

    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E4%BA%94%E6%9C%88%E5%8F%B0%E8%B4%A6.xlsx"
    )
    assert response["Cache-Control"] == "no-store"
