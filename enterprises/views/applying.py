"""An operator that is not on the roster asks to join it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import sessions
from enterprises.forms import ApplicationForm, PlaceForm
from enterprises.operations import applications
from enterprises.operations.rate_limits import TooMany
from enterprises.queries import applications as applications_seen
from enterprises.queries import choices
from enterprises.views.pages import Visit, refused
from shilian import clock
from shilian.problems import Rejected

DONE = "application_done"


@require_safe
def choose_county(request: Visit) -> HttpResponse:
    asked = request.GET if "county" in request.GET else None
    form = PlaceForm(asked, counties=choices.county_choices())
    if form.is_bound and form.is_valid():
        return HttpResponseRedirect(
            reverse("enterprises:apply_form", args=[form.cleaned_data["county"]])
        )
    context = {"form": form, "has_applied": DONE in request.session}
    return render(request, "enterprises/apply.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def fill_in(request: Visit, county: str) -> HttpResponse:
    place = choices.county_with_city(county)
    if not place:
        return HttpResponseRedirect(reverse("enterprises:apply"))
    form = ApplicationForm(
        request.POST or None,
        townships=choices.township_choices(county),
        initial={"credit_code": request.GET.get("number", "")},
    )
    if request.method == "POST" and request.POST.get("action") == "send":
        return _send(request, form, place)
    if request.method == "POST" and form.is_valid():
        try:
            return _hand_in(request, form)
        except Rejected as refusal:
            refused(form, refusal.problems)
    return _page(request, form, place, 422 if form.is_bound else 200)


def _send(request: Visit, form: ApplicationForm, place: str) -> HttpResponse:
    """Send the code; the form comes back as it was, faults are told when it is handed in."""
    form.full_clean()
    form.errors.clear()
    try:
        sent = applications.send_application_code(
            by=sessions.stranger(request), phone=form.phone(), at=clock.now()
        )
    except Rejected as refusal:
        for problem in refusal.problems:
            form.add_error("code" if problem.field == "code" else "contact_phone", problem.message)
        status = 429 if isinstance(refusal, TooMany) else 422
        return _page(request, form, place, status)
    return _page(request, form, place, 200, shown=sent.shown, is_sent=True)


def _hand_in(request: Visit, form: ApplicationForm) -> HttpResponse:
    application = applications.apply_to_join(
        by=sessions.stranger(request),
        draft=form.draft(),
        code=form.cleaned_data["code"],
        at=clock.now(),
    )
    request.session[DONE] = application.pk
    return HttpResponseRedirect(reverse("enterprises:apply_done"))


def _page(
    request: Visit,
    form: ApplicationForm,
    place: str,
    status: int,
    *,
    shown: str = "",
    is_sent: bool = False,
) -> HttpResponse:
    context = {
        "form": form,
        "place": place,
        "shown_code": shown,
        "is_sent": is_sent,
        "is_demonstration": settings.SMS_SENDER == "demonstration",
    }
    return render(request, "enterprises/apply_form.html", context, status=status)


@never_cache
@require_safe
def show_done(request: Visit) -> HttpResponse:
    application = applications_seen.own_application(request.session.get(DONE) or 0)
    if application is None:
        return HttpResponseRedirect(reverse("enterprises:apply"))
    return render(request, "enterprises/apply_done.html", {"application": application})
