"""Freezing a month: from then on its numbers never move."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian import clock
from shilian.problems import Problem, Rejected
from supervision.models import MonthFreeze, OperatorMonth
from supervision.queries.parameters import parameters_in_force
from supervision.rollups import snapshot
from supervision.rollups.day_end import mark_months
from supervision.rollups.fill import fill_all
from supervision.rollups.replace import lock_numbers
from supervision.rules import months as rules
from supervision.rules.register import last_day


@transaction.atomic
def freeze_month(*, by: Actor, month: date, at: datetime) -> MonthFreeze:
    """Fill what is still marked and freeze the month, with its parameters and a digest.

    Raises: Rejected before the 3rd of the next month, or when it is frozen already.
    Source: domain.md section 5 (freeze at 00:00 on the 3rd).
    """
    by.require(Permission.PREPARE_BULLETIN)
    # Taken first and held to the end: nothing can slip in between the last fill and the freeze.
    lock_numbers()
    if problems := _problems(month, at):
        raise Rejected(problems)
    fill_all(at=at, month=month)
    mark_months([month], at=at)
    fill_all(at=at, month=month)
    frozen = MonthFreeze.objects.create(
        month=month,
        frozen_at=at,
        frozen_by=by.name,
        operator_count=OperatorMonth.objects.of_month(month).count(),
        parameters=_parameters(month),
        channels=snapshot.channel_counts(month, at=at),
        rows_sha256=snapshot.rows_digest(month),
    )
    audit.append(
        by=by,
        at=at,
        event="month_frozen",
        subject="MonthFreeze",
        month=month.isoformat(),
        sha256=frozen.rows_sha256,
    )
    return frozen


def _parameters(month: date) -> dict[str, str]:
    """The thresholds by code, as they were when the month was frozen."""
    told = asdict(parameters_in_force(last_day(month)))
    return {name: str(value) for name, value in told.items()}


def due_month(at: datetime) -> date | None:
    """Last month once its day to be frozen has come; None when not due, frozen or without a row.

    Source: domain.md section 5 (freeze at 00:00 on the 3rd, whenever the bulletin is drafted).
    """
    month = clock.previous_month(clock.month_of(clock.business_day(at)))
    if not OperatorMonth.objects.of_month(month).exists() or _problems(month, at):
        return None
    return month


def _problems(month: date, at: datetime) -> list[Problem]:
    if MonthFreeze.objects.filter(pk=month).exists():
        message = f"{rules.month_text(month)}已经冻结，不能再次冻结。"
        return [Problem("month_already_frozen", "month", message)]
    return rules.check_freeze(month, at, parameters_in_force(last_day(month)))
