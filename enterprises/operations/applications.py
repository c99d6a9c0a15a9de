"""Operators who are not on the roster apply; the station looks and decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Operator, RegistrationApplication, Station
from enterprises.operations import audit, operators, rate_limits, verification
from enterprises.operations.operators import OperatorDraft
from enterprises.roles import Permission
from enterprises.rules import registration
from enterprises.rules.licences import LicenceDraft, kind_of
from enterprises.rules.phones import check_mobile
from enterprises.senders import Sent
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from shilian.text import tidy_prose

State = RegistrationApplication.State
PER_ADDRESS = rate_limits.Limit("apply", capacity=10, seconds=600)
NOTE_LENGTH = 200


def send_application_code(*, by: Actor, phone: str, at: datetime) -> Sent:
    """Send a code to the applicant's phone. Raises: Rejected, TooMany."""
    return verification.send_code(by=by, phone=phone, purpose=verification.Purpose.APPLY, at=at)


def apply_to_join(
    *, by: Actor, draft: OperatorDraft, code: str, at: datetime
) -> RegistrationApplication:
    """Hand in an application; its phone was proved by the code.

    Raises: Rejected with every problem of the form, then of the code; TooMany.
    """
    draft = registration.tidy(draft)
    draft = replace(draft, station_id=_station_of(draft.division_id))
    if problems := errors(_check(draft, at)):
        raise Rejected(problems)
    message = "提交太频繁，请稍后再试。"
    rate_limits.require(PER_ADDRESS, by.address, at=at, message=message)
    verification.use_code(
        phone=draft.contact_phone, purpose=verification.Purpose.APPLY, code=code, at=at
    )
    try:
        return _write(by, draft, at)
    except IntegrityError:
        # Handed in twice at the same moment: the other one is there by now.
        if _waits(draft.credit_code):
            raise Rejected([_waiting_already()]) from None
        raise


def _waits(credit_code: str) -> bool:
    waiting = RegistrationApplication.objects.filter(state=State.WAITING)
    return waiting.filter(credit_code=credit_code).exists()


def _waiting_already() -> Problem:
    message = "这个统一社会信用代码已有一份申请在等待审核，不用重复提交。"
    return Problem("application_waiting", "credit_code", message)


def _check(draft: OperatorDraft, at: datetime) -> list[Problem]:
    facts = operators.roster_facts([draft])
    # Somebody may apply for a code on the roster: the phone on file is then what is wrong.
    facts = replace(facts, listed_codes=frozenset())
    problems = registration.check_operators([draft], facts, today=business_day(at))
    problems += check_mobile(draft.contact_phone, field="contact_phone")
    for name, message in (
        ("address", "请填写经营地址，监管所要上门核实。"),
        ("contact_name", "请填写联系人姓名。"),
    ):
        if not getattr(draft, name):
            problems.append(Problem(f"{name}_missing", name, message))
    if _waits(draft.credit_code):
        problems.append(_waiting_already())
    return _once(problems)


def _once(problems: list[Problem]) -> list[Problem]:
    """One problem a field: two rules may find the same fault of a phone."""
    by_field: dict[str, Problem] = {}
    for problem in problems:
        if problem.field not in by_field or by_field[problem.field].is_warning:
            by_field[problem.field] = problem
    return list(by_field.values())


def _station_of(division_id: int | None) -> int | None:
    held = Station.objects.filter(townships=division_id).order_by("id")
    return held.values_list("pk", flat=True).first()


@transaction.atomic
def _write(by: Actor, draft: OperatorDraft, at: datetime) -> RegistrationApplication:
    township = Division.objects.get(pk=draft.division_id or 0)
    county_id = int(township.path.split("/")[3])
    licence = draft.licences[0] if draft.licences else LicenceDraft("", "card")
    application = RegistrationApplication.objects.create(
        name=draft.name,
        credit_code=draft.credit_code,
        licence_number=licence.number,
        licence_valid_until=licence.valid_until,
        sector=draft.sector,
        kind=draft.kind,
        catering_class=draft.catering_class,
        goods_classes=list(draft.goods_classes),
        is_wholesale=draft.is_wholesale,
        address=draft.address,
        division=township,
        county_id=county_id,
        station_id=draft.station_id,
        contact_name=draft.contact_name,
        contact_phone=draft.contact_phone,
        created_at=at,
    )
    audit.append(
        by=by, at=at, event="application_handed_in", subject="RegistrationApplication",
        subject_id=application.pk, county_id=county_id,
    )  # fmt: skip
    return application


