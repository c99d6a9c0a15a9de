"""Making (投料 → 产出) by sheet: a row for each material, the rows of one product belonging together.

The columns of the product may be empty below its first row, as in merged cells. A product is
recorded with all of its materials or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day, start_of
from shilian.db.ids import lower_bound
from shilian.db.spelling import spelled_as
from shilian.problems import Problem, errors
from shilian.sheets.headers import Column
from shilian.text import normalise
from traceability.models import Batch, BatchOrigin
from traceability.operations import import_books, production
from traceability.operations.import_books import Books, Goods
from traceability.queries import named_batches, stock
from traceability.queries.named_batches import Named, NamedBatch, folded
from traceability.rules import production as rules
from traceability.rules.production import ProductionDraft, ProductionFacts, ProductionInput
from traceability.sheets.base import Cells, Judged, Line, Outcome, SheetKind, register
from traceability.sheets.fields import Fields
from traceability.sheets.judging import judged, stop_at_errors
from traceability.sheets.taking import Shelf, Wanted

COLUMNS = (
    Column("produced_on", ("生产日期", "日期", "加工日期", "生产时间"), True),
    Column("product_name", ("产品名称", "成品名称", "产出品名", "食品名称", "品名"), True),
    Column("specification", ("产品规格", "成品规格", "规格", "规格型号")),
    Column("batch_number", ("生产批号", "产品批号", "成品批号", "批号", "批次号")),
    Column("quantity", ("产出数量", "成品数量", "产量", "产品数量", "生产数量"), True),
    Column("unit", ("产出单位", "成品单位", "产品单位", "单位")),
    Column("production_line", ("生产线", "线别", "班组", "车间")),
    Column("input_name", ("原料名称", "投料名称", "原辅料名称", "原料", "物料名称", "投料品名")),
    Column("input_specification", ("原料规格", "投料规格", "物料规格")),
    Column("input_batch_number", ("原料批号", "投料批号", "原料生产批号", "物料批号", "原料批次")),
    Column("input_batch_code", ("原料追溯码", "投料追溯码")),
    Column("input_quantity", ("投料数量", "投料量", "使用量", "用量", "领用数量", "原料数量")),
    Column("input_unit", ("投料单位", "原料单位", "用量单位", "物料单位")),
)
_BREAD = {
    "produced_on": "2026-04-01",
    "product_name": "馒头",
    "specification": "500g/袋",
    "batch_number": "20260401A",
    "quantity": "200",
    "unit": "袋",
    "production_line": "1号线",
}
EXAMPLE = (
    {
        **_BREAD,
        "input_name": "特一粉",
        "input_specification": "25kg/袋",
        "input_quantity": "3",
        "input_unit": "袋",
    },
    {**_BREAD, "input_name": "酵母", "input_quantity": "1", "input_unit": "千克"},
)
ALREADY = "台账里已有同一天、同一批号、同样数量的这种产品，没有重复记。"


def read(cells: Cells, row_no: int, month: date) -> Line:
    """What the row says of a product, of a material, or of both."""
    if _is_merged_with_product_above(cells):
        cells = {name: cell for name, cell in cells.items() if name not in _OUTPUT}
    row = Fields(COLUMNS, cells, row_no, month)
    if "product_name" in cells or "input_name" not in cells:
        _read_output(row)
    if "input_name" in cells or "input_quantity" in cells:
        _read_input(row)
    return row.line()


def _is_merged_with_product_above(cells: Cells) -> bool:
    """Whether the row names a material, and nothing of its own of what came out."""
    told = [cells[name] for name in _TELLING if name in cells]
    return "input_name" in cells and all(cell.is_repeated for cell in told)


def _read_output(row: Fields) -> None:
    row.day("produced_on", required=True)
    row.words("product_name", 80, required=True)
    row.text("specification", 60)
    row.code("batch_number")
    row.amount("quantity", "unit")
    row.words("production_line", 40)


def _read_input(row: Fields) -> None:
    row.words("input_name", 80, required=True)
    row.text("input_specification", 60)
    row.code("input_batch_number")
    row.code("input_batch_code")
    row.amount("input_quantity", "input_unit")


@dataclass(slots=True)
class _Work:
    """One product with the rows that tell of it; ``head`` is the row that names it."""

    head: Line
    lines: list[Line]
    inputs: tuple[ProductionInput, ...] = ()
    problems: dict[int, list[Problem]] = field(default_factory=dict)

    @property
    def rows(self) -> frozenset[int]:
        return frozenset(line.row_no for line in self.lines)

    def add(self, row_no: int, problems: Iterable[Problem]) -> None:
        self.problems.setdefault(row_no, []).extend(problems)


def together(lines: Sequence[Line]) -> list[_Work]:
    """The lines by product: a row without one belongs to that above, alike heads are one product."""
    works: list[_Work] = []
    by_head: dict[tuple[Any, ...], _Work] = {}
    for line in lines:
        if _is_more_of_it(line) and works:
            works[-1].lines.append(line)
            continue
        if "product_name" not in line.values:
            works.append(_Work(line, [line]))
            continue
        key = _head_of(line)
        known = by_head.get(key)
        if known is not None and "input_name" in line.values:
            known.lines.append(line)
            # What follows without a product belongs to the product named last.
            works.remove(known)
            works.append(known)
        else:
            by_head[key] = _Work(line, [line])
            works.append(by_head[key])
    return works


def _is_more_of_it(line: Line) -> bool:
    """Whether the row only tells of another material of the product above."""
    is_silent = "product_name" not in line.values
    return is_silent and not any(problem.field in _HEAD for problem in line.problems)


def belongs(above: Sequence[Line], below: Line) -> bool:
    """Whether the row tells of another material of the product that was named last."""
    if _is_more_of_it(below):
        return True
    heads = (line for line in reversed(above) if "product_name" in line.values)
    last = next(heads, None)
    is_same = last is not None and _head_of(last) == _head_of(below)
    return is_same and "input_name" in below.values


def _head_of(line: Line) -> tuple[Any, ...]:
    return tuple(line.values.get(name) for name in _HEAD)


_HEAD = ("produced_on", "product_name", "specification", "batch_number", "quantity", "unit")
_OUTPUT = frozenset((*_HEAD, "production_line"))
# A row with one of these of its own tells of another product, or of another batch of it.
_TELLING = ("product_name", "batch_number", "quantity")


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, already recorded, or what is wrong with it or with a row it belongs to.

    Cost: a fixed number of queries, whatever the number of lines.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    works = together(lines)
    whole = [work for work in works if all(line.is_readable for line in work.lines)]
    whole = [work for work in whole if "product_name" in work.head.values]
    recorded = _recorded(operator, whole)
    open_ = [work for work in whole if _key(work.head) not in recorded]
    books = import_books.open_books(operator, [_goods(work) for work in open_], [])
    _fill(operator, open_, books, at)
    verdicts: dict[int, Judged] = {}
    for work in works:
        earlier = recorded.get(_key(work.head)) if work in whole else None
        verdicts |= {verdict.line.row_no: verdict for verdict in _verdicts(work, earlier)}
    return [verdicts[line.row_no] for line in lines]


def _verdicts(work: _Work, earlier: int | None) -> list[Judged]:
    if earlier is not None:
        return [
            judged(line, line.problems, None, same_as=earlier, same=ALREADY) for line in work.lines
        ]
    if "product_name" not in work.head.values:
        message = "这一行没有写产品，上面也没有产品，请写明生产日期、产品名称和产出数量。"
        work.add(work.head.row_no, [Problem("product_name_missing", "product_name", message)])
    told = {
        line.row_no: [*line.problems, *work.problems.get(line.row_no, ())] for line in work.lines
    }
    faulty = [row_no for row_no, found in told.items() if errors(found)]
    if not faulty:
        return [judged(line, told[line.row_no], work.rows) for line in work.lines]
    return [_held_back(line, told[line.row_no], faulty) for line in work.lines]


def _held_back(line: Line, problems: list[Problem], faulty: Sequence[int]) -> Judged:
    """A line of a product of which at least one row cannot be recorded."""
    if not errors(problems):
        rows = "、".join(str(row_no) for row_no in faulty[:5])
        message = f"同一批产品的第{rows}行有错误，要连同原料一起记，请改好后一起导入。"
        problems = [*problems, Problem("belongs_to_faulty_row", "", message)]
    told = [problem.at_row(line.row_no) for problem in problems]
    return Judged(line, Outcome.BAD, told)


OutputKey = tuple[str, str, date, str, Decimal, str]


def _key(head: Line) -> OutputKey:
    said = head.values
    return (
        normalise(said["product_name"]),
        said.get("specification", ""),
        said["produced_on"],
        folded(said.get("batch_number", "")),
        said["quantity"],
        said["unit"],
    )


def _recorded(operator: Operator, works: Sequence[_Work]) -> dict[OutputKey, int]:
    """The batches of these goods made on the days of the rows, by what a row says of them."""
    heads = [work.head.values for work in works]
    days = {head["produced_on"] for head in heads}
    if not days:
        return {}
    rows = Batch.objects.current().filter(
        operator=operator,
        origin_kind=BatchOrigin.MADE,
        name__in=spelled_as(head["product_name"] for head in heads),
        produced_on__in=days,
        # Nothing is recorded before it happens: earlier months need no look.
        pk__gte=lower_bound(start_of(min(days))),
    )
    fields = ("name", "specification", "produced_on", "batch_number", "quantity", "unit", "pk")
    return {
        (normalise(name), size, day, folded(number), quantity, unit): pk
        for name, size, day, number, quantity, unit, pk in rows.values_list(*fields).iterator()
    }


def _goods(work: _Work) -> Goods:
    """The product as its row names it."""
    said = work.head.values
    return Goods(said["product_name"], said.get("specification", ""), said["unit"])


def _fill(
    operator: Operator, works: Sequence[_Work], books: Books, at: datetime
) -> list[ProductionDraft]:
    """Find the materials of each product and look at it by the rules; gives the drafts."""
    today = business_day(at)
    named = [
        _material(line) for work in works for line in work.lines if "input_name" in line.values
    ]
    lots = named_batches.lots_named(operator, named, on=today)
    units, shelf = {lot.batch_id: lot for lot in lots}, Shelf(lots)
    for work in works:
        work.inputs = _take_inputs(work, shelf, units)
    drafts = [_draft(work, books.goods[_goods(work)].id) for work in works]
    batches = stock.batch_facts(
        operator, {part.batch_id for work in works for part in work.inputs}, on=today
    )
    facts = ProductionFacts(frozenset(books.products), batches)
    by_head = {work.head.row_no: work for work in works}
    for problem in rules.check_production(drafts, facts, today=today):
        work = by_head[problem.row or 0]
        if problem.code not in {told.code for told in work.head.problems}:
            work.add(work.head.row_no, [problem])
    return drafts


def _take_inputs(
    work: _Work, shelf: Shelf, lots: Mapping[int, NamedBatch]
) -> tuple[ProductionInput, ...]:
    """What goes in, once for each batch."""
    used: dict[int, Decimal] = {}
    for line in work.lines:
        if "input_name" not in line.values:
            continue
        parts, problems = shelf.take(_wanted(line, work.head.values["produced_on"]))
        work.add(line.row_no, problems)
        for part in parts:
            lot = lots[part.batch_id]
            if lot.unit != line.values["input_unit"]:
                message = f"这批{lot.name}按{lot.unit}入库，请按{lot.unit}填写数量。"
                work.add(line.row_no, [Problem("unit_differs_from_batch", "input_unit", message)])
            used[part.batch_id] = used.get(part.batch_id, Decimal(0)) + part.quantity
    return tuple(ProductionInput(batch_id, quantity) for batch_id, quantity in used.items())


def _material(line: Line) -> Named:
    said = line.values
    return Named(
        name=said["input_name"],
        specification=said.get("input_specification", ""),
        batch_number=said.get("input_batch_number", ""),
        code=said.get("input_batch_code", ""),
    )


def _wanted(line: Line, on: date) -> Wanted:
    said = line.values
    return Wanted(
        named=_material(line),
        quantity=said["input_quantity"],
        unit=said["input_unit"],
        on=on,
        doing="投料",
        field="input_batch_number",
        size_field="input_specification",
    )


def _draft(work: _Work, product_id: int) -> ProductionDraft:
    said = work.head.values
    return ProductionDraft(
        product_id=product_id,
        quantity=said["quantity"],
        unit=said["unit"],
        produced_on=said["produced_on"],
        inputs=work.inputs,
        batch_number=said.get("batch_number", ""),
        line=said.get("production_line", ""),
        row=work.head.row_no,
    )


@transaction.atomic
def record(by: Actor, operator: Operator, lines: Sequence[Judged], at: datetime) -> list[int]:
    """Record the products of the lines, all or none; gives the batch that each line tells of.

    Products that nobody has entered are entered and wait for review. The materials are chosen anew
    from what is on hand now.
    Raises: Rejected with every problem, each naming its row; so also for the rows of a product of
    which others are missing.
    """
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    _stop_at_parted(lines)
    works = together([line.line for line in lines])
    goods = [_goods(work) for work in works]
    books = import_books.enter_missing(operator, goods, [], at=at)
    made = _fill(operator, works, books, at)
    stop_at_errors({row: told for work in works for row, told in work.problems.items()})
    batches = production.record_production(by=by, operator=operator, drafts=made, at=at)
    by_row = {
        row_no: batch.pk for work, batch in zip(works, batches, strict=True) for row_no in work.rows
    }
    return [by_row[line.line.row_no] for line in lines]


def _stop_at_parted(lines: Sequence[Judged]) -> None:
    """Refuse the rows of a product that came without its other rows."""
    there = {line.line.row_no for line in lines}
    message = "同一批产品的其他行没有一起记，请把这批产品的所有行一起导入。"
    problem = Problem("belongs_to_faulty_row", "", message)
    parted = [line for line in lines if line.draft and not line.draft <= there]
    stop_at_errors({line.line.row_no: [problem] for line in parted})


PRODUCTION = register(
    SheetKind(
        code="production",
        name="生产记录",
        permission=Permission.RECORD_PRODUCTION,
        columns=COLUMNS,
        read=read,
        judge=judge,
        record=record,
        event_day="produced_on",
        example=EXAMPLE,
        belongs=belongs,
        counted=("input_quantity",),
        shown_at={"product_id": "product_name", "inputs": "input_name", "batch_id": "batch_number"},
    )
)
