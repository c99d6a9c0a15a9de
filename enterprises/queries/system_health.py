"""How well systems deliver: the card of one, and the badges of many."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from enterprises import system_bars
from enterprises.actor import Actor, OutOfScope
from enterprises.models import SandboxTrial, SelfBuiltSystem, SystemAlert, SystemDay
from enterprises.rules import system_days as rules
from enterprises.rules.system_days import Badge, Bars, DayFigures, FedDay, Health
from enterprises.rules.systems import weekdays_text
from enterprises.rules.upload_faults import FaultClass, fault_classes
from shilian import clock
from shilian.clock import business_day

WEEKS = 13
FAULTS_SHOWN = 8
RECENT_DAYS = 30
# A badge earned before and never lost since was fed within this time, or has lapsed.
BADGE_DAYS = WEEKS * 7
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the trend, from its Monday."""

    monday: date
    figures: Health


@dataclass(frozen=True, slots=True)
class HealthCard:
    """One system's health: this month as the indicator counts it, the last days, and the trend."""

    month: date
    this_month: Health
    recent: Health
    # What came so far on the day that is not over, and counts nowhere yet.
    today: DayFigures
    weeks: tuple[Week, ...]
    faults: tuple[FaultClass, ...]
    missed: tuple[date, ...]
    badge: Badge
    alert: SystemAlert | None
    last_at: datetime | None
    advice: tuple[str, ...]
    bars: Bars

    @property
    def day_note(self) -> str:
        return f"应传{self.recent.due_count}天，收到{self.recent.received_count}天"

    @property
    def row_note(self) -> str:
        return f"上传{self.recent.sent:,}条，接收{self.recent.accepted:,}条"


def health_card(actor: Actor, system: SelfBuiltSystem, *, today: date) -> HealthCard:
    """The card of a system that is or was in service. Raises: OutOfScope. Cost: four queries."""
    if not actor.sees(system.operator):
        raise OutOfScope
    first = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    days = list(SystemDay.objects.filter(system=system, day__gte=first).order_by("day"))
    figures = [_figures(each) for each in days]
    since, last = _service(system, today)
    recent_from = max(since, today - timedelta(days=RECENT_DAYS))
    month = clock.month_of(today)
    # As the month is counted when it is over.
    bars = system_bars.bars_on(clock.next_month(month) - ONE_DAY)
    recent = _health(system, figures, recent_from, last, bars)
    missed = rules.missed_in_a_row(
        {each.day for each in days if each.due_count} or _older_day(system, first),
        since=since,
        weekdays=system.due_weekdays,
        today=last + ONE_DAY,
    )
    badge = badges([system], today=today, days=days)[system.pk]
    return HealthCard(
        month=month,
        this_month=_health(system, figures, max(since, month), last, bars),
        recent=recent,
        today=next((each for each in figures if each.day == today), DayFigures(today, 0, 0)),
        weeks=tuple(_weeks(system, figures, (first, since, last), bars)),
        # Those of today as well, and so before the first day owed.
        faults=tuple(_faults(days, min(recent_from, today))),
        missed=tuple(missed) if system.is_in_service else (),
        badge=badge,
        alert=SystemAlert.objects.open().filter(system=system).first(),
        last_at=days[-1].last_at if days else None,
        advice=tuple(_advice(system, recent, missed, badge)),
        bars=bars,
    )


def _older_day(system: SelfBuiltSystem, before: date) -> set[date]:
    older = SystemDay.objects.filter(system=system, day__lt=before, due_count__gt=0)
    last = older.order_by("-day").values_list("day", flat=True).first()
    return {last} if last else set()


def _service(system: SelfBuiltSystem, today: date) -> tuple[date, date]:
    """The first day owed and the last one that is over."""
    since = system.in_service_since or business_day(system.registered_at)
    last = today - ONE_DAY
    return since, min(last, system.ended_on - ONE_DAY) if system.ended_on else last


def _figures(day: SystemDay) -> DayFigures:
    return DayFigures(
        day.day, day.sent_count, day.accepted_count, day.late_count, day.duplicate_count
    )


def _health(
    system: SelfBuiltSystem, figures: Sequence[DayFigures], first: date, last: date, bars: Bars
) -> Health:
    return rules.health(figures, first=first, last=last, weekdays=system.due_weekdays, bars=bars)


def _weeks(
    system: SelfBuiltSystem,
    figures: Sequence[DayFigures],
    span: tuple[date, date, date],
    bars: Bars,
) -> Iterable[Week]:
    """The weeks of ``span`` that owe something: its first Monday, the first day owed, the last."""
    first, since, last = span
    for number in range(WEEKS):
        monday = first + timedelta(days=7 * number)
        ends = min(monday + timedelta(days=6), last)
        if ends < max(monday, since):
            continue
        yield Week(monday, _health(system, figures, max(monday, since), ends, bars))


def _faults(days: Sequence[SystemDay], first: date) -> list[FaultClass]:
    counted: Counter[str] = Counter()
    for day in days:
        if day.day >= first:
            counted.update(day.errors)
    return fault_classes(counted, most=FAULTS_SHOWN)


def _advice(
    system: SelfBuiltSystem, recent: Health, missed: Sequence[date], badge: Badge
) -> list[str]:
    if not system.is_in_service:
        return []
    return rules.advice(recent, missed=missed, badge_held=badge.is_held)


def badges(
    systems: Sequence[SelfBuiltSystem],
    *,
    today: date,
    days: Iterable[SystemDay] | None = None,
) -> dict[int, Badge]:
    """Each system's badge from what was uploaded and what was tried. Cost: at most two queries."""
    ids = [system.pk for system in systems]
    first = today - timedelta(days=BADGE_DAYS)
    fed: dict[int, Counter[tuple[date, str]]] = defaultdict(Counter)
    for day in _uploads(ids, first) if days is None else days:
        fed[day.system_id][day.day, "checked"] += day.sent_count
        fed[day.system_id][day.day, "refused"] += day.sent_count - day.accepted_count
    for system_id, on, checked, good in _trials(ids, first):
        fed[system_id][on, "checked"] += checked
        fed[system_id][on, "refused"] += checked - good
    return {
        system.pk: rules.badge(_fed_days(fed[system.pk]), weekdays=system.due_weekdays, today=today)
        for system in systems
    }


def _uploads(ids: Sequence[int], first: date) -> Iterable[SystemDay]:
    kept = SystemDay.objects.filter(system_id__in=ids, day__gte=first)
    return kept.only("system_id", "day", "sent_count", "accepted_count")


def _trials(ids: Sequence[int], first: date) -> Iterable[tuple[int, date, int, int]]:
    tried = SandboxTrial.objects.filter(system_id__in=ids, day__gte=first)
    summed = tried.order_by().values("system_id", "day")
    return summed.annotate(checked=Sum("sent_count"), good=Sum("good_count")).values_list(
        "system_id", "day", "checked", "good"
    )


def _fed_days(counts: Counter[tuple[date, str]]) -> list[FedDay]:
    days = sorted({day for day, _ in counts})
    return [FedDay(day, counts[day, "checked"], counts[day, "refused"]) for day in days]


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One line of the register: the system, the days it owes in words, and its badge."""

    system: SelfBuiltSystem
    due_text: str
    badge: Badge


def register_rows(systems: Sequence[SelfBuiltSystem], *, today: date) -> list[RegisterRow]:
    """The systems as the register prints them. Cost: two queries."""
    held = badges(systems, today=today)
    return [
        RegisterRow(system, weekdays_text(system.due_weekdays), held[system.pk])
        for system in systems
    ]
