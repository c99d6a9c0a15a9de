"""The page of a job: how far it is, a way to stop it, and where what it made is found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.job_pages import JobPage, find_page
from enterprises.jobs import find_handler
from enterprises.models import Job
from enterprises.operations import jobs as operations
from enterprises.queries import job_progress
from enterprises.views.pages import Visit, signed_in, tell
from shilian import clock
from shilian.problems import Rejected


@require_safe
@signed_in()
def show_job(request: Visit, job_id: int) -> HttpResponse:
    """The job and its outcome; a fragment's request gets the part that changes."""
    job, page = _find(request, job_id)
    outcome = page.outcome(job) if job.state == Job.State.DONE else None
    is_fragment = bool(request.headers.get("HX-Request"))
    if outcome and outcome.opens_itself:
        messages.success(request, outcome.note)
        if is_fragment:
            return HttpResponse(status=204, headers={"HX-Redirect": outcome.url})
        return HttpResponseRedirect(outcome.url)
    context = _context(request, job, page) | {"outcome": outcome}
    template = "_job_progress" if is_fragment else "job"
    return render(request, f"enterprises/{template}.html", context)


def _context(request: Visit, job: Job, page: JobPage) -> dict[str, Any]:
    is_own = job.created_by_id == request.actor.person_id
    is_operator = request.actor.is_operator
    return {
        "job": job,
        "page": page,
        "title": page.title(job),
        "back_url": page.back(job),
        "may_cancel": is_own and not job.is_over and find_handler(job.kind).may_cancel,
        "layout": "layouts/operator.html" if is_operator else "layouts/officer.html",
    }


def _find(request: Visit, job_id: int) -> tuple[Job, JobPage]:
    """Raises: Http404 for a kind without a page, and for a job that is not this person's."""
    job = job_progress.find_job(request.actor, job_id)
    page = find_page(job.kind)
    if page is None or not page.is_for(request.actor, job):
        raise Http404
    return job, page


@require_POST
@signed_in()
def cancel_job(request: Visit, job_id: int) -> HttpResponse:
    job, page = _find(request, job_id)
    try:
        if operations.cancel(by=request.actor, job=job, at=clock.now()):
            messages.success(request, f"“{page.title(job)}”已取消。")
            return HttpResponseRedirect(page.back(job))
        messages.info(request, "已经做完了，不用取消。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    return HttpResponseRedirect(reverse("enterprises:job", args=[job.pk]))
