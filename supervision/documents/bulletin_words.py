"""A bulletin's sentences, written from its frozen figures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from supervision.rules.months import month_text
from supervision.rules.register import last_day

Figures = Mapping[str, Any]
RANKED = ("registration", "activity", "coverage", "system_upload")
NO_DATA = "—"
FEW, MANY = 3, 10
CENT = Decimal("0.01")


def percent(text: str | None) -> str:
    """44.11%, or — without data."""
    if text is None:
        return NO_DATA
    return f"{(Decimal(text) * 100).quantize(CENT, ROUND_HALF_UP)}%"


def count(number: int) -> str:
    return f"{number:,}"


def month_of(figures: Figures) -> date:
    return date.fromisoformat(f"{figures['month']}-01")


def area_of(figures: Figures) -> Figures:
    """The area of the figures; those frozen before areas were kept are the province's."""
    found: Figures = figures.get("area") or {
        "path": "/", "name": figures["province"], "level": "province", "code": "", "is_raised": False,
    }  # fmt: skip
    return found


def place(figures: Figures) -> str:
    """全省, or the area's name."""
    area = area_of(figures)
    return "全省" if area["level"] == "province" else str(area["name"])


def names_of_levels(figures: Figures) -> tuple[str, str]:
    """What the area's divisions are called, and those below them."""
    return {
        "province": ("市", "县（市、区）"),
        "city": ("县（市、区）", "乡镇（街道）"),
        "county": ("乡镇（街道）", ""),
    }[area_of(figures)["level"]]


def first_rows(figures: Figures) -> Sequence[Figures]:
    """The divisions directly below the area, best first by activity."""
    key = next(key for key in ("cities", "counties", "townships") if key in figures)
    rows: Sequence[Figures] = figures[key]
    return rows


def second_rows(figures: Figures) -> Sequence[Figures]:
    """The divisions below those; nothing for a county."""
    key = {"province": "counties", "city": "townships"}.get(area_of(figures)["level"], "")
    rows: Sequence[Figures] = figures.get(key, ())
    return rows


def names(figures: Figures) -> dict[str, str]:
    return {each["code"]: each["name"] for each in figures["indicators"]}


def listed(rows: Sequence[Figures], code: str) -> str:
    """济南市（98.12%）、青岛市（97.40%）."""
    return "、".join(f"{row['name']}（{percent(row['values'][code]['rate'])}）" for row in rows)


def named(rows: Sequence[Figures]) -> str:
    return "、".join(str(row["name"]) for row in rows)


def by_rank(rows: Sequence[Figures], code: str) -> list[Figures]:
    """Those with data, best first."""
    known = [row for row in rows if row["values"][code]["rate"] is not None]
    return sorted(known, key=lambda row: (-Decimal(row["values"][code]["rate"]), row["code"]))


def opening(figures: Figures) -> str:
    month = month_of(figures)
    return (
        f"按照追溯工作月度通报制度，现将{month_text(month)}{place(figures)}食品安全追溯工作情况通报如下。"
        f"本通报数据由平台按{month.month}月{last_day(month).day}日名册和当月记录汇总冻结，"
        "比率均为分子之和除以分母之和，没有分母的记“—”，不参加排名。"
    )


def scale(figures: Figures) -> str:
    """How many operators and records, and how many are left out."""
    total = figures["total"]
    excluded = total["excluded"]
    last = last_day(month_of(figures))
    left_out = sum(excluded.values())
    said = (
        f"截至{last.month}月{last.day}日，{place(figures)}计入考核的在册经营主体"
        f"{count(total['operator_count'])}户"
    )
    if left_out:
        said += (
            f"；另有{count(left_out)}户经核实不计入，其中注销吊销{count(excluded['closed_count'])}户、"
            f"停业{count(excluded['suspended_count'])}户、查无下落{count(excluded['unreachable_count'])}户"
        )
    return f"{said}。当月记录追溯信息{count(total['record_count'])}条{_growth(total)}。"


def _growth(total: Figures) -> str:
    before = total.get("before", {}).get("record_count", 0)
    if not before:
        return ""
    change = Decimal(total["record_count"] - before) / before
    if not change:
        return "，与上月持平"
    return f"，较上月{'增加' if change > 0 else '减少'}{percent(str(abs(change)))}"


def indicator_sentence(figures: Figures, code: str) -> str:
    """注册率98.12%，较上月提高0.32个百分点，高于目标95%."""
    value = figures["total"]["values"][code]
    name = names(figures)[code]
    if value["rate"] is None:
        return f"{name}没有可计算的数据"
    return f"{name}{percent(value['rate'])}{_moved(value)}{_against_target(value)}"


