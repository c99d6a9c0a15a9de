"""Factory inspections (出厂检验) by sheet: each row is the inspection of one batch of one's own making."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.roles import Permission
from shilian.clock import business_day, start_of
from shilian.db.ids import lower_bound
from shilian.problems import Problem
from shilian.sheets.headers import Column
from shilian.text import normalise
from traceability.models import FactoryInspection
from traceability.operations import inspections
from traceability.queries import named_batches
from traceability.queries.named_batches import Named, NamedBatch
from traceability.rules import inspections as rules
from traceability.rules.inspections import InspectedBatch, InspectionDraft
from traceability.sheets.base import Cells, Judged, Line, SheetKind, register
from traceability.sheets.fields import Fields
from traceability.sheets.judging import judged, verdicts
from traceability.sheets.taking import Shelf

COLUMNS = (
    Column(
        "inspected_on",
        (
            "检验日期",
            "出厂检验日期",
            "检测日期",
            "检验时间",
            "检测时间",
            "化验日期",
        ),
        True,
    ),
    Column(
        "product_name",
        (
            "食品名称",
            "产品名称",
            "品名",
            "商品名称",
            "样品名称",
            "名称",
            "样品",
            "产品",
            "食品",
        ),
        True,
    ),
    Column("specification", ("规格", "规格型号", "型号规格", "包装规格")),
    Column("batch_number", ("生产批号", "批号", "批次号", "产品批号", "批次")),
    Column("produced_on", ("生产日期", "生产年月日")),
    Column("batch_code", ("追溯码", "食品追溯码", "批次追溯码")),
    Column("result", ("检验结论", "检验结果", "结论", "判定", "是否合格", "检测结果"), True),
    Column(
        "certificate_number",
        ("检验合格证号", "合格证号", "合格证编号", "检验合格证编号", "出厂合格证号"),
    ),
    Column("voucher_number", ("检验报告编号", "报告编号", "报告号", "检验单号", "凭证号")),
    Column("items", ("检验项目", "检测项目", "项目")),
    Column("inspector", ("检验员", "检验人", "检验人员", "化验员")),
)
PASSED = frozenset({"合格", "通过", "符合", "是", "pass", "passed", "ok", "阴性", "√"})
FAILED = frozenset({"不合格", "未通过", "不符合", "否", "fail", "failed", "阳性", "×"})
# 检验合格。 and 全部合格 say as much, and nothing else does: 未检出 or 符合 with a standard is looked at.
_WORDY = re.compile(r"(?:经|检验|检测|检查|抽检|全部|均|结果|结论|判定|为|:)*(不?合格)品?[。.;!]?")
EXAMPLE = {
    "inspected_on": "2026-04-02",
    "product_name": "特一粉",
    "specification": "25kg/袋",
    "batch_number": "20260401A",
    "produced_on": "2026-04-01",
    "result": "合格",
    "certificate_number": "HG20260402001",
    "items": "水分、灰分",
    "inspector": "李某",
}
ALREADY = "台账里已有这一批同一天的检验记录，结论和证号一样，没有重复记。"


def read(cells_: Cells, row_no: int, month: date) -> Line:
    """What the row says of one inspection."""
    row = Fields(COLUMNS, cells_, row_no, month)
    row.day("inspected_on", required=True)
    row.words("product_name", 80, required=True)
    row.text("specification", 60)
    row.code("batch_number")
    row.day("produced_on")
    row.code("batch_code")
    _read_result(row)
    row.code("certificate_number")
    row.code("voucher_number")
    row.words("items", 200)
    row.words("inspector", 40)
    return row.line()


def _read_result(row: Fields) -> None:
    said = normalise(row.cell("result").text).lower()
    if wordy := _WORDY.fullmatch(said.replace(" ", "")):
        said = wordy[1]
    if said in PASSED:
        row.values["result"] = "passed"
    elif said in FAILED:
        row.values["result"] = "failed"
    else:
        row.add("result_unknown", "result", "检验结论请填“合格”或“不合格”。")


def judge(by: Actor, operator: Operator, lines: Sequence[Line], at: datetime) -> list[Judged]:
    """Each line: new, already recorded, or what is wrong with it. Cost: at most three queries."""
    by.require(Permission.RECORD_PRODUCTION, on=operator)
    readable = [line for line in lines if line.is_readable]
    lots = named_batches.batches_named(operator, [_named(line) for line in readable])
    shelf = Shelf(lots)
    recorded = _recorded(operator, readable, [lot.batch_id for lot in lots])
    today = business_day(at)

    def look(line: Line) -> Judged:
        meant, problems = _one_of(shelf.meant(_named(line)), _named(line))
        draft = draft_of(line, meant)
        known = (
            {meant.batch_id: InspectedBatch(meant.produced_on, meant.is_own_made)} if meant else {}
        )
        found = rules.check_inspections([draft], known, frozenset(), today=today)
        # Why no batch was found is said already.
        problems += [p for p in found if meant is not None or p.code != "batch_unknown"]
        earlier = recorded.get(_key(draft))
        same = ALREADY if earlier is not None else ""
        return judged(line, [*line.problems, *problems], draft, same_as=earlier, same=same)

    return verdicts(lines, look)


def _one_of(lots: Sequence[NamedBatch], named: Named) -> tuple[NamedBatch | None, list[Problem]]:
    """The one batch that is meant, own-made ones before bought ones; else why it is unclear."""
    own = [lot for lot in lots if lot.is_own_made] or list(lots)
    if len(own) == 1 and named.is_one_batch:
        return own[0], []
    if not named.is_one_batch:
        message = "请写生产批号或生产日期，说明检验的是哪一批。"
        return None, [Problem("batch_unknown", "batch_number", message)]
    if not own:
        message = (
            f"没有找到您生产的这一批“{named.name}”，请核对名称、批号和生产日期，或先登记生产。"
        )
        return None, [Problem("batch_unknown", "batch_number", message)]
    message = f"符合的“{named.name}”有{len(own)}批，请再写明规格、批号，或填追溯码。"
    return None, [Problem("batch_ambiguous", "batch_number", message)]


def _named(line: Line) -> Named:
    said = line.values
    return Named(
        name=said["product_name"],
        specification=said.get("specification", ""),
        batch_number=said.get("batch_number", ""),
        produced_on=said.get("produced_on"),
        code=said.get("batch_code", ""),
    )


def draft_of(line: Line, batch: NamedBatch | None) -> InspectionDraft:
    """The inspection that a readable line tells of."""
    said = line.values
    return InspectionDraft(
        batch_id=batch.batch_id if batch else 0,
        inspected_on=said["inspected_on"],
        result=said["result"],
        certificate_number=said.get("certificate_number", ""),
        items=said.get("items", ""),
        inspector=said.get("inspector", ""),
        voucher_number=said.get("voucher_number", ""),
        raw=dict(line.raw),
        row=line.row_no,
    )


InspectionKey = tuple[int, date, str, str]


def _key(draft: InspectionDraft) -> InspectionKey:
    return draft.batch_id, draft.inspected_on, draft.result, draft.certificate_number.strip()


def _recorded(
    operator: Operator, lines: Sequence[Line], batch_ids: Sequence[int]
) -> dict[InspectionKey, int]:
    """The current inspections of these batches on the days of the lines, by what they say."""
    days = {line.values["inspected_on"] for line in lines}
    if not days or not batch_ids:
        return {}
    rows = FactoryInspection.objects.current().filter(
        operator=operator,
        batch_id__in=batch_ids,
        inspected_on__in=days,
        # Nothing is recorded before it happens: earlier months need no look.
        pk__gte=lower_bound(start_of(min(days))),
    )
    fields = ("batch_id", "inspected_on", "result", "certificate_number", "pk")
    return {tuple(key): pk for *key, pk in rows.values_list(*fields).iterator()}  # type: ignore[misc]


def record(by: Actor, operator: Operator, lines: Sequence[Judged], at: datetime) -> list[int]:
    """Record the inspections of the lines, all or none; gives their ids."""
    drafts = [line.draft for line in lines]
    made = inspections.record_inspections(by=by, operator=operator, drafts=drafts, at=at)
    return [each.pk for each in made]


INSPECTIONS = register(
    SheetKind(
        code="inspections",
        name="出厂检验记录",
        permission=Permission.RECORD_PRODUCTION,
        columns=COLUMNS,
        read=read,
        judge=judge,
        record=record,
        event_day="inspected_on",
        example=(EXAMPLE,),
        identity=(
            "inspected_on",
            "product_name",
            "specification",
            "batch_number",
            "produced_on",
            "batch_code",
            "result",
            "certificate_number",
        ),
        shown_at={"batch_id": "batch_number"},
    )
)
