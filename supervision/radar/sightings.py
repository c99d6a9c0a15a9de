"""What every rule's SELECT is given and gives back.

A sighting has four columns: the operator, the subject (0 for the operator itself), since when, and
the facts as JSON. ``{of}`` in a statement is where it is narrowed to some operators.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from shilian import clock
from shilian.db import ids
from supervision.rules.inactivity import gap_since
from supervision.rules.parameters import Parameters
from supervision.rules.radar import RadarParameters
from traceability.models.batches import USING_UP


@dataclass(frozen=True, slots=True)
class Ask:
    """On which day, with which thresholds, and of which operators; None asks of all."""

    at: datetime
    limits: RadarParameters
    parameters: Parameters
    operator_ids: Sequence[int] | None = None

    @property
    def today(self) -> date:
        return clock.business_day(self.at)

    def narrowed(self, column: str) -> str:
        """The SQL condition on the column that holds the operator."""
        return "true" if self.operator_ids is None else f"{column} = ANY(%(operators)s)"

    def values(self) -> dict[str, Any]:
        """Every argument that the statements name."""
        today, limits = self.today, self.limits
        first = today - timedelta(days=limits.radar_window_days)
        cut = gap_since(today, is_canteen=False, parameters=self.parameters)
        canteen_cut = gap_since(today, is_canteen=True, parameters=self.parameters)
        return {
            "operators": list(self.operator_ids or ()),
            "today": today,
            "first": first,
            # A record's id is as old as its recording, which comes after the day it tells of.
            "lower": ids.lower_bound(clock.start_of(first)),
            "cut": cut,
            "canteen_cut": canteen_cut,
            "recent": clock.month_of(min(cut, canteen_cut)),
            "cut_month": clock.month_of(cut),
            "canteen_cut_month": clock.month_of(canteen_cut),
            "started": clock.start_of(today - timedelta(days=limits.radar_start_days - 1)),
            "silent_cut": today - timedelta(days=limits.radar_start_days),
            "silent_month": clock.month_of(today - timedelta(days=limits.radar_start_days)),
            "unconfirmed": today - timedelta(days=limits.unconfirmed_days),
            "seller_cut": today - timedelta(days=limits.radar_seller_days),
            "oversold": 1 + limits.radar_oversold_percent / 100,
            "unsold_cut": today - timedelta(days=limits.radar_unsold_days),
            "unsold_count": limits.radar_unsold_count,
            "expired_cut": today - timedelta(days=limits.radar_vanished_days),
            "vanished": limits.radar_vanished_percent / 100,
            "partner_count": limits.radar_partner_count,
            "using_up": USING_UP,
        }


Sightings = Callable[[Ask], str]