@transaction.atomic
def approve_application(
    *, by: Actor, application: RegistrationApplication, note: str, at: datetime
) -> Operator:
    """Put the applicant on the roster with the phone that was proved; activation is then theirs.

    An operator that was on the roster but never activated gets the proved phone as its contact.
    Raises: Rejected when it was decided before, or the operator is active; OutOfScope.
    """
    locked = _lock(by, application)
    draft = _draft_of(locked)
    known = Operator.objects.select_for_update().filter(credit_code=draft.credit_code).first()
    operator = _correct_contact(by, known, locked) if known else _insert(by, draft, at)
    _decide(by, locked, State.APPROVED, note, operator, at)
    return operator


@transaction.atomic
def refuse_application(
    *, by: Actor, application: RegistrationApplication, note: str, at: datetime
) -> None:
    """Turn an application down; the applicant reads why.

    Raises: Rejected without a reason, or when it was decided before; OutOfScope.
    """
    locked = _lock(by, application)
    if not tidy_prose(note):
        message = "请写明不通过的原因，申请人会看到。"
        raise Rejected([Problem("note_missing", "note", message)])
    _decide(by, locked, State.REFUSED, note, None, at)


def _lock(by: Actor, application: RegistrationApplication) -> RegistrationApplication:
    by.require(Permission.APPROVE_APPLICATIONS)
    locked = (
        RegistrationApplication.objects.visible_to(by)
        .select_for_update(of=("self",))
        .filter(pk=application.pk)
        .first()
    )
    if locked is None:
        raise OutOfScope
    if locked.state != State.WAITING:
        message = f"这份申请已经处理过了（{locked.get_state_display()}）。"
        raise Rejected([Problem("application_decided", "", message)])
    return locked


def _draft_of(application: RegistrationApplication) -> OperatorDraft:
    number = application.licence_number
    until = application.licence_valid_until
    licences = (LicenceDraft(number, kind_of(number), None, until),) if number else ()
    return OperatorDraft(
        name=application.name,
        credit_code=application.credit_code,
        sector=application.sector,
        kind=application.kind,
        division_id=application.division_id,
        station_id=application.station_id,
        address=application.address,
        legal_person=application.contact_name,
        contact_name=application.contact_name,
        contact_phone=application.contact_phone,
        licences=licences,
        catering_class=application.catering_class,
        goods_classes=tuple(application.goods_classes),
        is_wholesale=application.is_wholesale,
    )


def _insert(by: Actor, draft: OperatorDraft, at: datetime) -> Operator:
    """Raises: Rejected, also when somebody else lists the same code at this very moment."""
    facts = operators.roster_facts([draft])
    if found := errors(registration.check_operators([draft], facts, today=business_day(at))):
        raise Rejected(found)
    try:
        # The second of two waits here for the first to commit, and then learns of it.
        with transaction.atomic():
            return operators.insert_operators([draft], facts, by=by, at=at)[0]
    except IntegrityError:
        if not Operator.objects.filter(credit_code=draft.credit_code).exists():
            raise
        message = "刚刚有人把这个统一社会信用代码列入了名册，请刷新页面，核对后再审核。"
        raise Rejected([Problem("operator_just_listed", "", message)]) from None


def _correct_contact(
    by: Actor, operator: Operator, application: RegistrationApplication
) -> Operator:
    if not by.sees(operator):
        message = "这个统一社会信用代码已登记在其他辖区，请退回申请，并说明到登记地的监管所办理。"
        raise Rejected([Problem("operator_elsewhere", "", message)])
    if operator.is_activated:
        message = "这家已在名册里并且激活了。换了联系人的，请在主体页面修改联系电话。"
        raise Rejected([Problem("operator_active", "", message)])
    operator.contact_name = application.contact_name
    operator.contact_phone = application.contact_phone
    operator.save(update_fields=["contact_name", "contact_phone"])
    return operator


def _decide(
    by: Actor,
    application: RegistrationApplication,
    state: State,
    note: str,
    operator: Operator | None,
    at: datetime,
) -> None:
    note = tidy_prose(note)
    if len(note) > NOTE_LENGTH:
        raise Rejected([Problem("note_too_long", "note", "审核意见不能超过200个字。")])
    application.state = state
    application.decision_note = note
    application.decided_by_id = by.person_id
    application.decided_at = at
    application.operator = operator
    application.save()
    audit.append(
        by=by, at=at, event=f"application_{state}", about=operator, reason=note,
        subject="RegistrationApplication", subject_id=application.pk,
        county_id=application.county_id,
    )  # fmt: skip
