"""An officer's decision about a month that looks made up; nothing else takes it out of the figures."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from supervision.models import MonthFreeze, Suspicion
from supervision.rollups.register import mark
from supervision.rollups.replace import lock_numbers
from supervision.rules.months import month_text

State = Suspicion.State
LEAST_REASON = 5
# What was found true may turn out otherwise, and an exclusion may be taken back.
_BEFORE = {
    "month_excluded": (State.WAITING, State.CLEARED),
    "month_upheld": (State.WAITING,),
    "month_readmitted": (State.EXCLUDED,),
}


@transaction.atomic
def exclude_month(*, by: Actor, suspicion: Suspicion, reason: str, at: datetime) -> Suspicion:
    """Let the month count neither as active nor as covered; the filler takes it out at once.

    Raises: Rejected without a reason, when it is excluded already, or for a frozen month;
    OutOfScope, Forbidden.
    """
    return _decide(by, suspicion, State.EXCLUDED, reason, at, event="month_excluded")


@transaction.atomic
def uphold_month(*, by: Actor, suspicion: Suspicion, reason: str, at: datetime) -> Suspicion:
    """Say that the records were checked and are true; they go on counting.

    Raises: as ``exclude_month``.
    """
    return _decide(by, suspicion, State.CLEARED, reason, at, event="month_upheld")


@transaction.atomic
def readmit_month(*, by: Actor, suspicion: Suspicion, reason: str, at: datetime) -> Suspicion:
    """Take an exclusion back: the month counts again, as records checked and found true.

    Raises: Rejected when it is not excluded, and as ``exclude_month``.
    """
    return _decide(by, suspicion, State.CLEARED, reason, at, event="month_readmitted")


def _decide(
    by: Actor, suspicion: Suspicion, state: State, reason: str, at: datetime, *, event: str
) -> Suspicion:
    # Held to the end: no freeze can come between the check and the filler's mark.
    lock_numbers()
    locked = _lock(by, suspicion)
    if problems := _problems(locked, _BEFORE[event], reason.strip()):
        raise Rejected(problems)
    locked.state, locked.reason = state, reason.strip()
    locked.decided_at, locked.decided_by, locked.decided_name = at, by.person_id, by.name
    locked.save(update_fields=["state", "reason", "decided_at", "decided_by", "decided_name"])
    mark([(locked.operator_id, locked.month)])
    audit.append(
        by=by,
        at=at,
        event=event,
        about=locked.operator,
        subject="Suspicion",
        subject_id=locked.pk,
        reason=locked.reason,
        month=locked.month.isoformat(),
        score=locked.score,
    )
    return locked


def _lock(by: Actor, suspicion: Suspicion) -> Suspicion:
    seen = Suspicion.objects.visible_to(by).select_for_update(of=("self",))
    locked = seen.select_related("operator").filter(pk=suspicion.pk).first()
    if locked is None:
        raise OutOfScope
    by.require(Permission.JUDGE_MONTHS, on=locked.operator)
    return locked


def _problems(locked: Suspicion, before: tuple[State, ...], reason: str) -> list[Problem]:
    found = []
    if MonthFreeze.objects.filter(pk=locked.month).exists():
        message = f"{month_text(locked.month)}已经冻结，数字不再变动，不能再改计入与否。"
        found.append(Problem("month_frozen", "", message))
    if locked.state not in before:
        message = f"这一条已经有结论（{locked.get_state_display()}），请刷新页面再看。"
        found.append(Problem("suspicion_decided", "", message))
    if len(reason) < LEAST_REASON:
        message = f"请写明怎么核查的、依据什么（至少 {LEAST_REASON} 个字），它会留在审计记录里。"
        found.append(Problem("reason_missing", "reason", message))
    return found
