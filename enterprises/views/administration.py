"""The administrators' pages: the state of the system, accounts, the audit trail."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from enterprises.filters import AccountFilter, AuditFilter
from enterprises.forms import ReasonForm
from enterprises.operations import people as operations
from enterprises.queries import people, system
from enterprises.queries.audit_events import audit_rows
from enterprises.roles import Permission, Role
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, signed_in, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate


@require_safe
@signed_in()
def show_system(request: Visit) -> HttpResponse:
    """The system's state for those who keep it running; the others go to their own page."""
    if not request.actor.may(Permission.VIEW_SYSTEM):
        for permission, name in (
            (Permission.MANAGE_ACCOUNTS, "accounts"),
            (Permission.VIEW_AUDIT, "audit"),
        ):
            if request.actor.may(permission):
                return HttpResponseRedirect(reverse(f"enterprises:{name}"))
    request.actor.require(Permission.VIEW_SYSTEM)
    return render(
        request, "enterprises/system.html", {"state": system.system_state(at=clock.now())}
    )


@require_safe
@signed_in(Permission.MANAGE_ACCOUNTS)
def list_accounts(request: Visit) -> HttpResponse:
    form = AccountFilter(request.GET)
    page = paginate(people.list_accounts(form.chosen()), request)
    rows = [
        (
            person,
            [
                (Role(held.role).label, held)
                for held in person.memberships.all()
                if not held.ended_at
            ],
        )
        for person in page
    ]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "export_url": reverse("enterprises:accounts_export"),
    }
    return render(request, "enterprises/accounts.html", context)


@require_safe
@signed_in(Permission.MANAGE_ACCOUNTS)
def export_accounts(request: Visit) -> HttpResponseBase:
    return export_list(request, "accounts")


@require_POST
@signed_in(Permission.MANAGE_ACCOUNTS)
def change_activity(request: Visit, person_id: int) -> HttpResponse:
    person = people.find_account(person_id)
    if person is None:
        raise Http404
    form = ReasonForm(request.POST)
    is_active = request.POST.get("active") == "1"
    try:
        operations.change_activity(
            by=request.actor,
            person=person,
            is_active=is_active,
            reason=form.cleaned_data["reason"] if form.is_valid() else "",
            at=clock.now(),
        )
        messages.success(request, f"{person.name}的账号已{'启用' if is_active else '停用'}。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    return HttpResponseRedirect(reverse("enterprises:accounts"))


@require_safe
@signed_in(Permission.VIEW_AUDIT)
def list_audit(request: Visit) -> HttpResponse:
    form = AuditFilter(request.GET)
    found = people.list_audit(request.actor, form.chosen())
    page = paginate(found, request, key="-at,-id", size=50)
    context = {
        "form": form,
        "page": page,
        "rows": audit_rows(request.actor, list(page)),
        "export_url": reverse("enterprises:audit_export"),
    }
    return render(request, "enterprises/audit.html", context)


@require_safe
@signed_in(Permission.VIEW_AUDIT)
def export_audit(request: Visit) -> HttpResponseBase:
    return export_list(request, "audit")
