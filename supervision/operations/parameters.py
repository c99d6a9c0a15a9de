"""Loading and changing the dated thresholds and targets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction

from enterprises.actor import Actor
from enterprises.operations import audit
from enterprises.roles import Permission
from shilian import clock
from shilian.problems import Rejected
from supervision.models import IndicatorParameter, IndicatorTarget, MonthFreeze
from supervision.rules.dated_values import (
    DAYS,
    LIMITS_BY_UNIT,
    PERCENT,
    Limits,
    ValueDraft,
    check_value,
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
def change_parameter(
    *, by: Actor, code: str, draft: ValueDraft, at: datetime
) -> IndicatorParameter:
    """Give a threshold a new value from a month on; the old one ends the day before.

    Raises: Rejected with every problem; IndicatorParameter.DoesNotExist for an unknown code.
    """
    by.require(Permission.EDIT_PARAMETERS)
    current = IndicatorParameter.objects.select_for_update().get(code=code, effective_to=None)
    _check(draft, current.effective_from, LIMITS_BY_UNIT.get(current.unit, DAYS))
    _end(current, draft)
    changed = IndicatorParameter.objects.create(
        code=code, name=current.name, unit=current.unit, value=draft.value, **_dated(draft, at)
    )
    _audit(by, at, "parameter_changed", code, draft, current.value)
    return changed


@transaction.atomic
def change_target(
    *, by: Actor, indicator: str, tier: str, draft: ValueDraft, at: datetime
) -> IndicatorTarget:
    """Give an indicator a new target from a month on; the old one ends the day before.

    Units: ``draft.value`` is a percentage. Raises: as ``change_parameter``.
    """
    by.require(Permission.EDIT_PARAMETERS)
    current = IndicatorTarget.objects.select_for_update().get(
        indicator=indicator, tier=tier, effective_to=None
    )
    _check(draft, current.effective_from, PERCENT)
    _end(current, draft)
    changed = IndicatorTarget.objects.create(
        indicator=indicator, tier=tier, value_percent=draft.value, **_dated(draft, at)
    )
    _audit(by, at, "target_changed", f"{indicator}.{tier}", draft, current.value_percent)
    return changed


def _check(draft: ValueDraft, current_from: date, limits: Limits) -> None:
    last_frozen = MonthFreeze.objects.order_by("-month").values_list("month", flat=True).first()
    problems = check_value(draft, current_from=current_from, last_frozen=last_frozen, limits=limits)
    if problems:
        raise Rejected(problems)


def _end(current: IndicatorParameter | IndicatorTarget, draft: ValueDraft) -> None:
    current.effective_to = draft.effective_from - timedelta(days=1)
    current.save(update_fields=["effective_to"])


def _dated(draft: ValueDraft, at: datetime) -> dict[str, Any]:
    return {
        "legal_basis": draft.legal_basis.strip(),
        "effective_from": draft.effective_from,
        "reviewed_on": clock.business_day(at),
    }


def _audit(
    by: Actor, at: datetime, event: str, code: str, draft: ValueDraft, before: Decimal
) -> None:
    audit.append(
        by=by,
        at=at,
        event=event,
        subject=code[:40],
        reason=draft.reason.strip(),
        before=str(before),
        after=str(draft.value),
        effective_from=draft.effective_from.isoformat(),
    )


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
