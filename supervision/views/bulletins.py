"""A bulletin's page, its files, and the steps from draft to issue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.models import Job
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.problems import Rejected
from shilian.web import exports
from shilian.web.pagination import paginate
from supervision import bulletin_forms
from supervision.bulletin_forms import AnswerForm
from supervision.documents import bulletin_files, bulletin_paper, drawings, fonts
from supervision.filters import recent_months
from supervision.forms import BulletinForm, DiscardForm
from supervision.models import Bulletin, BulletinComment
from supervision.operations import bulletin_issue, looks
from supervision.operations import bulletins as drafting
from supervision.queries import bulletin_area, bulletins
from supervision.views import frozen
from supervision.views.pages import OfficerRequest, bureau_page

PAGE_SIZE = 20
PARTS = (bulletin_paper.PROBLEMS, bulletin_paper.REQUIREMENTS)


@require_http_methods(["GET", "HEAD", "POST"])
@bureau_page(Permission.VIEW_DASHBOARD)
def list_bulletins(request: OfficerRequest) -> HttpResponse:
    """The bulletins in sight; a POST puts the drafting of the own area's to work."""
    if request.method == "POST":
        request.actor.require(Permission.DRAFT_AREA_BULLETIN)
    months = recent_months(clock.previous_month(clock.today()), 12)
    form = BulletinForm(request.POST or None, months=months, initial=_asked_month(request))
    if request.method == "POST" and form.is_valid() and (job := _begin(request, form)):
        return redirect("enterprises:job", job_id=job.pk)
    page = paginate(
        bulletins.bulletins(request.actor), request, key="-month,-revision,-id", size=PAGE_SIZE
    )
    may_draft = request.actor.may(Permission.DRAFT_AREA_BULLETIN)
    context = {
        "form": form,
        "page": page,
        "rows": page.rows,
        "area": bulletin_area.own_area(request.actor) if may_draft else None,
    }
    status = 422 if form.errors else 200
    return render(request, "supervision/bulletins.html", context, status=status)


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def export_bulletins(request: OfficerRequest) -> HttpResponseBase:
    return export_list(request, "bulletins")


def _asked_month(request: OfficerRequest) -> dict[str, str]:
    asked = request.GET.get("month", "")
    return {"month": asked or f"{clock.previous_month(clock.today()):%Y-%m}"}


