"""When a month is over, when it may be frozen and by when its bulletin is due."""

from __future__ import annotations

from datetime import date, datetime

from shilian import clock
from shilian.problems import Problem
from supervision.rules.parameters import Parameters

# Until the bulletin is out, people still work on the month before.
LAST_MONTH_UNTIL_DAY = 5


def default_month(today: date) -> date:
    """The running month, and in its first days the one before, whose bulletin is being made."""
    month = clock.month_of(today)
    return clock.previous_month(month) if today.day <= LAST_MONTH_UNTIL_DAY else month


def month_text(month: date) -> str:
    return f"{month.year}年{month.month}月"


def freezes_at(month: date, parameters: Parameters) -> datetime:
    """The instant from which the month may be frozen. Source: domain.md section 5 (the 3rd)."""
    return clock.start_of(clock.next_month(month).replace(day=parameters.freeze_day))


def publish_by(month: date, parameters: Parameters) -> date:
    """The day by which the bulletin is due. Source: domain.md section 5 (the 5th)."""
    return clock.next_month(month).replace(day=parameters.publish_day)


def check_content(month: date, *, has_records: bool) -> list[Problem]:
    """Why a month is hardly meant to be frozen: there is nothing in it."""
    if has_records:
        return []
    message = (
        f"{month_text(month)}没有一条记录，通报里没有可比的数字，冻结后不能再补。"
        "请先核对月份；确实要拟，请勾选这一项再提交。"
    )
    return [Problem("month_is_empty", "is_confirmed", message)]


def check_freeze(month: date, at: datetime, parameters: Parameters) -> list[Problem]:
    """Problems that stop the month from being frozen now."""
    opens = freezes_at(month, parameters)
    if at >= opens:
        return []
    day = clock.business_day(opens)
    return [
        Problem(
            code="month_still_open",
            field="month",
            message=(
                f"{month_text(month)}的数据{day.year}年{day.month}月{day.day}日零时才能冻结，"
                "请到时再拟通报，或选择更早的月份。"
            ),
        )
    ]
