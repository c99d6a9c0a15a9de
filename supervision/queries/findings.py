"""The findings of the radar as the bureau lists them, and as their operator reads them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Membership, Operator, Person
from enterprises.roles import PERMISSIONS, Permission
from shilian.db.spelling import part_of
from supervision.models import Finding
from supervision.models.findings import FindingQuerySet
from supervision.rules.radar import SILENCE

# The gravest and the most urgent first; the index of the open ones has this order.
ORDER = "severity,due_on,id"
ROLES = [role for role, held in PERMISSIONS.items() if Permission.FOLLOW_FINDINGS in held]
NOBODY = "none"
MINE = "mine"


@dataclass(frozen=True, slots=True)
class FindingCriteria:
    """What the list is narrowed to; an empty field narrows nothing. ``state`` is open by default."""

    today: date
    rule: str = ""
    severity: int | None = None
    county_id: int | None = None
    assignee: str = ""
    overdue: bool = False
    band: int | None = None
    state: str = Finding.State.OPEN
    search: str = ""


def list_findings(actor: Actor, criteria: FindingCriteria) -> FindingQuerySet:
    """The findings in the actor's sight that meet the criteria, for a keyset page or an export."""
    found = Finding.objects.visible_to(actor).select_related(
        "operator", "operator__county", "operator__division", "operator__station", "assignee"
    )
    wanted = {
        name: getattr(criteria, name)
        for name in ("rule", "severity", "county_id", "state")
        if getattr(criteria, name)
    }
    found = _assigned_to(found.filter(**wanted), actor, criteria.assignee)
    if criteria.overdue:
        found = found.overdue(criteria.today)
    if criteria.band:
        found = found.silent().filter(since__lte=criteria.today - timedelta(days=criteria.band))
    if criteria.search:
        text = criteria.search
        found = found.filter(
            part_of("operator__name", text) | Q(operator__credit_code__startswith=text.upper())
        )
    return found


def _assigned_to(found: FindingQuerySet, actor: Actor, who: str) -> FindingQuerySet:
    if who == NOBODY:
        return found.filter(assignee=None)
    if who == MINE:
        return found.filter(assignee_id=actor.person_id)
    return found.filter(assignee_id=int(who)) if who.isdigit() else found


def find_finding(actor: Actor, finding_id: int) -> Finding:
    """Raises: OutOfScope when it does not exist for the actor. Cost: one query."""
    rows = Finding.objects.visible_to(actor).select_related(
        "operator", "operator__county", "operator__division", "operator__station", "assignee"
    )
    found = rows.filter(pk=finding_id).first()
    if found is None:
        raise OutOfScope
    return found


def findings_of(actor: Actor, ids: Collection[int]) -> list[Finding]:
    """These findings, in the order of id.

    Raises: OutOfScope when the actor does not see one of them. Cost: one query.
    """
    rows = Finding.objects.visible_to(actor).filter(pk__in=ids).select_related("operator")
    found = list(rows.order_by("pk"))
    if len(found) != len(set(ids)):
        raise OutOfScope
    return found


def colleagues(actor: Actor) -> list[Person]:
    """The officers of the actor's own bureau to whom work may be given, by name.

    A county's are its own and those of its stations; a station's are its own. Cost: one query.
    """
    held = Membership.objects.current().filter(role__in=ROLES, person__is_active=True)
    if actor.station_id is not None:
        held = held.filter(station_id=actor.station_id)
    else:
        held = held.filter(division_id=actor.division_id or 0)
    people = Person.objects.filter(pk__in=held.values("person_id"))
    return list(people.order_by("name", "pk"))


def counties_of(actor: Actor) -> list[Division]:
    """The counties to choose from, for an actor that answers for several. Cost: one query."""
    below = Division.objects.under(actor.scope.paths).counties().order_by("pk")
    found = list(below) if actor.scope.paths else []
    return found if len(found) > 1 else []


def own_findings(operator: Operator) -> list[Finding]:
    """What is open at the operator itself, the gravest first. Cost: one query."""
    rows = Finding.objects.open().filter(operator=operator)
    return list(rows.order_by(*ORDER.split(","))[:OWN_SHOWN])


def told_findings(operator: Operator) -> list[Finding]:
    """The open findings whose message the operator was sent, the newest first. Cost: one query."""
    rows = Finding.objects.told().filter(operator=operator)
    return list(rows.order_by("-sent_at")[:TOLD_SHOWN])


OWN_SHOWN = 50
TOLD_SHOWN = 3


def open_findings_of(actor: Actor, operator: Operator) -> Sequence[Finding]:
    """What is open at one operator, for its page. Raises: OutOfScope. Cost: one query."""
    if not actor.sees(operator):
        raise OutOfScope
    return own_findings(operator)


def silent_days(finding: Finding, today: date) -> int | None:
    """For how long the operator has been silent; None for other rules."""
    return (today - finding.since).days if finding.rule in SILENCE else None
