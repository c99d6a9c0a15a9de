"""The purchase ledger as wholesalers keep it in a spreadsheet: its columns, and what a row says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from enterprises.rules.credit_codes import check_credit_code
from shilian.problems import Problem
from shilian.sheets import cells, headers, reader
from shilian.sheets.headers import Column, Header
from shilian.sheets.reader import Cell, SheetRow
from shilian.text import normalise
from traceability.rules import quantities, texts
from traceability.rules.goods import LONGEST_SHELF_LIFE

COLUMNS = (
    Column(
        "purchased_on", ("进货日期", "日期", "采购日期", "入库日期", "到货日期", "收货日期"), True
    ),
    Column(
        "product_name",
        ("食品名称", "品名", "商品名称", "产品名称", "货品名称", "食用农产品名称", "名称"),
        True,
    ),
    Column("specification", ("规格", "规格型号", "型号规格", "包装规格")),
    Column("quantity", ("数量", "进货数量", "采购数量", "入库数量", "重量"), True),
    Column("unit", ("单位", "计量单位", "数量单位")),
    Column("origin_place", ("产地", "原产地", "产地（来源）")),
    Column(
        "produced_on_or_batch",
        (
            "生产日期/批号",
            "生产日期或批号",
            "生产日期或生产批号",
            "生产日期(批号)",
            "生产日期、批号",
        ),
    ),
    Column("produced_on", ("生产日期", "生产年月日")),
    Column("batch_number", ("生产批号", "批号", "批次号", "批次")),
    Column("shelf_life", ("保质期", "保质期限", "保存期")),
    Column(
        "supplier_name",
        (
            "供货者名称",
            "供货单位",
            "供应商",
            "供货商",
            "供货者",
            "供应商名称",
            "供货单位名称",
            "进货单位",
        ),
        True,
    ),
    Column(
        "supplier_code",
        (
            "供货者统一社会信用代码",
            "供货单位信用代码",
            "统一社会信用代码",
            "社会信用代码",
            "信用代码",
        ),
    ),
    Column("supplier_address", ("供货者地址", "供货单位地址", "供应商地址", "地址")),
    Column("supplier_person", ("联系人", "供货者联系人", "供应商联系人")),
    Column(
        "supplier_phone",
        ("供货者联系方式", "联系电话", "电话", "联系方式", "供货者联系电话", "手机"),
    ),
    Column("test_result", ("检测结果", "检验结果", "快检结果")),
    Column("voucher_number", ("凭证号", "票据号", "单据号", "凭证编号", "票号", "单号")),
)
TITLES = {column.field: column.title for column in COLUMNS}
# Where a fault of the record is shown in the sheet.
SHOWN_AT = {"product_id": "product_name", "supplier_id": "supplier_name"}

_QUANTITY = re.compile(r"^(\d+(?:\.\d+)?|\.\d+)\s*(\D{0,6})$")
_SHELF_LIFE = re.compile(r"^(\d{1,5})\s*(天|日|个?月|年)")
_SHELF_LIFE_UNITS = {"天": "day", "日": "day", "月": "month", "个月": "month", "年": "year"}
_PHONE = re.compile(r"^(1\d{10}|0\d{2,3}-?\d{7,8}(-\d{1,5})?|\d{7,8}|400-?\d{3}-?\d{4})$")
# A number that a spreadsheet made of a day: 46113 is 2026-04-01.
_SERIAL = re.compile(r"^[3-6]\d{4}$")
_SERIAL_ZERO = date(1899, 12, 30)
# 4.1 as a number may have been typed 4.1 or 4.10.
_HALF_DAY = re.compile(r"^(\d{1,2})\.([123])$")
_BAD_RESULTS = ("不合格", "阳性", "超标")


@dataclass(slots=True)
class LedgerLine:
    """One row of goods received, as far as it could be understood."""

    row_no: int
    raw: dict[str, str]
    purchased_on: date | None = None
    product_name: str = ""
    specification: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    origin_place: str = ""
    produced_on: date | None = None
    batch_number: str = ""
    shelf_life: tuple[int, str] | None = None
    supplier_name: str = ""
    supplier_code: str = ""
    supplier_address: str = ""
    supplier_person: str = ""
    supplier_phone: str = ""
    voucher_number: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_readable(self) -> bool:
        return not any(not problem.is_warning for problem in self.problems)

    def add(self, code: str, field_: str, message: str, *, warning: bool = False) -> None:
        severity: Any = "warning" if warning else "error"
        self.problems.append(Problem(code, field_, message, self.row_no, severity))


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger as read: its header, its lines, and the rows that only sum up others."""

    sheet: str
    header: Header
    lines: list[LedgerLine]
    totals: list[SheetRow]
    rows: list[SheetRow]


