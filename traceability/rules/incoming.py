"""What a buyer may answer to goods that a registered seller says it sold to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shilian.problems import Problem
from traceability.rules import holds, quantities, texts
from traceability.rules.holds import Stop

REASON_LENGTH = 200
DECIDED = {
    "accepted": "这批货已经确认收货，不用重复操作。",
    "accepted_short": "这批货已经按少收确认，不用重复操作。",
    "refused": "这批货已经拒收，如需改为收货请联系卖方重新开单。",
    "withdrawn": "卖方已经撤回这张单，如已收到货请联系卖方重新开单。",
}


@dataclass(frozen=True, slots=True)
class AcceptDraft:
    """Goods taken in; ``quantity`` None takes all that the seller sold."""

    incoming_id: int
    quantity: Decimal | None = None
    reason: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingFacts:
    """One draft as it stands, ``state`` in the words of the model."""

    id: int
    name: str
    state: str
    quantity: Decimal
    unit: str
    stop: Stop | None = None


def check_accepts(
    drafts: Sequence[AcceptDraft], facts: Mapping[int, IncomingFacts]
) -> list[Problem]:
    """Every problem of every answer, each naming its row."""
    seen: set[int] = set()
    problems = []
    for draft in drafts:
        found = _check_accept(draft, facts.get(draft.incoming_id))
        if draft.incoming_id in seen:
            message = "同一批来货在这次提交里出现了两次，请只保留一次。"
            found.append(Problem("incoming_twice", "incoming_id", message))
        seen.add(draft.incoming_id)
        problems += [p if draft.row is None else p.at_row(draft.row) for p in found]
    return problems


def check_open(facts: IncomingFacts | None) -> list[Problem]:
    """Whether the draft still waits for an answer."""
    if facts is None:
        message = "没有找到这批来货，请刷新页面后重试。"
        return [Problem("incoming_unknown", "incoming_id", message)]
    if facts.state != "waiting":
        return [Problem(f"incoming_{facts.state}", "incoming_id", DECIDED[facts.state])]
    return []


def _check_accept(draft: AcceptDraft, facts: IncomingFacts | None) -> list[Problem]:
    problems = check_open(facts)
    if not problems and facts is not None:
        problems = holds.check_arrival(facts.name, facts.stop, field="incoming_id")
    if problems or facts is None or draft.quantity is None:
        return problems
    problems = quantities.check_quantity(draft.quantity, facts.unit)
    if draft.quantity.is_finite() and draft.quantity > facts.quantity:
        message = (
            f"卖方开单{facts.quantity.normalize():f}{facts.unit}，实收不能更多；"
            "多收的部分请让卖方补开一张单。"
        )
        problems.append(Problem("more_than_was_sold", "quantity", message))
    if draft.quantity.is_finite() and draft.quantity < facts.quantity:
        problems += check_reason(draft.reason, "少收原因，例如：破损、短斤少两")
    return problems


def check_reason(reason: str, name: str = "原因") -> list[Problem]:
    return texts.check_required_text(reason, "reason", name, REASON_LENGTH)
