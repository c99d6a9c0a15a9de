"""Officers invite officers; the invited open their link and set a password."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enterprises import sessions
from enterprises.actor import Forbidden
from enterprises.filters import InvitationFilter
from enterprises.forms import AcceptForm, InvitationForm
from enterprises.models import Division, Invitation
from enterprises.operations import invitations as operations
from enterprises.operations.invitations import Invitee
from enterprises.queries import choices, divisions, people
from enterprises.roles import Permission, Role
from enterprises.rules.invitations import invitable
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, home_of, refused, signed_in, tell
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate

LINK = "invitation_link"


@require_http_methods(["GET", "POST"])
@signed_in()
def show_invitations(request: Visit) -> HttpResponse:
    roles = _require_inviter(request)
    division = _division(request)
    form = InvitationForm(
        request.POST or None,
        roles=[(role.value, role.label) for role in roles],
        places=choices.place_choices(request.actor, division) if division else [],
    )
    if request.method == "POST" and form.is_valid():
        try:
            return _invite(request, form)
        except Rejected as refusal:
            for problem in refusal.problems:
                is_place = problem.field in ("division", "station")
                form.add_error("place" if is_place else problem.field or None, problem.message)
    return _page(request, form, division)


def _require_inviter(request: Visit) -> tuple[Role, ...]:
    """The roles that the actor may invite. Raises: Forbidden when there is none."""
    if not (roles := invitable(request.actor.roles)):
        raise Forbidden(Permission.INVITE_OFFICERS)
    return roles


def _division(request: Visit) -> Division | None:
    """The division whose places are offered; None for an administrator, who has none."""
    if not request.actor.is_officer:
        return None
    code = request.GET.get("division", "")
    if code:
        return divisions.division_in_sight(request.actor, code)
    return divisions.home_division(request.actor)


def _invite(request: Visit, form: InvitationForm) -> HttpResponse:
    said = form.cleaned_data
    division, station = choices.read_place(said["place"])
    invitation, token = operations.invite_officer(
        by=request.actor,
        invitee=Invitee(
            name=said["name"],
            phone=said["phone"],
            role=Role(said["role"]),
            login=said["login"],
            division=division,
            station=station,
            sector=said.get("sector", ""),
        ),
        at=clock.now(),
    )
    address = reverse("enterprises:invitation", args=[token])
    request.session[LINK] = {"name": invitation.name, "url": request.build_absolute_uri(address)}
    return HttpResponseRedirect(request.get_full_path())


def _page(request: Visit, form: InvitationForm, division: Division | None) -> HttpResponse:
    at = clock.now()
    asked = InvitationFilter(request.GET)
    sent = paginate(people.list_invitations(request.actor, asked.chosen(), at=at), request)
    context = {
        "form": form,
        "asked": asked,
        "export_url": reverse("enterprises:invitations_export"),
        "division": division,
        "way_up": divisions.ancestors_within(request.actor, division) if division else [],
        "below": choices.divisions_below(division) if division else [],
        "page": sent,
        "rows": [(row, row.state_at(at)) for row in sent],
        "link": request.session.pop(LINK, None),
    }
    status = 422 if form.is_bound else 200
    return render(request, "enterprises/invitations.html", context, status=status)


@require_safe
@signed_in()
def export_invitations(request: Visit) -> HttpResponseBase:
    _require_inviter(request)
    return export_list(request, "invitations")


@require_POST
@signed_in()
def withdraw(request: Visit, invitation_id: int) -> HttpResponse:
    _require_inviter(request)
    at = clock.now()
    invitation = people.find_invitation(request.actor, invitation_id, at=at)
    try:
        operations.withdraw_invitation(by=request.actor, invitation=invitation, at=at)
        messages.success(request, "邀请已撤回，链接不能再用。")
    except Rejected as refusal:
        tell(request, refusal.problems)
    return HttpResponseRedirect(reverse("enterprises:invitations"))


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def accept(request: Visit, token: str) -> HttpResponse:
    at = clock.now()
    invitation = operations.find_open(token, at=at)
    if invitation is None:
        return render(request, "enterprises/invitation_over.html", status=404)
    form = AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = operations.accept_invitation(
                by=sessions.stranger(request),
                token=token,
                password=form.cleaned_data["password"],
                at=at,
            )
        except Rejected as refusal:
            refused(form, refusal.problems)
        else:
            sessions.begin(request, person, at=at)
            response = HttpResponseRedirect(home_of(request.actor))
            sessions.remember_device(
                response, person.login, is_secure=settings.SESSION_COOKIE_SECURE
            )
            return response
    context = {"invitation": invitation, "form": form, "place": _place_name(invitation)}
    status = 422 if form.is_bound else 200
    return render(request, "enterprises/invitation.html", context, status=status)


def _place_name(invitation: Invitation) -> str:
    if invitation.operator:
        return invitation.operator.name
    parts = (invitation.division, invitation.station)
    return "".join(part.name for part in parts if part)
