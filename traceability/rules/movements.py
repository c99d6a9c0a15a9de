"""Losses, destruction and returns: what makes such a record impossible or doubtful.

Source: Food Safety Law article 63 (recalled food is made harmless or destroyed); 食品召回管理办法
articles 24 and 25; Food Safety Law article 54 (spoilt and expired food is cleared out in time).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shilian.problems import Problem
from traceability.rules import corrections, dates, incoming, quantities, shortage, texts
from traceability.rules.goods import PaperFacts
from traceability.rules.purchases import check_papers
from traceability.rules.sales import BatchFacts

CAUSE_LENGTH = 200
DOING = {"loss": "报损", "destruction": "销毁", "return": "退"}
DECIDED = {
    "accepted": "这批退货已经收回，不用重复操作。",
    "accepted_short": "这批退货已经按少收确认，不用重复操作。",
    "refused": "这批退货已经选了不收，如需改为收回请让买方重新登记退货。",
    "withdrawn": "买方已经撤回这批退货，如已收到货请联系买方重新登记。",
}


@dataclass(frozen=True, slots=True)
class MovementDraft:
    """Goods that leave one batch; ``kind`` in the words of the model."""

    kind: str
    batch_id: int
    quantity: Decimal
    moved_on: date
    cause: str
    evidence_ids: tuple[int, ...] = ()
    voucher_number: str = ""
    raw: dict[str, Any] | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Bought:
    """How the batch came: from whom, how much, and how much of it has gone back already.

    What a buyer sent back came by the purchase of the batch that had been sold: ``batch_id`` is the
    one bought, and all that came of it share what may still go back. ``is_recalled``: a buyer sent
    it back because of a recall, so it goes on up although it is frozen.
    """

    batch_id: int
    supplier_name: str
    quantity: Decimal
    returned: Decimal
    is_recalled: bool = False
    partner_id: int | None = None
    supplier_operator_id: int | None = None
    sale_id: int | None = None

    @property
    def returnable(self) -> Decimal:
        return self.quantity - self.returned


@dataclass(frozen=True, slots=True)
class MovementFacts:
    """``bought`` has the purchases of the batches that were bought."""

    batches: Mapping[int, BatchFacts]
    bought: Mapping[int, Bought] = field(default_factory=dict)
    papers: Mapping[int, PaperFacts] = field(default_factory=dict)


def check_each_movement(
    drafts: Sequence[MovementDraft], facts: MovementFacts, *, today: date
) -> list[list[Problem]]:
    """The problems of each draft; drafts of one batch share what is left of it, in their order."""
    left = {id_: batch.on_hand for id_, batch in facts.batches.items()}
    sent = {bought.batch_id: bought.returnable for bought in facts.bought.values()}
    found = []
    for draft in drafts:
        problems = _check(draft, facts, left, sent, today)
        found.append([problem.at_row(draft.row) for problem in problems])
    return found


def _check(
    draft: MovementDraft,
    facts: MovementFacts,
    left: dict[int, Decimal],
    sent: dict[int, Decimal],
    today: date,
) -> list[Problem]:
    batch = facts.batches.get(draft.batch_id)
    problems = [
        *dates.check_event_day(draft.moved_on, field="moved_on", name="日期", today=today),
        *texts.check_required_text(draft.cause, "cause", "原因", CAUSE_LENGTH),
        *texts.check_text(draft.voucher_number, "voucher_number", "凭证号", 60),
        *check_papers(draft.evidence_ids, facts.papers, on=draft.moved_on),
    ]
    if draft.kind not in DOING:
        problems.append(Problem("movement_unknown", "kind", "请选“损耗”“销毁”或“退货”。"))
    if batch is None:
        message = "没有找到这批货，请从您现有的库存里选择。"
        return [*problems, Problem("batch_unknown", "batch_id", message)]
    problems += quantities.check_quantity(draft.quantity, batch.unit)
    bought = facts.bought.get(batch.id)
    problems += _check_batch(draft, batch, bought)
    if draft.kind == "return":
        problems += _check_return(draft, batch, bought, sent)
    if draft.quantity.is_finite() and draft.quantity > 0:
        problems += shortage.check_on_hand(
            batch.name,
            batch.unit,
            left=left[batch.id],
            asked=draft.quantity,
            field="quantity",
            doing=DOING.get(draft.kind, ""),
        )
        left[batch.id] -= draft.quantity
    return problems


def _check_batch(draft: MovementDraft, batch: BatchFacts, bought: Bought | None) -> list[Problem]:
    problems = []
    if draft.moved_on < batch.received_on:
        message = (
            f"日期{dates.spoken(draft.moved_on)}早于这批货的入库日期"
            f"{dates.spoken(batch.received_on)}，请核对。"
        )
        problems.append(Problem("moved_before_received", "moved_on", message))
    if batch.stop is None or batch.stop.is_recall:
        # Recalled goods are sent back or destroyed: that is what the recall is for.
        return problems
    if draft.kind == "return" and bought is not None and bought.is_recalled:
        return problems
    if draft.kind == "return":
        message = f"“{batch.name}”已冻结，不得退货，请封存；要退的先请监管所解除冻结。"
        problems.append(Problem("batch_held", "batch_id", message))
    else:
        message = (
            f"“{batch.name}”已冻结，处理前请先征得监管所同意，并拍照留证；已经同意的可以继续保存。"
        )
        problems.append(Problem("held_goods_moved", "batch_id", message, severity="warning"))
    return problems


def _check_return(
    draft: MovementDraft, batch: BatchFacts, bought: Bought | None, sent: dict[int, Decimal]
) -> list[Problem]:
    if bought is None:
        message = (
            f"“{batch.name}”这一批不是直接进货来的，不能退给供货商；"
            "拆分、装箱过的请先作废那次拆分、装箱，再从原来的批次退。"
        )
        return [Problem("return_not_bought", "batch_id", message)]
    if not draft.quantity.is_finite() or draft.quantity <= sent[bought.batch_id]:
        sent[bought.batch_id] -= draft.quantity if draft.quantity.is_finite() else Decimal(0)
        return []
    message = (
        f"“{batch.name}”这批从{bought.supplier_name}进了{bought.quantity.normalize():f}{batch.unit}，"
        f"还能退{max(sent[bought.batch_id], Decimal(0)).normalize():f}{batch.unit}，请减少数量。"
    )
    return [Problem("more_than_was_bought", "quantity", message)]


def check_void(state: str, returned_state: str) -> list[Problem]:
    """Whether the record may be declared void; ``returned_state`` is the supplier's answer."""
    problems = corrections.check_is_current(state)
    if not problems and returned_state in ("accepted", "accepted_short"):
        message = "供货商已经确认收回，不能再作废；货又送回来的，请让供货商开一张销售单。"
        problems.append(Problem("return_already_accepted", "", message))
    return problems


