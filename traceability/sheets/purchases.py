"""The purchase ledger as wholesalers keep it in a spreadsheet: its columns, and what a row says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Any

from enterprises.roles import Permission
from shilian.problems import Problem
from shilian.sheets.cells import text_of
from shilian.sheets.headers import Column
from shilian.sheets.reader import EMPTY, Cell
from shilian.text import normalise
from traceability.operations import import_purchases
from traceability.rules import quantities
from traceability.sheets import meanings
from traceability.sheets.base import GTIN_TITLES, Cells, Line, Quick, SheetKind, register

COLUMNS = (
    Column(
        "purchased_on",
        (
            "进货日期",
            "日期",
            "采购日期",
            "入库日期",
            "到货日期",
            "收货日期",
            "进货时间",
            "采购时间",
            "入库时间",
            "到货时间",
            "收货时间",
            "购进日期",
            "购货日期",
            "验收日期",
            "进货日",
        ),
        True,
    ),
    Column(
        "product_name",
        (
            "食品名称",
            "品名",
            "商品名称",
            "产品名称",
            "货品名称",
            "食用农产品名称",
            "名称",
            "货物名称",
            "物品名称",
            "食材名称",
            "原料名称",
            "物料名称",
            "存货名称",
            "商品",
            "食品",
            "品种",
            "货名",
        ),
        True,
    ),
    Column(
        "specification",
        (
            "规格",
            "规格型号",
            "型号规格",
            "包装规格",
            "商品规格",
            "产品规格",
            "型号",
        ),
    ),
    Column(
        "quantity",
        (
            "数量",
            "进货数量",
            "采购数量",
            "入库数量",
            "重量",
            "进货量",
            "采购量",
            "购进数量",
            "到货数量",
            "收货数量",
            "实收数量",
            "净重",
        ),
        True,
    ),
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
    Column(
        "produced_on",
        (
            "生产日期",
            "生产年月日",
            "生产时间",
            "制造日期",
            "出厂日期",
        ),
    ),
    Column(
        "batch_number",
        (
            "生产批号",
            "批号",
            "批次号",
            "批次",
            "产品批号",
            "生产批次",
            "产品批次",
            "批次编号",
        ),
    ),
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
            "供货商名称",
            "供应单位",
            "供应单位名称",
            "供货方",
            "供应方",
            "供货企业",
            "销货单位",
            "送货单位",
            "来源单位",
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
            "供货者信用代码",
            "供应商信用代码",
            "供应商统一社会信用代码",
            "供货单位统一社会信用代码",
            "供货商统一社会信用代码",
        ),
    ),
    Column("supplier_address", ("供货者地址", "供货单位地址", "供应商地址", "地址")),
    Column("supplier_person", ("联系人", "供货者联系人", "供应商联系人")),
    Column(
        "supplier_phone",
        (
            "供货者联系方式",
            "联系电话",
            "电话",
            "联系方式",
            "供货者联系电话",
            "手机",
            "供应商电话",
            "供货商电话",
            "供货单位电话",
            "供应商联系电话",
            "供应商联系方式",
            "供货单位联系方式",
            "联系人电话",
            "手机号",
            "手机号码",
            "电话号码",
        ),
    ),
    Column(
        "supplier_licence",
        ("供货者许可证编号", "许可证编号", "许可证号", "供货单位许可证号", "食品经营许可证号"),
    ),
    Column("gtin", GTIN_TITLES),
    Column("category", ("商品类别", "食品类别", "商品分类", "类别", "品类")),
    Column("test_result", ("检测结果", "检验结果", "快检结果")),
    Column("voucher_number", ("凭证号", "票据号", "单据号", "凭证编号", "票号", "单号")),
)
TITLES = {column.field: column.title for column in COLUMNS}
EXAMPLE = {
    "purchased_on": "2026-04-01",
    "product_name": "特一粉",
    "specification": "25kg/袋",
    "quantity": "10",
    "unit": "袋",
    "produced_on": "2026-03-20",
    "batch_number": "L20260320",
    "shelf_life": "12个月",
    "supplier_name": "泉润粮油店",
    "supplier_phone": "13900000000",
}
# Two rows that agree in all of these tell of one delivery.
IDENTITY = (
    "purchased_on",
    "product_name",
    "specification",
    "unit",
    "gtin",
    "quantity",
    "supplier_name",
    "supplier_code",
    "voucher_number",
    "batch_number",
    "produced_on",
)
_BAD_RESULTS = ("不合格", "阳性", "超标")
_REQUIRED = (
    ("purchased_on", "purchased_on_missing", "请填写进货日期，例如 2026-04-01。"),
    ("product_name", "product_name_missing", "请填写食品名称。"),
    ("supplier_name", "supplier_name_missing", "请填写供货者名称。"),
)


def _test_result(text: str, kind: str) -> meanings.Meaning:
    if not any(word in normalise(text) for word in _BAD_RESULTS):
        return "", ()
    message = "检测结果不合格，这批货不得销售、使用，请按规定处理并保存记录。"
    return "", (Problem("test_failed", "test_result", message, severity="warning"),)


Understand = Callable[[str, str], meanings.Meaning]


def _named(understand: Callable[..., meanings.Meaning], field: str, *more: Any) -> Understand:
    return partial(understand, field, TITLES[field], *more)


# What is understood of a cell by itself; the quantity, days and either-or columns need more.
_ALONE: dict[str, Understand] = {
    "product_name": _named(meanings.words, "product_name", 80),
    "specification": _named(meanings.plain, "specification", 60),
    "origin_place": _named(meanings.words, "origin_place", 60),
    "batch_number": _named(meanings.code, "batch_number", 60),
    "shelf_life": partial(meanings.shelf_life, "shelf_life"),
    "supplier_name": _named(meanings.words, "supplier_name", 120),
    "supplier_code": _named(meanings.credit_code, "supplier_code"),
    "supplier_address": _named(meanings.words, "supplier_address", 200),
    "supplier_person": _named(meanings.words, "supplier_person", 40),
    "supplier_phone": _named(meanings.phone, "supplier_phone"),
    "supplier_licence": _named(meanings.licence_number, "supplier_licence"),
    "gtin": _named(meanings.gtin, "gtin"),
    "category": _named(meanings.plain, "category", 40),
    "test_result": _test_result,
    "voucher_number": _named(meanings.code, "voucher_number", 60),
}
_DAYS = {"purchased_on": "进货日期", "produced_on": "生产日期"}
# What every delivery of the same goods from the same supplier says alike; the others say their own.
_OWN = ("batch_number", "voucher_number")
_STEADY = tuple(field for field in _ALONE if field not in _OWN)


def _own_code(field: str, text: str) -> str | None:
    value, doubts = _ALONE[field](text, "text")
    return None if doubts else value or None


QUICK = Quick(
    (_STEADY, ("purchased_on",), ("produced_on",), ("quantity", "unit")),
    _OWN,
    _own_code,
)


def read(cells: Cells, row_no: int, month: date) -> Line:
    """What the row says, with every reason why a part of it could not be understood."""
    said = cells.get
    steady, doubts = _read_steady(tuple([said(field) for field in _STEADY]))
    values, problems = steady.copy(), list(doubts)
    year = month.year
    for field in _OWN:
        if cell := said(field):
            _add(values, problems, field, _ALONE[field](*cell))
    for field, title in _DAYS.items():
        if cell := said(field):
            _add(values, problems, field, meanings.day(field, title, year, *cell))
    problems += _read_quantity(cells, values)
    if "produced_on_or_batch" in cells:
        problems += _read_either(cells, values)
    _require(values, problems)
    if problems:
        problems = [problem.at_row(row_no) for problem in problems]
    return Line(row_no, {}, values, problems)


@lru_cache(maxsize=meanings.REMEMBERED)
def _read_steady(said: tuple[Cell | None, ...]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for field, cell in zip(_STEADY, said, strict=True):
        if cell:
            _add(values, problems, field, _ALONE[field](*cell))
    return values, problems


def _add(
    values: dict[str, Any], problems: list[Problem], field: str, meaning: meanings.Meaning
) -> None:
    value, found = meaning
    if value:
        values[field] = value
    problems += found


def _read_quantity(cells: Cells, values: dict[str, Any]) -> Sequence[Problem]:
    """The quantity and its unit; one written behind the number counts where its cell is empty."""
    said_number = cells.get("quantity", EMPTY)
    number, behind, found = meanings.amount("quantity", said_number.text, said_number.kind)
    own = text_of(cells.get("unit", EMPTY))
    unit, doubts = meanings.unit("unit", own or behind)
    if behind and own:
        doubts = (*doubts, *quantities.check_units_agree(behind, own, field="quantity"))
    if number is not None:
        values["quantity"] = number
    if unit:
        values["unit"] = unit
    return (*found, *doubts) if found or doubts else ()


def _read_either(cells: Cells, values: dict[str, Any]) -> Sequence[Problem]:
    """The one column in which people write the day of making or the batch number."""
    cell = cells["produced_on_or_batch"]
    if "produced_on" in values or "batch_number" in values:
        return ()
    made, unreadable = meanings.day("produced_on", "生产日期", None, cell.text, cell.kind)
    if not unreadable:
        if made:
            values["produced_on"] = made
        return ()
    number, found = _ALONE["batch_number"](cell.text, cell.kind)
    if number:
        values["batch_number"] = number
    return found


def _require(values: dict[str, Any], problems: list[Problem]) -> None:
    for field, code, message in _REQUIRED:
        if field not in values and not any(problem.field == field for problem in problems):
            problems.append(Problem(code, field, message))


PURCHASES = register(
    SheetKind(
        code="purchases",
        name="进货台账",
        permission=Permission.RECORD_PURCHASES,
        columns=COLUMNS,
        read=read,
        judge=import_purchases.judge,
        record=import_purchases.record,
        event_day="purchased_on",
        example=(EXAMPLE,),
        identity=IDENTITY,
        shown_at={"product_id": "product_name", "supplier_id": "supplier_name"},
        quick=QUICK,
    )
)
