"""The job that closes a month: freezes its numbers, drafts its bulletin and typesets it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from enterprises.actor import Actor
from enterprises.job_pages import JobPage, Outcome, register
from enterprises.jobs import Run, handler
from enterprises.models import Job
from shilian import clock
from supervision.documents import bulletin_files
from supervision.models import PROVINCE_PATH, Bulletin
from supervision.operations import bulletins, months
from supervision.queries.bulletin_area import may_write
from supervision.queries.bulletins import is_kept
from supervision.rules.months import month_text

FROZEN = 2
STEPS = FROZEN + len(bulletin_files.KINDS)
GONE = "这份代拟稿后来被删除了。数字仍保持冻结，可以回到通报页再拟。"


@handler(bulletins.CLOSE_MONTH, may_cancel=True)
def close_month(run: Run) -> dict[str, Any]:
    """Freeze and draft in one transaction: it is all there, or the month is as it was.

    Typesetting afterwards only saves the first reader's time.
    """
    if "month" in run.result:
        return {}
    month, by = date.fromisoformat(run.payload["month"]), run.actor(channel="form")
    run.progress(0, STEPS, f"正在汇总{month_text(month)}的数字")
    with transaction.atomic():
        made = _draft(run, month, by)
        result = {"bulletin": made.pk} if made else {}
        run.progress(FROZEN, STEPS, "数字已冻结。", month=month.isoformat(), **result)
    if made:
        _typeset(run, made)
    run.progress(STEPS, STEPS, "数字已冻结。")
    return {}


def _draft(run: Run, month: date, by: Actor) -> Bulletin | None:
    """The drafted bulletin; None when the month was only to be frozen."""
    if not run.payload["draft"]:
        months.freeze_month(by=by, month=month, at=clock.now())
        return None
    return bulletins.draft_bulletin(
        by=by,
        month=month,
        at=clock.now(),
        reason=run.payload["reason"],
        area_path=_area(run.payload),
    )


def _typeset(run: Run, made: Bulletin) -> None:
    for step, (ending, kind) in enumerate(bulletin_files.KINDS.items()):
        run.progress(FROZEN + step, STEPS, f"数字已冻结，正在排版{kind.name}")
        bulletin_files.file_of(made, ending)


def _area(payload: dict[str, Any]) -> str:
    """Jobs of before areas were drafted are the province's."""
    return str(payload.get("area", PROVINCE_PATH))


def _title(job: Job) -> str:
    month = month_text(date.fromisoformat(job.payload["month"]))
    return f"拟写{month}通报" if job.payload["draft"] else f"冻结{month}数字"


def _is_for(actor: Actor, job: Job) -> bool:
    return may_write(actor, _area(job.payload))


def _outcome(job: Job) -> Outcome | None:
    if "bulletin" in job.result:
        if not is_kept(job.result["bulletin"]):
            return None
        address = reverse("supervision:bulletin", args=[job.result["bulletin"]])
        return Outcome(address, "看通报", "通报已拟好，数字已冻结。", opens_itself=True)
    return Outcome(reverse("supervision:bulletins"), "看通报")


def _back(job: Job) -> str:
    return reverse("supervision:bulletins")


register(bulletins.CLOSE_MONTH, JobPage(_title, _is_for, _outcome, _back, GONE))
