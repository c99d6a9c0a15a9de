"""Jobs as those who wait for them see them."""

from __future__ import annotations

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Job


def find_job(actor: Actor, job_id: int) -> Job:
    """The job in the actor's sight. Cost: one query.

    Raises: OutOfScope when it does not exist for the actor.
    """
    job = Job.objects.visible_to(actor).filter(pk=job_id).first()
    if job is None:
        raise OutOfScope
    return job
