"""When a record may be declared void or replaced by a corrected one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from shilian.problems import Problem
from traceability.rules import dates, shortage, texts
from traceability.rules.inspections import InspectionDraft
from traceability.rules.production import ProductionDraft
from traceability.rules.purchases import PurchaseDraft

REASON_LENGTH = 200
# How goods leave a batch, in the order in which it is told.
WAYS = {
    "sale": "销售",
    "transformation": "投料",
    "split": "拆分",
    "merge": "合并",
    "repack": "分装",
    "aggregation": "装箱",
    "loss": "损耗",
    "destruction": "销毁",
    "return": "退货",
}


@dataclass(frozen=True, slots=True)
class Use:
    """What has already left a batch, the first day something was sold or used, and inspected.

    ``has_parts``: some of it is held as other batches, split, merged, repacked or boxed.
    ``ways`` is how much has left in each of the ``WAYS``.
    """

    gone: Decimal
    unit: str
    first_on: date | None
    inspected_on: date | None = None
    has_parts: bool = False
    ways: Mapping[str, Decimal] = field(default_factory=dict)


class OldGoods(Protocol):
    """What the parts of a batch took over from it."""

    product_id: int
    batch_number: str
    produced_on: date | None
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class NewGoods:
    """The same as the correction would have it; ``day_field`` names the day on the form."""

    product_id: int
    batch_number: str
    produced_on: date | None
    expires_on: date | None
    day_field: str = "produced_on"


class OldPurchase(Protocol):
    state: str
    product_id: int
    partner_id: int | None
    purchased_on: date


class ArrivedBatch(Protocol):
    unit: str
    batch_number: str
    produced_on: date | None


def check_reason(reason: str) -> list[Problem]:
    return texts.check_required_text(reason, "reason", "原因", REASON_LENGTH)


def check_is_current(state: str) -> list[Problem]:
    if state == "superseded":
        return [Problem("already_corrected", "", "这条记录已经更正过，请在最新的一条上操作。")]
    if state == "voided":
        return [Problem("already_voided", "", "这条记录已经作废，不用重复操作。")]
    return []


def check_void_purchase(state: str, *, ways: Mapping[str, Decimal], unit: str) -> list[Problem]:
    problems = check_is_current(state)
    return problems or _already_used(ways, unit, "再作废进货")


def _already_used(ways: Mapping[str, Decimal], unit: str, then: str) -> list[Problem]:
    """What has left, way by way: whoever reads it knows which records to declare void first."""
    left = [(word, ways[way]) for way, word in WAYS.items() if ways.get(way)]
    if not left:
        return []
    told = "、".join(f"{word}{amount.normalize():f}{unit}" for word, amount in left)
    words = "、".join(word for word, _ in left)
    message = f"这批货已经有{told}，请先作废相应的{words}记录，{then}。"
    return [Problem("batch_already_used", "", message)]


def check_correct_purchase(
    old: OldPurchase, draft: PurchaseDraft, use: Use, *, is_arrival: bool = False
) -> list[Problem]:
    """The corrected purchase should still cover what has already left the batch.

    ``is_arrival``: it was taken in from a seller's paper, and what is not taken is the seller's.
    """
    problems = check_is_current(old.state)
    if use.gone > 0 and draft.unit != use.unit:
        message = f"这批货已按{use.unit}卖出，单位不能再改。"
        problems.append(Problem("unit_already_used", "unit", message))
    elif is_arrival:
        problems += _check_arrival_covers(draft.quantity, use)
    else:
        problems += shortage.check_covers(draft.quantity, gone=use.gone, unit=use.unit)
    if use.first_on is not None and draft.purchased_on > use.first_on:
        message = f"这批货在{dates.spoken(use.first_on)}已经卖出或用掉，进货日期不能晚于那一天。"
        problems.append(Problem("received_after_sold", "purchased_on", message))
    return problems


def _check_arrival_covers(quantity: Decimal, use: Use) -> list[Problem]:
    """Never less than has left: the seller would get back what somebody else holds."""
    if not quantity.is_finite() or quantity >= use.gone:
        return []
    gone = f"{use.gone.normalize():f}{use.unit}"
    message = (
        f"这批货已经卖出、用掉或退回{gone}，没收的部分会退回卖方，实收数量不能少于{gone}；"
        "请核对数量，或先作废多记的销售、投料、退货。"
    )
    return [Problem("arrival_already_used", "quantity", message)]


def check_parts(old: OldGoods, new: NewGoods, use: Use) -> list[Problem]:
    """What was split, repacked or boxed keeps what it took over, so that stands while it is there."""
    if not use.has_parts:
        return []
    changes = [
        ("product_id", "商品", new.product_id != old.product_id),
        ("batch_number", "批号", new.batch_number.strip() != old.batch_number),
        (new.day_field, "生产日期", new.produced_on != old.produced_on),
    ]
    if not any(is_changed for *_, is_changed in changes):
        changes = [("", "保质期", new.expires_on != old.expires_on)]
    return [
        Problem(
            "parts_keep_goods",
            field,
            f"这批货拆分、合并、分装或装箱过，那些批的{name}不会跟着改；"
            f"请先作废那次拆分（合并、分装、装箱），再更正{name}。",
        )
        for field, name, is_changed in changes
        if is_changed
    ]


def check_correct_arrival(
    old: OldPurchase, draft: PurchaseDraft, batch: ArrivedBatch, *, sold: Decimal
) -> list[Problem]:
    """Of goods from a seller's paper, only what the buyer itself wrote can change."""
    asked = (draft.product_id, draft.supplier_id, draft.unit, draft.batch_number, draft.produced_on)
    there = (old.product_id, old.partner_id, batch.unit, batch.batch_number, batch.produced_on)
    problems = []
    if asked != there:
        message = "商品、供货者、单位、批号和生产日期来自卖方的单据，如有错误请让卖方更正。"
        problems.append(Problem("sellers_paper_stands", "", message))
    if draft.quantity.is_finite() and draft.quantity > sold:
        message = f"卖方开单数量是{sold.normalize():f}{batch.unit}，实收不能更多。"
        problems.append(Problem("more_than_was_sold", "quantity", message))
    return problems


