"""Recalls as officers and initiators see them: progress, who is silent, where the goods are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q

from enterprises.actor import Actor, OutOfScope
from enterprises.models import Division
from enterprises.roles import Permission
from shilian import working_days
from shilian.clock import business_day
from traceability.models import Batch, Recall, RecallBatch, RecallEvent, RecallNotice
from traceability.models.recalls import RecallNoticeQuerySet, RecallQuerySet
from traceability.queries.recall_holders import balances_of
from traceability.rules.recall_clocks import end_of, spoken_span
from traceability.rules.recalls import Balance

EVENTS_SHOWN = 50
LEAGUE_DAYS = 365
NARROWABLE = 50


@dataclass(frozen=True, slots=True)
class Progress:
    """How many were told, have read and have answered; silent sources hold nothing up."""

    told: int
    acknowledged: int
    answered: int
    holders: int
    holders_answered: int
    last_answer_at: datetime | None

    @property
    def unanswered(self) -> int:
        return self.holders - self.holders_answered

    @property
    def answered_ratio(self) -> float | None:
        return self.holders_answered / self.holders if self.holders else None


@dataclass(frozen=True, slots=True)
class CountyProgress:
    """The holders of one county; ``code`` is empty for what lies outside the jurisdiction."""

    code: str
    city: str
    county: str
    told: int
    acknowledged: int
    answered: int
    last_answer_at: datetime | None

    @property
    def unanswered(self) -> int:
        return self.told - self.answered


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two legal clocks of a recall as they stand at one instant.

    Seconds left are negative when time has run out, and None when the recall has ended.
    """

    start_due_at: datetime
    was_started_late: bool
    finish_due_at: datetime
    seconds_left: float | None
    workdays_left: int
    was_finished_late: bool
    calendar_note: str

    @property
    def is_overdue(self) -> bool:
        return self.seconds_left is not None and self.seconds_left < 0

    @property
    def left_words(self) -> str:
        return "" if self.seconds_left is None else spoken_span(self.seconds_left)


@dataclass(frozen=True, slots=True)
class StartBatch:
    """A batch that the recall began with."""

    batch_id: int
    label: str
    holder: str


@dataclass(frozen=True, slots=True)
class RecallPage:
    """Everything the page of a recall shows to this actor."""

    recall: Recall
    clocks: Clocks
    progress: Progress
    counties: tuple[CountyProgress, ...]
    balances: tuple[Balance, ...]
    events: tuple[RecallEvent, ...]
    starts: tuple[StartBatch, ...]
    may_manage: bool


@dataclass(frozen=True, slots=True)
class LeagueRow:
    """How one county answered the drills of the last year; times in seconds."""

    city: str
    county: str
    drills: int
    told: int
    answered: int
    median_seconds: float | None
    longest_seconds: float | None

    @property
    def median_words(self) -> str:
        return "—" if self.median_seconds is None else spoken_span(self.median_seconds)

    @property
    def longest_words(self) -> str:
        return "—" if self.longest_seconds is None else spoken_span(self.longest_seconds)

    @property
    def answered_ratio(self) -> float:
        return self.answered / self.told if self.told else 0.0


def under_recall(found: Collection[int], *, is_drill: bool, besides: int | None = None) -> set[int]:
    """Of the batches that the caller has found, those in another active recall of the same kind."""
    rows = RecallBatch.objects.affected().filter(
        batch_id__in=list(found),
        recall__is_drill=is_drill,
        recall__state=Recall.State.ACTIVE,
    )
    return set(rows.exclude(recall_id=besides or 0).values_list("batch_id", flat=True))


def affected_among(recall: Recall, ids: Collection[int]) -> list[int]:
    """Those of the batches that the recall concerns now."""
    rows = RecallBatch.objects.affected().filter(recall=recall, batch_id__in=list(ids))
    return list(rows.values_list("batch_id", flat=True))


def list_recalls(
    actor: Actor,
    *,
    level: str = "",
    state: str = "",
    is_drill: bool | None = None,
    due_before: date | None = None,
) -> RecallQuerySet:
    """The recalls that are the actor's own or concern somebody within sight, for a keyset page.

    ``due_before`` keeps the active ones that have to be finished before that day.
    """
    rows = Recall.objects.visible_to(actor)
    if level:
        rows = rows.filter(level=level)
    if state:
        rows = rows.filter(state=state)
    if is_drill is not None:
        rows = rows.filter(is_drill=is_drill)
    if due_before is not None:
        rows = rows.active().filter(finish_due_on__lt=due_before)
    return rows


