"""What an operator does about recalls: read, stop selling, say where the goods are, recall its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Problem, Rejected, errors
from shilian.web.pagination import paginate
from traceability.forms import fingerprint, read_id
from traceability.models import EvidenceDocument, RecallNotice
from traceability.operations import recall_answers as operations
from traceability.queries import recall_notices, recalls
from traceability.queries.recall_notices import NoticePage
from traceability.recall_forms import AnswerForm, AnswerLineForm, ChangeForm, filled_in
from traceability.rules.recalls import PARTS, AnswerDraft
from traceability.views import photos, recall_changes
from traceability.views.pages import operator_page, page
from traceability.views.typed import unconfirmed

SAID = "已上报。以后数量有变化，可以回来更正。"
SAID_IN_PART = "这一页已上报，请接着填还没有报的批次。"


@require_safe
@operator_page(Permission.ANSWER_RECALLS)
def list_notices(request: Visit, operator: Operator) -> HttpResponseBase:
    """Every notice, newest first; and the recalls that the operator began."""
    shown = paginate(
        recall_notices.list_notices(request.actor, operator), request, key="-recall_id", size=20
    )
    context = {
        "rows": [(notice, notice.recall, notice.is_open(notice.recall)) for notice in shown],
        "page_of": shown,
        "may_start": request.actor.may(Permission.START_RECALL),
    }
    return page(
        request, operator, "traceability/recalls/my_list.html", context, tab="more", back="more"
    )


@operator_page(Permission.ANSWER_RECALLS)
def show_notice(request: Visit, operator: Operator, recall_id: int) -> HttpResponseBase:
    """One notice, with a line for each batch; the books' own numbers stand there already.

    Many batches stand on several pages, each told of by itself.
    """
    is_sent = request.method == "POST"
    found = recall_notices.find_notice(
        request.actor,
        operator,
        recall_id,
        on=clock.today(),
        after=read_id(request.GET.get("after", "")),
        only=_batches_told(request) if is_sent else None,
    )
    form = AnswerForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    parts, doubts = [_line_form(request, line) for line in found.lines], []
    if is_sent and all([form.is_valid(), *(part.is_valid() for part in parts)]):
        try:
            answer = _answer(request, operator, found, form, parts)
            if isinstance(answer, RecallNotice):
                messages.success(request, SAID if answer.answered_at else SAID_IN_PART)
                return redirect("traceability:recall_notice", recall_id)
            doubts = answer
        except Rejected as refused:
            _share(refused.problems, form, parts)
    lines = list(zip(found.lines, parts, strict=True))
    context = {"found": found, "notice": found.notice, "recall": found.recall, "form": form}
    context |= {"lines": lines, "is_own": _is_own(request, found), "warnings": doubts}
    context["confirm_key"] = fingerprint(doubts) if doubts else ""
    return page(
        request,
        operator,
        "traceability/recalls/my_notice.html",
        context,
        tab="more",
        back="recall_notices",
        status=422 if is_sent else 200,
    )


def _batches_told(request: Visit) -> set[int]:
    """The batches whose fields were sent: one that was on no page of theirs is not told of."""
    names = (name.removeprefix("b").partition("-") for name in request.POST)
    return {id_ for text, _, part in names if part in PARTS and (id_ := read_id(text)) is not None}


def _line_form(request: Visit, line: recall_notices.NoticeLine) -> AnswerLineForm:
    prefix = f"b{line.batch_id}"
    if request.method == "POST":
        return AnswerLineForm(request.POST, prefix=prefix)
    return AnswerLineForm(prefix=prefix, initial=filled_in(line))


def _answer(
    request: Visit,
    operator: Operator,
    found: NoticePage,
    form: AnswerForm,
    parts: list[AnswerLineForm],
) -> RecallNotice | list[str]:
    """Photos and numbers together, or nothing and the doubts to confirm. Raises: Rejected."""
    said, at = form.cleaned_data, clock.now()
    about: dict[str, Any] = {"by": request.actor, "operator": operator}
    about["recall_id"] = found.recall.pk
    with transaction.atomic():
        papers = photos.store(
            form, by=request.actor, operator=operator, at=at, kind=EvidenceDocument.Kind.OTHER
        )
        draft = AnswerDraft(
            lines=tuple(
                part.line(line.batch_id) for line, part in zip(found.lines, parts, strict=True)
            ),
            note=said["note"],
            correction=said["correction"],
            evidence_ids=papers,
        )
        problems = operations.preview_answer(draft=draft, **about)
        doubts = [] if errors(problems) else unconfirmed(form, problems)
        if not doubts:
            return operations.answer_notice(draft=draft, at=at, **about)
        transaction.set_rollback(True)
    _share(problems, form, parts)
    return doubts


def _share(problems: list[Problem], form: AnswerForm, parts: list[AnswerLineForm]) -> None:
    """Each problem at its line, or at the head of the page."""
    for problem in problems:
        if problem.row is not None and problem.row < len(parts):
            parts[problem.row].add_problems([problem])
        else:
            form.add_problems([problem])


def _is_own(request: Visit, found: NoticePage) -> bool:
    return recalls.manages(request.actor, found.recall)


@require_POST
@operator_page(Permission.ANSWER_RECALLS)
def acknowledge(request: Visit, operator: Operator, recall_id: int) -> HttpResponseBase:
    """One press: read, and stopped selling."""
    try:
        operations.acknowledge_notice(
            by=request.actor, operator=operator, recall_id=recall_id, at=clock.now()
        )
        messages.success(request, "已确认。请封存货物，再把数量报一下。")
    except Rejected as refused:
        tell(request, refused.problems)
    return redirect("traceability:recall_notice", recall_id)


@operator_page(Permission.START_RECALL)
def recall_new(request: Visit, operator: Operator) -> HttpResponseBase:
    """The operator recalls goods of its own."""

    def show(
        request: Visit, template: str, context: dict[str, Any], *, status: int = 200
    ) -> HttpResponse:
        back = "recall_notices"
        return page(request, operator, template, context, tab="more", back=back, status=status)

    template = "traceability/recalls/my_new.html"
    return recall_changes.start_page(request, template, "traceability:my_recall", show)


@require_safe
@operator_page(Permission.START_RECALL)
def show_own_recall(request: Visit, operator: Operator, recall_id: int) -> HttpResponseBase:
    """How far the operator's own recall is; others' names stay with them."""
    found = recalls.find_own_recall(request.actor, recall_id, at=clock.now())
    context = {"page": found, "recall": found.recall, "change_form": ChangeForm()}
    return page(
        request,
        operator,
        "traceability/recalls/my_recall.html",
        context,
        tab="more",
        back="recall_notices",
    )


@require_POST
@operator_page(Permission.START_RECALL)
def change_own_recall(
    request: Visit, operator: Operator, recall_id: int, action: str
) -> HttpResponseBase:
    """Widen, narrow, finish or cancel the operator's own recall."""
    recall_changes.apply_change(request, recall_id, action)
    return redirect("traceability:my_recall", recall_id)
