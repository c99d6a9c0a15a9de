"""What one page tells an officer of one operator: facts, licences, activity, who looked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enterprises.actor import Actor, OutOfScope
from enterprises.models import AuditEntry, Licence, Operator, SelfBuiltSystem
from enterprises.roles import Permission
from shilian import clock
from supervision.models import OperatorMonth, OperatorMonthDays
from supervision.queries.operators import EXPIRING_DAYS
from traceability.models import EvidenceDocument

MONTHS = 12
LOOKS = 20
PAPERS = 50


@dataclass(frozen=True, slots=True)
class LicenceRow:
    kind: str
    number: str
    issued_on: date | None
    valid_until: date | None
    is_lapsed: bool
    is_expiring: bool
    is_renewed: bool


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month of the operator: how it is judged, and what it recorded."""

    month: date
    purchase_count: int
    sale_count: int
    inspection_count: int
    valid_count: int
    late_count: int
    incomplete_count: int
    unmatched_count: int
    day_count: int
    required_days: int
    is_obliged: bool
    is_active: bool
    is_ten_plus_three: bool
    is_covered: bool
    is_in_scope: bool
    is_excluded: bool


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """``is_active``: a valid record lies on the day; ``record_count`` counts all of them."""

    day: date
    is_active: bool
    record_count: int
    is_future: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """A month laid out by weeks from Monday; days of other months are None."""

    month: date
    weeks: list[list[CalendarDay | None]]
    active_days: int


@dataclass(frozen=True, slots=True)
class PaperRow:
    id: int
    kind: str
    number: str
    partner: str
    issued_on: date | None
    valid_until: date | None
    is_lapsed: bool
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class LookRow:
    at: datetime
    event: str
    who: str
    reason: str
    count: int


def find_operator(actor: Actor, operator_id: int) -> Operator:
    """The operator, with its places, in the actor's sight.

    Raises: OutOfScope. Cost: one query.
    """
    operators = Operator.objects.visible_to(actor)
    operators = operators.select_related("division", "county", "station", "standing_approved_by")
    operator = operators.filter(pk=operator_id).first()
    if operator is None:
        raise OutOfScope
    return operator


def licences(actor: Actor, operator: Operator, *, today: date) -> list[LicenceRow]:
    """The operator's licences, the one that ends first at the top."""
    actor.require(Permission.VIEW_OPERATORS, on=operator)
    soon = today + timedelta(days=EXPIRING_DAYS)
    held = Licence.objects.filter(operator=operator)
    last = set(held.unrenewed().values_list("pk", flat=True))
    return [
        LicenceRow(
            kind=row.get_kind_display(),
            number=row.number,
            issued_on=row.issued_on,
            valid_until=row.valid_until,
            is_lapsed=row.valid_until is not None and row.valid_until < today,
            is_expiring=row.valid_until is not None and today <= row.valid_until <= soon,
            is_renewed=row.valid_until is not None and row.pk not in last,
        )
        for row in held.order_by("valid_until", "pk")
    ]


def systems(actor: Actor, operator: Operator) -> list[SelfBuiltSystem]:
    """The operator's self-built systems on the register."""
    actor.require(Permission.VIEW_OPERATORS, on=operator)
    return list(SelfBuiltSystem.objects.filter(operator=operator).order_by("pk"))


def months(actor: Actor, operator: Operator) -> list[MonthRow]:
    """The last twelve months that have a row, newest first."""
    actor.require(Permission.VIEW_OPERATORS, on=operator)
    rows = OperatorMonth.objects.filter(operator=operator).order_by("-month")[:MONTHS]
    return [_month_row(row) for row in rows]


def _month_row(row: OperatorMonth) -> MonthRow:
    return MonthRow(
        month=row.month,
        purchase_count=row.purchase_count,
        sale_count=row.sale_count,
        inspection_count=row.inspection_count,
        valid_count=row.valid_count,
        late_count=row.late_count,
        incomplete_count=row.incomplete_count,
        unmatched_count=row.unmatched_count,
        day_count=row.day_count,
        required_days=row.required_days,
        is_obliged=row.obliged,
        is_active=row.active,
        is_ten_plus_three=row.ten_plus_three,
        is_covered=row.covered,
        is_in_scope=row.in_scope,
        is_excluded=row.excluded,
    )


def calendar(actor: Actor, operator: Operator, month: date, *, today: date) -> Calendar:
    """The days of the month with a valid record, and how many records each day has."""
    actor.require(Permission.VIEW_OPERATORS, on=operator)
    row = OperatorMonth.objects.filter(operator=operator, month=month).first()
    counted = OperatorMonthDays.objects.filter(operator_id=operator.pk, month=month).first()
    bits, counts = (row.days if row else 0), (counted.counts if counted else [])
    days = [
        CalendarDay(
            day=day,
            is_active=bool(bits >> (day.day - 1) & 1),
            record_count=counts[day.day - 1] if day.day <= len(counts) else 0,
            is_future=day > today,
        )
        for day in _days_of(month)
    ]
    return Calendar(month=month, weeks=_weeks(days), active_days=bits.bit_count())


def _days_of(month: date) -> Iterator[date]:
    day, end = month, clock.next_month(month)
    while day < end:
        yield day
        day += timedelta(days=1)


def _weeks(days: list[CalendarDay]) -> list[list[CalendarDay | None]]:
    cells: list[CalendarDay | None] = [None] * days[0].day.weekday() + list(days)
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def papers(actor: Actor, operator: Operator, *, today: date) -> list[PaperRow]:
    """The newest evidence documents of the operator, for those who may see its records."""
    actor.require(Permission.VIEW_RECORDS, on=operator)
    found = EvidenceDocument.objects.filter(operator=operator, is_retired=False)
    return [
        PaperRow(
            id=row.pk,
            kind=row.get_kind_display(),
            number=row.number,
            partner=row.partner.name if row.partner else "",
            issued_on=row.issued_on,
            valid_until=row.valid_until,
            is_lapsed=row.valid_until is not None and row.valid_until < today,
            uploaded_at=row.uploaded_at,
        )
        for row in found.select_related("partner").order_by("-pk")[:PAPERS]
    ]


# The looks and decisions that an operator's page shows; its own records are elsewhere.
EVENT_NAMES = {
    "records_seen": "查看记录",
    "contact_revealed": "查看联系方式",
    "standing_changed": "变更经营状态",
    "contact_changed": "变更联系方式",
    "operator_activated": "激活",
    "operators_activated": "激活",
    "application_approved": "审核通过",
    "month_excluded": "核查不实，当月不计活跃",
    "month_upheld": "核查属实，照常计入",
    "month_readmitted": "撤销不计活跃",
}


def looks(actor: Actor, operator: Operator) -> list[LookRow]:
    """Who looked at the operator's data or changed its standing, newest first."""
    actor.require(Permission.VIEW_OPERATORS, on=operator)
    found = AuditEntry.objects.filter(operator_id=operator.pk, event__in=list(EVENT_NAMES))
    return [
        LookRow(
            at=row.at,
            event=EVENT_NAMES[row.event],
            who=row.actor_name,
            reason=row.reason,
            count=row.count,
        )
        for row in found.order_by("-pk")[:LOOKS]
    ]