def _begin(request: OfficerRequest, form: BulletinForm) -> Job | None:
    said = form.cleaned_data
    try:
        return drafting.ask_for_bulletin(
            by=request.actor,
            month=said["month"],
            at=clock.now(),
            area_path=bulletin_area.own_area(request.actor).path,
            reason=said["reason"],
            submit_key=str(said["submit_key"]),
            is_confirmed=said["is_confirmed"],
        )
    except Rejected as rejected:
        form.add_problems(rejected.problems)
        return None


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_bulletin(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """The bulletin with every figure open, and the steps that are this reader's to take."""
    return _page(request, bulletins.find_bulletin(request.actor, bulletin_id), {})


def _page(request: OfficerRequest, bulletin: Bulletin, changed: dict[str, Any]) -> HttpResponse:
    """The page; ``changed`` holds a form that was sent and refused, by its step."""
    page = bulletins.bulletin_page(bulletin)
    steps = bulletin_forms.forms_of(bulletin, _drafted(bulletin), clock.today())
    actor = request.actor
    links = frozen.links_of(actor, bulletin, [*page.divisions, *page.lower])
    context = {
        "page": page,
        "total": links.line(page.total),
        "divisions": links.lines(page.divisions),
        "lower": links.lines(page.lower),
        "sectors": links.lines(page.sectors),
        "bulletin": bulletin,
        "paper": bulletin_paper.paper_of(bulletin),
        "has_map": drawings.has_map(bulletin.figures),
        "comments": _comments(bulletin, changed),
        "revisions": bulletins.revisions_of(actor, bulletin),
        "may_write": bulletin_area.may_write(actor, bulletin.area_path),
        "may_comment": actor.may(Permission.COMMENT_ON_BULLETINS)
        and bulletin.state == Bulletin.State.COMMENTING,
        "font_note": fonts.substitution_note(),
        "steps": {**steps, **changed},
        "refused": next(iter(changed), ""),
    }
    status = 422 if changed else 200
    return render(request, "supervision/bulletin.html", context, status=status)


def _drafted(bulletin: Bulletin) -> dict[str, str]:
    """The paragraphs as the figures would have them, by part."""
    return {part: "\n".join(bulletin_paper.drafted(bulletin, part)) for part in PARTS}


def _comments(
    bulletin: Bulletin, changed: dict[str, Any]
) -> list[tuple[BulletinComment, forms.Form | None]]:
    """Each comment, with the form that answers it while it waits."""
    return [
        (
            each,
            changed.get(f"answer-{each.pk}", AnswerForm.of(each.pk)) if each.is_waiting else None,
        )
        for each in bulletins.comments_of(bulletin)
    ]


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def download_bulletin(request: OfficerRequest, bulletin_id: int, ending: str) -> HttpResponse:
    """One of the bulletin's files; the download is audited.

    Written within the request: whatever the number of operators it holds one line for each city and
    county, for the province each file takes at most 1.4 s of processor time.
    """
    bulletin = bulletins.find_bulletin(request.actor, bulletin_id)
    kind = bulletin_files.KINDS[ending]
    body = bulletin_files.file_of(bulletin, ending, address=request.build_absolute_uri("/")[:-1])
    with writes_allowed():
        looks.note_export(
            by=request.actor, at=clock.now(), what="bulletin", count=1, county_id=None
        )
    name = bulletin_files.download_name(bulletin)
    return exports.file_response(body, name, f".{ending}", kind.content_type)


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_drawing(request: OfficerRequest, bulletin_id: int, which: str) -> HttpResponse:
    """The chart or the map of the page as SVG."""
    bulletin = bulletins.find_bulletin(request.actor, bulletin_id)
    svg = frozen.drawing_of(bulletin, which)
    return HttpResponse(svg, content_type="image/svg+xml", status=200 if svg else 404)


Step = Callable[[OfficerRequest, Bulletin, dict[str, Any]], object]


def _take(
    request: OfficerRequest, bulletin_id: int, step: tuple[str, forms.Form | None, str], work: Step
) -> HttpResponse:
    """Take one step of a bulletin: its name, its form if it has one, what is said when it is done."""
    name, form, done = step
    bulletin = bulletins.find_bulletin(request.actor, bulletin_id)
    if form is not None and not form.is_valid():
        return _page(request, bulletin, {name: form})
    try:
        work(request, bulletin, form.cleaned_data if form else {})
    except Rejected as rejected:
        return _refused(request, bulletin, name, form, rejected)
    messages.success(request, done)
    return redirect("supervision:bulletin", bulletin_id=bulletin.pk)


def _refused(
    request: OfficerRequest,
    bulletin: Bulletin,
    name: str,
    form: forms.Form | None,
    rejected: Rejected,
) -> HttpResponse:
    """The page with the faults at their fields; what has no field is said above the page."""
    if form is not None and all(each.field in form.fields for each in rejected.problems):
        form.add_problems(rejected.problems)  # type: ignore[attr-defined]
        return _page(request, bulletin, {name: form})
    for problem in rejected.problems:
        messages.error(request, problem.message)
    return redirect("supervision:bulletin", bulletin_id=bulletin.pk)


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def ask_for_comments(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """Put the draft before the bureaus below."""
    form = bulletin_forms.AskCommentsForm(request.POST)
    return _take(
        request,
        bulletin_id,
        ("ask", form, "已征求意见，各地可以在通报页提意见。"),
        lambda asked, bulletin, said: bulletin_issue.ask_for_comments(
            by=asked.actor, bulletin=bulletin, until=said["until"], at=clock.now()
        ),
    )


@require_POST
@bureau_page(Permission.COMMENT_ON_BULLETINS)
def comment(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """Say what is wrong with a draft that is open for comments."""
    form = bulletin_forms.CommentForm(request.POST)
    return _take(
        request,
        bulletin_id,
        ("comment", form, "意见已提交，答复会显示在这一页。"),
        lambda asked, bulletin, said: bulletin_issue.comment_on_bulletin(
            by=asked.actor, bulletin=bulletin, text=said["comment"], at=clock.now()
        ),
    )


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def answer(request: OfficerRequest, bulletin_id: int, comment_id: int) -> HttpResponse:
    """Adopt a comment, or say why not."""
    form = AnswerForm.of(comment_id, request.POST)

    def work(asked: OfficerRequest, bulletin: Bulletin, said: dict[str, Any]) -> object:
        found = bulletins.find_comment(asked.actor, bulletin, comment_id)
        return bulletin_issue.answer_comment(by=asked.actor, comment=found, at=clock.now(), **said)

    return _take(request, bulletin_id, (f"answer-{comment_id}", form, "已答复。"), work)


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def reword(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """Write other paragraphs in the place of the drafted ones."""
    form = bulletin_forms.WordingForm(request.POST)

    def work(asked: OfficerRequest, bulletin: Bulletin, said: dict[str, Any]) -> object:
        # What was left as it was drafted goes on following the figures.
        written = {
            part: "" if said[part].split() == drafted.split() else said[part]
            for part, drafted in _drafted(bulletin).items()
        }
        return bulletin_issue.reword_bulletin(
            by=asked.actor, bulletin=bulletin, at=clock.now(), **written
        )

    return _take(request, bulletin_id, ("wording", form, "段落已改。"), work)


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def review(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """A second person answers for the bulletin."""
    return _take(
        request,
        bulletin_id,
        ("review", None, "已审核，由办公室编号用印后登记印发。"),
        lambda asked, bulletin, said: bulletin_issue.review_bulletin(
            by=asked.actor, bulletin=bulletin, at=clock.now()
        ),
    )


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def send_back(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """Send a reviewed bulletin back to be drafted on."""
    form = bulletin_forms.ReturnForm(request.POST, prefix=bulletin_forms.RETURN)
    return _take(
        request,
        bulletin_id,
        ("return", form, "已退回修改。"),
        lambda asked, bulletin, said: bulletin_issue.return_bulletin(
            by=asked.actor, bulletin=bulletin, reason=said["reason"], at=clock.now()
        ),
    )


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def publish_bulletin(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """Mark the reviewed bulletin as issued under the office's number."""
    form = bulletin_forms.IssueForm(request.POST)

    def work(asked: OfficerRequest, bulletin: Bulletin, said: dict[str, Any]) -> object:
        return bulletin_issue.publish_bulletin(
            by=asked.actor, bulletin=bulletin, at=clock.now(), **said
        )

    return _take(request, bulletin_id, ("issue", form, "已登记印发，此后只能另出更正版。"), work)


@require_POST
@bureau_page(Permission.DRAFT_AREA_BULLETIN)
def discard_bulletin(request: OfficerRequest, bulletin_id: int) -> HttpResponse:
    """Throw a draft away, with a reason."""
    bulletin = bulletins.find_bulletin(request.actor, bulletin_id)
    form = DiscardForm(request.POST)
    if not form.is_valid():
        return _page(request, bulletin, {"discard": form})
    reason: str = form.cleaned_data["reason"]
    try:
        drafting.discard_bulletin(
            by=request.actor, bulletin=bulletin, reason=reason, at=clock.now()
        )
    except Rejected as rejected:
        messages.error(request, rejected.problems[0].message)
        return redirect("supervision:bulletin", bulletin_id=bulletin.pk)
    messages.success(request, f"{bulletin}的代拟稿已删除，当月数字仍保持冻结，可以再拟。")
    return redirect("supervision:bulletins")
