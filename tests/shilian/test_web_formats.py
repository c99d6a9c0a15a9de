from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from shilian.web import formats, masking


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Decimal("1234567.500"), "1,234,567.5"),
        (Decimal("50.000"), "50"),
        (Decimal("1E+3"), "1,000"),
        (Decimal("100"), "100"),
        (0, "0"),
        (-12.5, "-12.5"),
        (None, "—"),
        ("", "—"),
    ],
)
def test_a_quantity_prints_no_idle_zeros(value: Any, printed: str) -> None:
    assert formats.quantity(value) == printed


@pytest.mark.parametrize(
    ("value", "printed"),
    [(95.44, "95.4%"), (95.45, "95.5%"), (Decimal(0), "0.0%"), (100, "100.0%"), (None, "—")],
)
def test_a_percentage_has_one_decimal(value: Any, printed: str) -> None:
    assert formats.percent(value) == printed


def test_a_ratio_prints_as_a_percentage() -> None:
    assert formats.ratio(Decimal("0.9544")) == "95.4%"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.8, "上升 0.8 个百分点"),
        (-1.25, "下降 1.3 个百分点"),
        (0.04, "持平"),
        (None, "—"),
    ],
)
def test_a_change_is_said_in_words(value: Any, said: str) -> None:
    assert formats.change_pp(value) == said


def test_days_and_moments_are_shanghai() -> None:
    late = datetime(2026, 5, 3, 16, 30, tzinfo=UTC)

    assert formats.day(late) == "2026-05-04"
    assert formats.moment(late) == "2026-05-04 00:30"
    assert formats.month_cn(date(2026, 5, 1)) == "2026年5月"


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "13812345678", "138****5678"),
        ("phone", "0531-86012345", "0531-****2345"),
        ("phone", "12315", "*****"),
        ("name", "张三丰", "张**"),
        ("name", "张", "张**"),
        ("name", "", ""),
        ("identity", "370102199001011234", "370***********1234"),
        ("licence", "JY137010200012345", "JY1370102******"),
    ],
)
def test_personal_data_is_shortened(kind: str, value: str, masked: str) -> None:
    assert masking.MASKS[kind](value) == masked
