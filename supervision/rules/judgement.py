"""How one operator's month is judged from its counts: active, covered, obliged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MonthCounts:
    """What one operator recorded in one month; ``days`` and ``classes`` are bitmaps."""

    days: int = 0
    classes: int = 0
    valid_count: int = 0


def is_active(
    counts: MonthCounts, *, required_days: int, quiet: bool, excluded: bool = False
) -> bool:
    """Enough distinct days with a valid record, or a declared quiet month that may count.

    Days, not rows: importing a month at once cannot raise it. A month that an officer found to be
    made up counts for nothing (``excluded``). Source: domain.md section 5.
    """
    if excluded:
        return False
    return quiet or (required_days > 0 and counts.days.bit_count() >= required_days)


def quiet_counts(*, declared: bool, declared_before: bool) -> bool:
    """Whether a declaration of nothing bought counts: at most one month in a row.

    Source: domain.md section 5 (本期无进货).
    """
    return declared and not declared_before


def is_covered(
    counts: MonthCounts, *, own_classes: int, all_goods_classes: int, excluded: bool = False
) -> bool:
    """Whether a "10+3" operator has a valid record of its kind, in a month that was not made up.

    ``all_goods_classes`` is the bitmap of the three catering kinds, which record any goods.
    Source: domain.md section 5 (10+3 coverage).
    """
    if excluded:
        return False
    if own_classes & all_goods_classes:
        return counts.valid_count > 0
    return bool(counts.classes & own_classes)
