"""A search for a common source, and the network taken out of it: both leave a trace."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from enterprises.actor import Actor
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day
from shilian.problems import Rejected
from traceability.graph.columns import written
from traceability.models import AccessReceipt, TraceCase, TraceRun
from traceability.queries import cases
from traceability.queries import common_source as queries
from traceability.queries.common_source import Answer
from traceability.queries.findings import named_findings
from traceability.queries.source_network import Network, network_of
from traceability.queries.source_walk import Assumptions, Question
from traceability.rules import common_source as rules


@transaction.atomic
def look_for_source(
    *,
    by: Actor,
    lines: list[rules.FindingLine],
    assumptions: Assumptions,
    case: TraceCase | None,
    at: datetime,
) -> Answer:
    """What explains most of the findings; writes the run and, under a case, who was seen.

    Raises: Forbidden; Rejected with every problem of the lines.
    Cost: at most eighteen queries, and two more for each round of goods that may have touched.
    """
    by.require(Permission.TRACE_BATCHES)
    if problems := rules.check_lines(lines):
        raise Rejected(problems)
    case = case if case is not None and case.is_open(at) else None
    findings = tuple(named_findings(by, lines, case))
    answer = queries.common_source(by, Question(findings, assumptions, case))
    run = _note_run(by, answer, at)
    if case is not None:
        _write_receipts(run, case, answer, at)
    return answer


@transaction.atomic
def export_network(*, by: Actor, answer: Answer, form: str, at: datetime) -> Network:
    """The answer as a network to be taken out; the entry in the audit trail says how much.

    Raises: Forbidden; Rejected when it is too large.
    """
    by.require(Permission.EXPORT_LISTS)
    network = network_of(by, answer)
    audit.append(
        by=by,
        at=at,
        event="list_exported",
        subject="common_source",
        county_id=by.division_id,
        count=len(network.deliveries),
        form=form,
    )
    return network


def _note_run(by: Actor, answer: Answer, at: datetime) -> TraceRun:
    walk, case = answer.walk, answer.question.case
    return TraceRun.objects.create(
        at=at,
        case=case,
        person_id=by.person_id,
        person_name=by.name,
        bureau=cases.bureau_name(by),
        division_id=by.division_id,
        station_id=by.station_id,
        start_ids=answer.question.start_ids,
        direction=TraceRun.Direction.UP,
        duration_ms=round(walk.seconds * 1000),
        node_count=len(walk.holders),
        link_count=walk.link_count,
        operator_count=answer.operator_count,
        shown_count=len(answer.seen_ids),
        depth=walk.depth,
        cut=walk.cut,
    )


def _write_receipts(run: TraceRun, case: TraceCase, answer: Answer, at: datetime) -> None:
    """One row for each operator shown, unless the case has one of today; by id, as every look."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {AccessReceipt._meta.db_table} (operator_id, day, case_id, run_id)"
            " SELECT id, %s, %s, %s FROM unnest(%s::bigint[]) AS owner(id)"
            " ON CONFLICT DO NOTHING",
            [business_day(at), case.pk, run.pk, written(answer.owner_ids)],
        )
