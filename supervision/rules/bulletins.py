"""Who issues a bulletin to whom, by when, under which number, and what stops each step."""

from __future__ import annotations

import re
from datetime import date, timedelta

from shilian.problems import Problem
from shilian.working_days import is_workday

NUMBER = re.compile(r"^[\u4e00-\u9fff]{2,12}〔(\d{4})〕([1-9]\d{0,3})号$")
NUMBER_EXAMPLE = "鲁食链通报〔2026〕11号"


def issuer(area_name: str, level: str) -> str:
    """The full name at the head of the paper and under it."""
    if level == "province":
        return f"{area_name or '全省'}食品安全追溯工作专班"
    return f"{area_name}市场监督管理局"


def addressee(level: str) -> str:
    """主送: the bureaus directly below. Source: GB/T 9704-2012, 7.3.2."""
    return {
        "province": "各市市场监督管理局：",
        "city": "各县（市、区）市场监督管理局：",
        "county": "各市场监督管理所：",
    }[level]


def due_on(day: date) -> date:
    """The day, or the first working day after it when it is a holiday.

    Source: Civil Code article 203 (a period that ends on a holiday ends after it).
    """
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def check_review(*, drafters: set[int | None], reviewer: int | None) -> list[Problem]:
    """Why this person may not review: the draft is the person's own, or nobody stands for it."""
    if reviewer is None or reviewer in drafters:
        message = "拟稿或改稿的人不能自己审核，请换一位同事审核。"
        return [Problem("reviewer_is_drafter", "", message)]
    return []


def check_issue(number: str, issued_on: date | None, *, month: date, today: date) -> list[Problem]:
    """Every fault of the number and date that the office gave.

    Source: GB/T 9704-2012, 7.2.5 (full year in 〔〕, no leading zero, 号).
    """
    return [*_check_number(number, issued_on), *_check_day(issued_on, month, today)]


def _check_number(number: str, issued_on: date | None) -> list[Problem]:
    if not number:
        message = f"请填写办公室编的发文字号，例如“{NUMBER_EXAMPLE}”。"
        return [Problem("number_missing", "number", message)]
    found = NUMBER.match(number)
    if not found:
        message = f"发文字号请写成“{NUMBER_EXAMPLE}”的样子：年份用六角括号，序号不加“第”、不补零。"
        return [Problem("number_malformed", "number", message)]
    if issued_on and int(found[1]) != issued_on.year:
        message = f"字号里的年份是{found[1]}年，印发日期在{issued_on.year}年，请核对。"
        return [Problem("number_of_another_year", "number", message)]
    return []


def _check_day(issued_on: date | None, month: date, today: date) -> list[Problem]:
    if issued_on is None:
        return [Problem("issue_day_missing", "issued_on", "请填写印发日期。")]
    if issued_on > today:
        return [Problem("issue_day_in_future", "issued_on", "印发日期不能晚于今天，请核对。")]
    if issued_on <= month.replace(day=28):
        message = "印发日期在统计月份结束之前，请核对。"
        return [Problem("issue_day_before_month_end", "issued_on", message)]
    return []
