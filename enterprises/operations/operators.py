"""Put operators on the register, keep their facts current, and take them out of the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Licence, Operator, OperatorState, Standing, Station
from enterprises.operations import audit, changes
from enterprises.roles import Permission
from enterprises.rules import phones, pinyin, registration
from enterprises.rules.licences import LicenceDraft
from enterprises.rules.registration import OperatorDraft
from shilian.clock import business_day, start_of
from shilian.db.ids import new_ids
from shilian.problems import Problem, Rejected, errors
from shilian.text import tidy_prose

__all__ = [
    "LicenceDraft",
    "OperatorDraft",
    "activate_operators",
    "change_contact",
    "change_standing",
    "list_operators",
]

STANDING_REASON_LENGTH = 200


@transaction.atomic
def list_operators(
    *,
    by: Actor,
    drafts: Sequence[OperatorDraft],
    at: datetime,
    is_demonstration: bool = False,
) -> list[Operator]:
    """Put operators on the roster with their licences: all of the drafts, or none of them.

    Raises: Rejected with every problem found; OutOfScope for a division that is not the actor's.
    Source: launch speech (the licence roster is the denominator of the registration rate).
    Cost: a fixed number of queries, whatever the number of drafts.
    """
    by.require(Permission.IMPORT_ROSTER)
    tidied = [registration.tidy(draft) for draft in drafts]
    facts = roster_facts(tidied)
    if found := errors(registration.check_operators(tidied, facts, today=business_day(at))):
        raise Rejected(found)
    require_scope(by, facts, (draft.division_id for draft in tidied))
    operators = insert_operators(tidied, facts, by=by, at=at, is_demonstration=is_demonstration)
    audit.append(
        by=by, at=at, event="operators_listed", subject="Operator", count=max(len(operators), 1)
    )
    return operators


def roster_facts(drafts: Sequence[OperatorDraft]) -> registration.RosterFacts:
    """What the checks need of the database. Cost: three queries."""
    division_ids = {draft.division_id for draft in drafts if draft.division_id}
    station_ids = {draft.station_id for draft in drafts if draft.station_id}
    codes = {draft.credit_code for draft in drafts}
    return registration.RosterFacts(
        division_paths=dict(
            Division.objects.in_use()
            .filter(pk__in=division_ids)
            .exclude(level__in=(Division.Level.PROVINCE, Division.Level.CITY))
            .values_list("pk", "path")
        ),
        station_paths=dict(
            Station.objects.filter(pk__in=station_ids).values_list("pk", "county__path")
        ),
        listed_codes=frozenset(
            Operator.objects.filter(credit_code__in=codes).values_list("credit_code", flat=True)
        ),
    )


def require_scope(
    by: Actor, facts: registration.RosterFacts, division_ids: Iterable[int | None]
) -> None:
    """Raises: OutOfScope when one of the divisions is not inside the actor's."""
    for division_id in division_ids:
        if not by.scope.covers_path(facts.division_paths[division_id or 0]):
            raise OutOfScope


def insert_operators(
    drafts: Sequence[OperatorDraft],
    facts: registration.RosterFacts,
    *,
    by: Actor,
    at: datetime,
    is_demonstration: bool = False,
) -> list[Operator]:
    """Write checked drafts; inside the caller's transaction. Cost: four queries."""
    counties = county_ids(facts.division_paths)
    operators = [
        _operator(draft, id_, facts, counties, by, at, is_demonstration)
        for draft, id_ in zip(drafts, new_ids(len(drafts)), strict=True)
    ]
    Operator.objects.bulk_create(operators)
    changes.note_changes(operator.pk for operator in operators)
    Licence.objects.bulk_create(
        [
            Licence(
                operator=operator,
                kind=licence.kind,
                number=licence.number,
                issued_on=licence.issued_on,
                valid_until=licence.valid_until,
            )
            for operator, draft in zip(operators, drafts, strict=True)
            for licence in draft.licences
        ]
    )
    return operators


def _operator(
    draft: OperatorDraft,
    id_: int,
    facts: registration.RosterFacts,
    counties: dict[int, int],
    by: Actor,
    at: datetime,
    is_demonstration: bool,
) -> Operator:
    assert draft.division_id is not None
    is_counted = draft.standing == Standing.NORMAL
    return Operator(
        id=id_,
        name=draft.name,
        credit_code=draft.credit_code,
        pinyin=pinyin.initials(draft.name)[:120],
        sector=draft.sector,
        kind=draft.kind,
        catering_class=draft.catering_class,
        goods_classes=list(draft.goods_classes),
        is_wholesale=draft.is_wholesale,
        address=draft.address,
        division_id=draft.division_id,
        county_id=counties[draft.division_id],
        station_id=draft.station_id,
        division_path=facts.division_paths[draft.division_id],
        legal_person=draft.legal_person,
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        state=OperatorState.LISTED,
        listed_at=listed_since(draft, at),
        standing=draft.standing,
        standing_reason="" if is_counted else draft.standing_reason,
        standing_since=None if is_counted else business_day(at),
        standing_approved_by_id=None if is_counted else by.person_id,
        is_demonstration=is_demonstration,
    )


