"""The register as a month sees it: who is counted where, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connection

from enterprises.models import Standing
from shilian import clock
from shilian.db.copy import copy_rows
from shilian.db.ids import new_ids
from supervision.models import (
    SECTOR_CODES,
    STANDING_CODES,
    DivisionMonth,
    MonthFreeze,
    OperatorMonth,
)
from supervision.rules import register as rules
from supervision.rules.parameters import Parameters
from traceability.models import GoodsClass, MonthMark

# Changes whenever anything changes that the columns below are made of.
MARK_SQL = """('x' || left(md5(concat_ws('|', o.division_id, o.county_id, o.sector,
    o.catering_class, o.goods_classes::text, o.is_wholesale, o.standing, o.standing_since,
    o.listed_at, o.activated_at)), 8))::bit(32)::int"""


class RegisterPart(NamedTuple):
    """The columns of OperatorMonth that come from the register."""

    division_id: int
    county_id: int
    sector: int
    standing: int
    own_classes: int
    required_days: int
    register_mark: int
    in_scope: bool
    activated: bool
    obliged: bool
    ten_plus_three: bool


@dataclass(frozen=True, slots=True)
class ClassBits:
    """The goods classes of a month as bits; ``any_goods`` are the three catering kinds."""

    by_code: Mapping[str, int]
    any_goods: int

    def of(self, codes: Iterable[str]) -> int:
        bits = 0
        for code in codes:
            bits |= self.by_code.get(code, 0)
        return bits


def class_bits(month: date) -> ClassBits:
    """Cost: one query."""
    found = list(
        GoodsClass.objects.in_force(rules.last_day(month)).values_list("code", "bit", "group")
    )
    return ClassBits(
        by_code={code: 1 << bit for code, bit, _ in found},
        any_goods=sum(1 << bit for _, bit, group in found if group == GoodsClass.Group.CATERING),
    )


def register_parts(
    month: date, operator_ids: Sequence[int], *, at: datetime, parameters: Parameters
) -> dict[int, RegisterPart]:
    """Each operator's register columns: kept once the month is over, read anew before.

    An operator that was not yet listed at the month's end has columns that count nowhere.
    Cost: two queries.
    """
    kept = _kept(month, operator_ids) if clock.month_of(clock.business_day(at)) > month else {}
    fresh = [operator_id for operator_id in operator_ids if operator_id not in kept]
    return kept | (_read(month, fresh, parameters) if fresh else {})


def mark_changed(month: date, *, at: datetime) -> int:
    """Mark the operators whose row of the month is missing or no longer what the register says.

    Of a month that is over only missing rows are made. Returns: how many were marked.
    """
    is_open = clock.month_of(clock.business_day(at)) <= month
    changed = f" OR m.register_mark <> {MARK_SQL}" if is_open else ""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id FROM enterprises_operator o LEFT JOIN supervision_operatormonth m"
            " ON m.operator_id = o.id AND m.month = %s"
            f" WHERE o.listed_at < %s AND (m.operator_id IS NULL{changed}) ORDER BY o.id",
            [month, clock.start_of(clock.next_month(month))],
        )
        return mark([(operator_id, month) for (operator_id,) in cursor.fetchall()])


def mark_missing(operator_ids: Sequence[int], *, before: date) -> int:
    """Mark these operators in the earlier months that are counted and not frozen, where they lack a row.

    A roster brings in operators that were licensed long ago; they belong to every such month, or
    each would count another register. Returns: how many were marked. Cost: three queries.
    """
    counted = DivisionMonth.objects.filter(month__lt=before).values_list("month", flat=True)
    frozen = set(MonthFreeze.objects.values_list("month", flat=True))
    months = sorted(set(counted.distinct()) - frozen)
    ends = [clock.start_of(clock.next_month(month)) for month in months]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, w.month FROM enterprises_operator o"
            " CROSS JOIN unnest(%s::date[], %s::timestamptz[]) AS w(month, ends)"
            " LEFT JOIN supervision_operatormonth m ON m.operator_id = o.id AND m.month = w.month"
            " WHERE o.id = ANY(%s) AND o.listed_at < w.ends AND m.operator_id IS NULL"
            " ORDER BY 2, 1",
            [months, ends, list(operator_ids)],
        )
        return mark(cursor.fetchall())


def mark(pairs: Sequence[tuple[int, date]]) -> int:
    """Ask the filler to look again at these operators' months."""
    rows = [(id_, *pair) for id_, pair in zip(new_ids(len(pairs)), pairs, strict=True)]
    if rows:
        table = MonthMark._meta.db_table
        copy_rows(DEFAULT_DB_ALIAS, table, ["id", "operator_id", "month"], rows)
    return len(rows)


def _kept(month: date, operator_ids: Sequence[int]) -> dict[int, RegisterPart]:
    columns = ", ".join(RegisterPart._fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT operator_id, {columns} FROM {OperatorMonth._meta.db_table}"
            " WHERE operator_id = ANY(%s) AND month = %s",
            [list(operator_ids), month],
        )
        return {row[0]: RegisterPart(*row[1:]) for row in cursor.fetchall()}


def _read(
    month: date, operator_ids: Sequence[int], parameters: Parameters
) -> dict[int, RegisterPart]:
    bits = class_bits(month)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.id, o.division_id, o.county_id, o.sector, o.catering_class, o.goods_classes,"
            " o.is_wholesale, o.standing, o.standing_since, o.listed_at, o.activated_at,"
            f" {MARK_SQL} FROM enterprises_operator o WHERE o.id = ANY(%s)",
            [list(operator_ids)],
        )
        return {row[0]: _part(row[1:], month, bits, parameters) for row in cursor.fetchall()}


def _part(
    row: tuple[Any, ...], month: date, bits: ClassBits, parameters: Parameters
) -> RegisterPart:
    division_id, county_id, sector, catering, classes, wholesale, standing, since, *rest = row
    listed_at, activated_at, register_mark = rest
    facts = rules.RegisterFacts(
        sector=sector,
        catering_class=catering,
        is_wholesale=wholesale,
        standing=standing,
        standing_since=since,
        listed_on=clock.business_day(listed_at),
        activated_on=clock.business_day(activated_at) if activated_at else None,
    )
    excluding = rules.excluding_standing(facts, month)
    own = bits.of([*classes, catering])
    listed = rules.is_listed(facts, month)
    required = rules.required_days(facts, month, parameters)
    return RegisterPart(
        division_id=division_id,
        county_id=county_id,
        sector=SECTOR_CODES[sector],
        standing=STANDING_CODES[excluding] if listed else 0,
        own_classes=own,
        required_days=required,
        register_mark=register_mark,
        in_scope=listed and excluding == Standing.NORMAL,
        activated=rules.is_activated(facts, month),
        obliged=required > 0,
        ten_plus_three=own != 0,
    )
