"""Who may decide on a change of a dated value, and when."""

from __future__ import annotations

from shilian.problems import Problem

LEAST_REASON = 2


def check_proposer(person_id: int | None) -> list[Problem]:
    """A change is proposed and decided by persons, so that two of them answer for it."""
    if person_id is not None:
        return []
    message = "修改须由登录的人员提出和批准，请用本人账号登录后再办。"
    return [Problem("person_needed", "", message)]


def check_decision(
    *, person_id: int | None, proposed_by: int, is_pending: bool, reason: str
) -> list[Problem]:
    """Problems of approving or declining: only another person, once, and with a reason."""
    problems = check_proposer(person_id)
    if not is_pending:
        problems.append(_decided())
    if person_id == proposed_by:
        message = "提出人不能批准或否决自己的修改，请另一位有权限的同事来办；要取消请点“撤回”。"
        problems.append(Problem("same_person", "", message))
    if len(reason.strip()) < LEAST_REASON:
        problems.append(Problem("reason_missing", "reason", "请写明理由，它会留在审计记录里。"))
    return problems


def check_withdrawal(*, person_id: int | None, proposed_by: int, is_pending: bool) -> list[Problem]:
    """Problems of taking a proposal back: only its proposer, before it is decided."""
    problems = [] if is_pending else [_decided()]
    if person_id != proposed_by:
        message = "只有提出人本人可以撤回，请改用“不批准”并写明理由。"
        problems.append(Problem("not_the_proposer", "", message))
    return problems


def _decided() -> Problem:
    return Problem("change_decided", "", "这项修改已经有结果，请刷新页面再看。")
