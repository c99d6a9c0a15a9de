"""The search for a common source: findings in, the ranking out, and the network as a file."""

from __future__ import annotations

from io import BytesIO

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from enterprises.roles import Permission
from enterprises.views.pages import Visit, signed_in
from shilian import clock
from shilian.problems import Rejected
from shilian.web import exports
from traceability.documents import foodchain_lab
from traceability.operations import common_source as operations
from traceability.queries.common_source import Answer, open_cases
from traceability.source_forms import EXPORTS, CommonSourceForm

JSON_TYPE = "application/json"
# What epidemiologists open the file with.
PROGRAM = "FoodChain-Lab"
FILE_NAME = f"共同来源（{PROGRAM}）"
EXAMPLES = ("7K3M 9Q2X 4T8B 6W1N 5RJV YC0D HP", "盛禾批发部 20261101", "实验小学食堂 2026-11-05")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(Permission.TRACE_BATCHES)
def show_common_source(request: Visit) -> HttpResponse:
    """The form, and below it the answer; the answer's buttons send the form again."""
    cases = open_cases(request.actor, at=clock.now())
    form = CommonSourceForm(request.POST or None, cases=cases)
    answer = None
    if request.method == "POST" and form.is_valid():
        try:
            answer = _answer(request, form)
            if form.wanted_file:
                return _file(request, answer, form.wanted_file)
        except Rejected as rejected:
            form.add_problems(rejected.problems)
    context = {
        "form": form,
        "answer": answer,
        "may_export": request.actor.may(Permission.EXPORT_LISTS),
        "file_forms": EXPORTS,
        "program": PROGRAM,
        "examples": EXAMPLES,
    }
    status = 422 if form.errors else 200
    return render(request, "traceability/common_source.html", context, status=status)


def _answer(request: Visit, form: CommonSourceForm) -> Answer:
    return operations.look_for_source(
        by=request.actor,
        lines=form.lines,
        assumptions=form.assumptions,
        case=form.chosen_case,
        at=clock.now(),
    )


def _file(request: Visit, answer: Answer, wanted: str) -> HttpResponse:
    """The network in the form asked for, as a download."""
    at = clock.now()
    network = operations.export_network(by=request.actor, answer=answer, form=wanted, at=at)
    if wanted == "json":
        body = foodchain_lab.write_json(network)
        return exports.file_response(body, FILE_NAME, ".json", JSON_TYPE)
    stream = BytesIO()
    foodchain_lab.write_xlsx(network, stream, exports.watermark_text(request.actor.name, at))
    return exports.file_response(stream.getvalue(), FILE_NAME, ".xlsx", exports.XLSX_TYPE)
