"""Proposing a new threshold, target, set of weights or city's status, and a second person's decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from supervision.metrics import BY_CODE, FOUR
from supervision.models import (
    PROVINCE_PATH,
    CityStatus,
    IndicatorParameter,
    IndicatorTarget,
    MonthFreeze,
    ScoreWeights,
    ValueChange,
)
from supervision.operations import dated_rows
from supervision.queries import statuses
from supervision.rules import value_changes as rules
from supervision.rules.dated_values import (
    DAYS,
    LIMITS_BY_UNIT,
    PERCENT,
    Limits,
    StatusDraft,
    ValueDraft,
    WeightDraft,
    check_status,
    check_value,
    check_weights,
)

Kind, State = ValueChange.Kind, ValueChange.State
CODES = tuple(each.code for each in FOUR)


def require_area(by: Actor, area_path: str) -> None:
    """Refuse whoever does not answer for the values of the area: the task force, or the city.

    Raises: OutOfScope for another city's, Forbidden.
    """
    if area_path == PROVINCE_PATH:
        by.require(Permission.EDIT_PARAMETERS)
        return
    if area_path not in by.scope.paths:
        raise OutOfScope
    by.require(Permission.SET_AREA_WEIGHTS)


@transaction.atomic
def propose_parameter(*, by: Actor, code: str, draft: ValueDraft, at: datetime) -> ValueChange:
    """Ask for a new value of a threshold; nothing changes until another person approves it.

    Raises: Rejected with every problem; IndicatorParameter.DoesNotExist for an unknown code.
    """
    by.require(Permission.EDIT_PARAMETERS)
    current = IndicatorParameter.objects.select_for_update().get(code=code, effective_to=None)
    limits = LIMITS_BY_UNIT.get(current.unit, DAYS)
    problems = _check_value(draft, current.effective_from, limits)
    name = f"{current.name}（{current.unit}）"
    facts = {"code": code, "name": name, "value": draft.value, "before": _text(current.value)}
    return _propose(by, Kind.PARAMETER, facts, draft, problems, at)


@transaction.atomic
def propose_target(
    *, by: Actor, indicator: str, tier: str, draft: ValueDraft, at: datetime
) -> ValueChange:
    """Ask for a new target of an indicator. Units: ``draft.value`` is a percentage.

    Raises: as ``propose_parameter``.
    """
    by.require(Permission.EDIT_PARAMETERS)
    found = IndicatorTarget.objects.select_for_update()
    current = found.get(indicator=indicator, tier=tier, effective_to=None)
    problems = _check_value(draft, current.effective_from, PERCENT)
    name = f"{BY_CODE[indicator].name}目标（{current.get_tier_display()}，%）"
    facts = {"code": indicator, "tier": tier, "name": name, "value": draft.value}
    facts["before"] = _text(current.value_percent)
    return _propose(by, Kind.TARGET, facts, draft, problems, at)


@transaction.atomic
def propose_weights(
    *, by: Actor, area: Division | None, draft: WeightDraft, at: datetime
) -> ValueChange:
    """Ask for new weights of the composite score: the province's, or a city's own.

    Raises: Rejected with every problem; OutOfScope, Forbidden.
    """
    path = area.path if area else PROVINCE_PATH
    require_area(by, path)
    found = ScoreWeights.objects.select_for_update().filter(area_path=path, effective_to=None)
    current = found.first()
    problems = check_weights(
        draft,
        current_from=current.effective_from if current else date.min,
        last_frozen=last_frozen(),
        codes=CODES,
    )
    facts = {
        "area_path": path,
        "name": f"{area.name if area else '全省'}考核权重",
        "weights": {code: str(weight) for code, weight in draft.weights.items()},
        "before": dated_rows.weights_text(current.weights) if current else "沿用全省权重",
    }
    return _propose(by, Kind.WEIGHTS, facts, draft, problems, at)


@transaction.atomic
def propose_status(*, by: Actor, city: Division, draft: StatusDraft, at: datetime) -> ValueChange:
    """Ask that a city counts as a demonstration, creating or ordinary city from a month on.

    Months before keep the targets that they were held to. Raises: Rejected with every problem;
    Forbidden.
    """
    by.require(Permission.EDIT_PARAMETERS)
    found = CityStatus.objects.select_for_update().filter(city=city, effective_to=None)
    current = found.first()
    status = current.status if current else statuses.loaded_status(city)
    problems = check_status(
        draft,
        current=status,
        current_from=current.effective_from if current else date.min,
        last_frozen=last_frozen(),
    )
    facts = {
        "code": city.code,
        "name": f"{city.name}（示范、创建城市）",
        "status": draft.status,
        "before": CityStatus.Status(status).label,
    }
    return _propose(by, Kind.STATUS, facts, draft, problems, at)


@transaction.atomic
def approve_change(*, by: Actor, change: ValueChange, reason: str, at: datetime) -> ValueChange:
    """Let the change count from its month on; the value before it ends the day before.

    What was right when it was proposed is checked again: meanwhile a month may have been frozen.
    Raises: Rejected for the proposer, a decided change, or dates that no longer fit; OutOfScope,
    Forbidden.
    """
    locked = _lock(by, change)
    problems = _check_decision(by, locked, reason) + _recheck(locked)
    if problems:
        raise Rejected(problems)
    event = dated_rows.write(locked, at)
    return _decide(by, locked, State.APPROVED, reason, at, event)


@transaction.atomic
def decline_change(*, by: Actor, change: ValueChange, reason: str, at: datetime) -> ValueChange:
    """Leave everything as it is; the reason stays beside the proposal. Raises: as above."""
    locked = _lock(by, change)
    if problems := _check_decision(by, locked, reason):
        raise Rejected(problems)
    return _decide(by, locked, State.DECLINED, reason, at, "change_declined")


@transaction.atomic
def withdraw_change(*, by: Actor, change: ValueChange, reason: str, at: datetime) -> ValueChange:
    """Take one's own proposal back before anybody decided it. Raises: as above."""
    locked = _lock(by, change)
    problems = rules.check_withdrawal(
        person_id=by.person_id, proposed_by=locked.proposed_by, is_pending=locked.is_pending
    )
    if problems:
        raise Rejected(problems)
    return _decide(by, locked, State.WITHDRAWN, reason, at, "change_withdrawn")


