"""What a month holds, and the work on its bulletin as those who wait for it find it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from enterprises.actor import Actor
from enterprises.models import Job
from supervision.models import DivisionMonth
from traceability.models import MonthMark


@dataclass(frozen=True, slots=True)
class MonthContent:
    """How much a month counts; ``is_waiting`` while some of it is not counted yet."""

    operator_count: int
    record_count: int
    is_waiting: bool


def content_of(month: date) -> MonthContent:
    """What the province's month holds. Cost: two queries."""
    counted = DivisionMonth.objects.filter(month=month)
    sums = counted.aggregate(operators=Sum("operator_count"), records=Sum("record_count"))
    return MonthContent(
        operator_count=sums["operators"] or 0,
        record_count=sums["records"] or 0,
        is_waiting=MonthMark.objects.filter(month=month).exists(),
    )


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
