"""Trace cases as their pages show them, what was traced under them, and who was seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division, Operator, Station
from enterprises.roles import Permission
from traceability.graph import lens
from traceability.models import AccessReceipt, TraceCase, TraceRun
from traceability.models.cases import AccessReceiptQuerySet, TraceCaseQuerySet
from traceability.rules import cases as rules

RUNS_SHOWN = 100
RUNS_COUNTED = 5_000


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case and the traces run under it, newest first; ``fastest_ms`` is the time to trace."""

    case: TraceCase
    runs: tuple[TraceRun, ...]
    may_decide: bool

    @property
    def fastest_ms(self) -> int | None:
        return min((run.duration_ms for run in self.runs), default=None)

    @property
    def reach(self) -> int:
        """The most operators that one of the traces reached."""
        return max((run.operator_count for run in self.runs), default=0)


@dataclass(frozen=True, slots=True)
class TimesToTrace:
    """The bureau's time to trace; None without a run. Units: milliseconds."""

    count: int
    median_ms: int | None
    slow_ms: int | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One day on which a bureau saw an operator's data under a case."""

    day: date
    at: datetime
    looked_by: str
    bureau: str
    kind: str


def case_in_sight(actor: Actor, case_id: int) -> TraceCase:
    """Raises: OutOfScope when there is none for the actor. Cost: one query."""
    case = TraceCase.objects.visible_to(actor).filter(pk=case_id).first()
    if case is None:
        raise OutOfScope
    return case


def is_open_to(actor: Actor, case_id: int, *, at: datetime) -> bool:
    """Whether the actor may look under the case at that moment. Cost: one query."""
    return TraceCase.objects.visible_to(actor).open_at(at).filter(pk=case_id).exists()


def list_cases(actor: Actor) -> TraceCaseQuerySet:
    """The bureau's own cases and those of the bureaus below, for a keyset page.

    Raises: Forbidden.
    """
    actor.require(Permission.TRACE_BATCHES)
    return TraceCase.objects.visible_to(actor)


def cases_to_decide(actor: Actor) -> TraceCaseQuerySet:
    """The requests that wait for the actor's approval, for a keyset page; nobody's own.

    As ``rules.cases.check_decider`` has it. Cost: one query.
    """
    rows = TraceCase.objects.visible_to(actor).waiting()
    if actor.person_id is None or not actor.may(Permission.APPROVE_TRACE_CASES):
        return rows.none()
    reached = Q(pk__in=[])
    for path in actor.scope.paths:
        answers = Q(division__path__startswith=path, asked_path__startswith=path)
        if not rules.decides_its_own(path):
            answers &= ~Q(division__path=path)
        reached |= answers
    return rows.exclude(requested_by=actor.person_id).filter(reached)


def open_cases_about(actor: Actor, starts: Collection[int], *, at: datetime) -> list[TraceCase]:
    """The open cases under which the actor may look at the chain of these starts, newest first."""
    actor.require(Permission.TRACE_BATCHES)
    rows = TraceCase.objects.visible_to(actor).open_at(at)
    return list(rows.filter(start_ids__contains=list(starts)).order_by("-pk"))


def find_case(actor: Actor, case_id: int) -> CasePage:
    """Everything the case's page shows. Raises: Forbidden, OutOfScope. Cost: two queries."""
    actor.require(Permission.TRACE_BATCHES)
    case = case_in_sight(actor, case_id)
    runs = TraceRun.objects.filter(case_id=case.pk).order_by("-pk")[:RUNS_SHOWN]
    may_decide = actor.may(Permission.APPROVE_TRACE_CASES) and actor.person_id != case.requested_by
    return CasePage(case, tuple(runs), may_decide)


def starts_in_sight(actor: Actor, ids: Collection[int]) -> set[int]:
    """Those of the batches that the actor sees without a case. Cost: at most three queries."""
    return lens.visible(ids, lens.sight_of(actor)) if ids else set()


def asked_division(actor: Actor, path: str) -> Division | None:
    """The area that a case would open: the province, or one named that holds the actor's bureau."""
    own = Division.objects.filter(pk=actor.division_id or 0).values_list("path", flat=True).first()
    if own is None:
        return None
    province = f"/{own.split('/')[1]}/"
    asked = path or province
    return Division.objects.filter(path=asked).first() if own.startswith(asked) else None


def bureau_name(actor: Actor) -> str:
    """What the actor's bureau is called on a case and a receipt. Cost: one query."""
    if actor.station_id is not None:
        station = Station.objects.filter(pk=actor.station_id).select_related("county").first()
        return f"{station.county.name}{station.name}" if station else ""
    division = Division.objects.filter(pk=actor.division_id or 0).first()
    return f"{division.name}市场监督管理局" if division else ""


def receipts_of(actor: Actor, operator: Operator) -> AccessReceiptQuerySet:
    """Under which cases the operator's data were seen, for a keyset page.

    Raises: OutOfScope, Forbidden.
    """
    actor.require(Permission.VIEW_OWN_RECORDS, on=operator)
    rows = AccessReceipt.objects.filter(operator_id=operator.pk)
    return rows.select_related("case", "run")


def shown_receipts(receipts: Iterable[AccessReceipt]) -> list[Receipt]:
    """What the owner reads: the bureau, the person and the kind of case.

    The case's own words are not for the owners: they may name another operator.
    """
    return [
        Receipt(
            day=receipt.day,
            at=receipt.run.at,
            looked_by=receipt.run.person_name,
            bureau=receipt.run.bureau,
            kind=receipt.case.get_kind_display(),
        )
        for receipt in receipts
    ]


def asked_places(actor: Actor) -> list[tuple[str, str]]:
    """The areas that a case may ask for, the province first: path and name. Cost: two queries."""
    own = Division.objects.filter(pk=actor.division_id or 0).values_list("path", flat=True).first()
    if own is None:
        return []
    codes = own.strip("/").split("/")
    paths = [f"/{'/'.join(codes[:depth])}/" for depth in range(1, len(codes))] or [own]
    rows = Division.objects.filter(path__in=paths).order_by("path")
    return [(row.path, row.name) for row in rows]


def times_to_trace(actor: Actor, since: datetime) -> TimesToTrace:
    """How long the bureau's traces took since then. Cost: one query.

    Raises: Forbidden.
    """
    actor.require(Permission.TRACE_BATCHES)
    rows = TraceRun.objects.visible_to(actor).filter(at__gte=since).order_by("-pk")
    taken = sorted(rows.values_list("duration_ms", flat=True)[:RUNS_COUNTED])
    if not taken:
        return TimesToTrace(0, None, None)
    return TimesToTrace(len(taken), taken[len(taken) // 2], taken[(len(taken) * 95 - 1) // 100])
