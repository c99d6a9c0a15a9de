"""What a bulletin finds wanting and asks for, drafted from its frozen figures.

These paragraphs are proposals: whoever prepares the bulletin may write others in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shilian.clock import SHANGHAI
from supervision.documents import bulletin_words as words
from supervision.documents.bulletin_words import RANKED, count, percent

Figures = Mapping[str, Any]
FEW = 3


def broken_links(figures: Figures) -> str:
    """How many records have no counterpart, and where most of them are."""
    value = figures["total"]["values"]["broken_links"]
    if not value["denominator"]:
        return "上下游对应：本月没有应当对应的记录。"
    said = (
        f"上下游对应：应当对应的记录{count(value['denominator'])}条，未对应"
        f"{count(value['numerator'])}条，断链率{percent(value['rate'])}"
    )
    worst = _most(figures, lambda row: _numerator(row, "broken_links"))
    return f"{said}{_where('未对应记录较多的', worst, '条')}。"


def inactive(figures: Figures) -> str:
    """How many operators stay below the required days, and where."""
    value = figures["total"]["values"]["activity"]
    missing = value["denominator"] - value["numerator"]
    if not value["denominator"]:
        return "上链活跃：本月没有应上传的经营主体。"
    said = (
        f"上链活跃：应上传的{count(value['denominator'])}户中，"
        f"{count(missing)}户有效记录天数不足，属不活跃主体"
    )
    worst = _most(figures, lambda row: _missing(row, "activity"))
    return f"{said}{_where('户数较多的', worst, '户')}。"


def systems(figures: Figures) -> str:
    """How the self-built systems delivered."""
    value = figures["total"]["values"]["system_upload"]
    if not value["denominator"]:
        return "自建系统：本月没有登记在用、应当上传的自建系统。"
    missing = value["denominator"] - value["numerator"]
    said = (
        f"自建系统：登记在用的自建系统{count(value['denominator'])}个，"
        f"上传天数和接收条数均达标的{count(value['numerator'])}个，未达标的{count(missing)}个"
    )
    worst = _most(figures, lambda row: _missing(row, "system_upload"))
    return f"{said}{_where('未达标较多的', worst, '个')}。"


def quality(figures: Figures) -> str:
    """Timeliness and completeness of the records."""
    values = figures["total"]["values"]
    if values["timeliness"]["rate"] is None:
        return ""
    return (
        f"数据质量：数据及时率{percent(values['timeliness']['rate'])}，"
        f"完整率{percent(values['completeness']['rate'])}；迟报"
        f"{count(_missing({'values': values}, 'timeliness'))}条，法定要素不全"
        f"{count(_missing({'values': values}, 'completeness'))}条。"
    )


def channels(figures: Figures) -> str:
    """The records by channel; empty when they were not counted."""
    rows = [row for row in figures.get("channels", ()) if row["record_count"]]
    whole = sum(row["record_count"] for row in rows)
    if not rows or not figures.get("channels_at"):
        return ""
    told = "、".join(
        f"{row['name']}{count(row['record_count'])}条（{row['record_count'] / whole:.2%}）"
        for row in rows
    )
    at = datetime.fromisoformat(figures["channels_at"]).astimezone(SHANGHAI)
    return f"录入渠道：截至{at.month}月{at.day}日{at.hour}时，各渠道当月记录依次为{told}。"


def problems(figures: Figures) -> list[str]:
    """The drafted paragraphs of 存在的问题."""
    parts = [broken_links, inactive, systems, quality, channels]
    return [text for part in parts if (text := part(figures))]


def requirements(figures: Figures) -> list[str]:
    """The drafted paragraphs of 下一步要求, each from what the figures show."""
    below = words.names_of_levels(figures)[0]
    parts = [_to_those_short(figures, below), _to_broken(figures), _to_systems(figures)]
    parts.append(
        "各地要在每月结束后三日内核对名册和记录，停业、注销和查无下落的主体要现场核实、写明原因后再调整，"
        "不得以调整名册代替整改。"
    )
    return [text for text in parts if text]


def _to_those_short(figures: Figures, below: str) -> str:
    short = [
        row
        for row in words.first_rows(figures)
        if any(row["values"][code]["meets_target"] is False for code in RANKED)
    ]
    if not short:
        return f"各{below}要巩固现有成效，保持四项指标不低于各自目标。"
    shown = words.named(short[:10]) + ("等" if len(short) > 10 else "")
    return (
        f"{shown}{len(short)}个{below}有指标未达目标，要从平台导出未注册、不活跃和未覆盖主体名单，"
        "逐户明确责任人和完成时限，下月通报核对进展。"
    )


def _to_broken(figures: Figures) -> str:
    if not figures["total"]["values"]["broken_links"]["numerator"]:
        return ""
    return (
        "对上下游对应不上的记录，要督促购货方在到货后及时确认、销货方补录销售，"
        "连续未确认的由监管所上门指导。"
    )


def _to_systems(figures: Figures) -> str:
    value = figures["total"]["values"]["system_upload"]
    if value["denominator"] == value["numerator"]:
        return ""
    return "自建系统上传不达标的企业，要查明中断和退回的原因，恢复每日上传并补传缺漏数据。"


def _numerator(row: Figures, code: str) -> int:
    """Rows frozen before the context figures were kept have none."""
    return int(row["values"].get(code, {}).get("numerator", 0))


def _missing(row: Figures, code: str) -> int:
    value = row["values"][code]
    return int(value["denominator"]) - int(value["numerator"])


def _most(figures: Figures, of: Callable[[Figures], int]) -> list[tuple[str, int]]:
    """The three divisions with the most of it; none that has nothing."""
    rows = [(str(row["name"]), of(row)) for row in words.first_rows(figures)]
    rows.sort(key=lambda each: -each[1])
    return [each for each in rows[:FEW] if each[1]]


def _where(lead: str, worst: Sequence[tuple[str, int]], unit: str) -> str:
    if not worst:
        return ""
    return f"，{lead}是" + "、".join(f"{name}（{count(number)}{unit}）" for name, number in worst)
