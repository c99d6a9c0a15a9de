"""Whether an operator sells wholesale: it then owes sale records, and is counted differently."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit, changes
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from shilian.text import tidy_prose

REASON_LENGTH = 200


@transaction.atomic
def change_wholesale(
    *, by: Actor, operator: Operator, is_wholesale: bool, reason: str, at: datetime
) -> Operator:
    """Say whether the operator sells wholesale, with the reason; its duty to record sales follows.

    Raises: Rejected without a reason, or when nothing would change; OutOfScope, Forbidden.
    Source: Food Safety Law article 53 paragraph 4 (wholesale enterprises keep sale records).
    """
    by.require(Permission.CHANGE_STANDING, on=operator)
    locked = Operator.objects.select_for_update().get(pk=operator.pk)
    reason = tidy_prose(reason)
    if problems := _check_wholesale(locked, is_wholesale, reason):
        raise Rejected(problems)
    locked.is_wholesale = is_wholesale
    locked.save(update_fields=["is_wholesale"])
    changes.note_changes([locked.pk])
    audit.append(
        by=by, at=at, event="wholesale_changed", about=locked, reason=reason,
        before=not is_wholesale, after=is_wholesale,
    )  # fmt: skip
    return locked


def _check_wholesale(operator: Operator, is_wholesale: bool, reason: str) -> list[Problem]:
    problems = []
    if is_wholesale == operator.is_wholesale:
        now = "从事批发" if is_wholesale else "不从事批发"
        message = f"目前登记的已经是“{now}”，不用修改。"
        problems.append(Problem("wholesale_unchanged", "is_wholesale", message))
    if not reason:
        message = "请写明原因，例如“现场核查，主要向周边小店批量供货”。"
        problems.append(Problem("wholesale_reason_missing", "reason", message))
    if len(reason) > REASON_LENGTH:
        problems.append(Problem("wholesale_reason_too_long", "reason", "原因不能超过200个字。"))
    return problems
