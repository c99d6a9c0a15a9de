"""Codes that a sheet keeps as numbers and shows with zeros before them."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from shilian.sheets.cells import amount_of, code_of
from shilian.sheets.reader import Cell
from tests.shilian.test_sheet_readers import cells_of


@pytest.mark.parametrize(
    ("shape", "number", "said"),
    [
        ("000000", 4711, ("text", "004711")),
        ("000000", 0, ("text", "000000")),
        ("000000;-000000", 4711, ("text", "004711")),
        ("0000000000000", 690123456789, ("text", "0690123456789")),
        # Nothing to fill up, or no code: the number stays one.
        ("000000", 471100, ("number", "471100")),
        ("000000", 4711000, ("number", "4711000")),
        ("000", 1.5, ("number", "1.5")),
        ("000", -7, ("number", "-7")),
        ("0", 7, ("number", "7")),
        ("0.00", 7, ("number", "7")),
        ("000\\-000", 4711, ("number", "4711")),
    ],
)
def test_zeros_that_the_sheet_shows_before_a_number_are_kept(
    tmp_path: Path, shape: str, number: float, said: tuple[str, str]
) -> None:
    path = tmp_path / "zeros.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["批号", "数量"])
    sheet.write_number(1, 0, number, book.add_format({"num_format": shape}))
    sheet.write_number(1, 1, 46113)
    book.close()

    assert cells_of(path)[2:] == [said, ("number", "46113")]


def test_a_code_keeps_its_zeros_and_an_amount_stays_one() -> None:
    kept = Cell("004711", "text")

    assert code_of(kept) == "004711"
    assert amount_of(kept) == amount_of(Cell("4711", "number"))