def listed_since(draft: OperatorDraft, at: datetime) -> datetime:
    """Since when the licence register has held the operator: its first licence, or now.

    An earlier month's denominator is who was licensed then, not who had been imported by then.
    """
    issued = [licence.issued_on for licence in draft.licences if licence.issued_on]
    return min(at, start_of(min(issued))) if issued else at


def county_ids(paths: Mapping[int, str]) -> dict[int, int]:
    """Each division's county or zone: the third code of its stored path."""
    return {id_: int(path.split("/")[3]) for id_, path in paths.items()}


@transaction.atomic
def activate_operators(*, by: Actor, operators: Sequence[Operator], at: datetime) -> int:
    """Carry over operators whose account was activated on a system that joined the platform.

    Gives how many were still only listed. Their people get logins as they come in.
    Source: launch speech (existing systems are part of the platform).
    """
    by.require(Permission.IMPORT_ROSTER)
    if not all(by.sees(operator) for operator in operators):
        raise OutOfScope
    listed = Operator.objects.filter(
        pk__in=[operator.pk for operator in operators], state=OperatorState.LISTED
    )
    changes.note_changes(listed.select_for_update().values_list("pk", flat=True))
    count = listed.update(state=OperatorState.ACTIVATED, activated_at=at)
    audit.append(by=by, at=at, event="operators_activated", subject="Operator", count=max(count, 1))
    return count


@transaction.atomic
def change_standing(
    *,
    by: Actor,
    operator: Operator,
    standing: Standing,
    reason: str,
    at: datetime,
    since: date | None = None,
) -> Operator:
    """Take an operator out of the counts, or back in, with the reason and who approved it.

    Raises: Rejected without a reason, for a future day, or when nothing would change.
    Source: domain.md section 5 (exclusions carry a recorded reason and approver).
    """
    by.require(Permission.CHANGE_STANDING, on=operator)
    locked = Operator.objects.select_for_update().get(pk=operator.pk)
    since, reason = since or business_day(at), tidy_prose(reason)
    if problems := _check_standing(locked, standing, reason, since, business_day(at)):
        raise Rejected(problems)
    before = locked.standing
    locked.standing = standing
    locked.standing_reason = reason
    locked.standing_since = since
    locked.standing_approved_by_id = by.person_id
    locked.save(
        update_fields=["standing", "standing_reason", "standing_since", "standing_approved_by"]
    )
    changes.note_changes([locked.pk])
    audit.append(
        by=by, at=at, event="standing_changed", about=locked, reason=reason,
        before=before, after=str(standing), since=since.isoformat(),
    )  # fmt: skip
    return locked


def _check_standing(
    operator: Operator, standing: Standing, reason: str, since: date, today: date
) -> list[Problem]:
    problems = []
    if standing == operator.standing:
        message = f"目前已经是“{standing.label}”，不用修改。"
        problems.append(Problem("standing_unchanged", "standing", message))
    if not reason:
        message = "请写明原因，例如“现场核查已关门，房东证实搬离”。"
        problems.append(Problem("standing_reason_missing", "reason", message))
    if len(reason) > STANDING_REASON_LENGTH:
        problems.append(Problem("standing_reason_too_long", "reason", "原因不能超过200个字。"))
    if since > today:
        problems.append(Problem("standing_in_future", "since", "起始日期不能晚于今天。"))
    return problems


@transaction.atomic
def change_contact(
    *, by: Actor, operator: Operator, name: str, phone: str, at: datetime
) -> Operator:
    """Change whom the bureau calls; the phone also receives the activation code.

    Raises: Rejected when the phone is no mobile number.
    """
    needed = Permission.MANAGE_CLERKS if by.is_operator else Permission.CHANGE_STANDING
    by.require(needed, on=operator)
    draft = replace(_NOBODY, contact_name=name, contact_phone=phone)
    tidied = registration.tidy(draft)
    problems = phones.check_mobile(tidied.contact_phone, field="contact_phone")
    if not tidied.contact_name or len(tidied.contact_name) > registration.LENGTHS["contact_name"]:
        message = "请填写联系人姓名，不超过40个字。"
        problems.append(Problem("contact_name_missing", "contact_name", message))
    if problems:
        raise Rejected(problems)
    locked = Operator.objects.select_for_update().get(pk=operator.pk)
    locked.contact_name = tidied.contact_name
    locked.contact_phone = tidied.contact_phone
    locked.save(update_fields=["contact_name", "contact_phone"])
    audit.append(by=by, at=at, event="contact_changed", about=locked)
    return locked


_NOBODY = OperatorDraft(name="", credit_code="", sector="", kind="", division_id=None)
