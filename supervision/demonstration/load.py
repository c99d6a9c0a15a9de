"""Loads the demonstration province; interrupted, it goes on where it stopped."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from enterprises.actor import Actor, platform_actor
from enterprises.models import AuditEntry, Division, Operator
from enterprises.operations import audit
from shilian.clock import month_of, next_month, now, previous_month, start_of
from shilian.db.partitions import MONTHS_AHEAD, ensure_partitions
from shilian.embedded.leash import leashed
from supervision.demonstration import accounts, issue, recalls, roster, systems, works
from supervision.demonstration.made_up import make_up_months, tell_of_findings
from supervision.demonstration.market import Market
from supervision.demonstration.roster import Member
from supervision.demonstration.windows import FULL_MONTHS, Window, windows
from supervision.fabrication.score import score_month
from supervision.models import MonthFreeze
from supervision.queries.parameters import parameters_in_force
from supervision.radar.run import look_at_all
from supervision.rollups.channels import count_channels
from supervision.rollups.classes import count_classes
from supervision.rollups.fill import fill_all
from supervision.rollups.licences import count_licences
from supervision.rollups.rebuild import rebuild
from supervision.rules.months import check_freeze
from supervision.rules.register import last_day
from traceability.models import Channel, MonthMark

SEED = 20260715
DONE = "demonstration_step_done"
ROSTER_DAYS_BEFORE = 20
FRIDAY = 4
# Canteens that write every day come with the campaign's third month.
WEEKS_FROM = 2
CENTRE_WEIGHT = 4
# The last thing that the story of the day's works tells lies before the moment of loading.
STORY_TIME = timedelta(minutes=30)

Say = Callable[[str], None]


class Interrupted(Exception):
    """A part did not come to its end; loading again goes on where it stopped."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be loaded: ``today`` and the seed decide everything in it."""

    seed: int
    today: date
    parts: int

    @property
    def first_month(self) -> date:
        month = month_of(self.today)
        for _ in range(FULL_MONTHS):
            month = previous_month(month)
        return month

    @property
    def months(self) -> list[date]:
        found = [self.first_month]
        while found[-1] < month_of(self.today):
            found.append(next_month(found[-1]))
        return found


def has_divisions() -> bool:
    """Whether there are counties to put operators into."""
    return Division.objects.counties().exists()


def load(plan: Plan, *, say: Say) -> None:
    """Roster, three months and more of records, accounts, numbers and the newest bulletin."""
    _collect_nothing()
    ensure_partitions("owner", _months_ahead(plan.today), since=plan.first_month)
    by = platform_actor(channel=Channel.DEMO)
    listed_at = start_of(plan.first_month) - timedelta(days=ROSTER_DAYS_BEFORE)
    say("演示省份：名册…")
    _once("roster", by, lambda: _fill_roster(by, plan, listed_at))
    say("演示省份：三个多月的记录…")
    members = _members(plan)
    running = _start_parts(plan)
    try:
        _once("accounts", by, lambda: accounts.open_accounts(by=by, members=members, at=now()))
    finally:
        _finish_parts(running)
    _once("recalls", by, lambda: recalls.tell_recalls(by=by, spared=_held_by_logins(), at=now()))
    _once("works", by, lambda: works.tell_works(_signed_for(), at=now() - STORY_TIME))
    _once("made_up", by, lambda: make_up_months(today=plan.today, spared=_held_by_logins()))
    say("演示省份：自建系统和统计…")
    _once("systems", by, lambda: systems.register(members, plan.months[0], plan.today))
    _count(plan, by)


def _held_by_logins() -> frozenset[int]:
    """The operators that somebody can sign in for."""
    return frozenset(operator.pk for operator in _signed_for().values())


def _signed_for() -> dict[str, Operator]:
    """The same by the name of the account."""
    codes = {login.login: login.operator for login in accounts.stored_logins() if login.operator}
    rows = Operator.objects.filter(credit_code__in=codes.values())
    found = {row.credit_code: row for row in rows}
    return {login: found[code] for login, code in codes.items() if code in found}


def _collect_nothing() -> None:
    """Short-lived objects by the million: the collector finds nothing and costs a tenth."""
    gc.disable()


def _months_ahead(today: date) -> date:
    month = month_of(today)
    for _ in range(MONTHS_AHEAD):
        month = next_month(month)
    return month


def _fill_roster(by: Actor, plan: Plan, at: datetime) -> None:
    roster.fill_roster(by=by, seed=plan.seed, at=at, today=plan.today, months=plan.months)


