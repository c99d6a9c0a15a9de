"""A shop's owner adds and removes the people who record for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises.forms import ClerkForm
from enterprises.models import Operator
from enterprises.operations import invitations
from enterprises.queries import own, people
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, home_of, refused, signed_in, tell
from shilian import clock
from shilian.problems import Rejected

LINK = "clerk_link"


@require_http_methods(["GET", "POST"])
@signed_in(Permission.MANAGE_CLERKS)
def show_clerks(request: Visit) -> HttpResponse:
    operator = _own(request)
    form = ClerkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation, token = invitations.invite_clerk(
                by=request.actor,
                operator=operator,
                name=form.cleaned_data["name"],
                phone=form.cleaned_data["phone"],
                at=clock.now(),
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
        else:
            address = reverse("enterprises:invitation", args=[token])
            request.session[LINK] = {
                "name": invitation.name,
                "url": request.build_absolute_uri(address),
            }
            return HttpResponseRedirect(reverse("enterprises:clerks"))
    return _page(request, operator, form)


def _own(request: Visit) -> Operator:
    operator = own.own_operator(request.actor)
    if operator is None:
        raise Http404
    return operator


def _page(request: Visit, operator: Operator, form: ClerkForm) -> HttpResponse:
    context = {
        "operator": operator,
        "form": form,
        "clerks": people.list_clerks(operator),
        "open_invitations": people.open_clerk_invitations(operator, at=clock.now()),
        # Shown once: the link is a secret between owner and clerk.
        "link": request.session.pop(LINK, None),
        "back_url": home_of(request.actor),
    }
    return render(request, "enterprises/clerks.html", context, status=422 if form.is_bound else 200)


@require_safe
@signed_in(Permission.MANAGE_CLERKS)
def export_clerks(request: Visit) -> HttpResponseBase:
    return export_list(request, "clerks", _own(request))


@require_POST
@signed_in(Permission.MANAGE_CLERKS)
def remove_clerk(request: Visit, membership_id: int) -> HttpResponse:
    invitations.remove_clerk(
        by=request.actor, operator=_own(request), membership_id=membership_id, at=clock.now()
    )
    messages.success(request, "已移除，这位店员不能再登录本店。")
    return HttpResponseRedirect(reverse("enterprises:clerks"))


@require_POST
@signed_in(Permission.MANAGE_CLERKS)
def withdraw_invitation(request: Visit, invitation_id: int) -> HttpResponse:
    invitation = people.find_clerk_invitation(_own(request), invitation_id)
    try:
        invitations.withdraw_invitation(by=request.actor, invitation=invitation, at=clock.now())
        messages.success(request, "邀请已撤回，链接不能再用。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    return HttpResponseRedirect(reverse("enterprises:clerks"))
