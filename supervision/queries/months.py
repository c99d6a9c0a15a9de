"""What a month holds, and the work on its bulletin as those who wait for it find it."""

from __future__ import annotations

from datetime import date

from enterprises.actor import Actor
from enterprises.models import Job
from enterprises.roles import Permission
from supervision.models import DivisionMonth
from traceability.models import MonthMark


def has_records(actor: Actor, month: date) -> bool:
    """Whether anybody in the province recorded anything in the month, counted already or not.

    Raises: Forbidden but for those who prepare the bulletin. Cost: two queries.
    """
    actor.require(Permission.PREPARE_BULLETIN)
    counted = DivisionMonth.objects.filter(month=month, record_count__gt=0)
    return counted.exists() or MonthMark.objects.filter(month=month).exists()


def job_of_press(by: Actor, kind: str, *, key: str, submit_key: str) -> Job | None:
    """The job under way for the month, or the one that this very form was sent for before.

    Cost: at most two queries.
    """
    found = Job.objects.visible_to(by).filter(kind=kind)
    under_way = found.open().filter(key=key).first()
    if under_way is not None or not submit_key:
        return under_way
    own = found.filter(created_by_id=by.person_id, payload__submit_key=submit_key)
    return own.order_by("-id").first()
