"""Applications to join, as the bureau that decides sees them."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator, RegistrationApplication
from enterprises.models.operators import ApplicationQuerySet
from shilian.db.spelling import part_of

State = RegistrationApplication.State


def list_applications(actor: Actor, filters: dict[str, Any]) -> ApplicationQuerySet:
    """The applications in the actor's sight, narrowed by ``state`` and ``search``."""
    found = RegistrationApplication.objects.visible_to(actor).select_related(
        "county", "division", "station"
    )
    if state := filters.get("state"):
        found = found.filter(state=state)
    if text := filters.get("search"):
        found = found.filter(part_of("name", text) | Q(credit_code__startswith=text.upper()))
    return found


def find_application(actor: Actor, application_id: int) -> RegistrationApplication:
    """Raises: OutOfScope when it does not exist for the actor. Cost: one query."""
    found = (
        RegistrationApplication.objects.visible_to(actor)
        .select_related("county", "division", "station", "decided_by", "operator")
        .filter(pk=application_id)
        .first()
    )
    if found is None:
        raise OutOfScope
    return found


def same_code(actor: Actor, application: RegistrationApplication) -> Operator | None:
    """The operator that already has the applicant's credit code, in the actor's sight."""
    held = Operator.objects.visible_to(actor)
    return held.filter(credit_code=application.credit_code).first()


def own_application(application_id: int) -> RegistrationApplication | None:
    """PUBLIC to the session that handed it in, which keeps the id. Cost: one query."""
    return (
        RegistrationApplication.objects.select_related("county", "station")
        .filter(pk=application_id)
        .first()
    )