@dataclass(frozen=True, slots=True)
class Decision:
    """One way to end a proposal, what its button says and what is told afterwards."""

    label: str
    done: str
    act: Callable[..., ValueChange]


DECISIONS: dict[str, Decision] = {
    "approve": Decision("批准", "已批准，从所选月份起生效。", approve_change),
    "decline": Decision("不批准", "已记为不批准，一切照旧。", decline_change),
    "withdraw": Decision("撤回", "已撤回，一切照旧。", withdraw_change),
}


def last_frozen() -> date | None:
    """The newest frozen month."""
    return MonthFreeze.objects.order_by("-month").values_list("month", flat=True).first()


def _check_value(draft: ValueDraft, current_from: date, limits: Limits) -> list[Problem]:
    return check_value(draft, current_from=current_from, last_frozen=last_frozen(), limits=limits)


def _propose(
    by: Actor,
    kind: ValueChange.Kind,
    facts: dict[str, Any],
    draft: ValueDraft | WeightDraft | StatusDraft,
    problems: list[Problem],
    at: datetime,
) -> ValueChange:
    problems = [*rules.check_proposer(by.person_id), *problems]
    key = {"code": "", "tier": "", "area_path": PROVINCE_PATH} | facts
    same = {name: key[name] for name in ("code", "tier", "area_path")}
    if ValueChange.objects.pending().filter(kind=kind, **same).exists():
        message = "这一项已有待批准的修改，请先批准、否决或撤回它。"
        problems.append(Problem("change_pending", "", message))
    if problems or by.person_id is None:
        raise Rejected(problems)
    change = ValueChange.objects.create(
        kind=kind,
        effective_from=draft.effective_from,
        legal_basis=draft.legal_basis.strip(),
        reason=draft.reason.strip(),
        proposed_by=by.person_id,
        proposed_name=by.name,
        proposed_at=at,
        **facts,
    )
    _audit(by, change, "change_proposed", change.reason, at)
    return change


def _lock(by: Actor, change: ValueChange) -> ValueChange:
    locked = ValueChange.objects.select_for_update().get(pk=change.pk)
    require_area(by, locked.area_path)
    return locked


def _check_decision(by: Actor, change: ValueChange, reason: str) -> list[Problem]:
    return rules.check_decision(
        person_id=by.person_id,
        proposed_by=change.proposed_by,
        is_pending=change.is_pending,
        reason=reason,
    )


def _recheck(change: ValueChange) -> list[Problem]:
    """The dates once more, beside the rows as they are now."""
    if not change.is_pending:
        return []
    return dated_rows.check_place(change, last_frozen())


def _decide(
    by: Actor, change: ValueChange, state: ValueChange.State, reason: str, at: datetime, event: str
) -> ValueChange:
    change.state, change.decision_reason = state, reason.strip()
    change.decided_by, change.decided_name, change.decided_at = by.person_id, by.name, at
    change.save(
        update_fields=["state", "decision_reason", "decided_by", "decided_name", "decided_at"]
    )
    _audit(by, change, event, change.decision_reason, at)
    return change


def _audit(by: Actor, change: ValueChange, event: str, reason: str, at: datetime) -> None:
    audit.append(
        by=by,
        at=at,
        event=event,
        subject=".".join(filter(None, (change.code, change.tier)))[:40] or change.kind,
        subject_id=change.pk,
        reason=reason,
        before=change.before,
        after=_after(change),
        effective_from=change.effective_from.isoformat(),
        area=change.area_path,
        proposed_by=change.proposed_name,
    )


def _after(change: ValueChange) -> Any:
    if change.value is not None:
        return str(change.value)
    return change.status or change.weights


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"
