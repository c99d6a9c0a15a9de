"""The bureau's list of operators: which ones, and what a row tells of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from enterprises.actor import Actor
from enterprises.models import (
    Division,
    Licence,
    Operator,
    OperatorState,
    Standing,
)
from enterprises.models.operators import OperatorQuerySet
from shilian.clock import month_of, previous_month, start_of
from supervision.models import MonthFreeze, OperatorMonth
from supervision.models.tallies import OperatorMonthQuerySet
from supervision.queries.parameters import parameters_in_force
from supervision.rules.inactivity import gap_since
from supervision.rules.months import default_month
from supervision.rules.parameters import Parameters
from traceability.models import IncomingDraft

BANDS = (30, 60, 90)
ONE_DAY = timedelta(days=1)
EXPIRING_DAYS = 30
NEVER = Value(date.min)


@dataclass(frozen=True, slots=True)
class Criteria:
    """What the list is narrowed to; an empty field narrows nothing.

    ``figure`` with ``month`` names the operators behind one side of an indicator:
    registered / unregistered, active / inactive, covered / uncovered, uploading / not_uploading.
    """

    today: date
    division: Division | None = None
    search: str = ""
    state: str = ""
    standing: str = ""
    sector: str = ""
    kind: str = ""
    township_id: int | None = None
    station_id: int | None = None
    ten_plus_three: str = ""
    silent_days: int | None = None
    broken: bool = False
    licences: str = ""
    figure: str = ""
    month: date | None = None


# What each quick list narrows the list to; the home page counts by the same.
QUICK_CRITERIA: dict[str, dict[str, Any]] = {
    "": {},
    "unregistered": {"figure": "unregistered"},
    "inactive": {"figure": "inactive"},
    "silent": {"silent_days": BANDS[0]},
    "broken": {"broken": True},
    "licences": {"licences": "lapsed"},
}


def quick_criteria(name: str, *, today: date) -> Criteria:
    """The criteria of a quick list by its name.

    未注册 and 不活跃 are the month's rows, of which the figures are the sum: asked of the register
    itself, the list would be ahead of its figure until the next filling. In its first days a month
    has nobody active yet.
    """
    months = {"unregistered": month_of(today), "inactive": default_month(today)}
    return Criteria(today=today, month=months.get(name), **QUICK_CRITERIA[name])


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """One line of the list; names and phones are masked by the page."""

    id: int
    name: str
    credit_code: str
    sector: str
    kind: str
    state: str
    state_name: str
    standing: str
    standing_name: str
    place: str
    station: str
    address: str
    contact_name: str
    contact_phone: str
    last_on: date | None
    silent_days: int | None
    licence_until: date | None
    is_licence_lapsed: bool
    unmatched_count: int


# Which rows of the month stand behind each side of the four figures (domain.md section 5).
FIGURES: dict[str, Q] = {
    "listed": Q(in_scope=True),
    "registered": Q(in_scope=True, activated=True),
    "unregistered": Q(in_scope=True, activated=False),
    "active": Q(in_scope=True, obliged=True, active=True),
    "inactive": Q(in_scope=True, obliged=True, active=False),
    "covered": Q(in_scope=True, ten_plus_three=True, covered=True),
    "uncovered": Q(in_scope=True, ten_plus_three=True, covered=False),
    "uploading": Q(in_scope=True, system_met_count__gt=0),
    "not_uploading": Q(in_scope=True, system_count__gt=0) & ~Q(system_met_count__gt=0),
    "excluded": Q(in_scope=False),
}


def operators_matching(actor: Actor, criteria: Criteria) -> OperatorQuerySet:
    """The operators in the actor's sight that meet the criteria, for a keyset page or an export."""
    found = Operator.objects.visible_to(actor).select_related("division", "county", "station")
    found = _in_place(found, criteria)
    found = _of_kind(found, criteria)
    if criteria.search:
        found = found.matching(criteria.search)
    if criteria.silent_days:
        found = silent_since(found, criteria.today - timedelta(days=criteria.silent_days))
    if criteria.broken:
        found = broken_chain(found, criteria.today)
    if criteria.licences:
        found = _licences(found, criteria.licences, criteria.today)
    if criteria.figure in FIGURES and criteria.month:
        found = found.filter(Exists(_months(criteria.month).filter(FIGURES[criteria.figure])))
    return found


