"""People as those answer for them see them: clerks of a shop, invitations, accounts, the audit trail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from enterprises.actor import Actor, OutOfScope
from enterprises.models import AuditEntry, Division, Invitation, Membership, Operator, Person
from enterprises.roles import ADMIN_ROLES, Role
from shilian.clock import start_of
from shilian.db.spelling import beginning_of


def list_clerks(operator: Operator) -> list[Membership]:
    """Who works for the operator now, the owners first. Cost: one query."""
    held = Membership.objects.current().filter(operator=operator).select_related("person")
    return sorted(held, key=lambda row: (row.role != Role.OWNER, row.granted_at))


def open_clerk_invitations(operator: Operator, *, at: datetime) -> list[Invitation]:
    """Links sent to clerks that can still be used. Cost: one query."""
    sent = Invitation.objects.filter(operator=operator, used_at=None, expires_at__gt=at)
    return list(sent.order_by("-id"))


def list_invitations(
    actor: Actor, filters: dict[str, Any] | None = None, *, at: datetime
) -> QuerySet[Invitation]:
    """Invitations into the actor's jurisdiction; a security administrator sees administrators'."""
    below = Division.objects.under(actor.scope.paths).values("pk")
    mine = Q(division__in=below)
    if Role.SECURITY_ADMIN in actor.roles:
        mine |= Q(role__in=ADMIN_ROLES)
    sent = _narrowed(Invitation.objects.filter(mine, operator=None), filters or {}, at)
    return sent.select_related("division", "station", "invited_by")


def _narrowed(
    found: QuerySet[Invitation], filters: dict[str, Any], at: datetime
) -> QuerySet[Invitation]:
    if text := filters.get("search"):
        found = found.filter(beginning_of("name", text) | Q(login__startswith=text))
    states = {
        Invitation.State.ACCEPTED: Q(used_at__isnull=False),
        Invitation.State.OPEN: Q(used_at=None, expires_at__gt=at),
        Invitation.State.OVER: Q(used_at=None, expires_at__lte=at),
    }
    state = filters.get("state")
    return found.filter(states[state]) if state else found


def find_invitation(actor: Actor, invitation_id: int, *, at: datetime) -> Invitation:
    """Raises: OutOfScope."""
    found = list_invitations(actor, at=at).filter(pk=invitation_id).first()
    if found is None:
        raise OutOfScope
    return found


def find_clerk_invitation(operator: Operator, invitation_id: int) -> Invitation:
    """Raises: OutOfScope when it invites nobody to this operator."""
    found = Invitation.objects.filter(operator=operator, pk=invitation_id).first()
    if found is None:
        raise OutOfScope
    return found


def list_accounts(filters: dict[str, Any]) -> QuerySet[Person]:
    """Accounts with their roles, for the security administrator; no business data."""
    found = Person.objects.prefetch_related(
        "memberships__division", "memberships__station", "memberships__operator"
    )
    if text := filters.get("search"):
        found = found.filter(Q(login__startswith=text) | beginning_of("name", text))
    if role := filters.get("role"):
        found = found.filter(memberships__role=role, memberships__ended_at=None).distinct()
    if state := filters.get("state"):
        found = found.filter(is_active=state == "active")
    return found


def find_account(person_id: int) -> Person | None:
    """Cost: one query."""
    return Person.objects.filter(pk=person_id).first()


def own_account(actor: Actor) -> Person:
    """The account of the person who acts, roles with their places fetched. Cost: two queries."""
    return Person.objects.prefetch_related(
        "memberships__division", "memberships__station", "memberships__operator"
    ).get(pk=actor.person_id or 0)


def list_audit(actor: Actor, filters: dict[str, Any]) -> QuerySet[AuditEntry]:
    """The audit trail, for the audit administrator: the whole of it, whatever the jurisdiction.

    Page it by ``-at,-id``, which its index serves, a day's part of it as well.
    """
    found = AuditEntry.objects.all()
    if event := filters.get("event"):
        found = found.filter(event__startswith=event)
    if name := filters.get("person"):
        found = found.filter(actor_name=name)
    if day := filters.get("day"):
        found = found.filter(at__gte=start_of(day), at__lt=start_of(day + timedelta(days=1)))
    return found
