from __future__ import annotations

from datetime import date

import pytest

from traceability.rules.gate import InspectionGate, needs_inspection

GATES = (
    InspectionGate("", True, date(2020, 1, 1)),
    InspectionGate("K08_ALCOHOL", False, date(2026, 1, 1), date(2026, 6, 30)),
)


@pytest.mark.parametrize(
    ("goods_class", "is_enterprise", "on", "expected"),
    [
        ("K06_DAIRY", True, date(2026, 3, 1), True),
        ("K08_ALCOHOL", True, date(2026, 6, 30), False),
        ("K08_ALCOHOL", True, date(2026, 7, 1), True),
        ("K06_DAIRY", True, date(2019, 12, 31), False),
        # Source: domain.md section 1.3: only enterprises keep factory inspection records.
        ("K06_DAIRY", False, date(2026, 3, 1), False),
    ],
)
def test_the_gate_follows_class_day_and_subject(goods_class, is_enterprise, on, expected):
    assert (
        needs_inspection(goods_class, is_enterprise=is_enterprise, on=on, gates=GATES) is expected
    )
