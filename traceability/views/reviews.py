"""What imports entered by its name alone: looked over, confirmed, or merged with what it really is."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from enterprises.models import Operator
from enterprises.roles import Permission
from enterprises.views.pages import Visit, tell
from shilian import clock
from shilian.problems import Rejected
from traceability.forms import read_id
from traceability.operations import reviews
from traceability.queries.reviews import waiting_reviews
from traceability.views.pages import operator_page, page

PAGE = "traceability:reviews"


@require_safe
@operator_page(Permission.MANAGE_CATALOGUE)
def show_reviews(request: Visit, operator: Operator) -> HttpResponse:
    context = {"reviews": waiting_reviews(operator)}
    return page(request, operator, "traceability/reviews.html", context, tab="more", back="more")


@require_POST
@operator_page(Permission.MANAGE_CATALOGUE)
def confirm_reviews(request: Visit, operator: Operator) -> HttpResponse:
    """Take the named entries for right as they are."""
    count = reviews.confirm_entries(
        by=request.actor,
        operator=operator,
        product_ids=_ids(request, "product"),
        partner_ids=_ids(request, "partner"),
        at=clock.now(),
    )
    if count:
        messages.success(request, f"已确认 {count} 个。")
    return redirect(PAGE)


@require_POST
@operator_page(Permission.MANAGE_CATALOGUE)
def merge_review(request: Visit, operator: Operator) -> HttpResponse:
    """Declare one entry the second name of another."""
    by, at = request.actor, clock.now()
    into = read_id(request.POST.get("into", ""))
    if into is None:
        messages.error(request, "请先选择并入哪一个。")
        return redirect(PAGE)
    try:
        for id_ in _ids(request, "product"):
            reviews.merge_products(by=by, operator=operator, product_id=id_, into_id=into, at=at)
        for id_ in _ids(request, "partner"):
            reviews.merge_partners(by=by, operator=operator, partner_id=id_, into_id=into, at=at)
    except Rejected as refused:
        tell(request, refused.problems)
    else:
        messages.success(request, "已合并，以后导入写这个名称也会算到合并后的那一个。")
    return redirect(PAGE)


def _ids(request: Visit, name: str) -> list[int]:
    found = (read_id(text) for text in request.POST.getlist(name))
    return [id_ for id_ in found if id_ is not None]
