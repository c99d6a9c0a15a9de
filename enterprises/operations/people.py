"""Accounts: opened, closed, given roles; passwords set and changed."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from enterprises.actor import Actor, Forbidden
from enterprises.models import Division, Membership, Operator, Person, Station
from enterprises.operations import audit, rate_limits
from enterprises.roles import OPERATOR_ROLES, Permission, Role
from enterprises.rules import passwords
from shilian.problems import Problem, Rejected
from shilian.text import normalise, tidy_prose

OLD_PASSWORD_GUESSES = rate_limits.Limit("old-password", capacity=5, seconds=300)
LOGIN_LENGTH = 40
NAME_LENGTH = 40


def check_account(login: str, name: str) -> list[Problem]:
    """Problems of a login and a name; both tidied."""
    problems = []
    if not login or len(login) > LOGIN_LENGTH or not login.isascii() or " " in login:
        message = "登录名用手机号或字母、数字，不超过40个，中间不留空格。"
        problems.append(Problem("login_malformed", "login", message))
    if not name or len(name) > NAME_LENGTH:
        problems.append(Problem("name_missing", "name", "请填写姓名，不超过40个字。"))
    return problems


@transaction.atomic
def open_account(
    *,
    by: Actor,
    login: str,
    name: str,
    role: Role,
    at: datetime,
    password: str | None = None,
    phone: str = "",
    division: Division | None = None,
    station: Station | None = None,
    operator: Operator | None = None,
    sector: str = "",
    must_change_password: bool = False,
) -> Person:
    """Open an account with one role; for installation, the demonstration and migrated people.

    Raises: Rejected when the login is taken or malformed, or the password too weak.
    """
    by.require(Permission.MANAGE_ACCOUNTS)
    person = Person(login=normalise(login), name=tidy_prose(name), phone=phone, created_at=at)
    person.must_change_password = must_change_password
    if problems := _check_opening(person, role, password):
        raise Rejected(problems)
    set_secret(person, password)
    person.save(force_insert=True)
    places = {"division": division, "station": station, "operator": operator}
    grant(by=by, person=person, role=role, at=at, sector=sector, **places)  # type: ignore[arg-type]
    audit.append(
        by=by, at=at, event="account_opened", about=operator, subject="Person",
        subject_id=person.pk, role=str(role),
    )  # fmt: skip
    return person


def _check_opening(person: Person, role: Role, password: str | None) -> list[Problem]:
    problems = check_account(person.login, person.name)
    if Person.objects.filter(login=person.login).exists():
        problems.append(Problem("login_taken", "login", "这个登录名已经有人使用，请换一个。"))
    if password is not None:
        problems += passwords.check_password(
            password, is_staff=role not in OPERATOR_ROLES, known=(person.login, person.phone)
        )
    return problems


def find_by_login(login: str) -> Person | None:
    """The open account with the login. Cost: one query."""
    return Person.objects.filter(login=login, is_active=True).first()


def set_secret(person: Person, password: str | None) -> None:
    """Set the password on the object, or make it one that nobody can use."""
    if password is None:
        person.set_unusable_password()
    else:
        person.set_password(password)


def grant(
    *,
    by: Actor,
    person: Person,
    role: Role,
    at: datetime,
    division: Division | None = None,
    station: Station | None = None,
    operator: Operator | None = None,
    sector: str = "",
) -> Membership:
    """Give a role, once; inside the caller's transaction, which has checked the right to do so.

    ``sector``: the link of the provincial division; who holds the role already moves to it.
    """
    held, _ = Membership.objects.get_or_create(
        person=person,
        role=role,
        division=division or (station.county if station else None),
        station=station,
        operator=operator,
        ended_at=None,
        defaults={"granted_by_id": by.person_id, "granted_at": at, "sector": sector},
    )
    if held.sector != sector:
        held.sector = sector
        held.save(update_fields=["sector"])
    return held


@transaction.atomic
def _write_password(person: Person, password: str, *, by: Actor, at: datetime, event: str) -> None:
    person.set_password(password)
    person.must_change_password = False
    person.save(update_fields=["password", "must_change_password"])
    audit.append(by=by, at=at, event=event, subject="Person", subject_id=person.pk)


def change_password(*, by: Actor, person: Person, old: str, new: str, at: datetime) -> None:
    """Change the own password; every other session of the person ends.

    Raises: Rejected when the old one is wrong or the new one too weak; TooMany.
    """
    if by.person_id != person.pk:
        raise Forbidden(Permission.MANAGE_ACCOUNTS)
    message = "原密码输错太多次，请过几分钟再试。"
    rate_limits.require(OLD_PASSWORD_GUESSES, str(person.pk), at=at, message=message, field="old")
    if not person.check_password(old):
        raise Rejected([Problem("old_password_wrong", "old", "原密码不对，请重新输入。")])
    problems = passwords.check_password(
        new, is_staff=not by.is_operator, known=(person.login, person.phone), field="new"
    )
    if old == new:
        problems.append(Problem("password_unchanged", "new", "新密码要与原密码不同。"))
    if problems:
        raise Rejected(problems)
    rate_limits.give_back(OLD_PASSWORD_GUESSES, str(person.pk))
    _write_password(person, new, by=by, at=at, event="password_changed")


def reset_password(*, by: Actor, person: Person, password: str, at: datetime) -> None:
    """Set a new password for somebody who has just proved to hold the phone on file.

    Raises: Rejected when it is too weak.
    """
    if problems := check_new_password(person, password):
        raise Rejected(problems)
    _write_password(person, password, by=by, at=at, event="password_reset")


def check_new_password(person: Person, password: str) -> list[Problem]:
    return passwords.check_password(
        password, is_staff=is_staff(person), known=(person.login, person.phone)
    )


def is_staff(person: Person) -> bool:
    """Whether the person holds any role but an operator's. Cost: one query."""
    return person.memberships.current().exclude(role__in=OPERATOR_ROLES).exists()


@transaction.atomic
def change_activity(
    *, by: Actor, person: Person, is_active: bool, reason: str, at: datetime
) -> None:
    """Close an account, or open it again; a closed one is signed out at its next request.

    Raises: Rejected without a reason, or for the own account.
    """
    by.require(Permission.MANAGE_ACCOUNTS)
    reason = tidy_prose(reason)
    if not reason or len(reason) > 200:
        message = "请写明停用或启用的原因，不超过200个字。"
        raise Rejected([Problem("reason_missing", "reason", message)])
    if by.person_id == person.pk:
        raise Rejected(
            [Problem("own_account", "", "不能停用自己的账号，请由另一位安全管理员办理。")]
        )
    person.is_active = is_active
    person.save(update_fields=["is_active"])
    event = "account_enabled" if is_active else "account_disabled"
    audit.append(by=by, at=at, event=event, subject="Person", subject_id=person.pk, reason=reason)


def new_token() -> str:
    """A one-time link's secret: 128 random bits."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
