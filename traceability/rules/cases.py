"""Who may open a trace case, for how long, and what it must say.

Source: security.md section 5, D11: a chain beyond one's jurisdiction needs a reason, an approver
and an end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shilian.problems import Problem
from traceability.rules import texts

KINDS = ("failed_sample", "complaint", "illness", "inspection", "drill")
REASON_LENGTH = 200
MAX_STARTS = 50
DEFAULT_DAYS = 30
MAX_DAYS = 90
# "/370000/": the province's own path has one code.
PROVINCE_DEPTH = 1


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """What a bureau asks for; ``asked_path`` empty asks for the whole province."""

    kind: str
    reason: str
    start_ids: tuple[int, ...]
    asked_path: str = ""
    days: int = DEFAULT_DAYS


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as it stands; ``division_path`` is of the bureau that asked."""

    state: str
    requested_by: int | None
    division_path: str
    asked_path: str
    decided_at: datetime | None = None
    expires_at: datetime | None = None


def check_request(
    draft: CaseDraft, *, known_starts: Collection[int], known_path: bool
) -> list[Problem]:
    """Every problem of a request; ``known_starts`` are the batches the asker sees."""
    problems = []
    if draft.kind not in KINDS:
        problems.append(Problem("kind_unknown", "kind", "请从列表中选择追溯的事由。"))
    problems += check_reason(draft.reason, "reason", "情况说明，例如样品编号、投诉编号")
    problems += _check_starts(draft.start_ids, known_starts)
    if not known_path:
        message = "没有找到要查看的辖区，请从列表中选择本级或上级辖区。"
        problems.append(Problem("asked_path_unknown", "asked_path", message))
    return problems + check_days(draft.days)


def check_reason(reason: str, field: str, name: str) -> list[Problem]:
    return texts.check_required_text(reason, field, name, REASON_LENGTH)


def check_note(note: str, *, is_required: bool) -> list[Problem]:
    """The words of a decision; a refusal needs them."""
    if is_required:
        return check_reason(note, "note", "不批准的原因")
    return texts.check_text(note, "note", "审批意见", REASON_LENGTH)


def check_days(days: int) -> list[Problem]:
    if 1 <= days <= MAX_DAYS:
        return []
    message = f"有效期填1到{MAX_DAYS}天，一般填{DEFAULT_DAYS}天。"
    return [Problem("days_out_of_range", "days", message)]


def _check_starts(starts: Sequence[int], known: Collection[int]) -> list[Problem]:
    if not starts:
        return [Problem("starts_missing", "start_ids", "请至少选择一个起点批次。")]
    if len(starts) > MAX_STARTS:
        message = f"一个案件最多{MAX_STARTS}个起点批次，现在有{len(starts)}个，请分开申请。"
        return [Problem("too_many_starts", "start_ids", message)]
    message = "没有找到这个批次，或者不在您的辖区；请核对编码，或请所在地的局申请。"
    return [
        Problem("start_unknown", "start_ids", message, row)
        for row, start in enumerate(starts, start=1)
        if start not in known
    ]


def check_is_waiting(state: str) -> list[Problem]:
    """Whether the case may still be decided."""
    if state == "requested":
        return []
    message = "这个案件已经处理过，请刷新页面查看结果。"
    return [Problem("case_not_waiting", "", message)]


def check_decider(
    case: CaseFacts, *, person_id: int | None, paths: Collection[str], opens: bool = True
) -> list[Problem]:
    """Whether the person may decide: another one than who asked, of a bureau high enough.

    The province and the task force decide every case, a city those of its counties. A bureau
    ``opens`` only what lies in its own jurisdiction; it may refuse more.
    """
    if person_id is None or person_id == case.requested_by:
        message = "申请人不能批准自己的申请，请由另一位有审批权限的同事处理。"
        return [Problem("decider_is_requester", "", message)]
    above = [path for path in paths if _answers_for(path, case.division_path)]
    if not above:
        message = "市局只审批所辖县区的申请，本级的申请请由省局或追溯专班审批。"
        return [Problem("decider_not_above", "", message)]
    if opens and not any(case.asked_path.startswith(path) for path in above):
        message = "申请查看的范围超出您的辖区，请转省局或追溯专班审批。"
        return [Problem("asked_beyond_decider", "", message)]
    return []


def _answers_for(path: str, division_path: str) -> bool:
    return division_path.startswith(path) and (decides_its_own(path) or division_path != path)


def decides_its_own(path: str) -> bool:
    """Whether a bureau with this path also decides what its own colleagues ask for."""
    return path.count("/") - 1 <= PROVINCE_DEPTH


def expiry(decided_at: datetime, days: int) -> datetime:
    """The moment at which a case opened now ends by itself."""
    return decided_at + timedelta(days=days)


def check_extension(case: CaseFacts, days: int, *, at: datetime) -> list[Problem]:
    """Whether an open case may go on for ``days`` from now."""
    if problems := check_is_open(case, at=at):
        return problems
    if problems := check_days(days):
        return problems
    assert case.decided_at is not None
    assert case.expires_at is not None
    if expiry(at, days) <= case.expires_at:
        message = "案件本来就有效到那一天以后，请填更多的天数。"
        return [Problem("extension_not_later", "days", message)]
    if expiry(at, days) > expiry(case.decided_at, MAX_DAYS):
        message = f"自批准之日起最多{MAX_DAYS}天，请少填几天，或结案后另行申请。"
        return [Problem("extension_too_long", "days", message)]
    return []


def check_is_open(case: CaseFacts, *, at: datetime) -> list[Problem]:
    if case.state != "approved":
        return [Problem("case_not_open", "", "这个案件没有在办，请先申请并获得批准。")]
    if case.expires_at is None or at >= case.expires_at:
        message = "这个案件已经到期，请结案后另行申请。"
        return [Problem("case_expired", "", message)]
    return []


def check_may_close(state: str) -> list[Problem]:
    """A case that waits is withdrawn by closing it; one that is refused or closed stays so."""
    if state in ("requested", "approved"):
        return []
    return [Problem("case_already_ended", "", "这个案件已经结束，不用重复结案。")]
