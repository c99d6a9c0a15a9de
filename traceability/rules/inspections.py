"""Factory inspection: what its record must say. Source: Food Safety Law articles 51 and 52."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from shilian.problems import Problem
from traceability.rules import dates, texts

RESULTS = ("passed", "failed")


@dataclass(frozen=True, slots=True)
class InspectionDraft:
    """The inspection of one batch; ``result`` is passed or failed."""

    batch_id: int
    inspected_on: date
    result: str = "passed"
    certificate_number: str = ""
    items: str = ""
    inspector: str = ""
    voucher_number: str = ""
    evidence_ids: tuple[int, ...] = ()
    raw: dict[str, Any] | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class InspectedBatch:
    """What an inspection must know of its batch."""

    produced_on: date | None
    is_own_made: bool


def check_inspections(
    drafts: Sequence[InspectionDraft],
    batches: Mapping[int, InspectedBatch],
    evidence_ids: frozenset[int],
    *,
    today: date,
) -> list[Problem]:
    """Every fault of every draft, each at its row; a batch not in ``batches`` is foreign."""
    problems: list[Problem] = []
    for draft in drafts:
        batch = batches.get(draft.batch_id)
        found = [*_batch(batch), *_days(draft, batch, today), *_result(draft)]
        if not evidence_ids.issuperset(draft.evidence_ids):
            found.append(Problem("evidence_unknown", "evidence_ids", "没有这份凭证，请重新选择。"))
        problems += [problem.at_row(draft.row) for problem in found]
    return problems


def _batch(batch: InspectedBatch | None) -> list[Problem]:
    if batch is None:
        return [Problem("batch_unknown", "batch_id", "没有这个批次，请重新选择。")]
    if not batch.is_own_made:
        message = "出厂检验只针对自己生产的批次；购进的货请在进货查验里附检验凭证。"
        return [Problem("batch_not_own_made", "batch_id", message)]
    return []


def _days(draft: InspectionDraft, batch: InspectedBatch | None, today: date) -> list[Problem]:
    problems = dates.check_event_day(
        draft.inspected_on, field="inspected_on", name="检验日期", today=today
    )
    if batch and batch.produced_on and draft.inspected_on < batch.produced_on:
        day = dates.spoken(batch.produced_on)
        message = f"检验日期早于生产日期{day}，请核对这两个日期。"
        problems.append(Problem("inspected_before_production", "inspected_on", message))
    return problems


def _result(draft: InspectionDraft) -> list[Problem]:
    problems = []
    if draft.result not in RESULTS:
        problems.append(Problem("result_unknown", "result", "检验结果请选“合格”或“不合格”。"))
    if draft.result == "passed" and not draft.certificate_number.strip():
        message = "检验合格的批次请填写检验合格证号（《食品安全法》第五十一条）。"
        problems.append(Problem("certificate_number_missing", "certificate_number", message))
    for value, field, name, limit in (
        (draft.certificate_number, "certificate_number", "检验合格证号", 60),
        (draft.items, "items", "检验项目", 200),
        (draft.inspector, "inspector", "检验员", 40),
        (draft.voucher_number, "voucher_number", "凭证号", 60),
    ):
        problems += texts.check_text(value, field, name, limit)
    return problems