def recall_in_sight(actor: Actor, recall_id: int) -> Recall:
    """Raises: OutOfScope."""
    recall = list_recalls(actor).filter(pk=recall_id).first()
    if recall is None:
        raise OutOfScope
    return recall


def manages(actor: Actor, recall: Recall) -> bool:
    """Whether the actor may widen, narrow and end the recall. Cost: one query at most."""
    if actor.is_operator:
        own = recall.operator_id is not None and recall.operator_id == actor.operator_id
        return own and actor.may(Permission.START_RECALL)
    if not actor.may(Permission.MANAGE_RECALLS):
        return False
    return Recall.objects.managed_by(actor).filter(pk=recall.pk).exists()


def find_recall(actor: Actor, recall_id: int, *, at: datetime) -> RecallPage:
    """Everything the page shows. Raises: OutOfScope. Cost: at most eleven queries."""
    recall = recall_in_sight(actor, recall_id)
    events = RecallEvent.objects.filter(recall=recall).exclude(kind__in=_ANSWERS)
    return RecallPage(
        recall=recall,
        clocks=clocks_of(recall, at),
        progress=progress_of(recall),
        counties=tuple(by_county(actor, recall)),
        balances=tuple(balances_of(recall)),
        events=tuple(events.order_by("-pk")[:EVENTS_SHOWN]),
        starts=tuple(_starts(actor, recall)),
        may_manage=manages(actor, recall),
    )


# A hundred thousand answers would hide what was decided.
_ANSWERS = (
    RecallEvent.Kind.ACKNOWLEDGED,
    RecallEvent.Kind.ANSWERED,
    RecallEvent.Kind.CORRECTED,
)


def clocks_of(recall: Recall, at: datetime) -> Clocks:
    due, today = end_of(recall.finish_due_on), business_day(at)
    ended = recall.ended_at
    return Clocks(
        start_due_at=recall.start_due_at,
        was_started_late=recall.was_started_late,
        finish_due_at=due,
        seconds_left=(due - at).total_seconds() if ended is None else None,
        workdays_left=working_days.workdays(today + timedelta(days=1), recall.finish_due_on),
        was_finished_late=ended is not None and ended > due,
        calendar_note=working_days.note_between(
            business_day(recall.started_at), recall.finish_due_on
        ),
    )


_IS_HOLDER = Q(role=RecallNotice.Role.HOLDER)
_IS_ANSWERED = Q(answered_at__isnull=False)


def progress_of(found: Recall) -> Progress:
    """The progress of a recall that the caller has found. Cost: one query over one index."""
    rows = RecallNotice.objects.standing().filter(recall=found)
    return Progress(**rows.aggregate(**_PROGRESS))


_PROGRESS: dict[str, Any] = {
    "told": Count("*"),
    "acknowledged": Count("acknowledged_at"),
    "answered": Count("answered_at"),
    "holders": Count("operator_id", filter=_IS_HOLDER),
    "holders_answered": Count("operator_id", filter=_IS_HOLDER & _IS_ANSWERED),
    "last_answer_at": Max("answered_at"),
}
_COUNTY: dict[str, Any] = {
    name: _PROGRESS[name] for name in ("told", "acknowledged", "answered", "last_answer_at")
}


def progress_by_recall(found: Collection[Recall]) -> dict[int, Progress]:
    """The progress of the recalls of one page, by id. Cost: one query."""
    rows = RecallNotice.objects.standing().filter(recall__in=list(found))
    counted = rows.values_list("recall_id").annotate(**_PROGRESS)
    return {recall_id: Progress(*counts) for recall_id, *counts in counted}


