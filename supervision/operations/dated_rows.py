"""Writing an approved change into the dated rows: the old value ends, the new one begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models

from enterprises.models import Division
from shilian import clock
from shilian.problems import Problem
from supervision.metrics import FOUR
from supervision.models import (
    CityStatus,
    IndicatorParameter,
    IndicatorTarget,
    ScoreWeights,
    ValueChange,
)
from supervision.rules.dated_values import check_date, check_series

Kind = ValueChange.Kind
EVENTS = {
    Kind.PARAMETER: "parameter_changed",
    Kind.TARGET: "target_changed",
    Kind.WEIGHTS: "weights_changed",
    Kind.STATUS: "city_status_changed",
}


def check_place(change: ValueChange, last_frozen: date | None) -> list[Problem]:
    """Whether the change still fits among the dated rows: no frozen month, no gap, no overlap."""
    rows = _rows(change).select_for_update().order_by("effective_from")
    periods = list(rows.values_list("effective_from", "effective_to"))
    current_from = next((start for start, end in periods if end is None), date.min)
    problems = check_date(change.effective_from, current_from, last_frozen)
    return problems or check_series(periods)


def write(change: ValueChange, at: datetime) -> str:
    """End the value in force the day before and begin the new one; returns the audit's event."""
    current = _rows(change).filter(effective_to=None).first()
    if current is not None:
        _end(current, change.effective_from)
    dated = {
        "legal_basis": change.legal_basis,
        "effective_from": change.effective_from,
        "reviewed_on": clock.business_day(at),
    }
    model = _rows(change).model
    model._default_manager.create(**_facts(change, current), **dated)
    return EVENTS[Kind(change.kind)]


def weights_text(weights: Mapping[str, str]) -> str:
    """注册率 30、上链活跃度 30、…"""
    return "、".join(f"{each.name} {weights[each.code]}" for each in FOUR if each.code in weights)


def _rows(change: ValueChange) -> models.QuerySet[Any]:
    if change.kind == Kind.PARAMETER:
        return IndicatorParameter.objects.filter(code=change.code)
    if change.kind == Kind.TARGET:
        return IndicatorTarget.objects.filter(indicator=change.code, tier=change.tier)
    if change.kind == Kind.STATUS:
        return CityStatus.objects.filter(city__code=change.code)
    return ScoreWeights.objects.filter(area_path=change.area_path)


def _facts(change: ValueChange, current: Any) -> dict[str, Any]:
    if change.kind == Kind.PARAMETER:
        return {
            "code": change.code, "name": current.name, "unit": current.unit, "value": change.value,
        }  # fmt: skip
    if change.kind == Kind.TARGET:
        return {"indicator": change.code, "tier": change.tier, "value_percent": change.value}
    if change.kind == Kind.STATUS:
        return {"city": Division.objects.get(code=change.code), "status": change.status}
    return {"area_path": change.area_path, "weights": change.weights}


def _end(current: Any, effective_from: date) -> None:
    current.effective_to = effective_from - timedelta(days=1)
    current.save(update_fields=["effective_to"])
