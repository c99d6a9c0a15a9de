"""Each indicator in plain words, and worked through with an area's own numbers of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING

from enterprises.actor import Actor
from enterprises.models import Division
from enterprises.roles import Permission
from supervision.metrics import EXPLAINED, Indicator
from supervision.queries import tallies
from supervision.queries.dashboard import area_for
from supervision.queries.indicators import (
    IndicatorValue,
    is_raised,
    raised_city_codes,
    targets_in_force,
    value_of,
)
from supervision.queries.month_facts import month_facts
from supervision.queries.parameters import parameters_in_force
from supervision.rules.parameters import Parameters
from supervision.rules.register import last_day


@dataclass(frozen=True, slots=True)
class WorkedFormula:
    """An indicator, what it means, and its sum done with the area's numbers.

    ``missing``: how many more would reach the target; None without a target or once it is met.
    """

    indicator: Indicator
    words: list[str]
    value: IndicatorValue
    missing: int | None


def worked_formulas(actor: Actor, division: Division, month: date) -> list[WorkedFormula]:
    """Every indicator explained for the area and month.

    Raises: OutOfScope, Forbidden, MissingParameter. Cost: at most 7 queries.
    """
    area = area_for(actor, division)
    actor.require(Permission.VIEW_DASHBOARD)
    counts = tallies.total(tallies.by_month(area, [month])[month])
    counts = {**counts, **month_facts(area, [month]).licences[month]}
    parameters = parameters_in_force(last_day(month))
    targets = targets_in_force(month)
    raised = is_raised(division.path, raised_city_codes(month))
    found = []
    for each in EXPLAINED:
        value = value_of(each, counts, None, targets, raised=raised)
        found.append(WorkedFormula(each, _words(each.code, parameters), value, _missing(value)))
    return found


def _missing(value: IndicatorValue) -> int | None:
    if value.target is None or value.meets_target is not False:
        return None
    needed = (value.target * value.denominator).to_integral_value(rounding=ROUND_CEILING)
    return int(needed) - value.numerator


def _words(code: str, parameters: Parameters) -> list[str]:
    return [text.format(p=parameters) for text in WORDS[code]]


# What each indicator counts, said to the person whose figure it is. Source: domain.md section 5.
WORDS: dict[str, tuple[str, ...]] = {
    "registration": (
        "分母是月末名册里照常经营的全部主体；注销吊销、整月停业、查无下落的，由监管人员写明原因后不计入。",
        "分子是其中身份核对无误并登录过的主体。只建了账号没有登录的，不算已激活。",
    ),
    "activity": (
        "当月有有效记录的不同日期达到规定天数才算活跃：生产 {p.production_days} 天、"
        "批发 {p.wholesale_days} 天、零售 {p.retail_days} 天、餐饮 {p.catering_days} 天、"
        "特殊食品 {p.special_days} 天、食用农产品 {p.farm_days} 天；学校食堂等三类餐饮为"
        "工作日的 {p.canteen_workday_percent:.0f}%。",
        "看天数，不看条数：一天录一百条也只算一天。法定要素齐全、业务发生后 "
        "{p.record_within_days} 天内录入、没有作废的记录才有效。",
        "“本期无进货”声明最多顶一个月。经核查记录不实的月份，不计活跃。",
    ),
    "coverage": (
        "分母是经营“十大类”食品的主体和三类餐饮（学校食堂、集体用餐配送、中央厨房），不论是否注册。",
        "分子是当月至少有一条本类品种有效记录的主体；三类餐饮为任意品种。",
    ),
    "system_upload": (
        "分母是登记造册且在用的自建系统。",
        "收到数据的天数达到应传天数的 {p.system_day_percent:.0f}%，并且接收条数达到上传条数的 "
        "{p.system_row_percent:.0f}%，这个系统才算达标。两个条件都要满足。",
    ),
    "timeliness": ("业务发生后 {p.record_within_days} 天内录入的记录算及时。只作参考，不排名。",),
    "completeness": ("法律对这类主体要求的各项都填了，记录才算完整。只作参考，不排名。",),
    "licences": (
        "看月末那一天：每类许可证（含换证后的新证）都没有过期，才算有效；换了新证号的旧证不算。"
        "只作参考，不排名，不进通报。",
    ),
    "broken_links": (
        "进货登记的上家已注册，却没有对应的销售记录；或者下来货超过 {p.unconfirmed_days} 天没有确认，"
        "都算未对应。这一项越低越好。",
    ),
}
