"""What an evidence document (凭证) must say of itself. Source: domain.md section 1.5."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shilian.problems import Problem
from traceability.rules import dates, texts

KINDS = (
    "licence",
    "product_certificate",
    "commitment",
    "quarantine",
    "meat_inspection",
    "import",
    "voucher",
    "test",
    "other",
)


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """The particulars of one paper; without ``valid_until`` it does not expire."""

    kind: str
    number: str = ""
    issued_on: date | None = None
    valid_until: date | None = None


def check_evidence(draft: EvidenceDraft, *, today: date) -> list[Problem]:
    """Every fault of the particulars; an expired paper is kept, with a warning."""
    problems = texts.check_text(draft.number, "number", "编号", 60)
    if draft.kind not in KINDS:
        problems.append(Problem("kind_unknown", "kind", "请选择这是什么凭证。"))
    if draft.issued_on and draft.issued_on > today:
        message = f"开具日期{dates.spoken(draft.issued_on)}还没有到，请按凭证上的日期填写。"
        problems.append(Problem("issued_in_future", "issued_on", message))
    if draft.valid_until is None:
        return problems
    if draft.issued_on and draft.valid_until < draft.issued_on:
        message = "有效期至早于开具日期，请核对这两个日期。"
        problems.append(Problem("valid_until_before_issue", "valid_until", message))
    elif draft.valid_until < today:
        message = f"这份凭证在{dates.spoken(draft.valid_until)}已经到期，请向供货者要新的。"
        problems.append(Problem("evidence_expired", "valid_until", message, severity="warning"))
    return problems
