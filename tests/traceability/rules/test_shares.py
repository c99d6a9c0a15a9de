from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from traceability.rules import shares
from traceability.rules.shares import Amount, SharedBy

QUANTITIES = some.decimals("0.001", "99999999", places=3)


@given(total=QUANTITIES, weights=some.lists(QUANTITIES, min_size=1, max_size=50))
def test_parts_add_up_and_each_is_right_to_the_thousandth(
    total: Decimal, weights: list[Decimal]
) -> None:
    parts = shares.share(total, weights)

    assert sum(parts) == total
    every = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * every - total * weight) < shares.THOUSANDTH * every


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        ("1", "1 1 1", "0.334 0.333 0.333"),
        ("0.001", "1 2", "0 0.001"),
        ("0.002", "1 1 1", "0.001 0.001 0"),
        ("10", "1", "10"),
        ("7", "2 5", "2 5"),
    ],
)
def test_the_largest_remainder_gets_the_thousandth(total: str, weights: str, parts: str) -> None:
    found = shares.share(Decimal(total), [Decimal(weight) for weight in weights.split()])

    assert found == [Decimal(part) for part in parts.split()]


@pytest.mark.parametrize(
    ("units", "weights", "by"),
    [
        (("袋", "袋"), [2, 3], SharedBy.QUANTITY),
        (("千克", "斤"), [2000, 1500], SharedBy.MEASURE),
        (("升", "毫升"), [2000, 3], SharedBy.MEASURE),
        (("千克", "升"), [1, 1], SharedBy.EQUALLY),
        (("千克", "袋"), [1, 1], SharedBy.EQUALLY),
    ],
)
def test_by_what_outputs_are_measured(
    units: tuple[str, str], weights: list[int], by: SharedBy
) -> None:
    outputs = [Amount(Decimal(2), units[0]), Amount(Decimal(3), units[1])]

    assert shares.weights_of(outputs) == (weights, by)


@pytest.mark.parametrize(
    ("bags", "rest", "weights", "by"),
    [
        (("袋", "25kg/袋"), ("千克", ""), [50_000, 3_000], SharedBy.MEASURE),
        (("袋", "25kg/袋"), ("袋", "5kg/袋"), [50_000, 15_000], SharedBy.MEASURE),
        (("桶", "5L"), ("毫升", ""), [10_000, 3], SharedBy.MEASURE),
        (("袋", "25kg/袋"), ("袋", "25kg/袋"), [2, 3], SharedBy.QUANTITY),
        (("袋", "大号"), ("袋", "小号"), [2, 3], SharedBy.QUANTITY),
        (("袋", "25kg/箱"), ("千克", ""), [1, 1], SharedBy.EQUALLY),
        (("袋", "0kg/袋"), ("千克", ""), [1, 1], SharedBy.EQUALLY),
        (("箱", "24×250毫升"), ("毫升", ""), [1, 1], SharedBy.EQUALLY),
    ],
)
def test_a_specification_tells_what_a_unit_holds(
    bags: tuple[str, str], rest: tuple[str, str], weights: list[int], by: SharedBy
) -> None:
    outputs = [Amount(Decimal(2), *bags), Amount(Decimal(3), *rest)]

    assert shares.weights_of(outputs) == (weights, by)


def test_the_smallest_of_weights_still_bears_its_share() -> None:
    weights = [Decimal("0.0000004"), Decimal("0.0000004")]

    assert shares.share(Decimal(10), weights) == [Decimal(5), Decimal(5)]
