"""Licences and registration cards: their numbers, validity, and what an expiry means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from enterprises.rules.credit_codes import check_licence_number
from shilian.problems import Problem

EXPIRES_SOON = timedelta(days=30)
EARLIEST = date(1990, 1, 1)
MAX_NUMBER = 60
KINDS = ("SC", "JY", "YB", "card")

Status = Literal["valid", "expires_soon", "expired", "unknown"]


@dataclass(frozen=True, slots=True)
class LicenceDraft:
    number: str
    kind: str
    issued_on: date | None = None
    valid_until: date | None = None


def kind_of(number: str) -> str:
    """SC, JY or YB by the number's letters; everything else is a provincial registration card."""
    return number[:2] if number[:2] in ("SC", "JY", "YB") else "card"


def status_on(valid_until: date | None, day: date) -> Status:
    """A licence is valid through its last day."""
    if valid_until is None:
        return "unknown"
    if valid_until < day:
        return "expired"
    return "expires_soon" if valid_until - day <= EXPIRES_SOON else "valid"


def check_licence(draft: LicenceDraft, *, today: date) -> list[Problem]:
    """Problems of one licence; an expired one is kept and warns.

    Source: domain.md section 2 (numbers); Food Safety Law article 35 (licence needed to trade).
    """
    problems = check_licence_number(draft.number)
    if len(draft.number) > MAX_NUMBER:
        problems.append(
            Problem("licence_number_too_long", "licence_number", "许可证编号不能超过60个字。")
        )
    return problems + _check_days(draft, today)


def _check_days(draft: LicenceDraft, today: date) -> list[Problem]:
    issued, until = draft.issued_on, draft.valid_until
    problems = []
    if issued and issued > today:
        problems.append(Problem("issued_in_future", "issued_on", "发证日期不能晚于今天，请核对。"))
    if issued and issued < EARLIEST:
        problems.append(Problem("issued_too_early", "issued_on", "发证日期过早，请核对年份。"))
    if issued and until and until < issued:
        message = "有效期至早于发证日期，请对照许可证核对两个日期。"
        problems.append(Problem("licence_ends_before_issue", "valid_until", message))
    elif status_on(until, today) == "expired":
        message = f"许可证已于 {until} 到期，请核实是否已经换证。"
        problems.append(Problem("licence_expired", "valid_until", message, severity="warning"))
    return problems
