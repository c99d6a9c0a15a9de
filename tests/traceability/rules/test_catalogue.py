from __future__ import annotations

import pytest

from traceability.rules.catalogue import check_gtin, check_shelf_life


@pytest.mark.parametrize(
    ("gtin", "expected"),
    [
        # Source: domain.md section 2 (vectors); GS1 mod 10.
        ("", []),
        ("6901234567892", []),
        ("6921168509256", []),
        ("6901028075831", []),
        ("16901234567899", []),
        ("96385074", []),
        ("6901234567893", ["gtin_check_digit"]),
        ("690123456789", ["gtin_check_digit"]),
        ("69012345678", ["gtin_malformed"]),
        ("0000000000000", ["gtin_malformed"]),
        ("6.90123E+12", ["gtin_malformed"]),
        ("６９０１２３４５６７８９２", ["gtin_malformed"]),
        ("2012345678903", ["gtin_in_store"]),
    ],
)
def test_barcodes_are_checked_never_guessed(gtin, expected):
    assert [problem.code for problem in check_gtin(gtin)] == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (None, "", []),
        (12, "month", []),
        (0, "month", ["shelf_life_not_positive"]),
        (12, "", ["shelf_life_unit_missing"]),
        (12, "week", ["shelf_life_unit_missing"]),
        (100, "year", []),
        (101, "year", ["shelf_life_too_long"]),
        (32_768, "day", ["shelf_life_too_long"]),
    ],
)
def test_shelf_life_is_a_number_with_a_unit(value, unit, expected):
    assert [problem.code for problem in check_shelf_life(value, unit)] == expected
