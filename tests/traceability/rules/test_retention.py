from __future__ import annotations

from datetime import date

import pytest

from traceability.rules.retention import retain_until


@pytest.mark.parametrize(
    ("recorded_on", "expires_on", "is_farm_produce", "until"),
    [
        # Source: Food Safety Law article 50 paragraph 2; domain.md section 1.2.
        (date(2026, 3, 1), date(2026, 8, 31), False, date(2027, 2, 28)),
        (date(2026, 3, 1), date(2027, 8, 31), False, date(2028, 2, 29)),
        (date(2026, 3, 1), None, False, date(2028, 3, 1)),
        (date(2028, 2, 29), None, False, date(2030, 2, 28)),
        # Source: Food Safety Law article 65: farm produce, whatever the label says.
        (date(2026, 8, 31), None, True, date(2027, 2, 28)),
        (date(2026, 3, 1), date(2030, 1, 1), True, date(2026, 9, 1)),
    ],
)
def test_a_record_is_kept_at_least(recorded_on, expires_on, is_farm_produce, until):
    assert (
        retain_until(
            recorded_on=recorded_on, expires_on=expires_on, is_farm_produce=is_farm_produce
        )
        == until
    )
