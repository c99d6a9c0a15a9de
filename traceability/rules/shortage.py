"""Negative stock: more left a batch than the books say came in; asked about once, then written.

The goods are plainly there and a purchase was forgotten. To refuse the sale would only teach
people to leave it out as well, so whoever records it confirms knowingly, and the batch is listed
until its purchase is made up for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from shilian.problems import Problem

MORE_THAN_ON_HAND = "more_than_on_hand"
LESS_THAN_ALREADY_USED = "less_than_already_used"
CODES = frozenset({MORE_THAN_ON_HAND, LESS_THAN_ALREADY_USED})
ZERO = Decimal(0)


def check_on_hand(
    name: str, unit: str, *, left: Decimal, asked: Decimal, field: str, doing: str
) -> list[Problem]:
    """What to say when ``asked`` of a batch is more than is ``left`` of it."""
    if asked <= left:
        return []
    remaining = max(left, ZERO)
    message = (
        f"“{name}”这批账上只剩{_plain(remaining)}{unit}，{doing}{_plain(asked)}{unit}还差"
        f"{_plain(asked - left)}{unit}。多半是有进货没登记，请补登进货，或更正这批的进货数量；"
        "货确实在手上的可以照实保存，这一批会列为负库存，提醒您补齐。"
    )
    return [Problem(MORE_THAN_ON_HAND, field, message, severity="warning")]


def check_covers(quantity: Decimal, *, gone: Decimal, unit: str) -> list[Problem]:
    """The corrected quantity of a batch against what has already left it."""
    if not quantity.is_finite() or quantity >= gone:
        return []
    message = (
        f"这批货已经卖出或用掉{_plain(gone)}{unit}，改成{_plain(quantity)}{unit}就成了负库存。"
        "请先核对数量；确实这么多的可以照实保存，这一批会列为负库存，等补登别的进货。"
    )
    return [Problem(LESS_THAN_ALREADY_USED, "quantity", message, severity="warning")]


def is_among(problems: Iterable[Problem]) -> bool:
    return any(problem.code in CODES for problem in problems)


def unless_confirmed(problems: Iterable[Problem], is_confirmed: bool) -> list[Problem]:
    """The problems as they count: a shortage that nobody has confirmed stops the write.

    So two clerks who sell the last goods at the same moment do not do so unknowingly.
    """
    if is_confirmed:
        return list(problems)
    return [
        replace(problem, severity="error") if problem.code in CODES else problem
        for problem in problems
    ]


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
