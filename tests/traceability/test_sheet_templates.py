"""The blank sheets: every column, lists to choose from, codes as text, an example that stays out."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.builders.traceability import TODAY
from traceability.documents import import_template
from traceability.operations import import_table
from traceability.sheets.base import cells_of
from traceability.sheets.kinds import KINDS

CODES = list(KINDS)


def written(code: str, **choices: list[str]) -> BytesIO:
    stream = BytesIO()
    import_template.write_template(stream, KINDS[code], choices)
    return stream


def chunks_of(path: Path, code: str, size: int = 100) -> list[list[Any]]:
    with import_table.open_file(path, KINDS[code]) as opened:
        layout = opened.layout()
        assert not layout.missing
        assert layout.is_sure
        return list(opened.table(layout.as_mapping(), TODAY).chunks(size))


@pytest.mark.parametrize("code", CODES)
def test_the_blank_sheet_is_understood_as_it_is_and_brings_no_record(
    code: str, tmp_path: Path
) -> None:
    path = tmp_path / "模板.xlsx"
    path.write_bytes(written(code).getvalue())

    lines = [line for chunk in chunks_of(path, code) for line in chunk]

    assert len(lines) == len(KINDS[code].example)
    assert [[problem.code for problem in line.problems] for line in lines] == [
        ["not_a_record"] for _ in lines
    ]


@pytest.mark.parametrize("code", CODES)
def test_the_example_is_right_by_its_own_rules(code: str) -> None:
    kind = KINDS[code]
    for said in kind.example:
        assert set(said) <= set(kind.titles)
        line = kind.read(cells_of(said), 3, TODAY)
        assert [problem.code for problem in line.problems] == []


@pytest.mark.parametrize("code", CODES)
def test_every_column_is_text_and_required_ones_are_starred(code: str) -> None:
    page = load_workbook(written(code)).worksheets[0]

    heads = [cell.value for cell in page[2]][:-1]

    offered = [c for c in KINDS[code].columns if c.field != "produced_on_or_batch"]
    assert heads == [f"{c.title}*" if c.is_required else c.title for c in offered]
    assert page.column_dimensions["A"].width > 10
    assert {cell.number_format for cell in page[3]} == {"@"}


def test_lists_to_choose_from_lie_on_a_hidden_sheet() -> None:
    book = load_workbook(written("products", category=["蔬菜", "水果"]))

    rules = book.worksheets[0].data_validations.dataValidation

    assert book["选项"].sheet_state == "hidden"
    assert {rule.formula1 for rule in rules} >= {"选项!$B$1:$B$2"}
    assert book["选项"]["B1"].value == "蔬菜"


@pytest.mark.parametrize("code", CODES)
def test_the_notes_say_what_the_law_asks_for(code: str) -> None:
    notes = load_workbook(written(code))["填写说明"]

    assert notes["A1"].value == "法规要求"
    assert len(notes["B1"].value) > 20


def test_the_rows_of_one_product_are_never_taken_in_apart(tmp_path: Path) -> None:
    path = tmp_path / "生产记录.csv"
    head = "生产日期,产品名称,产出数量,产出单位,原料名称,投料数量,投料单位"
    bread = f"{TODAY},馒头,200,袋"
    rows = [
        f"{bread},特一粉,3,袋",
        ",,,,酵母,1,千克",
        f"{bread},白糖,1,千克",
        f"{TODAY},花卷,9,袋,,,",
    ]
    path.write_text("\n".join([head, *rows]), encoding="utf-8")

    assert [[line.row_no for line in chunk] for chunk in chunks_of(path, "production", 1)] == [
        [2, 3, 4],
        [5],
    ]
