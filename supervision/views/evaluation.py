"""评价考核: the ranking by composite score, its export, and the weights behind it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.actor import Forbidden
from enterprises.models import Division
from enterprises.queries import divisions
from enterprises.roles import Permission
from enterprises.views.exports import export_list
from shilian import clock
from shilian.problems import Rejected
from supervision.evaluation_extract import asked_evaluation
from supervision.filters import EvaluationForm, coming_months
from supervision.forms import WeightForm
from supervision.metrics import FOUR
from supervision.models import PROVINCE_PATH, ValueChange
from supervision.operations import value_changes as operations
from supervision.operations.dated_rows import weights_text
from supervision.queries import evaluation, value_changes
from supervision.queries.evaluation import Evaluation, ScoreRow
from supervision.views.pages import OfficerRequest, bureau_page


@require_safe
@bureau_page(Permission.VIEW_DASHBOARD)
def show_evaluation(request: OfficerRequest) -> HttpResponse:
    """The cities, or one city's counties, by composite score over a month, quarter or year."""
    actor = request.actor
    found, asked = asked_evaluation(actor, request.GET)
    form = EvaluationForm(
        {"kind": asked.kind, "month": f"{asked.month:%Y-%m}", "city": asked.city_code},
        today=clock.today(),
        cities=evaluation.cities_for(actor),
    )
    context = {
        "form": form,
        "found": found,
        "rows": _rows(request, found, asked.month),
        "asked": asked,
        "indicators": FOUR,
        "weights": [(each.name, found.weights[each.code]) for each in FOUR],
        "general": [(each.name, found.general_weights[each.code]) for each in FOUR],
        "month_query": f"kind={asked.kind}&month={asked.month:%Y-%m}",
        "export_url": f"{reverse('supervision:evaluation_export')}?{asked.query}",
        "may_weigh": _may_weigh(request),
    }
    return render(request, "supervision/evaluation.html", context)


def _rows(request: OfficerRequest, found: Evaluation, month: date) -> list[tuple[ScoreRow, str]]:
    """Each row with the dashboard of its division; no address for what is out of sight."""
    sight, page = divisions.sight_of(request.actor), reverse("supervision:dashboard")
    return [
        (
            row,
            f"{page}?division={row.division.code}&month={month:%Y-%m}"
            if sight.covers(row.division.path)
            else "",
        )
        for row in found.rows
    ]


@require_safe
@bureau_page(Permission.EXPORT_LISTS)
def export_evaluation(request: OfficerRequest) -> HttpResponseBase:
    return export_list(request, "evaluation")


@require_http_methods(["GET", "HEAD", "POST"])
@bureau_page(Permission.VIEW_DASHBOARD)
def show_weights(request: OfficerRequest) -> HttpResponse:
    """The weights of the province or of one's own city, and proposing others.

    Raises: Forbidden but for the task force and the cities.
    """
    if not _may_weigh(request):
        raise Forbidden(Permission.SET_AREA_WEIGHTS)
    city = _own_city(request)
    own, general = evaluation.weights_in_force(city.path if city else PROVINCE_PATH, clock.today())
    form = WeightForm(
        request.POST or None,
        months=coming_months(clock.today()),
        initial=(own or general).weights,
    )
    if request.method == "POST" and form.is_valid() and _is_proposed(request, city, form):
        messages.success(request, "修改已提出，另一位同事批准后生效。")
        return redirect("supervision:weights")
    status = 422 if form.errors else 200
    return render(
        request, "supervision/weights.html", _weights_page(request, city, form), status=status
    )


def _weights_page(
    request: OfficerRequest, city: Division | None, form: WeightForm
) -> dict[str, Any]:
    path = city.path if city else PROVINCE_PATH
    _, general = evaluation.weights_in_force(path, clock.today())
    history = evaluation.weight_history(path)
    return {
        "form": form,
        "city": city,
        "in_force": weights_text(general.weights),
        "history": [(row, weights_text(row.weights)) for row in history],
        "changes": value_changes.recent_changes(request.actor, kind=ValueChange.Kind.WEIGHTS),
    }


def _may_weigh(request: OfficerRequest) -> bool:
    actor = request.actor
    return actor.may(Permission.EDIT_PARAMETERS) or actor.may(Permission.SET_AREA_WEIGHTS)


def _own_city(request: OfficerRequest) -> Division | None:
    """The city whose weights one sets; None for the task force, which sets the province's."""
    if request.actor.may(Permission.EDIT_PARAMETERS):
        return None
    return divisions.home_division(request.actor)


def _is_proposed(request: OfficerRequest, city: Division | None, form: WeightForm) -> bool:
    try:
        operations.propose_weights(by=request.actor, area=city, draft=form.draft(), at=clock.now())
    except Rejected as rejected:
        form.add_problems(rejected.problems)
        return False
    return True
