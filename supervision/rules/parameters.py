"""The thresholds in force, as the rules take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any


class MissingParameter(Exception):
    """A month is to be counted for which no threshold is in force."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        super().__init__(f"这些指标参数没有在用的数值，请先补录：{'、'.join(codes)}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Every threshold of one month. Source: domain.md section 5.

    Units: ``_days`` are distinct days, ``_percent`` 0–100.
    """

    production_days: int
    wholesale_days: int
    retail_days: int
    catering_days: int
    special_days: int
    farm_days: int
    canteen_workday_percent: Decimal
    record_within_days: int
    system_day_percent: Decimal
    system_row_percent: Decimal
    unconfirmed_days: int
    gap_days: int
    gap_workdays: int
    freeze_day: int
    publish_day: int


def parameters_from(values: Mapping[str, Decimal]) -> Parameters:
    """The parameters out of code → value.

    Raises: MissingParameter naming every code without a value.
    """
    missing = [each.name for each in fields(Parameters) if each.name not in values]
    if missing:
        raise MissingParameter(missing)
    typed: dict[str, Any] = {
        each.name: values[each.name] if each.type == "Decimal" else int(values[each.name])
        for each in fields(Parameters)
    }
    return Parameters(**typed)
