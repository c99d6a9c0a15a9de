"""Operators with something wrong, for the radar and the signs of made-up months."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from enterprises.models import Operator
from shilian.db import ids
from supervision.models import Finding, OperatorMonth, Suspicion
from supervision.radar.merge import Merged, merge_rule
from supervision.radar.run import _ask
from supervision.rules.radar import BY_CODE
from tests.builders.chains import bare_batch
from tests.builders.enterprises import make_operator
from tests.builders.numbers import noon
from traceability.models import Batch, Purchase, Sale

TODAY = date(2026, 11, 10)
AT = noon(TODAY)
LISTED = {"listed_at": noon(date(2026, 6, 1)), "activated_at": noon(date(2026, 6, 1))}


def days_ago(count: int) -> date:
    return TODAY - timedelta(days=count)


def trader(**facts: Any) -> Operator:
    """An activated operator, on the register since June."""
    return make_operator(**(LISTED | facts))


def month_row(operator: Operator, day: date, *, active: bool = True, **facts: Any) -> OperatorMonth:
    """The operator's row of the day's month, whose last valid record is of that day."""
    neutral: dict[str, Any] = {
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "sector": 2,
        "standing": 0,
        "own_classes": 0,
        "required_days": 4,
        "register_mark": 0,
        "in_scope": True,
        "activated": True,
        "obliged": True,
        "ten_plus_three": False,
        "last_day": day.day,
        "days": 1 << (day.day - 1),
        "active": active,
    }
    return OperatorMonth.objects.create(
        operator_id=operator.pk, month=day.replace(day=1), **(neutral | facts)
    )


def batch(
    operator: Operator, *, quantity: int = 100, on: date | None = None, **facts: Any
) -> Batch:
    day = on or days_ago(20)
    [id_] = ids.new_ids(1, at=noon(day))
    return bare_batch(
        operator,
        id=id_,
        quantity=Decimal(quantity),
        received_on=day,
        recorded_at=noon(day),
        **facts,
    )


def bought(
    operator: Operator,
    on: date,
    *,
    at: datetime | None = None,
    of: Batch | None = None,
    **facts: Any,
) -> Purchase:
    """A purchase as it lies in the books, recorded that noon."""
    recorded = at or noon(on)
    neutral = {"product_id": 1, "quantity": Decimal(10), "unit": "袋", "supplier_name": "某供货者"}
    return Purchase.objects.create(
        batch=of or batch(operator, on=on),
        purchased_on=on,
        **(_record(operator, recorded) | neutral | facts),
    )


def sold(of: Batch, quantity: int, *, on: date | None = None, **facts: Any) -> Sale:
    day = on or of.received_on
    operator = Operator.objects.get(pk=of.operator_id)
    return Sale.objects.create(
        **_record(operator, noon(day)),
        batch=of,
        product_id=of.product_id,
        buyer_name="某购货者",
        quantity=Decimal(quantity),
        unit=of.unit,
        sold_on=day,
        **facts,
    )


def _record(operator: Operator, recorded: datetime) -> dict[str, Any]:
    [id_] = ids.new_ids(1, at=recorded)
    return {
        "id": id_,
        "operator": operator,
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "recorded_at": recorded,
        "channel": "form",
        "retain_until": date(2030, 1, 1),
        "leaf_salt": b"0" * 16,
        "leaf_hash": b"0" * 32,
    }


def look(code: str, *, at: datetime = AT, only: list[int] | None = None) -> Merged:
    """Let one rule look at the whole register, or at these operators."""
    return merge_rule(BY_CODE[code], _ask(at, only))


def found(code: str) -> list[Finding]:
    return list(Finding.objects.open().filter(rule=code).order_by("operator_id", "subject"))


def make_finding(operator: Operator, *, rule: str = "fell_silent", **facts: Any) -> Finding:
    neutral: dict[str, Any] = {
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "severity": int(BY_CODE[rule].severity),
        "facts": {"last_on": "2026-10-01"},
        "since": date(2026, 10, 1),
        "first_seen_at": AT,
        "opened_at": AT,
        "last_seen_on": TODAY,
        "due_on": TODAY + timedelta(days=7),
    }
    return Finding.objects.create(operator=operator, rule=rule, **(neutral | facts))


def make_suspicion(operator: Operator, **facts: Any) -> Suspicion:
    neutral: dict[str, Any] = {
        "division_id": operator.division_id,
        "county_id": operator.county_id,
        "month": date(2026, 10, 1),
        "score": 60,
        "signals": [{"code": "burst", "score": 100, "points": 35, "seen": "20 条里有 19 条"}],
        "scored_at": AT,
    }
    return Suspicion.objects.create(operator=operator, **(neutral | facts))