def _in_place(found: OperatorQuerySet, criteria: Criteria) -> OperatorQuerySet:
    division = criteria.division
    if division is not None and division.level == Division.Level.TOWNSHIP:
        found = found.filter(division=division)
    elif division is not None and division.is_county_level:
        found = found.filter(county=division)
    elif division is not None and division.parent_id is not None:
        found = found.in_city(division)
    if criteria.township_id:
        found = found.filter(division_id=criteria.township_id)
    return found.filter(station_id=criteria.station_id) if criteria.station_id else found


def _of_kind(found: OperatorQuerySet, criteria: Criteria) -> OperatorQuerySet:
    wanted = {
        name: getattr(criteria, name)
        for name in ("state", "standing", "sector", "kind")
        if getattr(criteria, name)
    }
    found = found.filter(**wanted)
    counted = Q(catering_class="", goods_classes=[])
    if criteria.ten_plus_three == "yes":
        return found.exclude(counted)
    return found.filter(counted) if criteria.ten_plus_three == "no" else found


def _months(month: date) -> OperatorMonthQuerySet:
    return OperatorMonth.objects.filter(operator_id=OuterRef("pk"), month=month)


def silent_since(found: OperatorQuerySet, day: date) -> OperatorQuerySet:
    """Activated before the day, still trading, and without a valid record since then.

    Source: domain.md section 5 (inactive bands of 30, 60 and 90 days).
    """
    return _with_months(found).filter(_is_silent_since(day), standing=Standing.NORMAL)


def _with_months(found: OperatorQuerySet) -> OperatorQuerySet:
    """Each with the day of its last valid record, and the first month that it was active in.

    Asked of each operator that is looked at, never as a set: PostgreSQL would read the months of
    the whole register to answer for one page.
    """
    months = OperatorMonth.objects.filter(operator_id=OuterRef("pk"))
    day = ExpressionWrapper(F("month") + F("last_day") - 1, output_field=DateField())
    spoke = months.filter(last_day__gt=0).order_by("-month").annotate(day=day)
    active = months.filter(active=True).order_by("month")
    return found.alias(
        # Who never recorded was silent all along; asked in one comparison, it is looked up once.
        last_valid_on=Coalesce(Subquery(spoke.values("day")[:1]), NEVER),
        active_since=Subquery(active.values("month")[:1]),
    )


def _is_silent_since(day: date) -> Q:
    return (
        Q(activated_at__lt=start_of(day + ONE_DAY))
        & ~Q(state=OperatorState.LISTED)
        & Q(last_valid_on__lte=day)
    )


def broken_chain(found: OperatorQuerySet, today: date) -> OperatorQuerySet:
    """A gap (was active, then silent too long) or records that the other side does not match.

    Source: domain.md section 5 (断链 a and b).
    """
    parameters = parameters_in_force(today)
    others = gap_since(today, is_canteen=False, parameters=parameters)
    canteens = gap_since(today, is_canteen=True, parameters=parameters)
    fell_silent = Q(catering_class="") & _fell_silent(others)
    fell_silent |= ~Q(catering_class="") & _fell_silent(canteens)
    found = _with_unmatched(_with_months(found), today, parameters)
    unmatched = Q(unmatched_count__gt=0) | Q(overdue_since__isnull=False)
    # Many fell silent and few are unmatched: whoever did is not asked for the other.
    return found.filter(fell_silent | unmatched, standing=Standing.NORMAL)


def _fell_silent(since: date) -> Q:
    """Active in some month before the day, and silent since."""
    return _is_silent_since(since) & Q(active_since__lte=month_of(since))


