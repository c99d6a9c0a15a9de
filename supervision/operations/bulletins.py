"""The month's bulletin: drafted from frozen figures, corrected by a later revision.

What happens to a draft until it is issued is in ``bulletin_issue.py``.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Job
from enterprises.operations import audit, jobs
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from supervision.models import PROVINCE_PATH, Bulletin, MonthFreeze
from supervision.operations.months import due_month, freeze_month
from supervision.queries import months
from supervision.queries.bulletin_area import area_at, require_writer
from supervision.queries.bulletin_figures import bulletin_figures, digest
from supervision.queries.parameters import parameters_in_force
from supervision.rollups.replace import lock_numbers
from supervision.rules.months import check_content, check_freeze, month_text
from supervision.rules.register import last_day

CLOSE_MONTH = "close_month"


def ask_for_bulletin(
    *,
    by: Actor,
    month: date,
    at: datetime,
    area_path: str = PROVINCE_PATH,
    reason: str = "",
    submit_key: str = "",
    is_confirmed: bool = False,
) -> Job:
    """Put the freezing of the month and the drafting of its bulletin to work.

    Asked for twice, by a second press or a second person, it is one job. ``is_confirmed`` says
    that a month with nothing in it is meant.
    Raises: Rejected as ``draft_bulletin`` does, at once, so that the form can say so; for an empty
    month that nobody confirmed.
    """
    require_writer(by, area_path)
    key = f"bulletin:{area_path}:{month.isoformat()}"
    if earlier := months.job_of_press(by, CLOSE_MONTH, key=key, submit_key=submit_key):
        return earlier
    problems = _problems(month, at, reason, area_path)
    if not is_confirmed and area_path == PROVINCE_PATH:
        problems += check_content(month, has_records=months.has_records(by, month))
    if problems:
        raise Rejected(problems)
    payload = {
        "month": month.isoformat(),
        "area": area_path,
        "reason": reason,
        "draft": True,
        "submit_key": submit_key,
    }
    return jobs.enqueue(by=by, kind=CLOSE_MONTH, payload=payload, at=at, key=key)


def draft_when_due(*, by: Actor, at: datetime) -> Job | None:
    """Put the freezing of last month and its draft to work once its day has come.

    None while it is not due, and when a person was faster.
    Source: domain.md section 5 (freeze on the 3rd, publish by the 5th).
    """
    by.require(Permission.PREPARE_BULLETIN)
    month = due_month(at)
    if month is None:
        return None
    payload = {"month": month.isoformat(), "area": PROVINCE_PATH, "reason": "", "draft": True}
    key = f"bulletin:{PROVINCE_PATH}:{month.isoformat()}"
    return jobs.enqueue(by=by, kind=CLOSE_MONTH, payload=payload, at=at, key=key)


def _problems(month: date, at: datetime, reason: str, area_path: str) -> list[Problem]:
    """What speaks against a draft now: no reason for a second one, or a month too young."""
    if Bulletin.objects.of(area_path, month).exists() and not reason.strip():
        return [_needs_reason(month)]
    if MonthFreeze.objects.filter(pk=month).exists():
        return []
    if area_path != PROVINCE_PATH:
        return [_not_frozen(month)]
    return check_freeze(month, at, parameters_in_force(last_day(month)))


@transaction.atomic
def draft_bulletin(
    *, by: Actor, month: date, at: datetime, reason: str = "", area_path: str = PROVINCE_PATH
) -> Bulletin:
    """Draft the month's bulletin; for the province the month is frozen first if it is not yet.

    A second draft of the same month is a new revision and needs a reason. Cities and counties draft
    from the snapshot that the province made.
    Raises: Rejected before the month may be frozen, or for a revision without a reason.
    """
    require_writer(by, area_path)
    lock_numbers()
    last = Bulletin.objects.of(area_path, month).order_by("-revision").first()
    if last is not None and not reason.strip():
        raise Rejected([_needs_reason(month)])
    frozen = _frozen(by, month, at, area_path)
    area = area_at(area_path)
    figures = bulletin_figures(month, frozen_at=frozen.frozen_at, area=area)
    bulletin = Bulletin.objects.create(
        month=month,
        area_path=area_path,
        area_name=area.stored_name,
        revision=last.revision + 1 if last else 1,
        figures=figures,
        sha256=digest(figures),
        reason=reason.strip() if last else "",
        made_by=by.name,
        made_by_person_id=by.person_id,
        made_at=at,
    )
    _audit(by, at, "bulletin_drafted", bulletin, bulletin.reason)
    return bulletin


def _frozen(by: Actor, month: date, at: datetime, area_path: str) -> MonthFreeze:
    """The month's freeze, made now for the province's own bulletin. Raises: Rejected."""
    frozen = MonthFreeze.objects.filter(pk=month).first()
    if frozen is None and area_path != PROVINCE_PATH:
        raise Rejected([_not_frozen(month)])
    return frozen or freeze_month(by=by, month=month, at=at)


@transaction.atomic
def discard_bulletin(*, by: Actor, bulletin: Bulletin, reason: str, at: datetime) -> None:
    """Throw a draft away; its digest and the reason stay in the audit, its month stays frozen.

    Raises: Rejected for one that was issued, and without a reason.
    """
    require_writer(by, bulletin.area_path)
    locked = Bulletin.objects.select_for_update().filter(pk=bulletin.pk).first()
    if locked is None:
        # Somebody else was faster; there is nothing left to do.
        return
    if not locked.is_draft:
        message = f"{month_text(locked.month)}通报第{locked.revision}版已经印发，不能删除，只能另出更正版。"
        raise Rejected([Problem("bulletin_already_published", "", message)])
    if not reason.strip():
        message = "请写明为什么删除这份代拟稿，它会留在审计记录里。"
        raise Rejected([Problem("reason_missing", "reason", message)])
    _audit(by, at, "bulletin_discarded", locked, reason.strip())
    locked.delete()


def _needs_reason(month: date) -> Problem:
    message = f"{month_text(month)}已有通报，再拟即为更正版，请写明更正原因。"
    return Problem("correction_needs_reason", "reason", message)


def _not_frozen(month: date) -> Problem:
    message = f"{month_text(month)}的数字还没有冻结，省专班冻结以后（每月3日起）才能拟本地的通报。"
    return Problem("month_not_frozen", "month", message)


def _audit(by: Actor, at: datetime, event: str, bulletin: Bulletin, reason: str = "") -> None:
    audit.append(
        by=by,
        at=at,
        event=event,
        subject="Bulletin",
        subject_id=bulletin.pk,
        reason=reason,
        month=bulletin.month.isoformat(),
        revision=bulletin.revision,
        sha256=bulletin.sha256,
        area=bulletin.area_path,
    )
