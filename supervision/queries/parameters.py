"""The dated thresholds of the formulas."""

from __future__ import annotations

from datetime import date

from enterprises.rules.system_days import Bars
from supervision.models import IndicatorParameter
from supervision.rules.parameters import Parameters, parameters_from
from supervision.rules.radar import RadarParameters, radar_parameters_from


def parameters_in_force(on: date) -> Parameters:
    """Every threshold of the day.

    Raises: MissingParameter. Cost: one query.
    """
    return parameters_from(
        dict(IndicatorParameter.objects.in_force(on).values_list("code", "value"))
    )


def radar_parameters_in_force(on: date) -> RadarParameters:
    """Every threshold of the radar's rules on the day.

    Raises: MissingParameter. Cost: one query.
    """
    return radar_parameters_from(
        dict(IndicatorParameter.objects.in_force(on).values_list("code", "value"))
    )


def system_bars_in_force(on: date) -> Bars:
    """From which shares on a self-built system counts as delivering; the proposed ones for none.

    Cost: one query.
    """
    codes = {"system_day_percent": "day_percent", "system_row_percent": "row_percent"}
    found = IndicatorParameter.objects.in_force(on).filter(code__in=codes)
    return Bars(**{codes[code]: value for code, value in found.values_list("code", "value")})
