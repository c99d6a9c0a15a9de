"""How the bulletin's sheets look: fonts, borders, number formats, paper."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.styles.alignment import Alignment
from openpyxl.styles.borders import Border, Side
from openpyxl.styles.fills import PatternFill
from openpyxl.styles.fonts import Font
from openpyxl.utils.cell import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

NO_DATA = "—"
RATE = "0.00%"
COUNT = "#,##0"
CHANGE = "+0.00;-0.00;0.00"
PLAIN = "General"

# The bureau's own PC has these; where it has not, the program takes its nearest.
TITLE_FONT = Font(name="方正小标宋简体", size=18)
NOTE_FONT = Font(name="宋体", size=10, color="FF555555")
HEAD_FONT = Font(name="黑体", size=11)
BODY_FONT = Font(name="宋体", size=11)
SHORT_FONT = Font(name="宋体", size=11, color="FFB42318")

_line = Side(style="thin", color="FF9AA5A1")
BORDER = Border(left=_line, right=_line, top=_line, bottom=_line)
HEAD_FILL = PatternFill("solid", fgColor="FFE4F1EF")
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
RIGHT = Alignment(horizontal="right", vertical="center")

A4 = 9
# At this size two indicators and the names fill the width of the paper.
READABLE_PERCENT = 85
TITLE_HEIGHT = 36
HEAD_HEIGHT = 32


def put(sheet: Worksheet, row: int, column: int, value: Any, number_format: str = PLAIN) -> Cell:
    """Write one bordered body cell: text stays text, None prints as no data."""
    cell: Cell = sheet.cell(row=row, column=column)
    cell.border, cell.font = BORDER, BODY_FONT
    if value is None:
        put_text(cell, NO_DATA)
        cell.alignment = CENTRE
    elif isinstance(value, str):
        put_text(cell, value)
        cell.alignment = LEFT
    else:
        cell.value = float(value) if isinstance(value, Decimal) else value
        cell.number_format = number_format
        cell.alignment = RIGHT
    return cell


def put_text(cell: Cell, text: str) -> None:
    """Text that no program takes for a formula, whatever it begins with."""
    cell.value = text
    cell.data_type = "s"


def put_head(
    sheet: Worksheet, row: int, column: int, text: str, *, down: int = 1, across: int = 1
) -> None:
    """A header cell over ``down`` rows and ``across`` columns."""
    for each in range(row, row + down):
        for other in range(column, column + across):
            sheet.cell(row=each, column=other).border = BORDER
            sheet.cell(row=each, column=other).fill = HEAD_FILL
    cell = sheet.cell(row=row, column=column)
    put_text(cell, text)
    cell.font, cell.alignment = HEAD_FONT, CENTRE
    if down > 1 or across > 1:
        sheet.merge_cells(
            start_row=row,
            start_column=column,
            end_row=row + down - 1,
            end_column=column + across - 1,
        )


def put_title(sheet: Worksheet, title: str, note: str, *, width: int) -> None:
    """The sheet's first two rows, merged over its width."""
    for row, text, font, height in ((1, title, TITLE_FONT, TITLE_HEIGHT), (2, note, NOTE_FONT, 20)):
        cell = sheet.cell(row=row, column=1)
        put_text(cell, text)
        cell.font, cell.alignment = font, CENTRE
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=width)
        sheet.row_dimensions[row].height = height


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def set_paper(sheet: Worksheet, *, head_rows: int, frozen: str, footer: str) -> None:
    """A4 landscape, one page wide, the head on every page, page numbers at the foot."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = sheet.page_margins.bottom = 0.7
    sheet.print_options.horizontalCentered = True
    sheet.print_title_rows = f"1:{head_rows}"
    sheet.freeze_panes = frozen
    sheet.oddFooter.left.text = footer
    sheet.oddFooter.right.text = "第 &P 页，共 &N 页"


def split_in_two(sheet: Worksheet, *, lead: int, after: int) -> None:
    """Print the sheet two pages wide at a readable size, the leading columns on both."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=False)
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = None
    sheet.page_setup.scale = READABLE_PERCENT
    sheet.print_title_cols = f"A:{get_column_letter(lead)}"
    sheet.col_breaks.append(Break(id=after))
