"""Goods that wait for the operator: take all, take fewer, or refuse."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Problem, Rejected
from shilian.web.pagination import paginate
from traceability.filters import IncomingFilter
from traceability.forms import ReasonForm, ShortForm, read_id
from traceability.operations import incoming as operations
from traceability.queries import incoming
from traceability.queries.incoming import IncomingGoods
from traceability.rules.incoming import AcceptDraft
from traceability.views.pages import operator_page, page
from traceability.views.saved import saved_address
from traceability.views.typed import add_further, said

SHORT_REASONS = ("破损", "短斤少两", "少送了", "质量不合要求")
REFUSE_REASONS = ("没有收到货", "不是我订的", "质量不合要求", "已经过期")
MOST_AT_ONCE = 200


@require_safe
@operator_page(Permission.DECIDE_INCOMING)
def show_incoming(
    request: Visit, operator: Operator, waiting: bool = True, export: bool = False
) -> HttpResponseBase:
    """What waits, or what was answered; with ``export`` the same as a sheet."""
    if export:
        return export_list(request, "incoming" if waiting else "incoming_answered", operator)
    filter_form = IncomingFilter(request.GET)
    rows = incoming.list_incoming(
        request.actor,
        operator,
        waiting=waiting,
        search=filter_form.text,
    )
    shown = paginate(rows, request, key="-id", size=30)
    context = {
        "goods": incoming.goods_of(shown.rows),
        "page_of": shown,
        "waiting": waiting,
        "filter_form": filter_form,
        "export_url": reverse(f"traceability:incoming{'' if waiting else '_answered'}_export"),
        "submit_key": uuid.uuid4(),
    }
    return page(request, operator, "traceability/incoming.html", context, tab="incoming")


@require_POST
@operator_page(Permission.DECIDE_INCOMING)
def accept(request: Visit, operator: Operator) -> HttpResponseBase:
    """Take in everything that is ticked, in one press."""
    ids = [read_id(text) for text in request.POST.getlist("incoming")]
    if not ids:
        messages.error(request, "请先勾选要收的货。")
        return redirect("traceability:incoming")
    key = _key(request)
    try:
        operations.accept_incoming(
            by=request.actor,
            operator=operator,
            drafts=[AcceptDraft(id_) for id_ in dict.fromkeys(ids[:MOST_AT_ONCE]) if id_],
            at=clock.now(),
            submit_key=key,
        )
    except Rejected as refused:
        tell(request, _named(request, operator, refused.problems))
        return redirect("traceability:incoming")
    return redirect(saved_address("incoming", key))


def _key(request: Visit) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("submit_key", ""))
    except ValueError:
        return uuid.uuid4()


def _named(request: Visit, operator: Operator, problems: Iterable[Problem]) -> Iterable[Problem]:
    """The problems, and a word that the others were left as they are."""
    yield from problems
    yield Problem("nothing_taken", "", "这次都没有收下。请看看列表里还剩哪些，再点一次。")


@operator_page(Permission.DECIDE_INCOMING)
def accept_short(request: Visit, operator: Operator, incoming_id: int) -> HttpResponseBase:
    """Take in fewer than were sold, with a reason that the seller reads."""
    goods = _found(request, operator, incoming_id)
    if not goods.is_waiting:
        return _too_late(request, goods)
    form = ShortForm(request.POST if request.method == "POST" else None)
    if form.is_bound and _take_short(request, operator, goods, form):
        return redirect(saved_address("incoming", form.cleaned_data["submit_key"]))
    return _decide_page(request, operator, goods, form, "short")


def _take_short(request: Visit, operator: Operator, goods: IncomingGoods, form: ShortForm) -> bool:
    """Whether the goods are taken in; what stands against it is told all at once."""
    is_readable = form.is_valid()
    told = said(form, quantity=goods.quantity)
    drafts = [AcceptDraft(goods.id, told["quantity"], told["reason"])]
    by: dict[str, Any] = {"by": request.actor, "operator": operator, "drafts": drafts}
    if not is_readable:
        add_further(form, operations.preview_incoming(**by))
        return False
    try:
        operations.accept_incoming(**by, at=clock.now(), submit_key=told["submit_key"])
    except Rejected as refused:
        form.add_problems(refused.problems)
        return False
    return True


@operator_page(Permission.DECIDE_INCOMING)
def refuse(request: Visit, operator: Operator, incoming_id: int) -> HttpResponseBase:
    """Refuse goods, with a reason that the seller reads."""
    goods = _found(request, operator, incoming_id)
    if not goods.is_waiting:
        return _too_late(request, goods)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            operations.refuse_incoming(
                by=request.actor,
                operator=operator,
                incoming_ids=[goods.id],
                reason=form.cleaned_data["reason"],
                at=clock.now(),
            )
            messages.success(request, f"已拒收“{goods.name}”，卖方会看到您写的原因。")
            return redirect("traceability:incoming")
        except Rejected as refused:
            form.add_problems(refused.problems)
    return _decide_page(request, operator, goods, form, "refuse")


def _found(request: Visit, operator: Operator, incoming_id: int) -> IncomingGoods:
    found = incoming.find_incoming(request.actor, operator, incoming_id)
    if found is None:
        raise Http404
    return found


def _too_late(request: Visit, goods: IncomingGoods) -> HttpResponseBase:
    """Somebody was faster: say what became of the goods."""
    said = "卖方已经撤回" if goods.is_withdrawn else f"已经处理过（{goods.state_label}）"
    messages.info(request, f"“{goods.name}”这批货{said}，不用再操作。")
    if goods.purchase_id is not None:
        return redirect("traceability:purchase", goods.purchase_id)
    return redirect("traceability:incoming_answered")


def _decide_page(
    request: Visit, operator: Operator, goods: IncomingGoods, form: ReasonForm, kind: str
) -> HttpResponseBase:
    context = {
        "goods": goods,
        "form": form,
        "kind": kind,
        "reasons": SHORT_REASONS if kind == "short" else REFUSE_REASONS,
    }
    return page(
        request,
        operator,
        "traceability/incoming_decide.html",
        context,
        tab="incoming",
        back="incoming",
        status=422 if form.is_bound else 200,
    )
