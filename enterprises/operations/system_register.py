"""登记造册: an operator applies, county, city and the province's division of the link decide."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator, SelfBuiltSystem, SystemAlert, SystemStep
from enterprises.operations import api_keys, audit
from enterprises.roles import Permission
from enterprises.rules import systems as rules
from enterprises.rules.systems import SystemDraft
from shilian.clock import business_day
from shilian.problems import Problem, Rejected
from shilian.text import tidy_prose

State = SelfBuiltSystem.State
Action = SystemStep.Action
# One operator has a handful of systems; a form sent over and over must not fill the register.
MOST_SYSTEMS = 20


def apply_for_system(
    *, by: Actor, operator: Operator, draft: SystemDraft, at: datetime
) -> SelfBuiltSystem:
    """Hand in a system for the register; the county bureau decides first.

    Raises: Rejected with every problem; OutOfScope, Forbidden.
    Source: launch speech, part 4 (3).
    """
    by.require(Permission.MANAGE_SYSTEMS, on=operator)
    draft = rules.tidy(draft)
    problems = rules.check_system(draft, today=business_day(at))
    if _name_taken(operator, draft.name):
        problems.append(_already_registered(draft.name))
    if SelfBuiltSystem.objects.alive().filter(operator=operator).count() >= MOST_SYSTEMS:
        message = f"一家最多登记{MOST_SYSTEMS}个系统，不用的请先办理停用。"
        problems.append(Problem("too_many_systems", "", message))
    if problems:
        raise Rejected(problems)
    try:
        return _write(by, operator, draft, at)
    except IntegrityError:
        # Handed in twice at the same moment: the other one is there by now.
        if _name_taken(operator, draft.name):
            raise Rejected([_already_registered(draft.name)]) from None
        raise


def _name_taken(operator: Operator, name: str, *, but: int | None = None) -> bool:
    named = SelfBuiltSystem.objects.alive().filter(operator=operator, name=name)
    return named.exclude(pk=but or 0).exists()


def _already_registered(name: str) -> Problem:
    message = f"“{name}”已经登记过，不用重复登记。"
    return Problem("system_already_registered", "name", message)


@transaction.atomic
def _write(by: Actor, operator: Operator, draft: SystemDraft, at: datetime) -> SelfBuiltSystem:
    facts = asdict(draft) | {"record_kinds": list(draft.record_kinds)}
    system = SelfBuiltSystem.objects.create(
        operator=operator, state=State.APPLIED, stage=rules.STAGES[0], registered_at=at, **facts
    )
    _step(by, system, Action.APPLIED, at)
    _audit(by, system, "system_applied", at)
    return system


@transaction.atomic
def decide_system(
    *, by: Actor, system: SelfBuiltSystem, approves: bool, note: str, at: datetime
) -> SelfBuiltSystem:
    """Approve or send back what waits at the officer's level; the last approval puts it in service.

    Raises: Rejected when it is not this officer's turn, when the officer decided an earlier stage
    of the same round, or without a reason for sending back; OutOfScope, Forbidden.
    """
    locked = _lock(by, system, Permission.APPROVE_SYSTEMS)
    note = tidy_prose(note)
    if problems := rules.check_decision(
        is_turn=is_turn_of(by, locked),
        decided_before=_decided_before(by, locked),
        approves=approves,
        note=note,
    ):
        raise Rejected(problems)
    stage = locked.stage
    action = Action.APPROVED if approves else Action.REFUSED
    _step(by, locked, action, at, stage=stage, note=note, details=locked.pending or {})
    if not approves:
        _turn_down(locked)
    elif following := rules.next_stage(stage):
        locked.stage = following
    else:
        _put_in_service(locked, on=business_day(at))
    locked.save()
    _audit(by, locked, f"system_{action}", at, reason=note, stage=stage)
    return locked


def is_turn_of(by: Actor, system: SelfBuiltSystem) -> bool:
    """Whether the system waits for this actor's level and link."""
    open_to = rules.stages_open_to(by.roles, by.scope.paths, system.operator.division_path)
    link = (system.pending or {}).get("sector", system.sector)
    return rules.may_decide(system.stage, open_to, sectors=by.sectors, sector=link)


def _decided_before(by: Actor, system: SelfBuiltSystem) -> bool:
    made = system.steps.filter(round=system.round, action=Action.APPROVED)
    return by.person_id is not None and made.filter(person_id=by.person_id).exists()


def _turn_down(system: SelfBuiltSystem) -> None:
    """A refused application is over; a refused change leaves the system as it was."""
    system.stage, system.pending = "", None
    if system.state == State.APPLIED:
        system.state = State.REFUSED


def _put_in_service(system: SelfBuiltSystem, *, on: date) -> None:
    for name, value in (system.pending or {}).items():
        setattr(system, name, value)
    system.stage, system.pending = "", None
    if system.state == State.APPLIED:
        system.state = State.IN_SERVICE
        system.in_service_since = rules.in_service_from(on, system.planned_since)


