"""What makes a sale record impossible or doubtful.

Source: Food Safety Law articles 51 and 53 paragraph 4; domain.md section 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shilian.problems import Problem
from traceability.rules import dates, holds, quantities, shortage, texts
from traceability.rules.goods import PaperFacts, PartnerFacts
from traceability.rules.holds import Stop
from traceability.rules.purchases import check_papers, is_oneself

EVENT_NAME = "销售日期"


@dataclass(frozen=True, slots=True)
class SaleDraft:
    """Goods that leave one batch for one buyer."""

    batch_id: int
    buyer_id: int
    quantity: Decimal
    unit: str
    sold_on: date
    certificate_number: str = ""
    voucher_number: str = ""
    evidence_ids: tuple[int, ...] = ()
    raw: dict[str, Any] | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One batch of the seller; ``on_hand`` is what is left of it now, in ``unit``."""

    id: int
    name: str
    unit: str
    on_hand: Decimal
    received_on: date
    expires_on: date | None = None
    needs_inspection: bool = False
    has_passed: bool = False
    has_failed: bool = False
    certificate_number: str = ""
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class SaleFacts:
    operator_id: int
    credit_code: str
    batches: Mapping[int, BatchFacts]
    buyers: Mapping[int, PartnerFacts]
    papers: Mapping[int, PaperFacts] = field(default_factory=dict)
    # The responsible person's reason for selling before the inspection has passed.
    override_reason: str = ""
    # The batches that rightly state no shelf life.
    exempt_batches: frozenset[int] = frozenset()


def check_sales(drafts: Sequence[SaleDraft], facts: SaleFacts, *, today: date) -> list[Problem]:
    """Every problem of every draft, each naming its row; warnings do not stop the write."""
    return [problem for found in check_each_sale(drafts, facts, today=today) for problem in found]


def check_each_sale(
    drafts: Sequence[SaleDraft], facts: SaleFacts, *, today: date
) -> list[list[Problem]]:
    """The problems of each draft; drafts of one batch share what is left of it, in their order."""
    left = {id_: batch.on_hand for id_, batch in facts.batches.items()}
    problems = []
    for draft in drafts:
        found = check_sale(draft, facts, today=today)
        batch = facts.batches.get(draft.batch_id)
        if batch is not None and _is_countable(draft, batch):
            found += _check_on_hand(draft, batch, left[batch.id])
            left[batch.id] -= draft.quantity
        problems.append([p if draft.row is None else p.at_row(draft.row) for p in found])
    return problems


def _is_countable(draft: SaleDraft, batch: BatchFacts) -> bool:
    return draft.unit == batch.unit and draft.quantity.is_finite() and draft.quantity > 0


def check_sale(draft: SaleDraft, facts: SaleFacts, *, today: date) -> list[Problem]:
    """The problems of one draft, its stock apart."""
    batch = facts.batches.get(draft.batch_id)
    return [
        *_check_batch(draft, batch, facts),
        *quantities.check_quantity(draft.quantity, draft.unit),
        *_check_buyer(draft, facts),
        *dates.check_event_day(draft.sold_on, field="sold_on", name=EVENT_NAME, today=today),
        *texts.check_text(draft.certificate_number, "certificate_number", "检验合格证号", 60),
        *texts.check_text(draft.voucher_number, "voucher_number", "凭证号", 60),
        *check_papers(draft.evidence_ids, facts.papers, on=draft.sold_on),
    ]


def _check_batch(draft: SaleDraft, batch: BatchFacts | None, facts: SaleFacts) -> list[Problem]:
    if batch is None:
        # Somebody else's batch and none at all are one answer, so nothing is learnt.
        message = "没有找到这批货，请从您现有的库存里选择。"
        return [Problem("batch_unknown", "batch_id", message)]
    problems = []
    if draft.unit != batch.unit:
        message = f"这批{batch.name}按{batch.unit}入库，请按{batch.unit}填写数量。"
        problems.append(Problem("unit_differs_from_batch", "unit", message))
    if draft.sold_on < batch.received_on:
        message = (
            f"销售日期{dates.spoken(draft.sold_on)}早于这批货的入库日期"
            f"{dates.spoken(batch.received_on)}，请核对。"
        )
        problems.append(Problem("sold_before_received", "sold_on", message))
    if batch.expires_on is not None and batch.expires_on < draft.sold_on:
        message = (
            f"这批{batch.name}的保质期到{dates.spoken(batch.expires_on)}，已经过期，不得销售；"
            "如已售出请如实记录并尽快召回。"
        )
        problems.append(Problem("sold_after_expiry", "batch_id", message, severity="warning"))
    problems += holds.check_movement(
        batch.name, batch.stop, draft.sold_on, field="batch_id", doing="销售"
    )
    return [*problems, *_check_inspected(batch, facts.override_reason)]


def _check_inspected(batch: BatchFacts, override_reason: str) -> list[Problem]:
    if not batch.needs_inspection or batch.has_passed or override_reason:
        return []
    message = f"这批{batch.name}还没有检验合格的出厂检验记录，请先登记出厂检验，再销售。"
    return [Problem("inspection_not_passed", "batch_id", message)]


def _check_buyer(draft: SaleDraft, facts: SaleFacts) -> list[Problem]:
    buyer = facts.buyers.get(draft.buyer_id)
    if buyer is None:
        message = "没有找到这个购货者，请从您的购货者里选择，或者新建一个。"
        return [Problem("buyer_unknown", "buyer_id", message)]
    if is_oneself(buyer, facts.operator_id, facts.credit_code):
        return [Problem("buyer_is_oneself", "buyer_id", "购货者不能是您自己，请选择真正的购货者。")]
    return []


def _check_on_hand(draft: SaleDraft, batch: BatchFacts, left: Decimal) -> list[Problem]:
    return shortage.check_on_hand(
        batch.name, batch.unit, left=left, asked=draft.quantity, field="quantity", doing="卖"
    )
