"""Photos sent with a form: kept as papers, faults told at the photo field."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.problems import Problem, Rejected
from shilian.web.forms import RecordForm
from traceability.operations import evidence

FIELD = "photos"


def store(
    form: RecordForm,
    *,
    by: Actor,
    operator: Operator,
    at: datetime,
    kind: str = "",
    partner_id: int | None = None,
    **particulars: Any,
) -> tuple[int, ...]:
    """The ids of the papers that the form's photos became.

    Raises: Rejected with the faults of all of them, each at the photo field; the caller's
    transaction keeps none then.
    """
    kept: list[int] = []
    faults: list[Problem] = []
    for upload in form.cleaned_data.get(FIELD) or ():
        try:
            paper = evidence.store_evidence(
                by=by,
                operator=operator,
                upload=upload,
                kind=kind or form.cleaned_data["photo_kind"],
                at=at,
                partner_id=partner_id,
                **particulars,
            )
        except Rejected as refused:
            faults += [_at_photo(problem) for problem in refused.problems]
        else:
            kept.append(paper.pk)
    if faults:
        raise Rejected(dict.fromkeys(faults))
    return tuple(kept)


def try_store(form: RecordForm, **facts: Any) -> tuple[tuple[int, ...], list[Problem]]:
    """The same with the faults returned, for a page that tells them beside all others.

    The caller takes its transaction back when there are any.
    """
    try:
        return store(form, **facts), []
    except Rejected as refused:
        return (), refused.problems


def _at_photo(problem: Problem) -> Problem:
    return replace(problem, field=FIELD) if problem.field == "upload" else problem
