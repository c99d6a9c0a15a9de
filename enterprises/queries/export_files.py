"""Finished exports as the person who asked for them finds them again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from enterprises.actor import Actor
from enterprises.extracts import find_source
from enterprises.models import Job

KEPT_FOR = timedelta(days=3)


def sight_of(actor: Actor) -> dict[str, Any]:
    """What the actor saw and was when the rows were read, to be kept beside the file."""
    return {
        "roles": sorted(actor.roles),
        "paths": list(actor.scope.paths),
        "stations": list(actor.scope.station_ids),
        "operators": list(actor.scope.operator_ids),
    }


def is_for(actor: Actor, job: Job) -> bool:
    """Whether the export belongs to the actor, who still sees all that is in it.

    Somebody who changed office or lost a role does not get what was read with the former rights,
    and nobody what was read under a case that has ended since.
    """
    source = find_source(job.payload.get("source", ""))
    if source is None or actor.person_id is None or job.created_by_id != actor.person_id:
        return False
    return (
        source.is_open_to(actor)
        and _still_sees(actor, job.result.get("sight"))
        and source.is_still_open(actor, job.result.get("opened_by"))
    )


def _still_sees(actor: Actor, sight: dict[str, Any] | None) -> bool:
    if sight is None:
        return True
    return (
        set(sight["roles"]) <= set(actor.roles)
        and all(actor.scope.covers_path(path) for path in sight["paths"])
        and set(sight["stations"]) <= set(actor.scope.station_ids)
        and set(sight["operators"]) <= set(actor.scope.operator_ids)
    )


def kept_until(job: Job) -> datetime:
    """When the file's time is over; the file of a job that is not over has all its time yet."""
    return (job.finished_at or job.created_at) + KEPT_FOR


def file_of(job: Job, *, at: datetime) -> Path | None:
    """The finished file; None before it is done, and when its time is over."""
    if job.state != Job.State.DONE or "file" not in job.result or kept_until(job) <= at:
        return None
    path = Path(settings.FILES_DIR) / job.result["file"]
    return path if path.exists() else None
