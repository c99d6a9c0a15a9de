"""A recall as a list that may leave as a workbook, its holders filtered as on their page."""

from __future__ import annotations

from itertools import islice

from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, extract
from enterprises.roles import Permission
from shilian import clock
from traceability.documents import recall_sheet
from traceability.forms import read_id
from traceability.queries import recall_holders, recalls
from traceability.recall_forms import NoticeFilter

CHUNK = 2_000


@extract(
    "recall",
    "召回",
    Permission.EXPORT_LISTS,
    page="traceability:recall",
    page_names=("recall",),
)
def recall_rows(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """Everything that the actor sees of the recall that ``asked`` names.

    Raises: Forbidden, OutOfScope.
    """
    actor.require(Permission.TRACE_BATCHES)
    recall_id = read_id(asked.get("recall", ""))
    if recall_id is None:
        raise OutOfScope
    page = recalls.find_recall(actor, recall_id, at=clock.now())
    chosen = NoticeFilter(asked).chosen()
    notices = recalls.notices_in_sight(
        actor,
        page.recall,
        county_code=chosen.get("county", ""),
        state=chosen.get("state", ""),
    ).order_by("county_id", "operator_id")
    found = notices[:limit].iterator(chunk_size=CHUNK)
    rows = recall_sheet.rows_of(
        page,
        recall_holders.lines_of(page.recall, found),
        recall_holders.count_outside(actor, page.recall),
    )
    return Extract(
        f"召回-{page.recall.product_name}",
        recall_sheet.SUMMARY,
        recall_sheet.HEADINGS[recall_sheet.SUMMARY],
        islice(rows, limit),
        county_id=actor.division_id,
        sheet_column=recall_sheet.PART,
        sheet_headers=recall_sheet.HEADINGS,
    )
