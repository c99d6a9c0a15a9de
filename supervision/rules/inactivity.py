"""How long an operator has been silent, and when silence is a gap."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from supervision.rules.business_days import workdays
from supervision.rules.parameters import Parameters


class Band(StrEnum):
    """How long without a valid record; the days are dated data, 30, 60 and 90 at first."""

    FIRST = "30"
    SECOND = "60"
    THIRD = "90"


BAND_NAMES: dict[Band, str] = {
    Band.FIRST: "30天以上",
    Band.SECOND: "60天以上",
    Band.THIRD: "90天以上",
}


def band_days(band: Band, parameters: Parameters) -> int:
    return {
        Band.FIRST: parameters.band_first_days,
        Band.SECOND: parameters.band_second_days,
        Band.THIRD: parameters.band_third_days,
    }[band]


def band_of(silent_days: int, parameters: Parameters) -> Band | None:
    """The highest band reached; None below the first. Source: domain.md section 5 (不活跃)."""
    reached = [band for band in Band if silent_days >= band_days(band, parameters)]
    return reached[-1] if reached else None


def has_gap(last_on: date, today: date, *, is_canteen: bool, parameters: Parameters) -> bool:
    """Whether an operator that was active has been silent long enough to be a broken chain.

    Source: domain.md section 5 (断链 a: 15 days; the three catering kinds 5 business days).
    """
    if is_canteen:
        return workdays(last_on + timedelta(days=1), today) >= parameters.gap_workdays
    return (today - last_on).days >= parameters.gap_days
