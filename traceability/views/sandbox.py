"""试传: a file is checked as an import would check it, and nothing is written."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from enterprises.models import Operator, SandboxTrial, SelfBuiltSystem
from enterprises.queries import system_health, systems, trials
from enterprises.roles import Permission
from enterprises.rules.system_days import Badge
from enterprises.rules.upload_faults import fault_classes
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit
from shilian import clock
from shilian.problems import Rejected
from shilian.web.pagination import paginate
from traceability.import_forms import kinds_for
from traceability.operations import sandbox as operations
from traceability.sandbox_forms import TrialFilter, TrialForm
from traceability.sheets.base import find_kind
from traceability.views.pages import operator_page, page
from traceability.views.told import Told, most_urgent_first

FAULTS_SHOWN = 8


@require_http_methods(["GET", "POST"])
@operator_page(Permission.IMPORT_RECORDS)
def sandbox(request: Visit, operator: Operator) -> HttpResponseBase:
    """Try a file; and the earlier trials."""
    form = TrialForm(
        request.POST or None,
        request.FILES or None,
        initial={"month": f"{clock.month_of(clock.today()):%Y-%m}", "kind": "purchases"},
        kinds=kinds_for(request.actor),
        systems=systems.own_systems(operator),
    )
    if request.method == "POST" and form.is_valid():
        trial = _try(request, operator, form)
        if trial is not None:
            return redirect("traceability:trial", trial.pk)
    filter_form = TrialFilter(request.GET)
    found = trials.list_trials(request.actor, operator, filter_form.chosen())
    shown = paginate(found, request)
    context = {"form": form, "filter_form": filter_form, "trials": shown.rows, "page_of": shown}
    status = 422 if form.is_bound else 200
    template = "traceability/sandbox.html"
    return page(request, operator, template, context, tab="more", back="more", status=status)


def _try(request: Visit, operator: Operator, form: TrialForm) -> SandboxTrial | None:
    sheet = form.cleaned_data["sheet"]
    try:
        return operations.try_file(
            by=request.actor,
            operator=operator,
            kind=find_kind(form.cleaned_data["kind"]),
            system=form.system_chosen(),
            upload=sheet,
            file_name=sheet.name,
            month=form.cleaned_data["month"],
            at=clock.now(),
        )
    except Rejected as refused:
        form.add_problems(refused.problems)
        return None


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def show_trial(request: Visit, operator: Operator, trial_id: int) -> HttpResponseBase:
    trial = trials.find_trial(request.actor, operator, trial_id)
    refused = trial.sent_count - trial.good_count
    context = {
        "trial": trial,
        "refused_count": refused,
        "faults": fault_classes(trial.errors, most=FAULTS_SHOWN),
        "told": _told(trial),
        "badge_held_by": _badge(trial.system),
    }
    return page(request, operator, "traceability/trial.html", context, tab="more", back="sandbox")


def _told(trial: SandboxTrial) -> list[Told]:
    """The verdict's problems, the same thing once; an interface counts items, a file rows."""
    unit = "条" if trial.door == SandboxTrial.Door.API else "行"
    said: dict[tuple[str, str, str], Told] = {}
    for problem in trial.problems:
        tone = "warn" if problem.get("severity") == "warning" else "bad"
        # An interface's sender knows the field by its name in the interface.
        column = problem.get("column") or problem.get("field") or ""
        message = problem["message"]
        told = said.setdefault((tone, column, message), Told(tone, column, message, unit))
        if problem.get("row") is not None:
            told.places.append(str(problem["row"]))
    return most_urgent_first(said.values())


def _badge(system: SelfBuiltSystem | None) -> Badge | None:
    """How far the system is that the trial counts for."""
    return system_health.badges([system], today=clock.today())[system.pk] if system else None


@require_safe
@operator_page(Permission.IMPORT_RECORDS)
def export_trials(request: Visit, operator: Operator) -> HttpResponseBase:
    return export_list(request, "trials", operator)