def _with_unmatched(
    found: OperatorQuerySet, today: date, parameters: Parameters
) -> OperatorQuerySet:
    """Each with the unmatched records of a month still counted, and a delivery left unconfirmed.

    Deliveries are asked themselves: one of a month's last days falls overdue when its month is
    frozen, and a frozen month does not learn that it was settled since.
    """
    months = {previous_month(month_of(today)), month_of(today)}
    months -= set(MonthFreeze.objects.filter(pk__in=months).values_list("pk", flat=True))
    unmatched = OperatorMonth.objects.filter(
        operator_id=OuterRef("pk"), month__in=sorted(months), unmatched_count__gt=0
    )
    latest = today - timedelta(days=parameters.unconfirmed_days)
    overdue = IncomingDraft.objects.waiting().filter(operator_id=OuterRef("pk"), sold_on__lt=latest)
    return found.alias(
        unmatched_count=Subquery(unmatched.values("unmatched_count")[:1]),
        overdue_since=Subquery(overdue.values("sold_on")[:1]),
    )


def _licences(found: OperatorQuerySet, which: str, today: date) -> OperatorQuerySet:
    """By the licences that were not renewed; an old number beside its successor counts nowhere."""
    ends = Licence.objects.unrenewed().filter(operator_id=OuterRef("pk"))
    if which == "lapsed":
        ends = ends.filter(valid_until__lt=today)
    else:
        last = today + timedelta(days=EXPIRING_DAYS)
        ends = ends.filter(valid_until__gte=today, valid_until__lte=last)
    return found.filter(Exists(ends), standing=Standing.NORMAL)


def rows_of(actor: Actor, operators: Sequence[Operator], *, today: date) -> list[OperatorRow]:
    """What the list says of each operator. Cost: two queries, whatever their number."""
    ids = [operator.pk for operator in operators if actor.sees(operator)]
    last = _last_days(ids, today)
    ends = _licence_ends(ids)
    return [
        _row(operator, last.get(operator.pk, (None, 0)), ends.get(operator.pk), today)
        for operator in operators
        if actor.sees(operator)
    ]


def _last_days(ids: list[int], today: date) -> dict[int, tuple[date | None, int]]:
    """The last valid day, and the unmatched records of the newest month, by operator."""
    recent = month_of(today - timedelta(days=400))
    months = OperatorMonth.objects.filter(operator_id__in=ids, month__gte=recent)
    months = months.order_by("operator_id", "-month")
    found: dict[int, tuple[date | None, int]] = {}
    for row in months.only("operator_id", "month", "last_day", "unmatched_count"):
        day, unmatched = found.get(row.operator_id, (None, row.unmatched_count))
        found[row.operator_id] = (day or row.last_on, unmatched)
    return found


def _licence_ends(ids: list[int]) -> dict[int, date]:
    """The day on which the first of each operator's licences that was not renewed ends."""
    ends = Licence.objects.unrenewed().filter(operator_id__in=ids)
    rows = ends.order_by("operator_id", "-valid_until").values_list("operator_id", "valid_until")
    return {operator_id: until for operator_id, until in rows if until}


def _row(
    operator: Operator, last: tuple[date | None, int], until: date | None, today: date
) -> OperatorRow:
    last_on, unmatched = last
    return OperatorRow(
        id=operator.pk,
        name=operator.name,
        credit_code=operator.credit_code,
        sector=operator.get_sector_display(),
        kind=operator.get_kind_display(),
        state=operator.state,
        state_name=operator.get_state_display(),
        standing=operator.standing,
        standing_name=operator.get_standing_display(),
        place=_place(operator),
        station=operator.station.name if operator.station else "",
        address=operator.address,
        contact_name=operator.contact_name or operator.legal_person,
        contact_phone=operator.contact_phone,
        last_on=last_on,
        silent_days=(today - last_on).days if last_on else None,
        licence_until=until,
        is_licence_lapsed=until is not None and until < today,
        unmatched_count=unmatched,
    )


def _place(operator: Operator) -> str:
    if operator.division_id == operator.county_id:
        return operator.county.name
    return f"{operator.county.name}{operator.division.name}"
