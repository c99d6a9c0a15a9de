"""The radar's rules as declared objects: what each finds, how grave it is, and what puts it right.

A rule's sightings are one SELECT in ``supervision/radar``; here is what is said of them.
Source: domain.md section 5 (断链、不活跃); launch speech, part 3 (due supervision and guidance).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any

from supervision.rules.parameters import MissingParameter

REVIEWED_ON = date(2026, 11, 22)
OWN_RULE = "平台建议口径，省局正式口径发布后按其更新"
MESSAGE_LENGTH = 500


class Severity(IntEnum):
    """The gravest first, as the lists are ordered."""

    GRAVE = 1
    SERIOUS = 2
    LIGHT = 3

    @property
    def label(self) -> str:
        return {1: "严重", 2: "较重", 3: "一般"}[self.value]


@dataclass(frozen=True, slots=True)
class RadarRule:
    """One declared rule. ``cause``, ``message`` and ``remedy`` are sentences with the facts' names.

    Units: ``due_days`` are days from the finding to the day by which it should be put right.
    """

    code: str
    name: str
    severity: Severity
    due_days: int
    cause: str
    remedy: str
    message: str
    source: str = OWN_RULE
    reviewed_on: date = REVIEWED_ON

    def cause_of(self, facts: Mapping[str, Any]) -> str:
        """What was seen, in words."""
        return self.cause.format_map(_Told(facts))

    def message_of(self, facts: Mapping[str, Any]) -> str:
        """What the operator is told: what was seen and what to do."""
        told = _Told(facts)
        return f"{self.message.format_map(told)}{self.remedy}"[:MESSAGE_LENGTH]


class _Told(dict[str, str]):
    """The facts as they stand in a sentence; what is not known is left open, never an error."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        super().__init__({name: _told(name, value) for name, value in facts.items()})

    def __missing__(self, key: str) -> str:
        return "—"


def _told(name: str, value: Any) -> str:
    if value is None or value == "":
        return "—"
    if name.endswith("_on"):
        day = date.fromisoformat(str(value))
        return f"{day.year}年{day.month}月{day.day}日"
    if name == "kind":
        return LICENCES.get(str(value), "证照")
    if isinstance(value, (int, float, Decimal)):
        return f"{Decimal(str(value)).normalize():f}"
    return str(value)


LICENCES = {
    "SC": "食品生产许可证",
    "JY": "食品经营许可证",
    "YB": "仅销售预包装食品备案",
    "card": "登记证（卡）",
}

