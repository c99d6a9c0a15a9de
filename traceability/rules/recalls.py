"""What makes a recall, its changes and its answers impossible; and where the goods are.

Source: 食品召回管理办法 articles 12 to 20; Food Safety Law article 63.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from shilian.problems import Problem
from traceability.rules import quantities, texts
from traceability.rules.recall_clocks import RecallClock

REASON_LENGTH = 200
MAX_STARTS = 50
# A risk known longer than this is another matter than a recall that begins now.
LONGEST_KNOWN = timedelta(days=365)
CAUSES = frozenset({"failed_sample", "complaint", "own_finding"})
ZERO = Decimal(0)
PARTS = ("left", "recovered", "sold", "destroyed")
PART_NAMES = {
    "left": "封存未售",
    "recovered": "已追回",
    "sold": "已售未追回",
    "destroyed": "已销毁",
}


@dataclass(frozen=True, slots=True)
class RecallDraft:
    """A recall as it is asked for; ``known_at`` is when the risk became known."""

    level: str
    cause: str
    reason: str
    start_ids: tuple[int, ...]
    known_at: datetime
    is_drill: bool = False
    tells_upstream: bool = True


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """Where the goods of one batch are now, in the batch's unit."""

    batch_id: int
    left: Decimal
    recovered: Decimal = ZERO
    sold: Decimal = ZERO
    destroyed: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.left + self.recovered + self.sold + self.destroyed


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """What a holder answers, of all its batches or some; ``correction``: why the former was wrong."""

    lines: tuple[AnswerLine, ...] = ()
    note: str = ""
    correction: str = ""
    evidence_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A batch of the recall in one holder's hands; ``passed_on`` went to holders who answer."""

    batch_id: int
    name: str
    unit: str
    quantity: Decimal
    passed_on: Decimal

    @property
    def to_account_for(self) -> Decimal:
        """Never below nothing: who passed on more than it got has no goods to look for."""
        return max(self.quantity - self.passed_on, ZERO)


@dataclass(frozen=True, slots=True)
class Balance:
    """All goods of one unit: what has been answered for, and what has not.

    ``total`` = left + recovered + sold + destroyed + unaccounted + unanswered.
    """

    unit: str
    total: Decimal
    unanswered: Decimal
    left: Decimal
    recovered: Decimal
    sold: Decimal
    destroyed: Decimal

    @property
    def unaccounted(self) -> Decimal:
        """Missing from the answers; negative when more was answered for than had been received."""
        known = self.left + self.recovered + self.sold + self.destroyed
        return self.total - self.unanswered - known

    @property
    def under_control_ratio(self) -> Decimal | None:
        """Sealed, recovered or destroyed, of everything; None when there is nothing."""
        safe = self.left + self.recovered + self.destroyed
        return safe / self.total if self.total else None


def check_start(
    draft: RecallDraft,
    clock: RecallClock | None,
    *,
    known_starts: Collection[int],
    under_recall: Collection[int],
    at: datetime,
) -> list[Problem]:
    """Every problem of a recall that is to begin now."""
    problems = []
    if clock is None:
        problems.append(Problem("level_unknown", "level", "请选择召回级别：一级、二级或三级。"))
    if draft.cause not in CAUSES:
        message = "请选择召回的来由：抽检不合格、投诉举报或自查发现。"
        problems.append(Problem("cause_unknown", "cause", message))
    problems += texts.check_required_text(draft.reason, "reason", "召回原因", REASON_LENGTH)
    problems += _check_known(draft.known_at, at)
    return problems + check_starts(draft.start_ids, known_starts, under_recall)


def _check_known(known_at: datetime, at: datetime) -> list[Problem]:
    if known_at > at:
        return [Problem("known_in_future", "known_at", "知悉风险的时间不能晚于现在，请核对。")]
    if at - known_at > LONGEST_KNOWN:
        message = "知悉风险的时间超过一年，请核对日期。"
        return [Problem("known_too_long_ago", "known_at", message)]
    return []


def check_starts(
    start_ids: Sequence[int], known: Collection[int], under_recall: Collection[int]
) -> list[Problem]:
    """Whether the batches exist for whoever asks and are not being recalled already."""
    if not start_ids:
        return [Problem("start_missing", "start_ids", "请至少选择一个要召回的批次。")]
    if len(start_ids) > MAX_STARTS:
        message = f"一次最多召回{MAX_STARTS}个批次，请分开办理。"
        return [Problem("too_many_starts", "start_ids", message)]
    if set(start_ids) - set(known):
        # Somebody else's batch and none at all are one answer, so nothing is learnt.
        message = "没有找到这个批次，只能召回自己的或辖区内的批次，请核对。"
        return [Problem("recall_batch_unknown", "start_ids", message)]
    if set(start_ids) & set(under_recall):
        message = "这个批次已经在召回中，不用重复启动；需要时请在原召回里扩大范围。"
        return [Problem("already_recalled", "start_ids", message)]
    return []


def check_is_active(state: str) -> list[Problem]:
    if state == "active":
        return []
    said = "已经完成" if state == "finished" else "已经撤销"
    return [Problem(f"recall_{state}", "", f"这次召回{said}，不能再改动。")]


