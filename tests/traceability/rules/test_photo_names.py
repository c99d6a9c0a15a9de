from __future__ import annotations

from datetime import date

import pytest

from traceability.rules import photo_names


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("A-101.jpg", ("A-101",)),
        ("票据/a 101.JPG", ("A101", "101")),
        ("A-101(2).jpg", ("A-101(2)", "A-101")),
        ("A-101_2.png", ("A-101_2", "A-101")),
        ("进货单 PZ20260401.jpg", ("进货单PZ20260401", "进货单", "PZ20260401")),
        ("凭证号A-101背面.jpg", ("凭证号A-101背面", "凭证号A-101")),
    ],
)
def test_the_numbers_that_a_name_may_mean(name: str, first: tuple[str, ...]) -> None:
    found = photo_names.numbers_in(photo_names.stem_of(name))

    assert set(first) <= set(found)
    assert found[0] == first[0]


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("泉润粮油店20260401", date(2026, 4, 1)),
        ("泉润粮油店 2026-4-1", date(2026, 4, 1)),
        ("2026年4月1日泉润", date(2026, 4, 1)),
        ("2026.04.01", date(2026, 4, 1)),
        ("20261301", None),
        ("A-101", None),
    ],
)
def test_the_day_that_a_name_says(stem: str, expected: date | None) -> None:
    assert photo_names.day_in(stem) == expected


def test_a_supplier_is_named_also_with_blanks() -> None:
    assert photo_names.names_partner("泉润 粮油店20260401", "泉润粮油店")
    assert not photo_names.names_partner("别家20260401", "泉润粮油店")
    assert not photo_names.names_partner("20260401", "")
