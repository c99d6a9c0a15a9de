"""Workbooks of old Macs, which count their days from 1904."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from enterprises.actor import actor_for_operator
from enterprises.rules.roster import Places
from enterprises.sheets import RowReader
from shilian.sheets import reader
from shilian.sheets.annotate import Mark, write_annotated
from shilian.sheets.cells import since_1900
from shilian.sheets.headers import Header
from shilian.sheets.reader import Cell, SheetRow
from tests.builders.enterprises import AT, make_operator
from tests.builders.traceability import TODAY
from traceability.operations.import_runs import check_file
from traceability.sheets.base import Judged
from traceability.sheets.purchases import PURCHASES

HEAD = ["进货日期", "食品名称", "数量", "单位", "供货者名称", "供货者联系方式"]
REST = ["鲜牛奶", 12, "箱", "济南奶业", "13905310000"]
YESTERDAY = TODAY - timedelta(days=1)
SERIAL = (YESTERDAY - date(1904, 1, 1)).days


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


def workbook(path: Path, *days: object) -> Path:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(HEAD)
    for number, day in enumerate(days):
        book.active.append([day, *REST[:1], REST[1] + number, *REST[2:]])
    book.save(path)
    return path


@pytest.mark.django_db
def test_a_number_without_a_format_is_the_day_that_the_workbook_means(tmp_path: Path) -> None:
    path, operator, seen = workbook(tmp_path / "a.xlsx", SERIAL, YESTERDAY), make_operator(), []

    def watch(_kind: object, judged: list[Judged], _mapping: object) -> None:
        seen.extend(judged)

    by = actor_for_operator(operator, channel="sheet")
    check_file(by, operator, PURCHASES, path, TODAY, watch)

    assert [item.line.values["purchased_on"] for item in seen] == [YESTERDAY] * 2
    assert [item.line.raw["进货日期"] for item in seen] == [str(SERIAL), f"{YESTERDAY:%Y-%m-%d}"]


def test_the_reader_tells_how_a_workbook_counts(tmp_path: Path) -> None:
    assert reader.read_sheet(workbook(tmp_path / "a.xlsx", SERIAL)).is_1904


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (Cell("44651", "number"), "46113"),
        (Cell("44651.5", "number"), "46113.5"),
        (Cell("44651", "text"), "46113"),
        # Too small or too large for a day of our time: an amount, a year, a telephone.
        (Cell("2026", "number"), "2026"),
        (Cell("13905310000", "number"), "13905310000"),
        (Cell("2026-04-01", "date"), "2026-04-01"),
    ],
)
def test_only_numbers_that_may_be_days_are_counted_anew(cell: Cell, said: str) -> None:
    assert since_1900(cell) == (said, cell.kind)


@pytest.mark.django_db
def test_a_marked_workbook_counts_as_the_one_that_was_sent(tmp_path: Path) -> None:
    rows = reader.read_sheet(workbook(tmp_path / "a.xlsx", SERIAL)).rows
    stream = BytesIO()
    write_annotated(
        stream, rows, {2: [Mark(2, "数量不对。")]}, header_row_no=1, width=6, is_1904=True
    )
    path, operator, seen = tmp_path / "b.xlsx", make_operator(), []
    path.write_bytes(stream.getvalue())

    def watch(_kind: object, judged: list[Judged], _mapping: object) -> None:
        seen.extend(judged)

    by = actor_for_operator(operator, channel="sheet")
    check_file(by, operator, PURCHASES, path, TODAY, watch)

    assert [item.line.values["purchased_on"] for item in seen] == [YESTERDAY]


@pytest.mark.parametrize("is_1904", [False, True])
def test_the_days_of_a_roster_too(is_1904: bool) -> None:
    header = Header(1, 1, {"licence_number": 0, "valid_until": 1}, ["许可证编号", "有效期至"])
    row = SheetRow(2, [Cell("JY13701020000001", "text"), Cell("44651", "number")])

    entry = RowReader(header, Places({}, {}, {}, ()), today=TODAY, is_1904=is_1904).read(row)

    until = "2026-04-01" if is_1904 else "2022-03-31"
    assert entry.values["licence"]["valid_until"] == until