def by_county(actor: Actor, recall: Recall) -> list[CountyProgress]:
    """The holders by county, the most silent first; outside the jurisdiction only one sum.

    Cost: at most three queries.
    """
    holders = RecallNotice.objects.standing().filter(_IS_HOLDER, recall=recall)
    counted = list(holders.visible_to(actor).values_list("county_id").annotate(**_COUNTY))
    places = _places([county_id for county_id, *_ in counted])
    rows = [CountyProgress(*places[county_id], *counts) for county_id, *counts in counted]
    rows.sort(key=lambda row: (-row.unanswered, row.city, row.county))
    outside = _outside(holders, rows)
    return [*rows, outside] if outside else rows


def _places(county_ids: Collection[int]) -> dict[int, tuple[str, str, str]]:
    """Code, city and name of the counties."""
    rows = Division.objects.filter(pk__in=county_ids)
    return {
        pk: (code, city or "", name)
        for pk, code, city, name in rows.values_list("pk", "code", "parent__name", "name")
    }


def _outside(
    holders: RecallNoticeQuerySet, inside: Collection[CountyProgress]
) -> CountyProgress | None:
    whole = holders.aggregate(**_COUNTY)
    told = whole["told"] - sum(row.told for row in inside)
    if not told:
        return None
    return CountyProgress(
        code="",
        city="",
        county="辖区以外",
        told=told,
        acknowledged=whole["acknowledged"] - sum(row.acknowledged for row in inside),
        answered=whole["answered"] - sum(row.answered for row in inside),
        last_answer_at=None,
    )


def _starts(actor: Actor, recall: Recall) -> list[StartBatch]:
    """The starts still recalled that lie within the actor's sight."""
    rows = Batch.objects.visible_to(actor).filter(pk__in=recall.start_ids)
    kept = rows.exclude(pk__in=recall.left_out_ids).select_related("operator").order_by("pk")
    return [StartBatch(row.pk, str(row), row.operator.name) for row in kept[:NARROWABLE]]


def notices_in_sight(
    actor: Actor, recall: Recall, *, county_code: str = "", state: str = ""
) -> RecallNoticeQuerySet:
    """The notices to holders within the jurisdiction; the silent ones, those who have read or all."""
    rows = RecallNotice.objects.visible_to(actor).standing().filter(recall=recall)
    if county_code:
        rows = rows.filter(operator__county__code=county_code)
    if state == "unanswered":
        rows = rows.filter(answered_at=None)
    elif state == "answered":
        rows = rows.filter(_IS_ANSWERED)
    return rows.select_related("operator__county")


_LEAGUE = f"""
    SELECT city.name, county.name, count(DISTINCT n.recall_id), count(*), count(n.answered_at),
      percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM n.answered_at - n.sent_at)),
      max(extract(epoch FROM n.answered_at - n.sent_at))
    FROM {RecallNotice._meta.db_table} n
    JOIN {Recall._meta.db_table} r ON r.id = n.recall_id
    JOIN {Division._meta.db_table} county ON county.id = n.county_id
    LEFT JOIN {Division._meta.db_table} city ON city.id = county.parent_id
    WHERE n.recall_id = ANY(%s) AND n.withdrawn_at IS NULL AND n.role = 'holder'
      AND county.path LIKE ANY(%s)
    GROUP BY city.name, county.name"""


def drill_league(actor: Actor, *, at: datetime) -> list[LeagueRow]:
    """The counties of the jurisdiction by how fast and fully they answered last year's drills.

    Cost: two queries.
    """
    since = at - timedelta(days=LEAGUE_DAYS)
    drills = Recall.objects.visible_to(actor).filter(is_drill=True, started_at__gte=since)
    ids = list(drills.exclude(state=Recall.State.CANCELLED).values_list("pk", flat=True))
    patterns = [f"{path}%" for path in actor.scope.paths]
    with connection.cursor() as cursor:
        cursor.execute(_LEAGUE, [ids, patterns])
        rows = cursor.fetchall()
    league = [LeagueRow(row[0] or "", *row[1:5], *map(_seconds, row[5:])) for row in rows]
    return sorted(league, key=lambda row: (-row.answered_ratio, row.median_seconds or 0.0))


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))


def find_own_recall(actor: Actor, recall_id: int, *, at: datetime) -> RecallPage:
    """The page of a recall that the acting operator began. Raises: OutOfScope."""
    page = find_recall(actor, recall_id, at=at)
    if not page.may_manage:
        raise OutOfScope
    return page
