"""What makes a purchase-inspection record impossible, doubtful or incomplete.

Source: Food Safety Law articles 50, 53 and 65; domain.md section 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from shilian.problems import Problem
from traceability.rules import dates, quantities, texts
from traceability.rules.goods import PaperFacts, PartnerFacts, ProductFacts

EVENT_NAME = "进货日期"


# Not frozen, for setting each field of a hundred thousand drafts through the freeze takes three
# times as long; nobody changes one.
@dataclass(slots=True)
class PurchaseDraft:
    """Goods received, as some door understood them.

    ``row`` is the row as the sender sees it; ``raw`` keeps what was typed where it was changed.
    """

    product_id: int
    supplier_id: int
    quantity: Decimal
    unit: str
    purchased_on: date
    batch_number: str = ""
    produced_on: date | None = None
    voucher_number: str = ""
    evidence_ids: tuple[int, ...] = ()
    origin_place: str = ""
    raw: dict[str, Any] | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class PurchaseFacts:
    """What the operator's own books say about the drafts' products, suppliers and papers."""

    operator_id: int
    credit_code: str
    products: Mapping[int, ProductFacts]
    suppliers: Mapping[int, PartnerFacts]
    papers: Mapping[int, PaperFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the rules said of drafts by certain facts on a certain day; None: nothing yet."""

    facts: PurchaseFacts
    found: list[list[Problem]] | None
    today: date


def check_purchases(
    drafts: Sequence[PurchaseDraft], facts: PurchaseFacts, *, today: date
) -> list[Problem]:
    """Every problem of every draft, each naming its row; warnings do not stop the write."""
    return [
        problem for found in check_each_purchase(drafts, facts, today=today) for problem in found
    ]


def check_each_purchase(
    drafts: Sequence[PurchaseDraft], facts: PurchaseFacts, *, today: date
) -> list[list[Problem]]:
    """The problems of each draft, in the order of the drafts.

    Amounts and days repeat from draft to draft: what was in order once is not looked at again.
    """
    fine: set[tuple[Any, ...]] = set()
    found = []
    for draft in drafts:
        problems = _check_repeated(draft, facts, today, fine)
        problems += _check_texts(draft)
        if draft.evidence_ids:
            problems += check_papers(draft.evidence_ids, facts.papers, on=draft.purchased_on)
        if problems and draft.row is not None:
            problems = [problem.at_row(draft.row) for problem in problems]
        found.append(problems)
    return found


def check_purchase(draft: PurchaseDraft, facts: PurchaseFacts, *, today: date) -> list[Problem]:
    return [
        *_check_repeated(draft, facts, today, set()),
        *_check_texts(draft),
        *check_papers(draft.evidence_ids, facts.papers, on=draft.purchased_on),
    ]


def _check_repeated(
    draft: PurchaseDraft, facts: PurchaseFacts, today: date, fine: set[tuple[Any, ...]]
) -> list[Problem]:
    """Amount, goods, supplier and days; ``fine`` remembers which of them are in order."""
    problems: list[Problem] = []
    # A number that is none cannot be remembered, and is never in order.
    amount = (draft.product_id, draft.quantity, draft.unit) if draft.quantity.is_finite() else ()
    if amount not in fine:
        problems += _check_goods(draft, facts.products.get(draft.product_id))
        if not problems:
            fine.add(amount)
    days = (draft.product_id, draft.supplier_id, draft.purchased_on, draft.produced_on)
    if days not in fine:
        doubts = _check_supplier_and_days(draft, facts, today)
        if not doubts:
            fine.add(days)
        problems += doubts
    return problems


def _check_supplier_and_days(
    draft: PurchaseDraft, facts: PurchaseFacts, today: date
) -> list[Problem]:
    return [
        *_check_supplier(draft, facts),
        *dates.check_event_day(
            draft.purchased_on, field="purchased_on", name=EVENT_NAME, today=today
        ),
        *_check_production(draft, facts.products.get(draft.product_id), today),
    ]


def _check_goods(draft: PurchaseDraft, product: ProductFacts | None) -> list[Problem]:
    problems = quantities.check_quantity(draft.quantity, draft.unit)
    if product is None:
        message = "没有找到这个商品，请从您的商品里选择，或者新建一个。"
        return [Problem("product_unknown", "product_id", message), *problems]
    if draft.unit == product.unit:
        return problems
    problems += quantities.check_unit(draft.unit)
    if quantities.known_unit(draft.unit):
        message = f"“{product.name}”平时按{product.unit}记，这次填的是{draft.unit}，请核对。"
        problems.append(Problem("unit_differs", "unit", message, severity="warning"))
    return problems


def _check_supplier(draft: PurchaseDraft, facts: PurchaseFacts) -> list[Problem]:
    supplier = facts.suppliers.get(draft.supplier_id)
    if supplier is None:
        message = "没有找到这个供货者，请从您的供货者里选择，或者新建一个。"
        return [Problem("supplier_unknown", "supplier_id", message)]
    if is_oneself(supplier, facts.operator_id, facts.credit_code):
        message = "供货者不能是您自己，请选择真正的供货者；自产的货请走“生产”。"
        return [Problem("supplier_is_oneself", "supplier_id", message)]
    valid_until = supplier.licence_valid_until
    if valid_until is not None and valid_until < draft.purchased_on:
        message = (
            f"{supplier.name}的许可证已于{dates.spoken(valid_until)}到期，"
            "请向供货者索要新证；记录可以保存，但会标注提示。"
        )
        return [Problem("supplier_licence_expired", "supplier_id", message, severity="warning")]
    return []


def _check_production(
    draft: PurchaseDraft, product: ProductFacts | None, today: date
) -> list[Problem]:
    if draft.produced_on is None:
        return []
    problems = dates.check_production_day(
        draft.produced_on, event_on=draft.purchased_on, event_name=EVENT_NAME, today=today
    )
    if problems or product is None:
        return problems
    return dates.check_not_expired(
        product.expires_on(draft.produced_on), event_on=draft.purchased_on, event_name="进货"
    )


def _check_texts(draft: PurchaseDraft) -> list[Problem]:
    problems = []
    if draft.batch_number:
        problems += texts.check_text(draft.batch_number, "batch_number", "生产批号", 60)
    if draft.voucher_number:
        problems += texts.check_text(draft.voucher_number, "voucher_number", "凭证号", 60)
    if draft.origin_place:
        problems += texts.check_text(draft.origin_place, "origin_place", "产地", 60)
    return problems


def is_oneself(partner: PartnerFacts, operator_id: int, credit_code: str) -> bool:
    return partner.operator_id == operator_id or (
        bool(partner.credit_code) and partner.credit_code == credit_code
    )


def check_papers(
    ids: tuple[int, ...], papers: Mapping[int, PaperFacts], *, on: date
) -> list[Problem]:
    """Papers are the operator's own, and still valid on the day."""
    problems = []
    for paper in map(papers.get, ids):
        if paper is None:
            message = "有一份凭证没有找到，请重新选择或重新拍照上传。"
            problems.append(Problem("evidence_unknown", "evidence_ids", message))
        elif paper.valid_until is not None and paper.valid_until < on:
            message = (
                f"“{paper.label}”已于{dates.spoken(paper.valid_until)}到期，请换用有效的凭证。"
            )
            problems.append(
                Problem("evidence_expired", "evidence_ids", message, severity="warning")
            )
    return problems
