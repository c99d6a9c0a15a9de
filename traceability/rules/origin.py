"""What a consumer is told first about a batch, and how much of a name the public may read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from traceability.rules.holds import Stop

Tone = Literal["good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence at the top of the public page."""

    code: str
    tone: Tone
    title: str
    sentence: str


VOIDED = Verdict(
    "voided", "bad", "此批次记录已作废", "登记单位已作废这个批次的记录，请向售卖者核实后再食用。"
)
RECALLED = Verdict(
    "recalled",
    "bad",
    "已召回",
    "这批食品已召回。请不要食用，可以退回购买处；已食用并感到不适的请就医，并拨打 12315。",
)
HELD = Verdict(
    "held", "warn", "已暂停销售", "这批食品正在核查，暂停销售。请先不要购买和食用，等候核查结果。"
)
FAILED = Verdict(
    "failed", "bad", "此批次检验不合格", "出厂检验结果为不合格，请不要食用，并拨打 12315 举报。"
)
EXPIRED = Verdict(
    "expired", "warn", "此批次已过保质期", "请查看包装上的日期；过期食品不得销售，可拨打 12315。"
)
PASSED = Verdict("passed", "good", "来源可查，检验合格", "这个批次已在食链登记，出厂检验合格。")
REGISTERED = Verdict("registered", "good", "来源可查", "这个批次已在食链登记，来源如下。")


def verdict(
    *,
    is_voided: bool,
    inspection: str,
    expires_on: date | None,
    today: date,
    stop: Stop | None = None,
) -> Verdict:
    """The gravest thing that is true of the batch; ``inspection`` is a result, or empty."""
    if stop is not None and stop.is_recall:
        return RECALLED
    if is_voided:
        return VOIDED
    if inspection == "failed":
        return FAILED
    if stop is not None:
        return HELD
    if expires_on is not None and expires_on < today:
        return EXPIRED
    return PASSED if inspection == "passed" else REGISTERED


# What only an organisation's name contains; a person's own name is not published.
_ORGANISATION = re.compile(
    "公司|厂|社|店|场|中心|基地|集团|酒业|乳业|食品|部|超市|市场|商行|食堂|园|坊|馆|站|行|局|院|所|合作"
)
PERSON_LENGTH = 4


def public_name(name: str) -> str:
    """The maker's name as the public reads it: an enterprise in full, a person's surname only.

    Source: domain.md section 8 (enterprise names only, never a natural person's particulars).
    """
    if len(name) > PERSON_LENGTH or _ORGANISATION.search(name):
        return name
    return f"{name[:1]}**" if name else ""
