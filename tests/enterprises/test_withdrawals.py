"""Invitations are taken back by whoever may send them."""

from __future__ import annotations

import pytest

from enterprises.actor import Actor, Forbidden, OutOfScope, actor_for
from enterprises.models import AuditEntry, Invitation, Operator
from enterprises.operations import invitations
from enterprises.operations.invitations import Invitee
from enterprises.roles import Role
from shilian.problems import Rejected
from tests.builders.enterprises import (
    AT,
    give_role,
    make_county,
    make_operator,
    make_person,
    officer_of,
    owner_of,
)

pytestmark = pytest.mark.django_db


def invite_auditor(by: Actor) -> str:
    who = Invitee(name="赵六", phone="13900000001", role=Role.AUDIT_ADMIN)
    return invitations.invite_officer(by=by, invitee=who, at=AT)[1]


def test_a_security_administrator_withdraws_an_administrators_invitation() -> None:
    security = administrator(Role.SECURITY_ADMIN)
    token = invite_auditor(security)
    invitation = Invitation.objects.get()

    invitations.withdraw_invitation(by=security, invitation=invitation, at=AT)

    assert invitations.find_open(token, at=AT) is None
    assert AuditEntry.objects.filter(event="invitation_withdrawn").count() == 1


def test_an_officer_withdraws_no_administrators_invitation() -> None:
    invite_auditor(administrator(Role.SECURITY_ADMIN))
    officer = officer_of(make_county())

    with pytest.raises(Forbidden):
        invitations.withdraw_invitation(by=officer, invitation=Invitation.objects.get(), at=AT)

    assert Invitation.objects.get().expires_at > AT


def test_an_owner_withdraws_a_clerks_invitation_of_the_own_shop_only() -> None:
    operator, other = make_operator(), make_operator()
    owner = working_owner(operator)
    invitations.invite_clerk(by=owner, operator=operator, name="李四", phone="13900000002", at=AT)
    invitation = Invitation.objects.get()

    with pytest.raises(OutOfScope):
        invitations.withdraw_invitation(by=owner_of(other), invitation=invitation, at=AT)
    invitations.withdraw_invitation(by=owner, invitation=invitation, at=AT)
    with pytest.raises(Rejected) as again:
        invitations.withdraw_invitation(by=owner, invitation=invitation, at=AT)

    assert again.value.codes == ["invitation_over"]
    assert AuditEntry.objects.get(event="invitation_withdrawn").operator_id == operator.pk


def administrator(role: Role) -> Actor:
    return actor_for(give_role(make_person(), role).person)


def working_owner(operator: Operator) -> Actor:
    return actor_for(give_role(make_person(), Role.OWNER, operator=operator).person)
