"""Loading the reviewed thresholds, targets and weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction

from supervision.models import (
    PROVINCE_PATH,
    IndicatorParameter,
    IndicatorTarget,
    ScoreWeights,
)

DATA = Path(__file__).resolve().parent.parent / "data"
BASIS = "平台建议口径，省局正式公式和目标发布后按其更新"
IN_FORCE_FROM = date(2020, 1, 1)
REVIEWED_ON = date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many reviewed rows were added; those that exist already stay as they are."""

    parameter_count: int
    target_count: int


@transaction.atomic
def load_reviewed(
    parameter_model: type[models.Model] = IndicatorParameter,
    target_model: type[models.Model] = IndicatorTarget,
) -> Loaded:
    """Add the reviewed thresholds and targets that are missing; may run any number of times.

    The models are arguments because a migration passes its own.
    """
    return Loaded(
        parameter_count=_add(parameter_model, _read("parameters.json"), ("code",)),
        target_count=_add(target_model, _read("targets.json"), ("indicator", "tier")),
    )


@transaction.atomic
def load_weights(model: type[models.Model] = ScoreWeights) -> int:
    """Add the province's reviewed weights when there are none; returns how many rows were added."""
    rows = ({"area_path": PROVINCE_PATH} | row for row in _read("weights.json"))
    return _add(model, rows, ("area_path",))


def _add(model: type[models.Model], rows: Iterator[dict[str, Any]], key: tuple[str, ...]) -> int:
    manager = model._default_manager
    known = {tuple(row) for row in manager.values_list(*key)}
    missing = [row for row in rows if tuple(row[name] for name in key) not in known]
    manager.bulk_create([model(**row) for row in missing])
    return len(missing)


def _read(name: str) -> Iterator[dict[str, Any]]:
    for row in json.loads((DATA / name).read_text(encoding="utf-8")):
        for amount in ("value", "value_percent"):
            if amount in row:
                row[amount] = Decimal(row[amount])
        yield row | {
            "legal_basis": BASIS,
            "effective_from": IN_FORCE_FROM,
            "reviewed_on": REVIEWED_ON,
        }
