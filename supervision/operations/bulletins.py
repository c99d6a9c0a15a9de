"""The month's bulletin: drafted from frozen figures, published, corrected by a later revision."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.problems import Problem, Rejected
from supervision.models import Bulletin, MonthFreeze
from supervision.operations.months import freeze_month
from supervision.queries.bulletin_figures import bulletin_figures, digest
from supervision.rollups.replace import lock_numbers
from supervision.rules.months import month_text


@transaction.atomic
def draft_bulletin(*, by: Actor, month: date, at: datetime, reason: str = "") -> Bulletin:
    """Draft the month's bulletin; the month is frozen first if it is not yet.

    A second draft of the same month is a new revision and needs a reason.
    Raises: Rejected before the month may be frozen, or for a revision without a reason.
    """
    by.require(Permission.PREPARE_BULLETIN)
    lock_numbers()
    last = Bulletin.objects.filter(month=month).order_by("-revision").first()
    if last is not None and not reason.strip():
        raise Rejected([_needs_reason(month)])
    frozen = MonthFreeze.objects.filter(pk=month).first() or freeze_month(by=by, month=month, at=at)
    figures = bulletin_figures(month, frozen_at=frozen.frozen_at)
    bulletin = Bulletin.objects.create(
        month=month,
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


@transaction.atomic
def publish_bulletin(*, by: Actor, bulletin: Bulletin, at: datetime) -> Bulletin:
    """Mark the draft as issued; its figures cannot change any more.

    Raises: Rejected when it was issued before.
    """
    by.require(Permission.PREPARE_BULLETIN)
    locked = Bulletin.objects.select_for_update().get(pk=bulletin.pk)
    if not locked.is_draft:
        message = f"{month_text(locked.month)}通报第{locked.revision}版已经印发。"
        raise Rejected([Problem("bulletin_already_published", "", message)])
    locked.state = Bulletin.State.PUBLISHED
    locked.save(update_fields=["state"])
    _audit(by, at, "bulletin_published", locked)
    return locked


def _needs_reason(month: date) -> Problem:
    message = f"{month_text(month)}已有通报，再拟即为更正版，请写明更正原因。"
    return Problem("correction_needs_reason", "reason", message)


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
    )
