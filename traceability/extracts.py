"""An operator's own lists as sheets: its ledgers, its books, the goods on their way to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, Reader, extract
from enterprises.models import ImportSession, Operator
from enterprises.queries import own
from enterprises.roles import Permission
from shilian import clock
from traceability.filters import (
    BalanceFilter,
    IncomingFilter,
    LedgerFilter,
    PaperFilter,
    PartnerFilter,
    StockFilter,
)
from traceability.filters import SearchFilter as ProductFilter
from traceability.graph.balance import Goods
from traceability.import_forms import ImportFilter, listed_kinds
from traceability.models import EvidenceDocument, Partner, Product
from traceability.queries import balance as balances
from traceability.queries import books, incoming, ledger_sheet, stock_book
from traceability.queries import imports as sheet_imports
from traceability.queries.balance import RunLine, StockLine
from traceability.queries.incoming import IncomingGoods
from traceability.queries.ledger import Kind
from traceability.queries.stock_book import StockRow
from traceability.sheets.base import find_kind

CHUNK = 1_000
PRODUCTS = (
    "名称", "规格", "单位", "保质期", "贮存条件", "商品条码", "产地", "生产者", "自产", "进口",
)  # fmt: skip
PARTNERS = (
    "名称", "统一社会信用代码", "供货商", "买方", "地址", "联系人", "联系电话", "许可证编号",
    "许可证有效期至", "省外",
)  # fmt: skip
PAPERS = ("种类", "编号", "供货商", "开具日期", "有效期至", "上传时间")
INCOMING = (
    "卖方", "名称", "规格", "数量", "单位", "销售日期", "生产日期", "批号", "状态", "实收数量", "原因",
)  # fmt: skip


STOCK = (
    "名称", "规格", "生产批号", "生产日期", "保质期至", "入库日期", "来源", "单位", "入库", "售出",
    "使用", "损耗", "销毁", "退货", "账上还剩", "提示",
)  # fmt: skip
BALANCE = (
    "名称", "规格", "生产者", "生产批号", "单位", "期初", "进", "售出", "使用", "损耗", "销毁", "退货", "期末", "提示",
)  # fmt: skip
RUNS = (
    "产出", "规格", "生产批号", "日期", "工艺", "投料", "产出量", "单位", "产出比投料", "提示",
)  # fmt: skip
IMPORTS = (
    "种类", "文件", "上传时间", "月份", "状态", "已记入", "其中有提示", "有错误", "已经有了", "不用导入", "完成时间", "说明",
)  # fmt: skip
IMPORT_COUNTS = ("written", "warned", "bad", "same", "skipped")
FRESHNESS = {"": "", "near": "临期", "expired": "已过期"}


def _own(actor: Actor) -> Operator:
    """Raises: OutOfScope for somebody who acts for no operator."""
    operator = own.own_operator(actor)
    if operator is None:
        raise OutOfScope
    return operator


def _ledger(kind: Kind) -> Reader:
    """The reader of one ledger, headed as the law names its columns."""

    def read(actor: Actor, asked: QueryDict, limit: int) -> Extract:
        operator, wanted = _own(actor), LedgerFilter(asked).asked()
        columns = ledger_sheet.export_columns(operator, kind)
        title = ledger_sheet.TITLES[kind]
        period = f"-{wanted.month:%Y-%m}" if wanted.month else ""
        return Extract(
            f"{title}{period}-{operator.name}",
            title,
            [column.heading for column in columns],
            ledger_sheet.export_rows(actor, operator, kind, wanted, limit=limit),
        )

    return read


for _kind in ledger_sheet.KINDS:
    extract(
        f"ledger_{_kind}",
        ledger_sheet.TITLES[_kind],
        Permission.VIEW_OWN_RECORDS,
        page="traceability:ledger_of",
        page_args=(_kind,),
    )(_ledger(_kind))


@extract("products", "商品", Permission.MANAGE_CATALOGUE, page="traceability:products")
def products(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator = _own(actor)
    found = books.list_products(actor, operator, search=ProductFilter(asked).text)
    return Extract(f"商品-{operator.name}", "商品", PRODUCTS, map(_product, _read(found, limit)))


def _product(row: Product) -> list[Any]:
    return [
        row.name,
        row.specification,
        row.unit,
        row.shelf_life,
        row.storage,
        row.gtin,
        row.origin,
        row.maker_name,
        "是" if row.is_own_made else "",
        "是" if row.is_imported else "",
    ]


@extract("partners", "往来单位", Permission.MANAGE_CATALOGUE, page="traceability:partners")
def partners(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator, form = _own(actor), PartnerFilter(asked)
    found = books.list_partners(actor, operator, search=form.text, role=form.chosen_role)
    rows = map(_partner, _read(found, limit))
    return Extract(f"往来单位-{operator.name}", "往来单位", PARTNERS, rows)


def _partner(row: Partner) -> list[Any]:
    return [
        row.name,
        row.credit_code,
        "是" if row.is_supplier else "",
        "是" if row.is_buyer else "",
        row.address,
        row.contact_name,
        row.contact_phone,
        row.licence_number,
        row.licence_valid_until,
        "是" if row.is_outside_province else "",
    ]


@extract("papers", "凭证", Permission.MANAGE_EVIDENCE, page="traceability:papers")
def papers(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator, form = _own(actor), PaperFilter(asked)
    until = form.until(clock.today())
    found = books.list_papers(actor, operator, search=form.text, until=until)
    return Extract(f"凭证-{operator.name}", "凭证", PAPERS, map(_paper, _read(found, limit)))


def _paper(row: EvidenceDocument) -> list[Any]:
    return [
        row.get_kind_display(),
        row.number,
        row.partner.name if row.partner else "",
        row.issued_on,
        row.valid_until,
        row.uploaded_at,
    ]


@extract("incoming", "来货", Permission.DECIDE_INCOMING, page="traceability:incoming")
def waiting_goods(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    return _incoming(actor, asked, limit, waiting=True)


@extract(
    "incoming_answered",
    "已处理的来货",
    Permission.DECIDE_INCOMING,
    page="traceability:incoming_answered",
)
def answered_goods(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    return _incoming(actor, asked, limit, waiting=False)


def _incoming(actor: Actor, asked: QueryDict, limit: int, *, waiting: bool) -> Extract:
    operator, text = _own(actor), IncomingFilter(asked).text
    found = incoming.list_incoming(actor, operator, waiting=waiting, search=text)
    rows = _goods_rows(incoming.goods_in(_read(found, limit)))
    return Extract(f"来货-{operator.name}", "来货", INCOMING, rows)


def _goods_rows(goods: Iterable[IncomingGoods]) -> Iterator[list[Any]]:
    for item in goods:
        yield [
            item.seller_name, item.name, item.specification, item.quantity, item.unit,
            item.sold_on, item.produced_on, item.batch_number, item.state_label,
            item.accepted_quantity, item.reason,
        ]  # fmt: skip


@extract("sheet_imports", "导入记录", Permission.IMPORT_RECORDS, page="traceability:imports")
def imports(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator = _own(actor)
    filter_form = ImportFilter(asked, kinds=listed_kinds(actor))
    said = filter_form.chosen()
    found = sheet_imports.list_imports(actor, operator, kind=said.get("kind", ""))
    found = found.in_state(said.get("state", ""))
    rows = map(_import, _read(found, limit))
    return Extract(f"导入记录-{operator.name}", "导入记录", IMPORTS, rows)


def _import(row: ImportSession) -> list[Any]:
    counts = [row.summary.get(name, 0) for name in IMPORT_COUNTS]
    return [
        find_kind(row.kind).name, row.file_name, row.created_at, row.mapping.get("month", ""), row.get_state_display(),
        *counts, row.finished_at, row.message,
    ]  # fmt: skip


@extract("stock", "库存", Permission.VIEW_OWN_RECORDS, page="traceability:stock")
def stock(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    operator, today = _own(actor), clock.today()
    found = stock_book.all_of_stock(operator, StockFilter(asked).asked(), today=today, limit=limit)
    rows = (_batch(row, FRESHNESS[row.freshness(today)]) for row in found)
    return Extract(f"库存-{today:%Y%m%d}-{operator.name}", "库存", STOCK, rows)


def _batch(row: StockRow, freshness: str) -> list[Any]:
    return [
        row.name, row.specification, row.batch_number, row.produced_on, row.expires_on,
        row.received_on, row.origin, row.unit, row.received, row.sold, row.used, row.lost,
        row.destroyed, row.returned, row.on_hand, "负库存" if row.is_negative else freshness,
    ]  # fmt: skip


@extract("balance", "物料平衡", Permission.VIEW_OWN_RECORDS, page="traceability:balance")
def balance(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    return balance_of(_own(actor), asked, limit)


def balance_of(operator: Operator, asked: QueryDict, limit: int) -> Extract:
    """The balance of an operator that the caller has found within sight."""
    wanted = BalanceFilter(asked).asked(clock.today())
    title = f"物料平衡（{balances.KINDS[wanted.kind]}）"
    is_run = wanted.kind == "run"
    lines = balances.lines_of(operator, wanted, limit=limit)
    return Extract(
        f"{title}-{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}-{operator.name}",
        title,
        RUNS if is_run else BALANCE,
        map(_run, lines) if is_run else map(_balance, lines),
    )


def _balance(line: StockLine) -> list[Any]:
    row = line.balance
    return [
        row.name, row.specification, row.maker, row.batch_number, row.unit, row.opening, row.came, row.sold,
        row.used, row.lost, row.destroyed, row.returned, row.closing, _told(line),
    ]  # fmt: skip


def _run(line: RunLine) -> list[Any]:
    """One row a run; several goods in one are told with their quantities, where they differ."""
    made, first = line.made, line.made.outputs[0]
    is_one = line.total is not None
    numbers = dict.fromkeys(each.batch_number for each in made.outputs if each.batch_number)
    return [
        first.name if is_one else _listed(made.outputs), first.specification if is_one else "",
        "；".join(numbers), made.made_on, line.process, _listed(made.inputs), line.total,
        first.unit if is_one else "", line.share, _told(line),
    ]  # fmt: skip


def _listed(goods: Iterable[Goods]) -> str:
    return "；".join(f"{each.name} {each.quantity.normalize():f}{each.unit}" for each in goods)


def _told(line: StockLine | RunLine) -> str:
    return " ".join(flag.message for flag in line.flags)


def _read(found: QuerySet[Any], limit: int) -> Iterator[Any]:
    """The newest first, read in chunks."""
    return found.order_by("-pk")[:limit].iterator(chunk_size=CHUNK)
