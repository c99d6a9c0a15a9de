"""Operators come in by themselves: found on the roster, proved by phone, activated with a password."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator, OperatorState, Person
from enterprises.operations import audit, changes, people, rate_limits, verification
from enterprises.queries import directory
from enterprises.roles import Role
from enterprises.rules import credit_codes, passwords, phones
from enterprises.senders import Sent
from shilian.problems import Problem, Rejected

SEARCHES = rate_limits.Limit("find-self", capacity=30, seconds=60)


@dataclass(frozen=True, slots=True)
class Found:
    """What a number led to; ``phone`` is empty when no code can be sent there."""

    number: str
    operator_id: int | None = None
    phone: str = ""


def find_self(*, by: Actor, number: str, at: datetime) -> Found:
    """The operator behind a credit code or licence number; an unknown one is answered alike.

    Raises: Rejected for nothing, and for what can be nobody's number; TooMany.
    Cost: the same queries whatever is found.
    """
    tidied = directory.tidy_number(number)
    if not tidied or len(tidied) > 60:
        message = "请填写营业执照上的18位统一社会信用代码，或许可证编号。"
        raise Rejected([Problem("number_missing", "number", message)])
    if problems := credit_codes.check_own_number(tidied):
        raise Rejected(problems)
    message = "查询太频繁，请过几分钟再试。"
    rate_limits.require(SEARCHES, by.address, at=at, message=message, field="number")
    operator = directory.find_operator_by_number(tidied)
    if operator is None or not phones.is_mobile(operator.contact_phone):
        return Found(tidied, operator.pk if operator else None)
    return Found(tidied, operator.pk, operator.contact_phone)


def decoy_phone(number: str) -> str:
    """A number to show masked for what is not on the roster, always the same for the same number.

    Whether somebody is on the roster is told to the holder of the phone alone.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), number.encode(), hashlib.sha256).digest()
    digits = int.from_bytes(digest[:8], "big")
    return f"1{3 + digits % 7}{digits // 7 % 10**9:09d}"


def send_activation_code(*, by: Actor, found: Found, at: datetime) -> Sent:
    """Send a code to the phone on file; to nobody when there is none, and the answer is the same.

    Raises: TooMany.
    """
    operator = Operator.objects.filter(pk=found.operator_id or 0, contact_phone=found.phone).first()
    if operator is None or not found.phone:
        _pretend(by, found, at)
        return Sent()
    return verification.send_code(
        by=by, phone=found.phone, purpose=verification.Purpose.ACTIVATE, operator=operator, at=at
    )


def _pretend(by: Actor, found: Found, at: datetime) -> None:
    """Take the same tokens as a code that is really sent."""
    for limit, about, message in (
        (verification.PER_ADDRESS, by.address, verification.TOO_OFTEN),
        (verification.ONE_A_MINUTE, found.number, verification.TOO_SOON),
    ):
        rate_limits.require(limit, about, at=at, message=message, field="code")


def activate_operator(*, by: Actor, found: Found, code: str, password: str, at: datetime) -> Person:
    """Give the holder of the phone on file the operator's account, with a password of their choice.

    Raises: Rejected: the code is wrong, the password weak, or the operator has another owner.
    Source: launch speech (注册、激活); domain.md section 5 (activated: identity matched, signed in).
    """
    # The password first: a code is good only once.
    if problems := passwords.check_password(password, is_staff=False, known=(found.phone,)):
        raise Rejected(problems)
    operator = Operator.objects.filter(pk=found.operator_id or 0, contact_phone=found.phone).first()
    verification.use_code(
        phone=found.phone if operator else "",
        purpose=verification.Purpose.ACTIVATE,
        operator=operator,
        code=code,
        at=at,
    )
    assert operator is not None
    return _activate(by, operator, password, at)


@transaction.atomic
def _activate(by: Actor, operator: Operator, password: str, at: datetime) -> Person:
    operator = Operator.objects.select_for_update().get(pk=operator.pk)
    phone = operator.contact_phone
    owners = operator.memberships.current().filter(role=Role.OWNER)
    if owners.exists() and not owners.filter(person__login=phone).exists():
        message = (
            "这家已经由另一个手机号激活。请用原手机号登录；换了负责人，请联系所属监管所办理变更。"
        )
        raise Rejected([Problem("operator_has_owner", "", message)])
    person = _person_with(phone, operator.contact_name or operator.name, password, at)
    people.grant(by=by, person=person, role=Role.OWNER, operator=operator, at=at)
    if operator.state == OperatorState.LISTED:
        operator.state = OperatorState.ACTIVATED
        operator.activated_at = at
        operator.save(update_fields=["state", "activated_at"])
        changes.note_changes([operator.pk])
    audit.append(
        by=by, at=at, event="operator_activated", about=operator, subject="Person",
        subject_id=person.pk,
    )  # fmt: skip
    return person


def _person_with(phone: str, name: str, password: str, at: datetime) -> Person:
    """The account of the phone, new or with its password replaced: its holder has proved it."""
    person = Person.objects.select_for_update().filter(login=phone).first()
    if person is None:
        person = Person(login=phone, phone=phone, name=name[:40], created_at=at)
    elif not person.is_active:
        message = "这个手机号的账号已停用，请联系所属监管所。"
        raise Rejected([Problem("account_disabled", "", message)])
    elif people.is_staff(person):
        message = "这个手机号是监管人员的登录名，不能用来激活经营主体，请联系监管所更换联系电话。"
        raise Rejected([Problem("phone_of_staff", "", message)])
    person.set_password(password)
    person.must_change_password = False
    person.save()
    return person


def send_reset_code(*, by: Actor, login: str, at: datetime) -> Sent:
    """Send a code to the phone of the account; to nobody for an unknown login, answered alike.

    Raises: TooMany.
    """
    person = _resettable(login)
    if person is None:
        _pretend(by, Found(login), at)
        return Sent()
    return verification.send_code(
        by=by, phone=person.phone, purpose=verification.Purpose.RESET, at=at
    )


def reset_by_code(*, by: Actor, login: str, code: str, password: str, at: datetime) -> Person:
    """Set a new password for the account whose phone received the code.

    Raises: Rejected.
    """
    person = _resettable(login)
    # An unknown login is asked for as good a password, so that nothing is learnt of it.
    problems = (
        people.check_new_password(person, password)
        if person
        else passwords.check_password(password, is_staff=False, known=(login,))
    )
    if problems:
        raise Rejected(problems)
    verification.use_code(
        phone=person.phone if person else "", purpose=verification.Purpose.RESET, code=code, at=at
    )
    assert person is not None
    people.reset_password(by=by, person=person, password=password, at=at)
    return person


def _resettable(login: str) -> Person | None:
    person = Person.objects.filter(login=login, is_active=True).first()
    return person if person is not None and phones.is_mobile(person.phone) else None