def check_reason(reason: str, name: str) -> list[Problem]:
    return texts.check_required_text(reason, "reason", name, REASON_LENGTH)


def check_narrowing(
    batch_ids: Collection[int], affected: Collection[int], remaining: Collection[int]
) -> list[Problem]:
    """``remaining`` are the batches that would still be recalled."""
    if not batch_ids or set(batch_ids) - set(affected):
        message = "请选择这次召回里的批次。"
        return [Problem("narrow_batch_unknown", "batch_ids", message)]
    if not remaining:
        message = "这样就没有要召回的批次了；全部不召回请撤销召回。"
        return [Problem("nothing_left_to_recall", "batch_ids", message)]
    return []


def check_finish(note: str, *, unanswered: int, accepts_unanswered: bool) -> list[Problem]:
    """Whether the recall may end; with silent holders only knowingly."""
    problems = texts.check_required_text(note, "note", "召回总结", REASON_LENGTH)
    if unanswered and not accepts_unanswered:
        message = f"还有{unanswered}家没有回复。请先催办；确认不再等待的，请勾选后再完成。"
        problems.append(Problem("holders_unanswered", "accepts_unanswered", message))
    return problems


def check_acknowledgement(*, is_withdrawn: bool, is_acknowledged: bool) -> list[Problem]:
    if is_withdrawn:
        message = "这张召回通知已经取消，您的货不在召回范围内，不用操作。"
        return [Problem("notice_withdrawn", "", message)]
    if is_acknowledged:
        message = "您已经确认过收到通知，不用重复确认；请继续填报数量。"
        return [Problem("already_acknowledged", "", message)]
    return []


def check_answer(
    draft: AnswerDraft,
    held: Mapping[int, HeldBatch],
    *,
    holds_any: bool,
    is_withdrawn: bool,
    is_answered: bool,
) -> list[Problem]:
    """Every problem of an answer, each at its line; more than was received is a warning.

    ``held`` are those of the told batches that are the holder's; it may tell of some now and of
    the others later, but ``holds_any`` means that it tells of one at least.
    """
    if is_withdrawn:
        return check_acknowledgement(is_withdrawn=True, is_acknowledged=False)
    problems = []
    if is_answered:
        message = "您已经报过数量。要改请写明更正原因，例如：又追回了2箱。"
        if not draft.correction:
            problems.append(Problem("already_answered", "correction", message))
    problems += texts.check_text(draft.correction, "correction", "更正原因", REASON_LENGTH)
    problems += texts.check_text(draft.note, "note", "说明", REASON_LENGTH)
    for row, line in enumerate(draft.lines):
        problems += [problem.at_row(row) for problem in _check_line(line, held.get(line.batch_id))]
    told = [line.batch_id for line in draft.lines]
    if len(set(told)) != len(told) or (holds_any and not told):
        message = "至少要填一个批次的数量，每个批次只填一行，请刷新页面后重填。"
        problems.append(Problem("lines_incomplete", "", message))
    return problems


def _check_line(line: AnswerLine, held: HeldBatch | None) -> list[Problem]:
    if held is None:
        message = "这个批次不在您的召回通知里，请刷新页面后重填。"
        return [Problem("line_unknown", "batch_id", message)]
    problems = [problem for part in PARTS for problem in _check_part(getattr(line, part), part)]
    if not problems and line.total > held.to_account_for:
        message = (
            f"“{held.name}”合计{line.total.normalize():f}{held.unit}，多于应当说明的"
            f"{held.to_account_for.normalize():f}{held.unit}，请核对。没有多报就照实上报，差额会显示在平衡表里。"
        )
        problems.append(Problem("more_than_received", "left", message, severity="warning"))
    return problems


def _check_part(quantity: Decimal, part: str) -> list[Problem]:
    name = PART_NAMES[part]
    if not quantity.is_finite():
        return [Problem(f"{part}_not_a_number", part, f"{name}必须是数字，没有就填0。")]
    if quantity < 0:
        return [Problem(f"{part}_negative", part, f"{name}不能小于0，没有就填0。")]
    if quantity >= quantities.LARGEST:
        return [Problem(f"{part}_too_large", part, f"{name}太大了，请检查是否多输了0。")]
    if quantities.has_too_many_places(quantity):
        message = f"{name}最多{quantities.PLACES}位小数，请四舍五入后填写。"
        return [Problem(f"{part}_too_precise", part, message)]
    return []


def reach(
    starts: Iterable[int], onward: Mapping[int, Sequence[int]], left_out: Collection[int]
) -> dict[int, int]:
    """The batches that the starts lead to without passing one that is left out, with their hops.

    Cost: linear in the links.
    """
    hops = {id_: 0 for id_ in starts if id_ not in left_out}
    frontier = list(hops)
    while frontier:
        fresh: dict[int, int] = {}
        for id_ in frontier:
            for child in onward.get(id_, ()):
                if child not in hops and child not in left_out:
                    fresh[child] = hops[id_] + 1
        hops.update(fresh)
        frontier = list(fresh)
    return hops