@transaction.atomic
def withdraw_system(*, by: Actor, system: SelfBuiltSystem, at: datetime) -> SelfBuiltSystem:
    """Take back an application or a change that is still being decided.

    Raises: Rejected when nothing waits any more; OutOfScope, Forbidden.
    """
    locked = _lock(by, system, Permission.MANAGE_SYSTEMS)
    if not locked.stage:
        message = "没有正在审核的申报，不用撤回。"
        raise Rejected([Problem("nothing_waits", "", message)])
    _step(by, locked, Action.WITHDRAWN, at, stage=locked.stage, details=locked.pending or {})
    if locked.state == State.APPLIED:
        locked.state = State.WITHDRAWN
    locked.stage, locked.pending = "", None
    locked.save()
    _audit(by, locked, "system_withdrawn", at)
    return locked


@transaction.atomic
def change_system(
    *, by: Actor, system: SelfBuiltSystem, draft: SystemDraft, at: datetime
) -> SelfBuiltSystem:
    """Change a system in service: vendor and contact at once, all else through the chain again.

    Until the last approval the system goes on as registered.
    Raises: Rejected with every problem, or when a change waits already; OutOfScope, Forbidden.
    """
    locked = _lock(by, system, Permission.MANAGE_SYSTEMS)
    draft = rules.tidy(draft)
    problems = _check_changeable(locked) + rules.check_system(draft, today=business_day(at))
    if _name_taken(locked.operator, draft.name, but=locked.pk):
        problems.append(_already_registered(draft.name))
    if problems:
        raise Rejected(problems)
    contact = _differences(locked, draft, rules.CONTACT_FIELDS)
    decided = _differences(locked, draft, rules.DECIDED_FIELDS)
    if not contact and not decided:
        raise Rejected([Problem("nothing_changed", "", "没有改动任何内容，不用提交。")])
    if contact:
        _change_contact(by, locked, contact, at)
    if decided:
        _ask_for_change(by, locked, decided, at)
    locked.save()
    _audit(by, locked, "system_changed", at, fields=sorted(contact | decided))
    return locked


def _check_changeable(system: SelfBuiltSystem) -> list[Problem]:
    if system.state != State.IN_SERVICE:
        message = "只有在用的系统可以变更；没有通过的请重新申报。"
        return [Problem("system_not_in_service", "", message)]
    if system.stage:
        message = "上一次变更还在审核，请等结果，或先撤回再改。"
        return [Problem("change_waits", "", message)]
    return []


def _differences(
    system: SelfBuiltSystem, draft: SystemDraft, names: tuple[str, ...]
) -> dict[str, Any]:
    wanted = asdict(draft) | {"record_kinds": list(draft.record_kinds)}
    return {name: wanted[name] for name in names if wanted[name] != getattr(system, name)}


def _change_contact(
    by: Actor, system: SelfBuiltSystem, contact: dict[str, Any], at: datetime
) -> None:
    for name, value in contact.items():
        setattr(system, name, value)
    # The trail tells which was changed; who was to be reached before is nobody's business later.
    _step(by, system, Action.CONTACT_CHANGED, at, details={"fields": sorted(contact)})


def _ask_for_change(
    by: Actor, system: SelfBuiltSystem, decided: dict[str, Any], at: datetime
) -> None:
    system.pending, system.stage = decided, rules.STAGES[0]
    system.round += 1
    _step(by, system, Action.CHANGE_ASKED, at, details=decided)


@transaction.atomic
def end_system(*, by: Actor, system: SelfBuiltSystem, note: str, at: datetime) -> SelfBuiltSystem:
    """Take a system out of service, by its operator or by the bureau; its keys are revoked.

    Raises: Rejected without a reason or when it is not in service; OutOfScope, Forbidden.
    """
    needed = Permission.MANAGE_SYSTEMS if by.is_operator else Permission.APPROVE_SYSTEMS
    locked = _lock(by, system, needed)
    note = tidy_prose(note)
    problems = []
    if locked.state != State.IN_SERVICE:
        problems.append(Problem("system_not_in_service", "", "这个系统不在用，不用停用。"))
    if not note:
        problems.append(Problem("note_missing", "note", "请写明停用的原因。"))
    if problems:
        raise Rejected(problems)
    locked.state, locked.stage, locked.pending = State.ENDED, "", None
    locked.ended_on = business_day(at)
    locked.save()
    SystemAlert.objects.filter(system=locked, closed_at=None).update(closed_at=at)
    api_keys.revoke_keys_of(by=by, system=locked, at=at, reason=note)
    _step(by, locked, Action.ENDED, at, note=note)
    _audit(by, locked, "system_ended", at, reason=note)
    return locked


def _lock(by: Actor, system: SelfBuiltSystem, permission: Permission) -> SelfBuiltSystem:
    locked = (
        SelfBuiltSystem.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("operator")
        .filter(pk=system.pk)
        .first()
    )
    if locked is None:
        raise OutOfScope
    by.require(permission, on=locked.operator)
    return locked


def _step(
    by: Actor,
    system: SelfBuiltSystem,
    action: SystemStep.Action,
    at: datetime,
    *,
    stage: str = "",
    note: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    SystemStep.objects.create(
        system=system,
        round=system.round,
        action=action,
        stage=stage,
        person_id=by.person_id,
        person_name=by.name,
        note=note,
        details=details or {},
        at=at,
    )


def _audit(
    by: Actor,
    system: SelfBuiltSystem,
    event: str,
    at: datetime,
    *,
    reason: str = "",
    **details: Any,
) -> None:
    audit.append(
        by=by, at=at, event=event, about=system.operator, subject="system",
        subject_id=system.pk, reason=reason, **details,
    )  # fmt: skip
