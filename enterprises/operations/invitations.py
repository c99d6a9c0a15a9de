"""Officers and clerks are invited: a one-time link by which they set their own password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from enterprises.actor import Actor, Forbidden, OutOfScope
from enterprises.models import Division, Invitation, Membership, Operator, Person, Station
from enterprises.operations import audit, people, rate_limits
from enterprises.roles import ADMIN_ROLES, OPERATOR_ROLES, Permission, Role
from enterprises.rules import invitations as rules
from enterprises.rules.passwords import check_password
from enterprises.rules.phones import check_mobile, tidy_phone
from shilian.problems import Problem, Rejected
from shilian.text import normalise, tidy_prose

LIFETIME = timedelta(days=7)
OPENINGS = rate_limits.Limit("invitation", capacity=10, seconds=60)
CLERK_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is invited as what and where; ``login`` empty means the phone number.

    ``sector``: the link of a provincial division's officer; empty for all links.
    """

    name: str
    phone: str
    role: Role
    login: str = ""
    division: Division | None = None
    station: Station | None = None
    sector: str = ""


@transaction.atomic
def invite_officer(*, by: Actor, invitee: Invitee, at: datetime) -> tuple[Invitation, str]:
    """Invite an officer or administrator; gives the invitation and its token, shown only once.

    Raises: Rejected; OutOfScope for a place that is not the actor's; Forbidden.
    """
    is_admin = invitee.role in ADMIN_ROLES
    by.require(Permission.MANAGE_ACCOUNTS if is_admin else Permission.INVITE_OFFICERS)
    problems = _check_invitee(by, invitee)
    problems += _check_place(by, invitee)
    if problems:
        raise Rejected(problems)
    return _write(by, invitee, None, at)


@transaction.atomic
def invite_clerk(
    *, by: Actor, operator: Operator, name: str, phone: str, at: datetime
) -> tuple[Invitation, str]:
    """Invite a shop's clerk; gives the invitation and its token, shown only once.

    Raises: Rejected for a bad phone, somebody who works here already, or too many clerks.
    """
    by.require(Permission.MANAGE_CLERKS, on=operator)
    invitee = Invitee(name=name, phone=phone, role=Role.CLERK)
    problems = _check_invitee(by, invitee)
    phone = tidy_phone(normalise(phone))
    held = Membership.objects.current().filter(operator=operator)
    if held.filter(person__login=phone).exists():
        problems.append(Problem("clerk_already", "phone", "这位店员已经在名单里了。"))
    if held.filter(role=Role.CLERK).count() >= CLERK_LIMIT:
        message = f"店员最多{CLERK_LIMIT}人，请先移除离职的店员。"
        problems.append(Problem("too_many_clerks", "", message))
    if problems:
        raise Rejected(problems)
    return _write(by, invitee, operator, at)


def _check_invitee(by: Actor, invitee: Invitee) -> list[Problem]:
    phone = tidy_phone(normalise(invitee.phone))
    login = normalise(invitee.login) or phone
    problems = check_mobile(phone) + people.check_account(login, tidy_prose(invitee.name))
    if invitee.role in OPERATOR_ROLES:
        return [problem for problem in problems if problem.field != "login"]
    if invitee.role not in rules.invitable(by.roles):
        message = "您不能邀请这个岗位的人员，请由上一级办理。"
        problems.append(Problem("role_too_high", "role", message))
    if invitee.sector and invitee.role != Role.PROVINCE_OFFICER:
        message = "只有省局人员分业务处，其他岗位不用选环节。"
        problems.append(Problem("sector_not_wanted", "sector", message))
    if Person.objects.filter(login=login).exists():
        problems.append(Problem("login_taken", "login", "这个登录名已经有人使用，请换一个。"))
    return problems


def _check_place(by: Actor, invitee: Invitee) -> list[Problem]:
    """Raises: OutOfScope. Problems when the role does not belong to that kind of place."""
    if invitee.role in ADMIN_ROLES:
        return []
    place = invitee.station.county if invitee.station else invitee.division
    if place is None:
        return [Problem("place_missing", "division", "请选择辖区。")]
    if not by.scope.covers_path(place.path):
        raise OutOfScope
    if place.level not in rules.LEVELS.get(invitee.role, ()):
        message = f"{invitee.role.label}的辖区级别不对，请重新选择。"
        return [Problem("place_level_wrong", "division", message)]
    if invitee.role == Role.STATION_OFFICER and invitee.station is None:
        return [Problem("station_missing", "station", "请选择监管所。")]
    if invitee.role != Role.STATION_OFFICER and invitee.station is not None:
        return [Problem("station_not_wanted", "station", "这个岗位不用选监管所。")]
    return []


def _write(
    by: Actor, invitee: Invitee, operator: Operator | None, at: datetime
) -> tuple[Invitation, str]:
    if by.person_id is None:
        raise Forbidden(Permission.INVITE_OFFICERS)
    token = people.new_token()
    phone = tidy_phone(normalise(invitee.phone))
    division = invitee.division or (invitee.station.county if invitee.station else None)
    invitation = Invitation.objects.create(
        token_hash=people.token_hash(token),
        login=normalise(invitee.login) or phone,
        name=tidy_prose(invitee.name),
        phone=phone,
        role=invitee.role,
        division=division,
        station=invitee.station,
        operator=operator,
        sector=invitee.sector,
        invited_by_id=by.person_id,
        created_at=at,
        expires_at=at + LIFETIME,
    )
    audit.append(
        by=by, at=at, event="person_invited", about=operator, subject="Invitation",
        subject_id=invitation.pk, role=str(invitee.role),
        county_id=division.pk if division and division.is_county_level else None,
    )  # fmt: skip
    return invitation, token