def read_ledger(path: Path, *, month: date) -> Ledger:
    """The ledger in the file; days written without a year belong to the month's year.

    Raises: refusals.Refused when there is no ledger in it.
    """
    sheet = reader.read_sheet(path)
    header = headers.find_header(sheet.rows, COLUMNS)
    below = [row for row in sheet.rows if row.row_no > header.last_row_no]
    totals = [row for row in below if headers.is_total_row(row)]
    summed = {row.row_no for row in totals}
    lines = [read_line(row, header, month) for row in below if row.row_no not in summed]
    return Ledger(sheet.sheet, header, lines, totals, sheet.rows)


def column_of(header: Header, problem_field: str) -> int | None:
    """The sheet's column in which a fault of this field is shown."""
    field_ = SHOWN_AT.get(problem_field, problem_field)
    if field_ in header.indexes:
        return header.indexes[field_]
    if field_ in ("produced_on", "batch_number"):
        return header.indexes.get("produced_on_or_batch")
    return None


def read_line(row: SheetRow, header: Header, month: date) -> LedgerLine:
    """What the row says, with every reason why a part of it could not be understood."""
    raw = {label: row.cell(i).text for i, label in enumerate(header.labels) if row.cell(i).text}
    line = LedgerLine(row.row_no, raw)

    def cell(name: str) -> Cell:
        return row.cell(header.indexes.get(name))

    line.purchased_on = _day(line, cell("purchased_on"), "purchased_on", "进货日期", month)
    if line.purchased_on is None and line.is_readable:
        line.add("purchased_on_missing", "purchased_on", "请填写进货日期，例如 2026-04-01。")
    _read_goods(line, cell)
    _read_quantity(line, cell)
    _read_making(line, cell, month)
    _read_supplier(line, cell)
    line.voucher_number = _code(line, cell("voucher_number"), "voucher_number", "凭证号")
    if any(word in normalise(cell("test_result").text) for word in _BAD_RESULTS):
        message = "检测结果不合格，这批货不得销售、使用，请按规定处理并保存记录。"
        line.add("test_failed", "test_result", message, warning=True)
    return line


def _read_goods(line: LedgerLine, cell: Callable[[str], Cell]) -> None:
    line.product_name = cells.words_of(cell("product_name"))
    line.specification = cells.text_of(cell("specification"))
    line.origin_place = cells.words_of(cell("origin_place"))
    line.problems += [
        problem.at_row(line.row_no)
        for problem in (
            *texts.check_required_text(line.product_name, "product_name", "食品名称", 80),
            *texts.check_text(line.specification, "specification", "规格", 60),
        )
    ]
    said = cells.text_of(cell("shelf_life"))
    if found := _SHELF_LIFE.match(said):
        value, unit = int(found[1]), _SHELF_LIFE_UNITS[found[2]]
        if 0 < value <= LONGEST_SHELF_LIFE[unit]:
            line.shelf_life = (value, unit)
            return
    if said:
        message = f"保质期“{said[:12]}”没有看懂，没有采用；请写成“12个月”“180天”这样。"
        line.add("shelf_life_unclear", "shelf_life", message, warning=True)


def _read_quantity(line: LedgerLine, cell: Callable[[str], Cell]) -> None:
    said = normalise(cell("quantity").text).replace(",", "")
    line.unit = cells.text_of(cell("unit"))
    found = _QUANTITY.match(said)
    if not said:
        line.add("quantity_missing", "quantity", "请填写数量，例如 25 或 12.5。")
    elif found is None:
        _add_bad_number(line, said)
    else:
        line.quantity = _decimal(found[1])
        line.unit = line.unit or found[2].strip()
    line.problems += [p.at_row(line.row_no) for p in quantities.check_unit(line.unit)]
    line.unit = quantities.known_unit(line.unit) or line.unit