@dataclass(frozen=True, slots=True)
class TakeBackDraft:
    """Goods taken back; ``quantity`` None takes all that the buyer sent."""

    returned_id: int
    quantity: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnedFacts:
    """One return as it stands, ``state`` in the words of the model."""

    state: str
    quantity: Decimal
    unit: str


def check_take_back(draft: TakeBackDraft, facts: ReturnedFacts) -> list[Problem]:
    """Every problem of the supplier's answer."""
    problems = check_open(facts)
    if problems or draft.quantity is None:
        return problems
    problems = quantities.check_quantity(draft.quantity, facts.unit)
    if not draft.quantity.is_finite():
        return problems
    if draft.quantity > facts.quantity:
        message = (
            f"买方登记退回{facts.quantity.normalize():f}{facts.unit}，实收不能更多；"
            "多退的部分请让买方补登一笔退货。"
        )
        problems.append(Problem("more_than_was_sent", "quantity", message))
    elif draft.quantity < facts.quantity:
        problems += incoming.check_reason(draft.reason, "少收原因")
    return problems


@dataclass(frozen=True, slots=True)
class TakenBackFacts:
    """Goods taken back by mistake: ``use`` is what stands on their batch.

    ``short`` is what the buyer got back because less was taken, ``left`` what the buyer still has.
    ``is_stopped``: a bureau stopped this very batch, and not only what it came of.
    """

    state: str
    use: corrections.Use
    short: Decimal
    left: Decimal
    is_stopped: bool


def check_void_take_back(facts: TakenBackFacts) -> list[Problem]:
    """Whether goods taken back can wait for an answer again; nothing may stand on either side."""
    if facts.state not in ("accepted", "accepted_short"):
        message = "这批退货没有收回，或者收回已经作废，请刷新页面。"
        return [Problem("not_taken_back", "", message)]
    problems = corrections.check_void_output("current", facts.use)
    if facts.short > max(facts.left, Decimal(0)):
        message = (
            f"您少收的{facts.short.normalize():f}{facts.use.unit}回到了买方的库存，买方已经卖出或用掉，"
            "收回不能作废；数量不对的，请与买方另行登记。"
        )
        problems.append(Problem("given_back_already_used", "", message))
    if facts.is_stopped:
        message = "收回的这批货由监管部门冻结或召回，请先联系监管部门解除，再作废收回。"
        problems.append(Problem("held_by_bureau", "", message))
    return problems


def check_open(facts: ReturnedFacts) -> list[Problem]:
    """Whether the return still waits for an answer."""
    if facts.state != "waiting":
        return [Problem(f"returned_{facts.state}", "returned_id", DECIDED[facts.state])]
    return []
