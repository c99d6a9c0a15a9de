"""The one writer of everything that leaves as a sheet: text stays text, no cell is a formula."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from xlsxwriter import Workbook

from shilian.clock import SHANGHAI
from shilian.problems import Problem, Rejected
from shilian.web.formats import moment

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROW_LIMIT = 100_000
# A sheet keeps no more of a number than this; longer ones (ids, codes) are written as text.
EXACT_DIGITS = 15
CELL_LENGTH = 32_767
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")


def watermark_text(name: str, at: datetime, reference: str = "") -> str:
    """Who took the data out and when, to stand in the file."""
    number = f"，编号 {reference}" if reference else ""
    return f"由 {name} 于 {moment(at)} 从食链导出{number}。仅限工作使用，请妥善保管。"


def write_xlsx(
    stream: IO[bytes],
    sheet_title: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    watermark: str,
    limit: int = ROW_LIMIT,
    sheet_column: int | None = None,
    drafts_in: Path | None = None,
    sheet_headers: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Write one sheet and say how many rows it has; the watermark is its last line and its footer.

    With ``sheet_column`` each new text in that column begins a sheet of that name, under the
    headings that ``sheet_headers`` has for it, else under ``headers``. The rows wait in a file of
    their own, in ``drafts_in`` or else the system's folder, until the sheet is whole.
    Raises: Rejected when there are more than ``limit`` rows.
    Cost: memory for one row, whatever the number of rows.
    """
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    book = Workbook(stream, options | ({"tmpdir": str(drafts_in)} if drafts_in else {}))
    try:
        book.set_properties({"comments": watermark})
        headings = defaultdict(lambda: headers, sheet_headers or {})
        return _fill(book, sheet_title, headings, _counted(rows, limit), watermark, sheet_column)
    finally:
        # Also after a refusal: the rows so far lie in a temporary file that must go.
        book.close()


def _fill(
    book: Workbook,
    sheet_title: str,
    headings: Mapping[str, Sequence[str]],
    rows: Iterable[Sequence[Any]],
    watermark: str,
    sheet_column: int | None,
) -> int:
    bold = book.add_format({"bold": True, "bg_color": "#E4F1EF", "border": 1, "text_wrap": True})
    styles = {
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    sheets = groupby(rows, lambda row: sheet_title if sheet_column is None else row[sheet_column])
    count = 0
    for title, members in sheets:
        sheet, line = _begin_sheet(book, str(title), headings[str(title)], bold, watermark), 0
        for line, row in enumerate(members, start=1):
            for column, value in enumerate(row):
                _write_cell(sheet, line, column, value, styles)
        sheet.write_string(line + 2, 0, watermark)
        count += line
    if not count:
        sheet = _begin_sheet(book, sheet_title, headings[sheet_title], bold, watermark)
        sheet.write_string(2, 0, watermark)
    return count


def _begin_sheet(
    book: Workbook, title: str, headers: Sequence[str], bold: Any, watermark: str
) -> Any:
    """A sheet with its headings, which stay in sight and on every printed page."""
    sheet = book.add_worksheet(_SHEET_NAME.sub(" ", title)[:31].strip() or "数据")
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headers):
        sheet.set_column(column, column, min(max(len(heading) * 2 + 2, 12), 40))
        sheet.write_string(0, column, heading, bold)
    sheet.set_footer(f"&L{watermark.replace('&', '&&')[:200]}&R&P / &N")
    sheet.repeat_rows(0)
    return sheet


def xlsx_response(
    filename_cn: str,
    headers: Sequence[str],
    rows: Iterable[Sequence[Any]],
    watermark: str,
    sheet_title: str = "",
    sheet_column: int | None = None,
    sheet_headers: Mapping[str, Sequence[str]] | None = None,
) -> HttpResponse:
    """A download named ``filename_cn`` (``.xlsx`` is added when it is missing)."""
    body = io.BytesIO()
    title = sheet_title or filename_cn
    write_xlsx(
        body,
        title,
        headers,
        rows,
        watermark,
        sheet_column=sheet_column,
        sheet_headers=sheet_headers,
    )
    return file_response(body.getvalue(), filename_cn, ".xlsx", XLSX_TYPE)


def file_response(body: bytes, filename_cn: str, ending: str, content_type: str) -> HttpResponse:
    """An attachment whose Chinese name every browser reads (RFC 5987), kept by no cache."""
    name = filename_cn if filename_cn.endswith(ending) else f"{filename_cn}{ending}"
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _counted(rows: Iterable[Sequence[Any]], limit: int) -> Iterator[Sequence[Any]]:
    for number, row in enumerate(rows, start=1):
        if number > limit:
            message = f"一次最多导出 {limit:,} 行，请缩小范围（例如按月份或县区）后再导出。"
            raise Rejected([Problem("too_many_rows", "", message)])
        yield row


def _write_cell(sheet: Any, row: int, column: int, value: Any, styles: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, "是" if value else "否")
    elif isinstance(value, int | float | Decimal) and _is_exact(value):
        sheet.write_number(row, column, value)
    elif isinstance(value, datetime):
        local = value.astimezone(SHANGHAI).replace(tzinfo=None)
        sheet.write_datetime(row, column, local, styles["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, styles["day"])
    else:
        sheet.write_string(row, column, str(value)[:CELL_LENGTH])


def _is_exact(value: int | float | Decimal) -> bool:
    number = Decimal(str(value))
    return number.is_finite() and len(number.as_tuple().digits) <= EXACT_DIGITS
