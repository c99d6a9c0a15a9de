"""The history of trials in the sandbox."""

from __future__ import annotations

from typing import Any

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Operator, SandboxTrial
from enterprises.models.systems import TrialQuerySet


def list_trials(actor: Actor, operator: Operator, filters: dict[str, Any]) -> TrialQuerySet:
    """The operator's trials, narrowed by ``kind``, ``door`` and ``verdict`` (clean or faulty)."""
    found = SandboxTrial.objects.visible_to(actor).filter(operator=operator)
    if kind := filters.get("kind"):
        found = found.filter(record_kind=kind)
    if door := filters.get("door"):
        found = found.filter(door=door)
    if filters.get("verdict") == "clean":
        found = found.filter(errors={})
    if filters.get("verdict") == "faulty":
        found = found.exclude(errors={})
    return found.select_related("system")


def find_trial(actor: Actor, operator: Operator, trial_id: int) -> SandboxTrial:
    """Raises: OutOfScope when it is not the operator's. Cost: one query."""
    seen = SandboxTrial.objects.visible_to(actor).filter(operator=operator, pk=trial_id)
    found = seen.select_related("system").first()
    if found is None:
        raise OutOfScope
    return found
