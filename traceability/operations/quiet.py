"""Declaring that nothing was bought in a month (本期无进货)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian.clock import business_day, month_of, next_month, previous_month
from shilian.problems import Problem, Rejected
from traceability.models import Purchase, QuietMonth
from traceability.operations import writing


@transaction.atomic
def declare_quiet_month(*, by: Actor, operator: Operator, month: date, at: datetime) -> QuietMonth:
    """Declare that nothing was bought in this or the last month; a repeat finds the first.

    Raises: Rejected for another month, or when purchases of that month are recorded.
    Source: domain.md section 5.
    """
    by.require(Permission.RECORD_PURCHASES, on=operator)
    month = month_of(month)
    if problems := _problems(operator, month, business_day(at)):
        raise Rejected(problems)
    declared, is_new = QuietMonth.objects.get_or_create(
        operator_id=operator.pk,
        month=month,
        defaults={"declared_at": at, "declared_by": by.person_id},
    )
    if is_new:
        writing.mark_months(operator, [month])
        audit.append(
            by=by, at=at, event="quiet_month_declared", about=operator, month=month.isoformat()
        )
    return declared


def _problems(operator: Operator, month: date, today: date) -> list[Problem]:
    this_month = month_of(today)
    if month not in (this_month, previous_month(this_month)):
        message = "只能声明本月或上月没有进货。"
        return [Problem("quiet_month_out_of_reach", "month", message)]
    bought = Purchase.objects.current().filter(
        operator=operator, purchased_on__gte=month, purchased_on__lt=next_month(month)
    )
    if bought.exists():
        message = f"{month.year}年{month.month}月已经有进货记录，不用声明无进货。"
        return [Problem("quiet_month_has_purchases", "month", message)]
    return []
