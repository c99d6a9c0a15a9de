"""The sales ledger by sheet: each row is goods for one buyer, from a named batch or from the stock.

Where no batch is named, what expires first is taken, as at the form; one row may then become
several records, one for each batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Problem
from shilian.sheets.headers import Column
from traceability.operations import import_books, sales
from traceability.operations.import_books import Books, Party
from traceability.queries import named_batches, stock
from traceability.queries.named_batches import Named
from traceability.queries.repeated_sales import SaleKey, recorded_sales
from traceability.rules import sales as rules
from traceability.rules.goods import PartnerFacts
from traceability.rules.sales import SaleDraft
from traceability.sheets.base import Cells, Judged, Line, SheetKind, register
from traceability.sheets.fields import Fields
from traceability.sheets.judging import judged, stop_at_errors, verdicts
from traceability.sheets.taking import Shelf, Wanted

COLUMNS = (
    Column(
        "sold_on",
        (
            "销售日期",
            "日期",
            "出库日期",
            "发货日期",
            "送货日期",
            "交货日期",
            "销售时间",
            "出库时间",
            "发货时间",
            "送货时间",
            "出货日期",
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
            "名称",
            "货物名称",
            "物品名称",
            "商品",
            "食品",
            "品种",
        ),
        True,
    ),
    Column("specification", ("规格", "规格型号", "型号规格", "包装规格")),
    Column(
        "quantity",
        (
            "数量",
            "销售数量",
            "出库数量",
            "发货数量",
            "重量",
            "销售量",
            "出货数量",
            "送货数量",
            "实发数量",
        ),
        True,
    ),
    Column("unit", ("单位", "计量单位", "数量单位")),
    Column("batch_number", ("生产批号", "批号", "批次号", "批次", "产品批号")),
    Column("produced_on", ("生产日期", "生产年月日")),
    Column("batch_code", ("追溯码", "食品追溯码", "批次追溯码")),
    Column(
        "buyer_name",
        (
            "购货者名称",
            "购货单位",
            "购货者",
            "客户",
            "客户名称",
            "收货单位",
            "买方",
            "购买方",
            "销往单位",
            "购货方",
            "购货单位名称",
            "采购单位",
            "客户单位",
            "收货方",
            "收货单位名称",
            "购货者姓名",
        ),
        True,
    ),
    Column(
        "buyer_code",
        (
            "购货者统一社会信用代码",
            "购货单位信用代码",
            "客户信用代码",
            "统一社会信用代码",
            "社会信用代码",
            "信用代码",
        ),
    ),
    Column("buyer_address", ("购货者地址", "收货地址", "客户地址", "地址")),
    Column("buyer_person", ("购货者联系人", "联系人", "收货人")),
    Column(
        "buyer_phone",
        (
            "购货者联系方式",
            "联系电话",
            "电话",
            "联系方式",
            "收货人电话",
            "手机",
            "购货者电话",
            "客户电话",
            "收货电话",
            "手机号",
            "手机号码",
            "电话号码",
        ),
    ),
    Column("certificate_number", ("检验合格证号", "合格证号", "合格证编号")),
    Column("voucher_number", ("凭证号", "票据号", "单据号", "销售单号", "出库单号", "送货单号")),
)
EXAMPLE = {
    "sold_on": "2026-04-03",
    "product_name": "特一粉",
    "specification": "25kg/袋",
    "quantity": "10",
    "unit": "袋",
    "batch_number": "20260401A",
    "buyer_name": "某某包子铺",
    "buyer_address": "某某市某某路2号",
    "buyer_phone": "0531-88888888",
    "voucher_number": "XS20260403001",
}
ALREADY = "台账里已有同一天、同一购货者、同一商品和数量的销售记录，没有重复记。"


def read(cells: Cells, row_no: int, month: date) -> Line:
    """What the row says of one sale."""
    row = Fields(COLUMNS, cells, row_no, month)
    row.day("sold_on", required=True)
    row.words("product_name", 80, required=True)
    row.text("specification", 60)
    row.amount("quantity", "unit")
    row.code("batch_number")
    row.day("produced_on")
    row.code("batch_code")
    row.words("buyer_name", 120, required=True)
    row.credit_code("buyer_code")
    row.words("buyer_address", 200)
    row.words("buyer_person", 40)
    row.phone("buyer_phone")
    row.code("certificate_number")
    row.code("voucher_number")
    return row.line()


@dataclass(frozen=True, slots=True)
class _Plan:
    """For each line its sales and what stands against it, by row number."""

    drafts: Mapping[int, tuple[SaleDraft, ...]]
    problems: Mapping[int, list[Problem]]


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, already in the ledger, or what is wrong with it.

    Rows are looked at in their order: what one takes is gone for the next.
    Cost: a fixed number of queries, whatever the number of lines.
    """
    by.require(Permission.RECORD_SALES, on=operator)
    readable = [line for line in lines if line.is_readable]
    books = import_books.open_books(operator, [], [_party(line) for line in readable])
    people = _people(books, readable)
    earlier = _earlier(operator, readable, people)
    unknown = [line for line in readable if line.row_no not in earlier]
    plan = _plan(operator, unknown, people, at)

    def look(line: Line) -> Judged:
        if line.row_no in earlier:
            return judged(line, line.problems, (), same_as=earlier[line.row_no], same=ALREADY)
        problems = [*line.problems, *plan.problems[line.row_no]]
        return judged(line, problems, plan.drafts[line.row_no])

    return verdicts(lines, look)


