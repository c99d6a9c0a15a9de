"""The full phone number or name behind a masked one: one press, one line in the audit trail."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from enterprises.operations import lookups
from enterprises.operations.rate_limits import TooMany
from enterprises.queries import sight
from enterprises.roles import Permission
from enterprises.views.pages import Visit, signed_in
from shilian import clock
from shilian.problems import Rejected


@require_POST
@signed_in()
def reveal(request: Visit, operator_id: int) -> HttpResponse:
    operator = sight.operator_in_sight(request.actor, operator_id)
    request.actor.require(Permission.VIEW_CONTACTS, on=operator)
    is_fragment = bool(request.headers.get("HX-Request"))
    try:
        text = lookups.reveal_contact(
            by=request.actor,
            operator=operator,
            field=request.POST.get("field", "phone"),
            reason=request.POST.get("reason", ""),
            at=clock.now(),
        )
    except Rejected as refusal:
        status = 429 if isinstance(refusal, TooMany) else 422
        message = refusal.problems[0].message
        if is_fragment:
            # htmx swaps only answers of success; the sentence stands where the number would.
            return HttpResponse(format_html('<span class="sl-error">{}</span>', message))
        context = {"operator": operator, "message": message}
        return render(request, "enterprises/contact.html", context, status=status)
    if is_fragment:
        return HttpResponse(format_html('<span class="sl-nowrap">{}</span>', text or "—"))
    return render(request, "enterprises/contact.html", {"operator": operator, "value": text})
