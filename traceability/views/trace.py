"""Tracing for officers: from what is in hand to the batch, and from the batch both ways."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises.roles import Permission
from enterprises.views.exports import export_list
from enterprises.views.pages import Visit, signed_in
from shilian import clock
from shilian.db.readonly import writes_allowed
from shilian.web.pagination import paginate
from traceability.graph.columns import distinct
from traceability.graph.lens import TraceView
from traceability.graph.nodes import nodes_at
from traceability.operations.trace_looks import SIDES, BothWays, Side, look_both_ways
from traceability.queries import epcis_marks, trace_finder, trace_pages
from traceability.queries.cases import open_cases_about, starts_in_sight
from traceability.queries.stop_signs import recalls_about
from traceability.queries.trace_drawing import draw
from traceability.queries.trace_facts import TraceFacts, facts_of
from traceability.queries.trace_pages import NodeList, SpreadLine
from traceability.rules import codes
from traceability.rules.dead_ends import DeadEnd
from traceability.trace_forms import TraceFilter, TraceSearch, read_id

FOUND_SIZE = 25
SPREAD_SHOWN = 30
PRINTED = 500
TITLES: dict[Side, str] = {"down": "去向（下游）", "up": "来源（上游）"}
CUTS = {
    "depth": "级次太多，只查到第 {depth} 级。",
    "nodes": "批次太多，只查到最近的 {count:,} 个。",
    "links": "流转太多，只查到最近的 {count:,} 个批次。",
    "seconds": "没能在限定时间内查完，只查到最近的 {count:,} 个批次。",
}


@dataclass(frozen=True, slots=True)
class SidePage:
    """One direction as the page shows it; ``own_ids`` are the listed batches that open by themselves.

    What is seen only under a case has no page of its own.
    """

    side: Side
    view: TraceView
    nodes: NodeList
    own_ids: frozenset[int]
    spread: list[SpreadLine]
    next_url: str
    first_url: str

    @property
    def title(self) -> str:
        return TITLES[self.side]

    @property
    def shown_count(self) -> int:
        """The batches of this side within sight, the start left out."""
        return len(self.view.hops) - 1

    @property
    def holder_count(self) -> int:
        return len(distinct(self.view.operator_ids[1:]))

    @property
    def top_spread(self) -> list[SpreadLine]:
        return self.spread[:SPREAD_SHOWN]

    @property
    def further_spread(self) -> int:
        return max(len(self.spread) - SPREAD_SHOWN, 0)


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def find_batches(request: Visit) -> HttpResponseBase:
    """The finder: a code leads to its batch at once, anything else to the batches it may mean."""
    form = TraceSearch(request.GET)
    text = form.text
    if codes.read_code(text) is not None:
        known = trace_finder.batch_by_code(request.actor, text)
        if known is not None:
            return HttpResponseRedirect(reverse("traceability:trace_batch", args=[known]))
        messages.error(
            request, "这个追溯码对应的批次不在您的辖区，请联系所在地的局，或由上级查询。"
        )
    context: dict[str, Any] = {"form": form, "asked": text, "tab": "trace"}
    if text and not codes.read_code(text):
        found = trace_finder.candidates(request.actor, text, form.chosen_way, at=clock.now())
        page = paginate(found.found, request, key=found.key, size=FOUND_SIZE)
        context |= {
            "page": page,
            "rows": trace_finder.rows_of(request.actor, page),
            "way_name": found.way_name,
            "name_days": trace_finder.NAME_DAYS if found.way == "name" else 0,
        }
    return render(request, "traceability/trace/finder.html", context)


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def show_trace(request: Visit, batch_id: int) -> HttpResponse:
    """One batch both ways; a look is written down, and under a case its owners are told."""
    today = clock.today()
    looks = _look(request, batch_id)
    facts = {side: facts_of(view) for side, view in looks.views.items()}
    spreads = {side: trace_pages.spread_of(looks.views[side], facts[side]) for side in SIDES}
    form = _filter(request, spreads)
    head = _head(request, looks, facts, today)
    context = {
        **head,
        "form": form,
        "sides": [
            _side(request, looks, side, facts[side], spreads[side], form, today) for side in SIDES
        ],
        "drawing": draw(looks.views, facts, head["start"], today),
        "reach": [
            (day.isoformat(), *counts) for day, *counts in trace_pages.reach_by_day(facts["down"])
        ],
        "open_cases": _usable_cases(request, looks, batch_id),
        "may_recall": request.actor.may(Permission.MANAGE_RECALLS),
        "epcis_marks": epcis_marks.events_of_batches([batch_id]),
    }
    return render(request, "traceability/trace/trace.html", context)


@require_safe
@signed_in(Permission.TRACE_BATCHES)
def print_trace(request: Visit, batch_id: int) -> HttpResponse:
    """The trace on paper, as it is filtered."""
    today = clock.today()
    looks = _look(request, batch_id)
    facts = {side: facts_of(view) for side, view in looks.views.items()}
    spreads = {side: trace_pages.spread_of(looks.views[side], facts[side]) for side in SIDES}
    asked = _filter(request, spreads).asked()
    lists = [
        (
            TITLES[side],
            trace_pages.list_nodes(
                looks.views[side], facts[side], asked, today=today, size=PRINTED
            ),
        )
        for side in SIDES
    ]
    context = {
        **_head(request, looks, facts, today),
        "lists": lists,
        "printed_at": clock.now(),
        "printed_by": request.actor.name,
        "back_url": _address("trace_batch", batch_id, request),
    }
    return render(request, "traceability/trace/print.html", context)


@require_safe
@signed_in(Permission.EXPORT_LISTS)
def export_trace(request: Visit, batch_id: int) -> HttpResponseBase:
    """The trace as a workbook, one sheet for each step; a long one is made by a job."""
    return export_list(request, "trace", also={"batch": str(batch_id)})


def _look(request: Visit, batch_id: int) -> BothWays:
    # A look is a GET: what it writes is that it happened, and whose data it showed.
    with writes_allowed():
        return look_both_ways(
            by=request.actor,
            batch_id=batch_id,
            case_id=read_id(request.GET.get("case", "")),
            at=clock.now(),
        )


def _filter(request: Visit, spreads: dict[Side, list[SpreadLine]]) -> TraceFilter:
    counties = {line.county_id: line.county for lines in spreads.values() for line in lines}
    choices = [(str(pk), name) for pk, name in sorted(counties.items())]
    return TraceFilter(request.GET, counties=choices)


def _head(
    request: Visit, looks: BothWays, facts: dict[Side, TraceFacts], today: date
) -> dict[str, Any]:
    """What the page and the sheet say above the lists."""
    [listed] = trace_pages.listed_at(looks.views["down"], [0], today)
    start, actor = listed.node, request.actor
    return {
        "start": start,
        "started": listed,
        "recalls": recalls_about(actor, [start.batch_id]),
        "source_end": _source_end(looks, today),
        "tab": "trace",
        "time_text": max(round(looks.milliseconds), 1),
        "hidden_note": "只计个数" if looks.hidden_count else "全部在可见范围内",
        "code": codes.grouped(start.code),
        "looks": looks,
        "cuts": _cuts(looks),
        "hidden": [
            (TITLES[side], looks.views[side].hidden) for side in SIDES if looks.views[side].hidden
        ],
        "may_ask": actor.may(Permission.OPEN_TRACE_CASES),
        "may_export": actor.may(Permission.EXPORT_LISTS),
        "export_url": _address("trace_export", start.batch_id, request),
        "print_url": _address("trace_print", start.batch_id, request),
    }


def _source_end(looks: BothWays, today: date) -> DeadEnd | None:
    """Why nothing is known of where the start came from; None where something is."""
    view = looks.views["up"]
    if len(view.hops) > 1:
        return None
    [start] = nodes_at(view, [0], today)
    return start.dead_end


def _cuts(looks: BothWays) -> list[str]:
    """In words, where a limit ended a walk before the goods did."""
    return [
        TITLES[side] + CUTS[view.cut].format(depth=view.depth, count=view.node_count)
        for side, view in looks.views.items()
        if view.cut
    ]


def _side(
    request: Visit,
    looks: BothWays,
    side: Side,
    facts: TraceFacts,
    spread: list[SpreadLine],
    form: TraceFilter,
    today: date,
) -> SidePage:
    view = looks.views[side]
    after = read_id(request.GET.get(f"after_{side}", ""))
    nodes = trace_pages.list_nodes(view, facts, form.asked(), today=today, after=after)
    return SidePage(
        side=side,
        view=view,
        nodes=nodes,
        own_ids=_own_ids(request, looks, nodes),
        spread=spread,
        next_url=_turned(request, side, nodes.after),
        first_url=_turned(request, side, None) if after else "",
    )


def _own_ids(request: Visit, looks: BothWays, nodes: NodeList) -> frozenset[int]:
    ids = {row.node.batch_id for row in nodes.rows}
    return frozenset(ids if looks.case_id is None else starts_in_sight(request.actor, ids))


def _turned(request: Visit, side: Side, after: int | None) -> str:
    """This page with another part of the side's list."""
    query = request.GET.copy()
    query.pop(f"after_{side}", None)
    if after is not None:
        query[f"after_{side}"] = str(after)
    return f"{request.path}?{query.urlencode()}#{side}"


def _address(name: str, batch_id: int, request: Visit) -> str:
    """A page about the batch with the filters of this one."""
    kept = {
        key: value
        for key, value in request.GET.items()
        if value and key in ("case", "county", "sector", "until", "sort")
    }
    address = reverse(f"traceability:{name}", args=[batch_id])
    return f"{address}?{urlencode(kept)}" if kept else address


def _usable_cases(request: Visit, looks: BothWays, batch_id: int) -> list[Any]:
    if looks.case_id is not None or not looks.hidden_count:
        return []
    return open_cases_about(request.actor, [batch_id], at=clock.now())[:3]