def _earlier(
    operator: Operator, lines: Sequence[Line], people: Mapping[int, PartnerFacts]
) -> dict[int, int]:
    """The lines that the ledger has already, each with its record."""
    named = {line.row_no: _named(line) for line in lines}
    days = [line.values["sold_on"] for line in lines]
    recorded = recorded_sales(operator, {each.name for each in named.values()}, days)
    found = {
        line.row_no: recorded.find(_key(line, people[line.row_no].id), named[line.row_no])
        for line in lines
    }
    return {row_no: sale_id for row_no, sale_id in found.items() if sale_id is not None}


def _key(line: Line, buyer_id: int) -> SaleKey:
    said = line.values
    voucher = said.get("voucher_number", "")
    return SaleKey(buyer_id, said["quantity"], said["unit"], said["sold_on"], voucher)


def _party(line: Line) -> Party:
    """The buyer as the row names it."""
    said = line.values
    return Party(
        name=said["buyer_name"],
        credit_code=said.get("buyer_code", ""),
        address=said.get("buyer_address", ""),
        person=said.get("buyer_person", ""),
        phone=said.get("buyer_phone", ""),
    )


def _people(books: Books, lines: Sequence[Line]) -> dict[int, PartnerFacts]:
    """The buyer of each line; ids below zero stand for who is not in the address book yet."""
    return {line.row_no: books.parties[_party(line)] for line in lines}


NO_BATCH = 0
_OF_BATCH = ("batch_id", "quantity")


def _plan(
    operator: Operator, lines: Sequence[Line], people: Mapping[int, PartnerFacts], at: datetime
) -> _Plan:
    today = business_day(at)
    shelf = Shelf(named_batches.lots_named(operator, [_named(line) for line in lines], on=today))
    drafts, asked, problems = {}, {}, {}
    for line in lines:
        parts, found = shelf.take(_wanted(line))
        buyer = people[line.row_no]
        drafts[line.row_no] = tuple(
            _draft(line, buyer.id, part.batch_id, part.quantity) for part in parts
        )
        problems[line.row_no] = found
        # A row whose goods were not found may have a wrong day or buyer as well.
        whole = _draft(line, buyer.id, NO_BATCH, line.values["quantity"])
        asked[line.row_no] = drafts[line.row_no] or (whole,)
    for row_no, found in _checked(operator, asked, people, today).items():
        is_known = bool(drafts[row_no])
        problems[row_no] += [p for p in found if is_known or p.field not in _OF_BATCH]
    return _Plan(drafts, problems)


def _checked(
    operator: Operator,
    drafts: Mapping[int, tuple[SaleDraft, ...]],
    people: Mapping[int, PartnerFacts],
    today: date,
) -> dict[int, list[Problem]]:
    """What the rules of sales find, by row; a fault of several parts is told once."""
    all_drafts = [draft for parts in drafts.values() for draft in parts]
    batches = stock.batch_facts(operator, {draft.batch_id for draft in all_drafts}, on=today)
    facts = rules.SaleFacts(
        operator_id=operator.pk,
        credit_code=operator.credit_code,
        batches=batches,
        buyers={buyer.id: buyer for buyer in people.values()},
    )
    told: dict[int, dict[tuple[str, str], Problem]] = {}
    for problem in rules.check_sales(all_drafts, facts, today=today):
        told.setdefault(problem.row or 0, {}).setdefault((problem.code, problem.field), problem)
    return {row_no: list(found.values()) for row_no, found in told.items()}


def _named(line: Line) -> Named:
    said = line.values
    return Named(
        name=said["product_name"],
        specification=said.get("specification", ""),
        batch_number=said.get("batch_number", ""),
        produced_on=said.get("produced_on"),
        code=said.get("batch_code", ""),
    )


def _wanted(line: Line) -> Wanted:
    said = line.values
    return Wanted(_named(line), said["quantity"], said["unit"], said["sold_on"], doing="卖")


def _draft(line: Line, buyer_id: int, batch_id: int, quantity: Decimal) -> SaleDraft:
    said = line.values
    return SaleDraft(
        batch_id=batch_id,
        buyer_id=buyer_id,
        quantity=quantity,
        unit=said["unit"],
        sold_on=said["sold_on"],
        certificate_number=said.get("certificate_number", ""),
        voucher_number=said.get("voucher_number", ""),
        raw=dict(line.raw),
        row=line.row_no,
    )


@transaction.atomic
def record(by: Actor, operator: Operator, lines: Sequence[Judged], at: datetime) -> list[int]:
    """Record the sales of the lines, all or none; gives the first record of each.

    Buyers that nobody has entered are entered and wait for review. The batches are chosen anew from
    what is on hand now.
    Raises: Rejected with every problem, each naming its row.
    """
    by.require(Permission.RECORD_SALES, on=operator)
    said = [line.line for line in lines]
    parties = [_party(line) for line in said]
    books = import_books.enter_missing(operator, [], parties, at=at, as_buyers=True)
    people = _people(books, said)
    plan = _plan(operator, said, people, at)
    stop_at_errors(plan.problems)
    parts = [draft for line in said for draft in plan.drafts[line.row_no]]
    made = sales.record_sales(by=by, operator=operator, drafts=parts, at=at)
    first: dict[int, int] = {}
    for draft, sale in zip(parts, made, strict=True):
        first.setdefault(draft.row or 0, sale.pk)
    return [first[line.row_no] for line in said]


SALES = register(
    SheetKind(
        code="sales",
        name="销售台账",
        permission=Permission.RECORD_SALES,
        columns=COLUMNS,
        read=read,
        judge=judge,
        record=record,
        event_day="sold_on",
        example=(EXAMPLE,),
        identity=tuple(column.field for column in COLUMNS),
        shown_at={"batch_id": "batch_number", "buyer_id": "buyer_name"},
    )
)
