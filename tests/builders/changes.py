"""Proposed changes of dated values."""

from __future__ import annotations

from typing import Any

from shilian import clock
from supervision.models import ValueChange


def make_change(**facts: Any) -> ValueChange:
    """A proposed change of a threshold, waiting for a second person."""
    return ValueChange.objects.create(
        **{
            "kind": ValueChange.Kind.PARAMETER,
            "code": "gap_days",
            "name": "断链：连续无有效记录（天）",
            "value": 20,
            "before": "15",
            "effective_from": clock.next_month(clock.month_of(clock.today())),
            "legal_basis": "专班会议纪要",
            "reason": "试行",
            "proposed_by": 0,
            "proposed_name": "专班甲",
            "proposed_at": clock.now(),
            **facts,
        }
    )
