"""A figure as it stands on a page: its value, its change in words, how far it is from its target."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shilian.web import formats


def described(value: Any, unit: str, change: Any, target: Any, good_when: str) -> dict[str, Any]:
    """What the figure's template prints. Rates (unit "%") get one decimal and a bar."""
    is_rate = unit == "%"
    return {
        "value": _printed(value, is_rate),
        "change_text": _change_text(change),
        "direction": _direction(change, good_when),
        "target_text": _target_text(value, target, unit),
        "is_short": value is not None and target is not None and value < target,
        "bar_width": _bar(value) if is_rate and value is not None else None,
        "goal_at": _bar(target) if is_rate and target is not None else None,
    }


def _printed(value: Any, is_rate: bool) -> str:
    if isinstance(value, str):
        return value
    return formats.quantity(value, 1 if is_rate else None)


def _change_text(change: Any) -> str:
    words = formats.change(change)
    return f"较上月{words}" if words else ""


def _direction(change: Any, good_when: str) -> str:
    if change is None or round(Decimal(str(change)), 1) == 0:
        return "same"
    return "up" if (change > 0) == (good_when == "up") else "down"


def _target_text(value: Any, target: Any, unit: str) -> str:
    if target is None:
        return ""
    wanted = f"目标 {formats.quantity(target)}{unit}"
    if value is None:
        return wanted
    if value >= target:
        return f"{wanted}，已达到"
    missing = formats.quantity(
        Decimal(str(target)) - Decimal(str(value)), 1 if unit == "%" else None
    )
    return f"{wanted}，差 {missing}{' 个百分点' if unit == '%' else unit}"


def _bar(value: Any) -> str:
    return f"{min(max(float(value), 0.0), 100.0):.1f}"
