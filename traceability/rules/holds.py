"""Freezing batches (冻结): what may be held, released, and what a held batch cannot do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shilian.problems import Problem
from traceability.rules import dates, texts

REASON_LENGTH = 200
MAX_BATCHES = 200


@dataclass(frozen=True, slots=True)
class Stop:
    """Since when a batch may not move, and whether by recall or hold."""

    since: date
    is_recall: bool

    @property
    def word(self) -> str:
        return "召回" if self.is_recall else "冻结"


@dataclass(frozen=True, slots=True)
class HoldFacts:
    """One batch somebody wants to freeze; ``on_hand`` is what is left of it.

    ``is_in_parts``: something is left of what was split, merged, repacked or boxed of it.
    """

    name: str
    on_hand: Decimal
    is_held: bool
    is_in_parts: bool = False


def check_hold(
    batch_ids: Sequence[int], facts: Mapping[int, HoldFacts], reason: str
) -> list[Problem]:
    """Every problem of freezing these batches; ``facts`` has those within sight."""
    if not batch_ids:
        return [Problem("batch_missing", "batch_ids", "请选择要冻结的批次。")]
    if len(batch_ids) > MAX_BATCHES:
        message = f"一次最多冻结{MAX_BATCHES}个批次，请分开办理。"
        return [Problem("too_many_batches", "batch_ids", message)]
    problems = []
    for row, id_ in enumerate(batch_ids):
        problems += [problem.at_row(row) for problem in _check_one(facts.get(id_))]
    return problems + texts.check_required_text(reason, "reason", "冻结原因", REASON_LENGTH)


def _check_one(facts: HoldFacts | None) -> list[Problem]:
    if facts is None:
        # Somebody else's batch and none at all are one answer, so nothing is learnt.
        message = "没有找到这个批次，只能冻结自己的或辖区内的批次，请核对。"
        return [Problem("hold_batch_unknown", "batch_ids", message)]
    if facts.is_held:
        message = f"“{facts.name}”已经冻结，不用重复操作。"
        return [Problem("already_held", "batch_ids", message)]
    if facts.on_hand <= 0 and not facts.is_in_parts:
        message = f"“{facts.name}”已经全部售出或用完，冻结不起作用，请直接启动召回。"
        return [Problem("hold_sold_out", "batch_ids", message)]
    return []


def check_release(
    batch_ids: Collection[int], held: Mapping[int, bool], reason: str, *, is_officer: bool
) -> list[Problem]:
    """``held`` has the frozen batches within sight, and whether an officer froze them."""
    problems = []
    if not batch_ids or set(batch_ids) - held.keys():
        message = "这个批次没有冻结，或者已经解除，请刷新页面。"
        problems.append(Problem("not_held", "batch_ids", message))
    if not is_officer and any(held.get(id_, False) for id_ in batch_ids):
        message = "这个批次由监管部门冻结，请联系监管部门解除。"
        problems.append(Problem("held_by_bureau", "batch_ids", message))
    return problems + texts.check_required_text(reason, "reason", "解除原因", REASON_LENGTH)


def check_movement(
    name: str,
    stop: Stop | None,
    on: date,
    *,
    field: str,
    doing: str,
    then: str = "请通知对方停止销售",
) -> list[Problem]:
    """Whether goods may be sold or used on that day.

    What left before the stop is recorded late all the same, because the recall needs to know where
    it went; ``then`` says what follows for those goods. Source: 食品召回管理办法 article 12 (stop at once).
    """
    if stop is None:
        return []
    day = dates.spoken(stop.since)
    if on < stop.since:
        message = f"“{name}”从{day}起已{stop.word}；这是此前{doing}的，照常记下，{then}。"
        return [Problem("moved_before_stop", field, message, severity="warning")]
    message = (
        f"“{name}”从{day}起已{stop.word}，不得{doing}，请封存并等候处理；"
        f"当天在这之前已经{doing}的，请告知监管所。"
    )
    return [Problem("batch_held", field, message)]


def check_arrival(name: str, stop: Stop | None, *, field: str) -> list[Problem]:
    """Whether goods that a seller sent may be taken in."""
    if stop is None:
        return []
    message = f"“{name}”已被{stop.word}，请不要收货；货已送到的请封存，并点“不收”退回卖方。"
    return [Problem("batch_held", field, message)]
