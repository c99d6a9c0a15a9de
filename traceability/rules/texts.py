"""Text that fits its column and can be stored."""

from __future__ import annotations

from shilian.problems import Problem


def check_text(value: str, field: str, name: str, limit: int) -> list[Problem]:
    """Why the text cannot be stored: too long, or with characters nobody typed."""
    if len(value) > limit:
        message = f"{name}最多{limit}个字，现在有{len(value)}个，请缩短。"
        return [Problem(f"{field}_too_long", field, message)]
    if value and not value.isprintable():
        return [Problem(f"{field}_unreadable", field, f"{name}里有无法识别的字符，请重新输入。")]
    return []


def check_required_text(value: str, field: str, name: str, limit: int) -> list[Problem]:
    if not value.strip():
        return [Problem(f"{field}_missing", field, f"请填写{name}。")]
    return check_text(value, field, name, limit)