def _moved(value: Figures) -> str:
    if value["change_pp"] is None:
        return ""
    change = Decimal(value["change_pp"]).quantize(CENT, ROUND_HALF_UP)
    if not change:
        return "，与上月持平"
    return f"，较上月{'提高' if change > 0 else '下降'}{abs(change)}个百分点"


def _against_target(value: Figures) -> str:
    if value["target"] is None:
        return ""
    target = f"{(Decimal(value['target']) * 100).normalize():f}%"
    if value["meets_target"]:
        return f"，达到{target}的目标"
    gap = (Decimal(value["target"]) - Decimal(value["rate"])) * 100
    return f"，距{target}的目标差{gap.quantize(CENT, ROUND_HALF_UP)}个百分点"


def four_sentences(figures: Figures) -> str:
    return "四项指标中，" + "；".join(indicator_sentence(figures, code) for code in RANKED) + "。"


def sectors_sentence(figures: Figures) -> str:
    """The links by activity; empty when none has data."""
    known = by_rank_of_sectors(figures)
    return f"分环节看，上链活跃度依次为{listed(known, 'activity')}。" if known else ""


def by_rank_of_sectors(figures: Figures) -> list[Figures]:
    known = [row for row in figures["sectors"] if row["values"]["activity"]["rate"] is not None]
    return sorted(known, key=lambda row: -Decimal(row["values"]["activity"]["rate"]))


def best_and_worst(figures: Figures, code: str) -> str:
    """The first and the last three of an indicator, or all of a few; empty without data."""
    ranked = by_rank(first_rows(figures), code)
    name = names(figures)[code]
    if not ranked:
        return ""
    if len(ranked) <= 2 * FEW:
        return f"{name}由高到低依次为{listed(ranked, code)}。"
    return (
        f"{name}排名前{FEW}位的是{listed(ranked[:FEW], code)}；"
        f"排名后{FEW}位的是{listed(ranked[: -FEW - 1 : -1], code)}。"
    )


def target_sentence(figures: Figures, code: str) -> str:
    """How many reach their own target, and who does not."""
    known = by_rank(first_rows(figures), code)
    judged = [row for row in known if row["values"][code]["meets_target"] is not None]
    if not judged:
        return ""
    short = [row for row in judged if not row["values"][code]["meets_target"]]
    unit = names_of_levels(figures)[0]
    name = names(figures)[code]
    if not short:
        return f"{name}：{len(judged)}个{unit}全部达到各自目标。"
    met = len(judged) - len(short)
    if not met:
        return f"{name}：{len(judged)}个{unit}均未达到各自目标。"
    shown = named(short[:MANY]) + ("等" if len(short) > MANY else "")
    return f"{name}：{met}个达到各自目标，{len(short)}个未达到，为{shown}。"


def change_sentence(figures: Figures) -> str:
    """Who rose and who fell most in activity; empty without a month before."""
    moved = [
        row
        for row in first_rows(figures)
        if row["values"]["activity"]["change_pp"] is not None
        and Decimal(row["values"]["activity"]["change_pp"]).quantize(CENT, ROUND_HALF_UP)
    ]
    moved.sort(key=lambda row: (-Decimal(row["values"]["activity"]["change_pp"]), row["code"]))
    up = [row for row in moved if Decimal(row["values"]["activity"]["change_pp"]) > 0][:FEW]
    down = [row for row in moved[::-1] if Decimal(row["values"]["activity"]["change_pp"]) < 0][:FEW]
    said = []
    if up:
        said.append(f"上链活跃度提高较多的是{_with_change(up)}")
    if down:
        said.append(f"下降较多的是{_with_change(down)}")
    return f"与上月相比，{'；'.join(said)}。" if said else ""


def _with_change(rows: Sequence[Figures]) -> str:
    return "、".join(
        f"{row['name']}（{Decimal(row['values']['activity']['change_pp']).quantize(CENT, ROUND_HALF_UP):+}个百分点）"
        for row in rows
    )


def demonstration_sentence(figures: Figures) -> str:
    """How the demonstration and creating cities stand to their higher targets."""
    raised = [row for row in figures.get("cities", ()) if row["is_raised"]]
    if not raised:
        return ""
    met = [row for row in raised if _meets_all(row)]
    said = f"示范、创建城市{len(raised)}个，按较高目标衡量。"
    if met:
        said += f"四项指标均不低于目标的有{len(met)}个：{named(met)}。"
    for code in RANKED:
        short = [row for row in raised if row["values"][code]["meets_target"] is False]
        if short:
            said += f"{names(figures)[code]}未达标的有{len(short)}个：{named(short)}。"
    return said


def _meets_all(row: Figures) -> bool:
    """Short of no target, and with data for at least one."""
    judged = [row["values"][code]["meets_target"] for code in RANKED]
    return False not in judged and True in judged