def find_open(token: str, *, at: datetime) -> Invitation | None:
    """The invitation behind a link that can still be used. Cost: one query."""
    return (
        Invitation.objects.filter(
            token_hash=people.token_hash(token), used_at=None, expires_at__gt=at
        )
        .select_related("division", "station", "operator", "invited_by")
        .first()
    )


def accept_invitation(*, by: Actor, token: str, password: str, at: datetime) -> Person:
    """Use the link: a new account with the password, or the role added to one's own account.

    Raises: Rejected when the link is used up, the password weak, or wrong for an existing account.
    """
    message = "尝试太频繁，请过几分钟再打开链接。"
    rate_limits.require(OPENINGS, by.address, at=at, message=message)
    with transaction.atomic():
        invitation = find_open(token, at=at)
        if invitation is None or not _claim(invitation, at):
            text = "这个邀请链接已经用过或过期，请联系邀请人重新发一个。"
            raise Rejected([Problem("invitation_over", "", text)])
        person = _person_for(invitation, password, at)
        role = Role(invitation.role)
        people.grant(
            by=by, person=person, role=role, at=at, division=invitation.division,
            station=invitation.station, operator=invitation.operator, sector=invitation.sector,
        )  # fmt: skip
        audit.append(
            by=by, at=at, event="invitation_accepted", about=invitation.operator,
            subject="Person", subject_id=person.pk, role=str(role),
        )  # fmt: skip
    return person


def _claim(invitation: Invitation, at: datetime) -> bool:
    return bool(Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=at))


def _person_for(invitation: Invitation, password: str, at: datetime) -> Person:
    known = Person.objects.filter(login=invitation.login).first()
    if known is not None:
        if not known.is_active or not known.check_password(password):
            text = "您已有账号，请输入原来的密码；忘记了可先用验证码重设。"
            raise Rejected([Problem("password_wrong", "password", text)])
        if _is_of_other_side(known, Role(invitation.role)):
            text = "监管人员和经营主体不能共用一个账号，请联系邀请人换一个手机号。"
            raise Rejected([Problem("account_of_other_side", "", text)])
        return known
    is_staff = Role(invitation.role) not in OPERATOR_ROLES
    known_words = (invitation.login, invitation.phone)
    if problems := check_password(password, is_staff=is_staff, known=known_words):
        raise Rejected(problems)
    person = Person(
        login=invitation.login, name=invitation.name, phone=invitation.phone, created_at=at
    )
    person.set_password(password)
    person.save(force_insert=True)
    return person


def _is_of_other_side(person: Person, role: Role) -> bool:
    """Whether the role would put an officer's sight and a shop's rights into one account.

    Together they would write in every shop the officer sees. Cost: one query.
    """
    if role in OPERATOR_ROLES:
        return people.is_staff(person)
    return person.memberships.current().filter(role__in=OPERATOR_ROLES).exists()


@transaction.atomic
def withdraw_invitation(*, by: Actor, invitation: Invitation, at: datetime) -> None:
    """Make a link useless before it is used: an officer's, an administrator's or a clerk's.

    Raises: Rejected when it was used or has expired; OutOfScope; Forbidden.
    """
    _require_withdrawal(by, invitation)
    open_ones = Invitation.objects.filter(pk=invitation.pk, used_at=None, expires_at__gt=at)
    if not open_ones.update(expires_at=at):
        raise Rejected([Problem("invitation_over", "", "这个邀请已经用过或过期，不用撤回。")])
    audit.append(
        by=by, at=at, event="invitation_withdrawn", about=invitation.operator,
        subject="Invitation", subject_id=invitation.pk,
    )  # fmt: skip


def _require_withdrawal(by: Actor, invitation: Invitation) -> None:
    """Whoever may invite to a post may also take the invitation back."""
    if invitation.operator is not None:
        by.require(Permission.MANAGE_CLERKS, on=invitation.operator)
    elif Role(invitation.role) in ADMIN_ROLES:
        by.require(Permission.MANAGE_ACCOUNTS)
    else:
        by.require(Permission.INVITE_OFFICERS)
        place = invitation.division
        if place is None or not by.scope.covers_path(place.path):
            raise OutOfScope


@transaction.atomic
def remove_clerk(*, by: Actor, operator: Operator, membership_id: int, at: datetime) -> None:
    """End a clerk's membership; at the next request the clerk sees nothing of the shop.

    Raises: OutOfScope when it is no clerk of this operator.
    """
    by.require(Permission.MANAGE_CLERKS, on=operator)
    ended = (
        Membership.objects.current()
        .filter(pk=membership_id, operator=operator, role=Role.CLERK)
        .update(ended_at=at)
    )
    if not ended:
        raise OutOfScope
    audit.append(
        by=by, at=at, event="clerk_removed", about=operator, subject="Membership",
        subject_id=membership_id,
    )  # fmt: skip
