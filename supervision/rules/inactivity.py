"""When the silence of an operator that was active is a broken chain."""

from __future__ import annotations

from datetime import date, timedelta

from shilian.working_days import is_workday
from supervision.rules.parameters import Parameters


def gap_since(today: date, *, is_canteen: bool, parameters: Parameters) -> date:
    """The last day on which the latest record makes a gap today: later ones do not yet.

    Source: domain.md section 5 (断链 a: 15 days; the three catering kinds 5 business days).
    """
    if not is_canteen:
        return today - timedelta(days=parameters.gap_days)
    day, left = today, parameters.gap_workdays
    while left:
        left -= is_workday(day)
        day -= timedelta(days=1)
    return day