def _add_bad_number(line: LedgerLine, said: str) -> None:
    if re.match(r"^-\d", said):
        line.add(
            "quantity_not_positive", "quantity", "数量必须大于0，请按实际数量填写；退货请另记。"
        )
        return
    message = f"数量“{said[:12]}”不是数字，请改成数字，例如 25 或 12.5。"
    line.add("quantity_not_a_number", "quantity", message)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _read_making(line: LedgerLine, cell: Callable[[str], Cell], month: date) -> None:
    """The day of making, the batch number, or the one column in which people write either."""
    line.batch_number = _code(line, cell("batch_number"), "batch_number", "生产批号")
    line.produced_on = _day(line, cell("produced_on"), "produced_on", "生产日期", month)
    either = cell("produced_on_or_batch")
    if line.produced_on or line.batch_number or not cells.text_of(either):
        return
    try:
        line.produced_on = cells.day_of(either)
    except cells.NoDay:
        line.batch_number = _code(line, either, "batch_number", "生产批号")


def _read_supplier(line: LedgerLine, cell: Callable[[str], Cell]) -> None:
    line.supplier_name = cells.words_of(cell("supplier_name"))
    line.supplier_code = _code(line, cell("supplier_code"), "supplier_code", "信用代码")
    line.supplier_address = cells.words_of(cell("supplier_address"))
    line.supplier_person = cells.words_of(cell("supplier_person"))
    line.supplier_phone = _code(line, cell("supplier_phone"), "supplier_phone", "联系电话")
    found = [
        *texts.check_required_text(line.supplier_name, "supplier_name", "供货者名称", 120),
        *texts.check_text(line.supplier_address, "supplier_address", "供货者地址", 200),
        *texts.check_text(line.supplier_person, "supplier_person", "联系人", 40),
        *texts.check_text(line.supplier_phone, "supplier_phone", "联系电话", 20),
    ]
    if line.supplier_code:
        found += check_credit_code(line.supplier_code, field="supplier_code")
    if line.supplier_phone and not _PHONE.match(line.supplier_phone):
        message = f"联系电话“{line.supplier_phone[:20]}”不像电话号码，请核对；记录已保存。"
        found.append(Problem("phone_doubtful", "supplier_phone", message, severity="warning"))
    line.problems += [problem.at_row(line.row_no) for problem in found]


def _code(line: LedgerLine, cell: Cell, field_: str, name: str) -> str:
    try:
        return cells.code_of(cell)
    except cells.Lossy:
        message = f"{name}被表格软件存成了数字，位数已经丢失；请把单元格设为文本后重新填写。"
        line.add(f"{field_}_lossy", field_, message)
        return ""


def _day(line: LedgerLine, cell: Cell, field_: str, name: str, month: date) -> date | None:
    text = cells.text_of(cell)
    if cell.kind == "number" and _SERIAL.match(text):
        return _SERIAL_ZERO + timedelta(days=int(text))
    if cell.kind == "number" and (found := _HALF_DAY.match(text)):
        both = f"{found[1]}月{found[2]}日还是{found[1]}月{found[2]}0日"
        message = (
            f"{name}被存成了数字{text}，分不清是{both}，请写成“{found[1]}月{found[2]}日”这样。"
        )
        line.add(f"{field_}_ambiguous", field_, message)
        return None
    try:
        return cells.day_of(cell, year=month.year)
    except cells.NoDay:
        message = f"{name}“{text[:16]}”不是有效的日期，请写成 2026-04-01 或 4月1日。"
        line.add(f"{field_}_unreadable", field_, message)
        return None


def doubled(lines: Sequence[LedgerLine]) -> dict[int, int]:
    """For each row that repeats an earlier one word for word: that earlier row's number."""
    first: dict[tuple[tuple[str, str], ...], int] = {}
    found = {}
    for line in lines:
        key = tuple(sorted(line.raw.items()))
        if key in first:
            found[line.row_no] = first[key]
        else:
            first[key] = line.row_no
    return found
