"""Whether a self-built system delivered what it owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from enterprises.rules import system_days as calendar
from supervision.rules.parameters import Parameters
from supervision.rules.register import last_day


@dataclass(frozen=True, slots=True)
class SystemMonth:
    """One system's month: days it owed, owed days on which new rows came, rows sent and accepted.

    Rows that were in the ledger before are in none of the figures.
    """

    due_days: int
    received_days: int
    sent_count: int
    accepted_count: int


def due_days(
    month: date,
    *,
    since: date | None,
    weekdays: int,
    as_of: date,
) -> list[date]:
    """The days of the month, up to yesterday, on which the system owes an upload.

    ``weekdays`` is a bitmap with Monday lowest; ``as_of`` is the business day of counting.
    """
    first = max(month, since) if since else month
    last = min(last_day(month), as_of - timedelta(days=1))
    return calendar.due_days(first, last, weekdays=weekdays)


def meets(system: SystemMonth, parameters: Parameters) -> bool:
    """Received days ≥ 90 % of due days and accepted rows ≥ 95 % of sent ones.

    Source: domain.md section 5 (自建系统数据上传率).
    """
    return (
        system.due_days > 0
        and system.sent_count > 0
        and Decimal(system.received_days * 100) >= parameters.system_day_percent * system.due_days
        and Decimal(system.accepted_count * 100)
        >= parameters.system_row_percent * system.sent_count
    )
