"""The job that closes a month: freezes its numbers and, when asked, drafts its bulletin."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from enterprises.actor import Actor
from enterprises.job_pages import JobPage, Outcome, register
from enterprises.jobs import Run, handler
from enterprises.models import Job
from enterprises.roles import Permission
from shilian import clock
from supervision.operations import bulletins, months
from supervision.queries.bulletins import is_kept
from supervision.rules.months import month_text

STEPS = 2
GONE = "这份代拟稿后来被删除了。数字仍保持冻结，可以回到通报页再拟。"


@handler(bulletins.CLOSE_MONTH, may_cancel=True)
def close_month(run: Run) -> dict[str, Any]:
    """Freeze and draft in one transaction: it is all there, or the month is as it was."""
    if "month" in run.result:
        return {}
    month, by = date.fromisoformat(run.payload["month"]), run.actor(channel="form")
    run.progress(0, STEPS, f"正在汇总{month_text(month)}的数字")
    with transaction.atomic():
        if run.payload["draft"]:
            made = bulletins.draft_bulletin(
                by=by, month=month, at=clock.now(), reason=run.payload["reason"]
            )
            result = {"bulletin": made.pk}
        else:
            months.freeze_month(by=by, month=month, at=clock.now())
            result = {}
        run.progress(STEPS, STEPS, "数字已冻结。", month=month.isoformat(), **result)
    return {}


def _title(job: Job) -> str:
    month = month_text(date.fromisoformat(job.payload["month"]))
    return f"拟写{month}通报" if job.payload["draft"] else f"冻结{month}数字"


def _is_for(actor: Actor, job: Job) -> bool:
    return actor.may(Permission.PREPARE_BULLETIN)


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