FELL_SILENT = RadarRule(
    code="fell_silent",
    name="曾活跃，后中断",
    severity=Severity.SERIOUS,
    due_days=7,
    cause="曾经达到活跃，从 {last_on} 以后没有新的有效记录。",
    message="您店里从 {last_on} 以后没有新的有效记录。",
    remedy="照常营业的，请把进货、销售补登记上；已经停业的，请告诉监管所办理停业。",
    source="domain.md 第5节：断链（a）",
)
NEVER_STARTED = RadarRule(
    code="never_started",
    name="激活后不活跃",
    severity=Severity.LIGHT,
    due_days=15,
    cause="{activated_on} 激活，至今没有达到过活跃，最近一次有效记录：{last_on}。",
    message="您的账号 {activated_on} 已经激活，还没有按要求登记过。",
    remedy="请从今天的进货记起；不会用的，请联系监管所的帮扶人员上门教。",
    source="domain.md 第5节：不活跃",
)
NOT_RECEIVED = RadarRule(
    code="not_received",
    name="卖出未收：到货逾期未确认",
    severity=Severity.SERIOUS,
    due_days=5,
    cause="“{name}”卖来的 {count} 批货（最早 {first_on}，如{goods} {quantity}{unit}）一直没有确认。",
    message="“{name}”登记卖给您 {count} 批货，最早是 {first_on} 的{goods}，您还没有确认。",
    remedy="请打开“来货”：收到的点“收下”，没收到或数量不对的点“少收”或“拒收”并写原因。",
    source="domain.md 第5节：断链（b）",
)
SELLER_SILENT = RadarRule(
    code="seller_silent",
    name="收货无售：上家没有销售记录",
    severity=Severity.SERIOUS,
    due_days=10,
    cause="登记从“{name}”进货 {count} 批（最早 {first_on}，如{goods} {quantity}{unit}），"
    "对方已注册，却没有对应的销售记录。",
    message="您登记从“{name}”进的 {count} 批货，对方没有对应的销售记录。",
    remedy="请核对供货者有没有选错，选错的请更正；没有选错的，请让对方把销售记录补上。",
    source="domain.md 第5节：断链（b）",
)
OVERSOLD = RadarRule(
    code="oversold",
    name="卖的比买的多",
    severity=Severity.GRAVE,
    due_days=5,
    cause="{name}有 {count} 个批次，卖出和用掉的比进的多 {quantity}{unit}，最早一批 {first_on} 入库。",
    message="您店里的{name}有 {count} 个批次，账上卖出和用掉的比进的多 {quantity}{unit}。",
    remedy="请补登漏记的进货，或者更正写错的数量。",
)
UNSOLD = RadarRule(
    code="unsold",
    name="批发只买不卖",
    severity=Severity.SERIOUS,
    due_days=10,
    cause="从事批发，{first_on} 以来进货 {count} 批，没有一条销售记录。",
    message="您从事批发，{first_on} 以来登记进货 {count} 批，没有登记过销售。",
    remedy="批发要记录卖给了谁、卖了多少，请补登销售；不做批发的，请告诉监管所更改。",
    source="食品安全法第五十三条第四款",
)
VANISHED = RadarRule(
    code="vanished",
    name="批次去向不明",
    severity=Severity.GRAVE,
    due_days=5,
    cause="{name}有 {count} 个批次已过保质期（最早 {first_on} 到期），账上还有 {quantity}{unit} 没有去向。",
    message="您店里的{name}有 {count} 个批次已过保质期，账上还有 {quantity}{unit} 没有写去向。",
    remedy="卖出的请补登销售；还在手上的请下架，登记损耗、销毁或退货。",
    source="食品安全法第五十四条（定期检查库存，及时清理变质或者超过保质期的食品）",
)
PARTNER_MISSING = RadarRule(
    code="partner_missing",
    name="往来单位缺失",
    severity=Severity.LIGHT,
    due_days=15,
    cause="从“{name}”进货 {count} 批（最近 {last_on}），它是省内单位，却没有对应到名册里的主体。",
    message="您从“{name}”进货 {count} 批，它还没有对应到已注册的单位。",
    remedy="请在“供货商和买方”里填上它的信用代码；省外的请标为省外；没有注册的请它到食链注册。",
)
PAPERS_EXPIRED = RadarRule(
    code="papers_expired",
    name="证照过期",
    severity=Severity.GRAVE,
    due_days=3,
    cause="{kind} {name} 于 {last_on} 到期，没有换发新证的登记。",
    message="您的{kind}（{name}）{last_on} 已经到期。",
    remedy="已经换证的，请把新证交监管所登记；没有换证的，请马上申请延续。",
    source="食品安全法第三十五条（许可制度）",
)

RADAR_RULES: tuple[RadarRule, ...] = (
    OVERSOLD,
    VANISHED,
    PAPERS_EXPIRED,
    NOT_RECEIVED,
    SELLER_SILENT,
    FELL_SILENT,
    UNSOLD,
    PARTNER_MISSING,
    NEVER_STARTED,
)
BY_CODE: dict[str, RadarRule] = {rule.code: rule for rule in RADAR_RULES}
# Rules about operators that write nothing: their bands are told by how long that has lasted.
SILENCE = (FELL_SILENT.code, NEVER_STARTED.code)
BANDS = (30, 60, 90)


@dataclass(frozen=True, slots=True)
class RadarParameters:
    """The dated thresholds of the rules. Units: ``_days`` days, ``_percent`` 0–100, ``_count`` pieces."""

    gap_days: int
    gap_workdays: int
    unconfirmed_days: int
    radar_window_days: int
    radar_start_days: int
    radar_seller_days: int
    radar_oversold_percent: Decimal
    radar_unsold_days: int
    radar_unsold_count: int
    radar_vanished_days: int
    radar_vanished_percent: Decimal
    radar_partner_count: int
    radar_suspect_score: int


def radar_parameters_from(values: Mapping[str, Decimal]) -> RadarParameters:
    """The thresholds out of code → value.

    Raises: MissingParameter naming every code without a value.
    """
    missing = [each.name for each in fields(RadarParameters) if each.name not in values]
    if missing:
        raise MissingParameter(missing)
    typed: dict[str, Any] = {
        each.name: values[each.name] if each.type == "Decimal" else int(values[each.name])
        for each in fields(RadarParameters)
    }
    return RadarParameters(**typed)


def due_on(found_on: date, rule: RadarRule) -> date:
    """The day by which what was found on the day should be put right."""
    return found_on + timedelta(days=rule.due_days)