def _once(step: str, by: Actor, work: Callable[[], object]) -> None:
    """Do the step and note it in one transaction, unless it was noted before."""
    if AuditEntry.objects.filter(event=DONE, about=step).exists():
        return
    with transaction.atomic():
        work()
        audit.append(by=by, at=now(), event=DONE, subject=step)


def _start_parts(plan: Plan) -> list[subprocess.Popen[bytes]]:
    """Each part in a process of its own; they share no operator, so they never wait."""
    command = [
        sys.executable, str(settings.BASE_DIR / "manage.py"), "load_demonstration", "--commit",
        f"--seed={plan.seed}", f"--today={plan.today}", f"--parts={plan.parts}",
    ]  # fmt: skip
    return [subprocess.Popen(leashed([*command, f"--part={part}"])) for part in range(plan.parts)]


def _finish_parts(running: list[subprocess.Popen[bytes]]) -> None:
    codes = [process.wait() for process in running]
    if any(codes):
        raise Interrupted


def run_part(plan: Plan, number: int) -> None:
    """One part's whole story, a transaction for each stretch of days."""
    _collect_nothing()
    # Nothing here is lost that cannot be made again.
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    by = platform_actor(channel=Channel.DEMO)
    market = Market(_of_part(_members(plan), plan.parts, number), seed=plan.seed)
    for step, work in _story(plan, market):
        _once(f"{step}:{number}/{plan.parts}", by, work)


def _story(plan: Plan, market: Market) -> list[tuple[str, Callable[[], object]]]:
    """The steps in the order of time."""
    steps: list[tuple[datetime, str, Callable[[], object]]] = []
    for window in windows(plan.today):
        steps.append((window.late(6), f"window-{window.last}", _window_step(market, window)))
    day = plan.months[WEEKS_FROM]
    while day < plan.today:
        if day.weekday() == FRIDAY:
            at = start_of(day) + timedelta(hours=18)
            steps.append((at, f"week-{day}", _week_step(market, day, at)))
        day += timedelta(days=1)
    morning = start_of(plan.today) + timedelta(hours=6)
    steps.append((morning, f"last-{plan.today}", lambda: market.last_sales(plan.today, morning)))
    return [(name, work) for _, name, work in sorted(steps, key=lambda step: step[:2])]


def _window_step(market: Market, window: Window) -> Callable[[], object]:
    return lambda: market.run(window)


def _week_step(market: Market, friday: date, at: datetime) -> Callable[[], object]:
    days = [friday - timedelta(days=back) for back in (3, 2, 1, 0)]
    return lambda: market.week(days, at)


def _members(plan: Plan) -> list[Member]:
    """The planned operators with their rows, in the order of the plan."""
    rows = {row.credit_code: row for row in Operator.objects.filter(is_demonstration=True)}
    planned = roster.plan_province(seed=plan.seed)
    return [Member(each, rows[each.credit_code]) for each in planned if each.credit_code in rows]


def _of_part(members: list[Member], parts: int, number: int) -> list[Member]:
    """The members of one part's cities; a city goes to the part that has the fewest so far."""
    counties = {(member.plan.county.parent_id, member.plan.county.pk) for member in members}
    # A city's centre trades with every hand and so takes as long as several other counties.
    sizes = Counter({city: CENTRE_WEIGHT for city, _ in counties})
    sizes.update(city for city, _ in counties)
    filled = [0] * parts
    own = set()
    for city, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0] or 0)):
        lightest = filled.index(min(filled))
        filled[lightest] += size
        if lightest == number:
            own.add(city)
    return [member for member in members if member.plan.county.parent_id in own]


def _count(plan: Plan, by: Actor) -> None:
    at = now()
    frozen = set(MonthFreeze.objects.values_list("month", flat=True))
    for month in plan.months:
        if month not in frozen:
            # A rebuild sees everything that these marks stand for; filling would do it twice.
            MonthMark.objects.filter(month=month).delete()
            rebuild(month, at=at)
    fill_all(at=at)
    for month in plan.months:
        count_channels(month, at=at)
        count_licences(month, at=at)
        count_classes(month, at=at)
    for month in plan.months[-2:]:
        score_month(month, at=at)
    for _ in look_at_all(at=at):
        continue
    tell_of_findings(by, _held_by_logins(), at=at)
    issue.tell_bulletins(by=by, months=closed_months(plan.months, at), at=at)


def closed_months(months: Sequence[date], at: datetime) -> list[date]:
    """The months that may be frozen: in a month's first days not yet the last one."""
    return [
        month
        for month in months
        if not check_freeze(month, at, parameters_in_force(last_day(month)))
    ]