def check_seller_holds(is_there: bool, *, taken: Decimal, unit: str) -> list[Problem]:
    """What was sent back to the seller and has left it since cannot be taken in after all."""
    if is_there:
        return []
    message = (
        f"少收的部分已经退回卖方，不能再补收，数量不能多于{taken.normalize():f}{unit}；"
        "实际多收的请让卖方补开一张单。"
    )
    return [Problem("sent_back_to_seller", "quantity", message)]


class OldInspection(Protocol):
    state: str
    batch_id: int


def check_correct_inspection(old: OldInspection, draft: InspectionDraft) -> list[Problem]:
    problems = check_is_current(old.state)
    if draft.batch_id != old.batch_id:
        message = "更正不能换批次；批次选错了，请作废这条检验，再给对的那一批登记。"
        problems.append(Problem("batch_differs", "batch_id", message))
    return problems


class OldOutput(Protocol):
    """A made or grown batch as it is before its correction."""

    state: str
    product_id: int
    unit: str
    batch_number: str
    produced_on: date | None


@dataclass(frozen=True, slots=True)
class NewOutput:
    """What a made or grown batch is to say; ``field`` names its day on the form."""

    product_id: int
    quantity: Decimal
    unit: str
    batch_number: str
    made_on: date
    field: str
    day_name: str


def check_void_output(state: str, use: Use) -> list[Problem]:
    """What came of the operator's own work is void only when nothing stands on it any more."""
    problems = check_is_current(state)
    if problems:
        return problems
    problems += _already_used(use.ways, use.unit, "再作废这一批")
    if use.inspected_on is not None:
        message = "这批货有出厂检验记录，请先作废那条检验记录，再作废这一批。"
        problems.append(Problem("batch_already_inspected", "", message))
    return problems


def check_correct_output(old: OldOutput, new: NewOutput, use: Use) -> list[Problem]:
    """The corrected batch must still bear what was sold, used and inspected of it."""
    problems = check_is_current(old.state)
    if new.product_id != old.product_id:
        message = "更正不能换商品；商品选错了，请作废这一批，再重新登记。"
        problems.append(Problem("product_differs", "product_id", message))
    if use.gone > 0 and new.unit != use.unit:
        message = f"这批货已按{use.unit}卖出或用掉，单位不能再改。"
        problems.append(Problem("unit_already_used", "quantity", message))
    else:
        problems += shortage.check_covers(new.quantity, gone=use.gone, unit=use.unit)
    return [*problems, *_check_made_on(new, use), *_check_papers_out(old, new, use)]


def _check_made_on(new: NewOutput, use: Use) -> list[Problem]:
    problems = []
    if use.first_on is not None and new.made_on > use.first_on:
        message = (
            f"这批货在{dates.spoken(use.first_on)}已经卖出或用掉，{new.day_name}不能晚于那一天。"
        )
        problems.append(Problem("made_after_used", new.field, message))
    if use.inspected_on is not None and new.made_on > use.inspected_on:
        message = (
            f"这批货在{dates.spoken(use.inspected_on)}已经检验，{new.day_name}不能晚于那一天。"
        )
        problems.append(Problem("made_after_inspected", new.field, message))
    return problems


def _check_papers_out(old: OldOutput, new: NewOutput, use: Use) -> list[Problem]:
    """Buyers and later batches hold the former number and day; nobody changes their papers."""
    said = (new.batch_number.strip(), new.made_on)
    if use.first_on is None or said == (old.batch_number, old.produced_on):
        return []
    message = (
        "这批货已经有卖出或用掉的，那些单据上的批号和日期不会跟着改；"
        "请告诉买方，必要时逐条更正销售记录。"
    )
    return [Problem("papers_already_out", new.field, message, severity="warning")]


class OldRun(Protocol):
    kind: str
    line: str
    done_on: date


def check_run_stands(run: OldRun, draft: ProductionDraft, *, together: int) -> list[Problem]:
    """What one batch of a run cannot change for the others; ``together`` counts those that hold."""
    problems = []
    if run.kind == "repack" and not draft.inputs:
        problems.append(Problem("inputs_missing", "inputs", "请填写分装了哪一批、用了多少。"))
    if together < 2:
        return problems
    whole = f"这次生产一共做成{together}批，要一起改；请作废整次，再重新登记。"
    if draft.produced_on != run.done_on:
        problems.append(
            Problem("run_day_stands", "produced_on", f"生产日期不能单改这一批：{whole}")
        )
    if draft.line.strip() != run.line:
        message = f"生产线不能单改这一批：{whole}"
        problems.append(Problem("run_line_stands", "production_line", message))
    return problems


def check_not_from_itself(input_ids: Collection[int], made_of_it: Set[int]) -> list[Problem]:
    """Nothing is made from itself, nor from what was made of it. ``made_of_it`` includes it."""
    if made_of_it.isdisjoint(input_ids):
        return []
    message = "选的原料里有这一批自己，或是用它做出来的东西，请去掉。"
    return [Problem("made_from_itself", "inputs", message)]


def check_void_sale(state: str, incoming_state: str) -> list[Problem]:
    problems = check_is_current(state)
    if not problems and incoming_state in ("accepted", "accepted_short"):
        message = "对方已经确认收货，请先请对方作废进货记录，再更正或作废这条销售。"
        problems.append(Problem("sale_already_accepted", "", message))
    return problems
