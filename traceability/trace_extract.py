"""A trace as a list that may leave as a workbook, filtered as on its page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.http import QueryDict

from enterprises.actor import Actor, OutOfScope
from enterprises.extracts import Extract, extract
from enterprises.roles import Permission
from shilian import clock
from shilian.db.readonly import writes_allowed
from traceability.documents import trace_sheet
from traceability.graph.columns import distinct
from traceability.graph.holders import holders_by_county
from traceability.graph.nodes import nodes_at
from traceability.operations.trace_looks import SIDES, BothWays, look_both_ways
from traceability.queries import cases
from traceability.queries.trace_facts import facts_of
from traceability.queries.trace_pages import ListAsked, all_listed, listed_at
from traceability.trace_forms import TraceFilter, read_id


def _is_case_open(actor: Actor, case_id: int) -> bool:
    """Whether the actor may look under the case at this moment."""
    return cases.is_open_to(actor, case_id, at=clock.now())


@extract(
    "trace",
    "追溯清单",
    Permission.EXPORT_LISTS,
    page="traceability:trace_batch",
    page_names=("batch",),
    still_open=_is_case_open,
)
def trace_rows(actor: Actor, asked: QueryDict, limit: int) -> Extract:
    """Both sides of the batch that ``asked`` names; the export is a look and is written down.

    Raises: Forbidden, OutOfScope.
    """
    batch_id = read_id(asked.get("batch", ""))
    if batch_id is None:
        raise OutOfScope
    with writes_allowed():
        looks = look_both_ways(
            by=actor, batch_id=batch_id, case_id=read_id(asked.get("case", "")), at=clock.now()
        )
    [start] = nodes_at(looks.views["down"], [0], clock.today())
    name = "-".join(part for part in ("追溯清单", start.name, start.batch_number) if part)
    return Extract(
        name,
        "起点",
        trace_sheet.HEADINGS,
        islice(_rows(looks, _asked(looks, asked)), limit),
        county_id=start.county_id,
        sheet_column=trace_sheet.STEP,
        sheet_headers={trace_sheet.HOLDERS: trace_sheet.HOLDER_HEADINGS},
        opened_by=looks.case_id,
    )


def _asked(looks: BothWays, asked: QueryDict) -> ListAsked:
    counties = {pk for view in looks.views.values() for pk in distinct(view.county_ids).tolist()}
    return TraceFilter(asked, counties=[(str(pk), str(pk)) for pk in counties]).asked()


def _rows(looks: BothWays, asked: ListAsked) -> Iterator[list[Any]]:
    """The start, then the sides step by step, then who holds what went downstream."""
    today = clock.today()
    facts = {side: facts_of(view) for side, view in looks.views.items()}
    view = looks.views["down"]
    yield from trace_sheet.rows_of("down", listed_at(view, [0], today))
    for side in SIDES:
        listed = all_listed(looks.views[side], facts[side], asked, today=today)
        yield from trace_sheet.rows_of(side, listed)
    yield from trace_sheet.holder_rows(holders_by_county(view.hops))
