"""Quantities and units: what can be counted or weighed, and what is plainly a slip of the finger.

Units: a quantity is a Decimal of the unit named beside it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from shilian.problems import Problem

INTEGER_DIGITS = 8
PLACES = 3
LARGEST = Decimal(10) ** INTEGER_DIGITS

UNITS = frozenset(
    [
        "千克",
        "公斤",
        "斤",
        "两",
        "克",
        "毫克",
        "吨",
        "升",
        "毫升",
        "箱",
        "件",
        "袋",
        "包",
        "瓶",
        "桶",
        "罐",
        "听",
        "盒",
        "个",
        "只",
        "头",
        "尾",
        "条",
        "枚",
        "颗",
        "粒",
        "片",
        "块",
        "根",
        "棵",
        "株",
        "把",
        "捆",
        "扎",
        "束",
        "串",
        "筐",
        "篮",
        "篓",
        "框",
        "筒",
        "提",
        "板",
        "盘",
        "托",
        "份",
        "套",
        "组",
        "对",
        "双",
        "支",
        "杯",
        "碗",
        "坛",
        "壶",
        "卷",
        "张",
        "车",
        "排",
        "打",
        "扇",
        "副",
        "朵",
        "羽",
        "匹",
        "管",
        "枝",
        "网",
        "刀",
    ]
)
# What people and their systems write for the same unit.
SPELLINGS = {
    "kg": "千克",
    "kgs": "千克",
    "公斤(kg)": "公斤",
    "千克(kg)": "千克",
    "g": "克",
    "mg": "毫克",
    "t": "吨",
    "l": "升",
    "ml": "毫升",
    "市斤": "斤",
    "公升": "升",
    "公克": "克",
    "纸箱": "箱",
    "塑料袋": "袋",
    "玻璃瓶": "瓶",
    "合": "盒",
}
# Longer names first, so that 千克 is not taken for 克.
_NAMED = re.compile("|".join(sorted([*UNITS, "kg", "ml"], key=lambda name: (-len(name), name))))
# Above these a single movement is possible but almost always a slip (斤 for 吨, a doubled zero).
UNUSUAL = {
    "吨": Decimal(5_000),
    "车": Decimal(500),
    "托": Decimal(5_000),
    "头": Decimal(20_000),
}
UNUSUAL_OTHERWISE = Decimal(5_000_000)


def known_unit(text: str) -> str | None:
    """The unit as it is stored, or None when nobody uses such a unit.

    公 斤 is 公斤 and 箱(12瓶) is 箱; what stands in brackets may not be another unit.
    """
    text = text.replace(" ", "")
    if text in UNITS:
        return text
    if found := SPELLINGS.get(text.lower()):
        return found
    name, bracket, note = text.removesuffix(")").partition("(")
    if not bracket or not name:
        return None
    unit, other = known_unit(name), known_unit(note)
    return unit if other is None or _is_same_measure(unit, other) else None


def _is_same_measure(one: str | None, other: str) -> bool:
    return one == other or {one, other} == {"公斤", "千克"}


def check_units_agree(behind: str, unit: str, *, field: str) -> list[Problem]:
    """Why a unit written behind the number cannot be the one in the unit's own column.

    Units that nobody uses say nothing here.
    """
    one, other = known_unit(behind), known_unit(unit)
    if one is None or other is None or _is_same_measure(one, other):
        return []
    message = (
        f"数量里写的是“{behind[:8]}”，单位一栏写的是“{unit[:8]}”，请改成一致；"
        "规格（如25kg/袋）请填在规格一栏。"
    )
    return [Problem("units_differ", field, message)]


def check_unit(unit: str, *, field: str = "unit") -> list[Problem]:
    if not unit.strip():
        return [Problem("unit_missing", field, "请填写单位，例如：千克、斤、箱、袋。")]
    if known_unit(unit) is not None:
        return []
    offered = "、".join(_near(unit) or ["千克", "斤", "箱", "袋", "瓶"])
    return [
        Problem("unit_unknown", field, f"不认识单位“{unit[:8]}”，请改用常用单位，例如：{offered}。")
    ]


def _near(unit: str) -> list[str]:
    """Units that are named within what was written, before those that only look like it."""
    named = dict.fromkeys(known_unit(name) or name for name in _NAMED.findall(unit.lower()))
    return list(named)[:3] or get_close_matches(unit, UNITS, n=3, cutoff=0.5)


def check_quantity(quantity: Decimal, unit: str, *, field: str = "quantity") -> list[Problem]:
    """Every reason why the number cannot be, or can hardly be, what was meant."""
    # By its text, because 1 and 1.0000 are equal, and differ in how exact they are.
    return list(_said_of(str(quantity), unit, field))


# Thousands of rows have the same few quantities.
@lru_cache(maxsize=8192)
def _said_of(text: str, unit: str, field: str) -> tuple[Problem, ...]:
    return tuple(_find_problems(Decimal(text), unit, field))


def _find_problems(quantity: Decimal, unit: str, field: str) -> list[Problem]:
    if not quantity.is_finite():
        return [Problem("quantity_not_a_number", field, "数量必须是数字，例如：25 或 12.5。")]
    if quantity <= 0:
        return [Problem("quantity_not_positive", field, "数量必须大于0，请按实际数量填写。")]
    if quantity >= LARGEST:
        message = f"数量超过{INTEGER_DIGITS}位数，请检查是否多输了0，或者换用更大的单位（如吨）。"
        return [Problem("quantity_too_large", field, message)]
    problems = []
    if has_too_many_places(quantity):
        message = f"数量最多{PLACES}位小数，请四舍五入后填写。"
        problems.append(Problem("quantity_too_precise", field, message))
    if quantity > UNUSUAL.get(unit, UNUSUAL_OTHERWISE):
        message = (
            f"一次{quantity.normalize():f}{unit}很少见，请核对数量和单位；确实无误可以继续保存。"
        )
        problems.append(Problem("quantity_unusual", field, message, severity="warning"))
    return problems


def has_too_many_places(quantity: Decimal) -> bool:
    exponent = quantity.as_tuple().exponent
    return isinstance(exponent, int) and exponent < -PLACES and quantity != round(quantity, PLACES)
