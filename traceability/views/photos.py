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

    Raises: Rejected naming the photo field; the caller's transaction keeps none of them then.
    """
    kept: list[int] = []
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
            raise Rejected(_at_photo(problem) for problem in refused.problems) from refused
        kept.append(paper.pk)
    return tuple(kept)


def _at_photo(problem: Problem) -> Problem:
    return replace(problem, field=FIELD) if problem.field == "upload" else problem
