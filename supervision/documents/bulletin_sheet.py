"""The month's bulletin as .xlsx, written from its frozen figures and nothing else.

No seal is drawn and no document number invented: the office numbers and issues it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import IO, Any

from openpyxl.cell.cell import Cell
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from enterprises.models import Sector
from shilian.clock import SHANGHAI
from supervision.documents import bulletin_words as words
from supervision.documents import sheet_style as style
from supervision.documents.fixed_archive import with_fixed_dates
from supervision.models import Bulletin
from supervision.queries.frozen_rows import SIDES_OF, Asked, rows_url
from supervision.rules.months import month_text

Figures = Mapping[str, Any]
Column = tuple[str, str, str]

# Under each indicator: heading, key of the value, number format.
PARTS: tuple[Column, ...] = (
    ("分子", "numerator", style.COUNT),
    ("分母", "denominator", style.COUNT),
    ("比率", "rate", style.RATE),
    ("环比\n百分点", "change_pp", style.CHANGE),
    ("目标", "target", style.RATE),
    ("名次", "rank", style.COUNT),
)
RANKED = ("registration", "activity", "coverage", "system_upload")
CONTEXT = ("timeliness", "completeness", "broken_links")
HEAD_ROWS = 4
# The ranked tables by their key in the figures: the sheet's name and the table's.
LEVELS = {
    "cities": ("各市排名", "各市情况"),
    "counties": ("各县", "各县（市、区）情况"),
    "townships": ("各乡镇", "各乡镇（街道）情况"),
}
WIDTHS = [9, 9, 10, 9, 9, 6]


def write_bulletin(bulletin: Bulletin, stream: IO[bytes], *, address: str = "") -> None:
    """Write the workbook: notes, the area, its divisions level by level, links.

    With the site's ``address`` every count opens the frozen rows behind it. The same bulletin has
    the same bytes.
    """
    figures: Figures = bulletin.figures
    book = Workbook()
    _write_notes(book.active, bulletin)
    _write_area(book.create_sheet(words.place(figures)), bulletin, address)
    above: dict[str, str] = {}
    for key in (key for key in LEVELS if key in figures):
        name, title = LEVELS[key]
        _write_table(book.create_sheet(name), bulletin, title, figures[key], above, address)
        above = {row["code"]: row["name"] for row in figures[key]}
    _write_sectors(book.create_sheet("环节"), bulletin, address)
    book.properties.title = _title(bulletin)
    book.properties.creator = "食链"
    body = BytesIO()
    book.save(body)
    stream.write(with_fixed_dates(body.getvalue()))


def _title(bulletin: Bulletin) -> str:
    return f"{month_text(bulletin.month)}{bulletin.area_name}食品安全追溯工作情况通报"


def _subtitle(bulletin: Bulletin) -> str:
    state = "代拟稿" if bulletin.is_draft else "已印发"
    return f"{state} · 第{bulletin.revision}版 · 数据冻结于{_moment(bulletin.figures['frozen_at'])}"


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"


def _write_notes(sheet: Worksheet, bulletin: Bulletin) -> None:
    figures: Figures = bulletin.figures
    sheet.title = "说明"
    style.put_title(sheet, _title(bulletin), _subtitle(bulletin), width=4)
    style.set_widths(sheet, (24, 56, 30, 26))
    row = _section(sheet, 4, ("指标", "计算方法", "分母", "口径来源"))
    for each in figures["indicators"]:
        cells = (each["name"], each["formula"], each["denominator"], each["source"])
        row = _line(sheet, row, cells)
    row = _section(sheet, row + 1, ("口径参数", "数值", "", ""))
    for each in figures["parameters"]:
        row = _line(sheet, row, (each["name"], f"{each['value']}{each['unit']}"))
    row = _section(sheet, row + 1, ("事项", "说明", "", ""))
    for remark in _remarks(bulletin):
        row = _line(sheet, row, remark)
    style.set_paper(sheet, head_rows=2, frozen="A3", footer=_subtitle(bulletin))


def _remarks(bulletin: Bulletin) -> list[tuple[str, str]]:
    excluded = bulletin.figures["total"]["excluded"]
    remarks = [
        ("统计月份", month_text(bulletin.month)),
        ("数据冻结时间", _moment(bulletin.figures["frozen_at"])),
        (
            "不计入分母的主体",
            f"注销吊销 {excluded['closed_count']} 户、停业 {excluded['suspended_count']} 户、"
            f"查无下落 {excluded['unreachable_count']} 户，均有批准人和原因",
        ),
        ("汇总方法", "上级比率为各下级分子之和除以分母之和，不取平均；功能区计入所在市"),
        ("没有数据", "分母为零时记“—”，不参加排名"),
        ("数据摘要", bulletin.sha256),
    ]
    if bulletin.reason:
        remarks.append(("更正原因", bulletin.reason))
    if bulletin.figures["note"]:
        remarks.append(("说明", bulletin.figures["note"]))
    return remarks


def _write_area(sheet: Worksheet, bulletin: Bulletin, address: str) -> None:
    figures: Figures = bulletin.figures
    title = f"{figures['province']}{month_text(bulletin.month)}追溯工作指标"
    style.put_title(sheet, title, _subtitle(bulletin), width=7)
    style.set_widths(sheet, (26, 14, 14, 14, 16, 12, 12))
    heads = ("指标", "分子", "分母", "比率", "环比（百分点）", "目标", "是否达标")
    row = _section(sheet, 4, heads)
    names = {each["code"]: each["name"] for each in figures["indicators"]}
    for code in (*RANKED, *CONTEXT):
        value = figures["total"]["values"][code]
        style.put(sheet, row, 1, names[code])
        for column, (_, key, number_format) in enumerate(PARTS[:-1], start=2):
            cell = style.put(sheet, row, column, _number(value[key]), number_format)
            _link(cell, _behind(bulletin, code, key, {}, address))
        style.put(sheet, row, 7, {True: "达标", False: "未达标", None: None}[value["meets_target"]])
        row += 1
    row = _section(sheet, row + 1, ("合计", "数量", "", "", "", "", ""))
    for name, key in (("在册经营主体（户）", "operator_count"), ("追溯记录（条）", "record_count")):
        style.put(sheet, row, 1, name)
        style.put(sheet, row, 2, figures["total"][key], style.COUNT)
        row += 1
    style.set_paper(sheet, head_rows=4, frozen="B5", footer=_subtitle(bulletin))


def _write_table(
    sheet: Worksheet,
    bulletin: Bulletin,
    title: str,
    rows: Sequence[Figures],
    above: Mapping[str, str],
    address: str,
) -> None:
    """One line for each division under a two-row head; ``above`` adds the column of who is above.

    The last column is the division's code, the key by which other tables are joined.
    """
    lead = ["序号", "所属", "名称"] if above else ["序号", "名称"]
    _table_head(sheet, bulletin, f"{month_text(bulletin.month)}{title}", lead, PARTS)
    for offset, row in enumerate(rows):
        place = HEAD_ROWS + 1 + offset
        names = [above.get(row.get("parent_code", row["city_code"]), "")] if above else []
        for column, value in enumerate([offset + 1, *names, _name(row)], start=1):
            style.put(sheet, place, column, value, style.COUNT)
        _values(sheet, bulletin, place, len(lead) + 1, row, PARTS, address)
        style.put(sheet, place, len(lead) + len(RANKED) * len(PARTS) + 3, row["code"])
    style.put_head(sheet, 3, len(lead) + len(RANKED) * len(PARTS) + 3, "区划代码", down=2)
    frozen = sheet.cell(row=HEAD_ROWS + 1, column=len(lead) + 1).coordinate
    style.set_paper(sheet, head_rows=HEAD_ROWS, frozen=frozen, footer=_subtitle(bulletin))
    style.split_in_two(sheet, lead=len(lead), after=len(lead) + 2 * len(PARTS))


def _write_sectors(sheet: Worksheet, bulletin: Bulletin, address: str) -> None:
    parts = PARTS[:-1]
    title = f"{month_text(bulletin.month)}各环节情况"
    _table_head(sheet, bulletin, title, ["序号", "环节"], parts)
    for offset, row in enumerate(bulletin.figures["sectors"]):
        place = HEAD_ROWS + 1 + offset
        style.put(sheet, place, 1, offset + 1, style.COUNT)
        style.put(sheet, place, 2, row["name"])
        _values(sheet, bulletin, place, 3, row, parts, address)
    style.set_paper(sheet, head_rows=HEAD_ROWS, frozen="C5", footer=_subtitle(bulletin))
    style.split_in_two(sheet, lead=2, after=2 + 2 * len(parts))


def _table_head(
    sheet: Worksheet, bulletin: Bulletin, title: str, lead: list[str], parts: Sequence[Column]
) -> None:
    names = {each["code"]: each["name"] for each in bulletin.figures["indicators"]}
    width = len(lead) + len(RANKED) * len(parts) + 2
    # The title stands over the first printed page, which ends after the second indicator.
    style.put_title(sheet, title, _subtitle(bulletin), width=len(lead) + 2 * len(parts))
    style.set_widths(
        sheet, [6, *([13] * (len(lead) - 1)), *(WIDTHS[: len(parts)] * len(RANKED)), 11, 12]
    )
    for column, text in enumerate(lead, start=1):
        style.put_head(sheet, 3, column, text, down=2)
    for index, code in enumerate(RANKED):
        first = len(lead) + 1 + index * len(parts)
        style.put_head(sheet, 3, first, names[code], across=len(parts))
        for offset, (text, _, _) in enumerate(parts):
            style.put_head(sheet, 4, first + offset, text)
    style.put_head(sheet, 3, width - 1, "在册主体（户）", down=2)
    style.put_head(sheet, 3, width, "追溯记录（条）", down=2)
    sheet.row_dimensions[4].height = style.HEAD_HEIGHT


def _values(
    sheet: Worksheet,
    bulletin: Bulletin,
    place: int,
    first: int,
    row: Figures,
    parts: Sequence[Column],
    address: str,
) -> None:
    column = first
    for code in RANKED:
        value = {**row["values"][code], "rank": row.get("ranks", {}).get(code)}
        for _, key, number_format in parts:
            cell = style.put(sheet, place, column, _number(value[key]), number_format)
            if key == "rate" and value["meets_target"] is False:
                cell.font = style.SHORT_FONT
            _link(cell, _behind(bulletin, code, key, row, address))
            column += 1
    style.put(sheet, place, column, row["operator_count"], style.COUNT)
    style.put(sheet, place, column + 1, row["record_count"], style.COUNT)


# A frozen link has only its name.
_SECTORS = {str(sector.label): sector.value for sector in Sector}
_SIDES = ("numerator", "denominator")


def _behind(bulletin: Bulletin, code: str, key: str, row: Figures, address: str) -> str:
    """The page of the frozen rows that a count sums up; empty for what is no count."""
    if not address or key not in _SIDES:
        return ""
    figure = SIDES_OF[code][_SIDES.index(key)]
    asked = Asked(row.get("code", ""), _SECTORS.get(row.get("name", ""), ""), figure)
    return f"{address}{rows_url(bulletin.pk, asked)}"


def _link(cell: Cell, address: str) -> None:
    if address:
        cell.hyperlink = address


def _section(sheet: Worksheet, row: int, heads: Sequence[str]) -> int:
    for column, text in enumerate(heads, start=1):
        if text:
            style.put_head(sheet, row, column, text)
    return row + 1


def _line(sheet: Worksheet, row: int, cells: Sequence[str]) -> int:
    for column, text in enumerate(cells, start=1):
        style.put(sheet, row, column, text)
    return row + 1


def _name(row: Figures) -> str:
    return f"{row['name']}（功能区）" if row["is_zone"] else str(row["name"])


def _number(value: str | int | None) -> Decimal | int | None:
    return Decimal(value) if isinstance(value, str) else value
