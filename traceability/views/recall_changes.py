"""Starting and changing recalls, freezing batches, and taking a recall out as a sheet."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, signed_in, tell
from shilian import clock
from shilian.problems import Problem, Rejected
from shilian.web.pagination import paginate
from traceability.forms import read_id
from traceability.models import Batch, Recall
from traceability.operations import holds as hold_operations
from traceability.operations import recalls as operations
from traceability.queries import holds, recall_starts
from traceability.recall_forms import ChangeForm, CodeForm, HoldForm, StartRecallForm, now_for_form
from traceability.rules.recalls import RecallDraft

SAID = {
    "widen": "已重新追踪，新的持有者已收到通知。",
    "narrow": "已移出，相关主体的通知已取消。",
    "finish": "召回已完成，可以打印总结报告。",
    "cancel": "召回已撤销。",
}


@signed_in(Permission.MANAGE_RECALLS)
def recall_new(request: Visit) -> HttpResponse:
    """Choose batches, see whom it reaches, name level and cause, confirm."""
    return start_page(request, "traceability/recalls/new.html", "traceability:recall")


def start_page(
    request: Visit, template: str, done: str, show: Callable[..., HttpResponse] = render
) -> HttpResponse:
    """The page for officers and, in another frame, for an operator's responsible person."""
    starts, code_form = _starts(request)
    is_sent = request.method == "POST" and "start" in request.POST
    form = StartRecallForm(request.POST if is_sent else None, initial={"known_at": now_for_form()})
    if is_sent and form.is_valid():
        try:
            recall = operations.start_recall(
                by=request.actor,
                draft=_draft(form, starts),
                request_key=form.cleaned_data["submit_key"],
                at=clock.now(),
            )
            messages.success(request, f"已启动，通知了{recall.holder_count}家。")
            return redirect(done, recall.pk)
        except Rejected as refused:
            form.add_problems(refused.problems)
    context = {
        "form": form,
        "code_form": code_form,
        "starts": starts,
        "preview": recall_starts.preview(request.actor, starts),
        "links_recalls": not request.actor.is_operator,
    }
    status = 422 if is_sent or code_form.errors else 200
    return show(request, template, context, status=status)


def _starts(request: Visit) -> tuple[list[Batch], CodeForm]:
    """The batches chosen so far, with the one whose code was typed now."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = [id_ for text in sent.getlist("batch") if (id_ := read_id(text)) is not None]
    form = CodeForm(sent if sent.get("code") else None)
    if form.is_bound and form.is_valid() and form.cleaned_data["code"]:
        found = recall_starts.batch_of_code(request.actor, form.cleaned_data["code"])
        if isinstance(found, Problem):
            form.add_problems([found])
        else:
            ids.append(found.pk)
            form = CodeForm()
    return recall_starts.chosen_batches(request.actor, ids), form


def _draft(form: StartRecallForm, starts: list[Batch]) -> RecallDraft:
    said = form.cleaned_data
    return RecallDraft(
        level=said["level"],
        cause=said["cause"],
        reason=said["reason"],
        start_ids=tuple(batch.pk for batch in starts),
        known_at=said["known_at"] or clock.now(),
        is_drill=said["is_drill"],
    )


@require_POST
@signed_in(Permission.MANAGE_RECALLS)
def change_recall(request: Visit, recall_id: int, action: str) -> HttpResponse:
    """Widen, narrow, finish or cancel."""
    apply_change(request, recall_id, action)
    return redirect("traceability:recall", recall_id)


def apply_change(request: Visit, recall_id: int, action: str) -> None:
    """Do what the form says, or tell on the next page why not."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        faults = [text for texts in form.errors.values() for text in texts]
        tell(request, [Problem("note_missing", "note", str(text)) for text in faults])
        return
    try:
        _change(request, recall_id, action, form)
        messages.success(request, SAID[action])
    except Rejected as refused:
        tell(request, refused.problems)


def _change(request: Visit, recall_id: int, action: str, form: ChangeForm) -> Recall:
    """Raises: Rejected."""
    by, note, at = request.actor, form.cleaned_data["note"], clock.now()
    if action == "finish":
        return operations.finish_recall(
            by=by,
            recall_id=recall_id,
            note=note,
            at=at,
            accepts_unanswered=form.cleaned_data["accepts_unanswered"],
        )
    if action == "cancel":
        return operations.cancel_recall(by=by, recall_id=recall_id, reason=note, at=at)
    ids = _named(request, form)
    if action == "widen":
        return operations.widen_recall(
            by=by, recall_id=recall_id, start_ids=ids, reason=note, at=at
        )
    return operations.narrow_recall(by=by, recall_id=recall_id, batch_ids=ids, reason=note, at=at)


def _named(request: Visit, form: ChangeForm) -> list[int]:
    """The batches ticked and the one whose code was typed. Raises: Rejected."""
    ids = [id_ for text in request.POST.getlist("batch") if (id_ := read_id(text)) is not None]
    if form.cleaned_data["code"]:
        found = recall_starts.batch_of_code(request.actor, form.cleaned_data["code"])
        if isinstance(found, Problem):
            raise Rejected([found])
        ids.append(found.pk)
    return ids


@require_safe
@signed_in(Permission.EXPORT_LISTS)
def export_recall(request: Visit, recall_id: int) -> HttpResponseBase:
    """The recall as a workbook with one sheet for each part; a long one is made by a job."""
    return export_list(request, "recall", also={"recall": str(recall_id)})


@signed_in(Permission.HOLD_BATCHES)
def show_holds(request: Visit) -> HttpResponse:
    """What is frozen in the jurisdiction; a form to freeze by code, a button to release."""
    request.actor.require(Permission.TRACE_BATCHES)
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _hold_or_release(request, form)
            return redirect("traceability:holds")
        except Rejected as refused:
            form.add_problems(refused.problems)
    elif request.method == "GET" and request.GET.get("code"):
        form = HoldForm(initial={"code": request.GET["code"]})
    shown = paginate(holds.list_holds(request.actor), request, key="-id", size=25)
    context = {"form": form, "page": shown, "held": holds.held_batches(request.actor, shown.rows)}
    status = 422 if form.errors else 200
    return render(request, "traceability/recalls/holds.html", context, status=status)


def _hold_or_release(request: Visit, form: HoldForm) -> None:
    """Raises: Rejected."""
    found = recall_starts.batch_of_code(request.actor, form.cleaned_data["code"])
    if isinstance(found, Problem):
        raise Rejected([found])
    facts = {"by": request.actor, "reason": form.cleaned_data["reason"], "at": clock.now()}
    if "release" in request.POST:
        held = hold_operations.release_batches(batch_ids=[found.pk], **facts)
        parts = f"和一起冻结的{len(held) - 1}批" if len(held) > 1 else ""
        messages.success(request, f"已解除“{found.name}”{parts}的冻结。")
    else:
        held = hold_operations.hold_batches(batch_ids=[found.pk], **facts)
        parts = f"和由它拆分、合并、装箱得来的{len(held) - 1}批" if len(held) > 1 else ""
        messages.success(request, f"已冻结“{found.name}”{parts}，对方不能再销售或使用。")
