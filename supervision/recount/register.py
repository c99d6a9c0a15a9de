"""Who stood on the register at a month's end, and what was asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from django.db import connection

from shilian import clock
from shilian.working_days import is_workday
from supervision.recount.raw import Moment
from supervision.rollups.register import MARK_SQL

SECTORS = {"production": 1, "circulation": 2, "catering": 3, "special": 4, "farm": 5}
KEPT = (
    "division_id", "sector", "standing", "required_days", "own_classes", "in_scope", "is_activated",
)  # fmt: skip
STANDINGS = {"normal": 0, "closed": 1, "suspended": 2, "unreachable": 3}


@dataclass(frozen=True, slots=True)
class Entry:
    """One operator as at the month's end. ``is_kept``: the register has moved on since then."""

    operator_id: int
    division_id: int
    sector: int
    standing: int
    required_days: int
    own_classes: int
    in_scope: bool
    is_activated: bool
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What the month asks for: thresholds by code, and the goods classes as bits."""

    thresholds: Mapping[str, float]
    class_bits: Mapping[str, int]
    any_goods: int


def operator_ids(month: date) -> list[int]:
    """Everybody on the month's register, in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operator_id FROM supervision_operatormonth WHERE month = %s ORDER BY 1", [month]
        )
        return [row[0] for row in cursor.fetchall()]


def terms(moment: Moment, frozen: Mapping[str, str]) -> Terms:
    """The thresholds that were frozen, or those in force when the month is not."""
    thresholds = {code: float(value) for code, value in frozen.items()}
    with connection.cursor() as cursor:
        if not thresholds:
            cursor.execute(
                "SELECT code, value FROM supervision_indicatorparameter WHERE effective_from <= %s"
                " AND (effective_to IS NULL OR effective_to >= %s)",
                [moment.last, moment.last],
            )
            thresholds = {code: float(value) for code, value in cursor.fetchall()}
        cursor.execute(
            'SELECT code, bit, "group" FROM traceability_goodsclass WHERE effective_from <= %s'
            " AND (effective_to IS NULL OR effective_to >= %s)",
            [moment.last, moment.last],
        )
        classes = cursor.fetchall()
    return Terms(
        thresholds=thresholds,
        class_bits={code: 1 << bit for code, bit, _ in classes},
        any_goods=sum(1 << bit for _, bit, group in classes if group == "catering"),
    )


def entries(moment: Moment, wanted: list[int], asked: Terms) -> list[Entry]:
    """The register's entries: judged afresh from the register, or as the freeze kept them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.division_id, o.sector, o.catering_class, o.goods_classes,"
            " o.is_wholesale, o.standing, o.standing_since, o.listed_at, o.activated_at,"
            f" m.register_mark = {MARK_SQL},"
            " m.division_id, m.sector, m.standing, m.required_days, m.own_classes, m.in_scope,"
            " m.activated FROM supervision_operatormonth m"
            " JOIN enterprises_operator o ON o.id = m.operator_id"
            " WHERE m.month = %s AND m.operator_id = ANY(%s) ORDER BY o.id",
            [moment.month, wanted],
        )
        return [
            _fresh(row[:10], moment, asked) if row[10] else _kept(row[0], row[11:])
            for row in cursor.fetchall()
        ]


def _kept(operator_id: int, row: tuple[Any, ...]) -> Entry:
    values = dict(zip(KEPT, row, strict=True))
    return Entry(operator_id=operator_id, is_kept=True, **values)


def _fresh(row: tuple[Any, ...], moment: Moment, asked: Terms) -> Entry:
    id_, division_id, sector, catering, classes, wholesale, standing, since, *rest = row
    listed_on = clock.business_day(rest[0])
    activated_on = clock.business_day(rest[1]) if rest[1] else None
    is_listed = listed_on <= moment.last
    out = _takes_out(standing, since, listed_on, moment)
    activated = activated_on is not None and activated_on <= moment.last
    kind = _kind(sector, catering, wholesale)
    left_on = since if standing == "suspended" else None
    own = 0
    for code in [*classes, catering]:
        own |= asked.class_bits.get(code, 0)
    return Entry(
        operator_id=id_,
        division_id=division_id,
        sector=SECTORS[sector],
        standing=STANDINGS[standing] if out and is_listed else 0,
        required_days=_required(kind, activated_on, left_on, moment, asked) if activated else 0,
        own_classes=own,
        in_scope=is_listed and not out,
        is_activated=activated,
        is_kept=False,
    )


def _takes_out(standing: str, since: date | None, listed_on: date, moment: Moment) -> bool:
    """Closed and untraceable from the day on; suspended only for the whole month."""
    if standing == "normal":
        return False
    latest = max(moment.month, listed_on) if standing == "suspended" else moment.last
    return since is None or since <= latest


def _kind(sector: str, catering: str, wholesale: bool) -> str:
    """Which threshold asks for its days."""
    if catering:
        return "canteen"
    if wholesale and sector in ("circulation", "special"):
        return "wholesale_days"
    return "retail_days" if sector == "circulation" else f"{sector}_days"


def _required(
    kind: str, activated_on: date | None, left_on: date | None, moment: Moment, asked: Terms
) -> int:
    """The days asked for, pro rata of the days on which the operator was open."""
    first = max(moment.month, activated_on or moment.month)
    last = min(moment.last, left_on - timedelta(days=1)) if left_on else moment.last
    if first > last:
        return 0
    open_days = (last - first).days + 1
    if kind == "canteen":
        worked = sum(is_workday(first + timedelta(days=n)) for n in range(open_days))
        return _up(worked * asked.thresholds["canteen_workday_percent"], 100)
    return max(1, _up(asked.thresholds[kind] * open_days, moment.last.day))


def _up(numerator: float, denominator: int) -> int:
    """Rounded up, without the dust that binary fractions leave."""
    return ceil(round(numerator / denominator, 9))
