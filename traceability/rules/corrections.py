"""When a record may be declared void or replaced by a corrected one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from shilian.problems import Problem
from traceability.rules import dates, texts
from traceability.rules.purchases import PurchaseDraft

REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Use:
    """What has already left a batch, and the first day something was sold from it."""

    gone: Decimal
    unit: str
    first_on: date | None


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


def check_void_purchase(state: str, *, gone: Decimal, unit: str) -> list[Problem]:
    problems = check_is_current(state)
    if not problems and gone > 0:
        message = (
            f"这批货已经卖出或用掉{gone.normalize():f}{unit}，请先作废相应的销售或投料记录，"
            "再作废进货。"
        )
        problems.append(Problem("batch_already_used", "", message))
    return problems


def check_correct_purchase(old: OldPurchase, draft: PurchaseDraft, use: Use) -> list[Problem]:
    """The corrected purchase must still cover what has already left the batch."""
    problems = check_is_current(old.state)
    if use.gone > 0 and draft.unit != use.unit:
        message = f"这批货已按{use.unit}卖出，单位不能再改。"
        problems.append(Problem("unit_already_used", "unit", message))
    elif draft.quantity.is_finite() and draft.quantity < use.gone:
        message = f"这批货已经卖出或用掉{use.gone.normalize():f}{use.unit}，数量不能少于它。"
        problems.append(Problem("less_than_already_used", "quantity", message))
    if use.first_on is not None and draft.purchased_on > use.first_on:
        message = f"这批货在{dates.spoken(use.first_on)}已经卖出，进货日期不能晚于那一天。"
        problems.append(Problem("received_after_sold", "purchased_on", message))
    return problems


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


def check_void_sale(state: str, incoming_state: str) -> list[Problem]:
    problems = check_is_current(state)
    if not problems and incoming_state in ("accepted", "accepted_short"):
        message = "对方已经确认收货，请先请对方作废进货记录，再更正或作废这条销售。"
        problems.append(Problem("sale_already_accepted", "", message))
    return problems
