"""A register of a million operators, with the months and licences that its lists are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from enterprises.models import Division, Licence, Operator
from enterprises.rules import pinyin
from shilian import clock
from shilian.db import ids
from shilian.db.copy import copy_rows
from supervision.demonstration.names import BRANDS, GIVEN, SURNAMES
from supervision.measures.loading import (
    STATIONS,
    analyze,
    make_province,
    make_stations,
    run,
    without_indexes,
)
from supervision.models import DivisionMonth, OperatorMonth
from supervision.queries.dashboard import trend_months
from supervision.rollups import areas
from supervision.rollups.rebuild import rebuild_tallies
from supervision.rollups.register import MARK_SQL

OPERATORS = 1_000_000
CITIES = 16
TRADES = ("超市", "便利店", "粮油店", "水产批发部", "小吃店", "食品有限公司", "饭店", "生鲜店")
SECTORS = ("circulation", "catering", "production", "circulation", "farm")
COLUMNS = (
    "id", "name", "credit_code", "pinyin", "sector", "kind", "catering_class", "goods_classes",
    "is_wholesale", "address", "division_id", "county_id", "station_id", "division_path",
    "legal_person", "contact_name", "contact_phone", "state", "listed_at", "activated_at",
    "using_at", "standing", "standing_reason", "standing_since", "is_demonstration",
)  # fmt: skip


def load(*, at: datetime) -> Division:
    """Operators county after county, as rosters come in; their licences, two filled months, a trend.

    Returns: the province.
    """
    province = make_province(CITIES)
    make_stations(province)
    since = at - timedelta(days=500)
    # Read beforehand: a connection that takes a COPY in answers no question.
    leaves = Division.objects.under([province.path]).townships().order_by("pk")
    rows = operator_rows(list(leaves.values_list("pk", "parent_id", "path")), since=since)
    with without_indexes(Operator._meta.db_table):
        copy_rows(DEFAULT_DB_ALIAS, Operator._meta.db_table, COLUMNS, rows)
    with without_indexes(Licence._meta.db_table):
        make_licences(clock.business_day(at))
    analyze("enterprises_division", "enterprises_operator", "enterprises_licence")
    month = clock.month_of(clock.business_day(at))
    with without_indexes(OperatorMonth._meta.db_table):
        for each, last_day in ((clock.previous_month(month), 28), (month, max(1, at.day - 1))):
            fill_month(each, last_day)
    spread_trend(month)
    analyze("supervision_operatormonth", "supervision_divisionmonth", "supervision_areamonth")
    return province


def operator_rows(
    leaves: Sequence[tuple[int, int | None, str]], *, since: datetime
) -> Iterator[tuple[Any, ...]]:
    """Rows for COPY: a name of brand, person and trade, its initials beside it."""
    names = list(product(BRANDS, SURNAMES, GIVEN, TRADES))
    letters = {part: pinyin.initials(part) for row in names for part in row}
    for number, id_ in enumerate(ids.new_ids(OPERATORS)):
        division, county, path = leaves[number * len(leaves) // OPERATORS]
        # A step without a common divisor spreads every name over every county.
        parts = names[number * 7_919 % len(names)]
        is_listed, is_closed = number % 4 == 0, number % 50 == 0
        yield (
            id_, "".join(parts), f"99{number:016d}", "".join(letters[part] for part in parts),
            SECTORS[number % 5], "individual", "C1_SCHOOL" if number % 100 == 0 else "",
            ["K06_DAIRY"] if number % 3 == 0 else [], number % 40 == 0, f"测速路{number}号",
            division, county, (county or 0) * 100 + number // 8 % STATIONS, path, "测速人", "测速人", "",
            "listed" if is_listed else "activated", since, None if is_listed else since, None,
            "closed" if is_closed else "normal", "已注销" if is_closed else "",
            since.date() if is_closed else None, False,
        )  # fmt: skip


def make_licences(today: date) -> None:
    """One licence each, three in a hundred of them ended; one in ten was renewed with a new number."""
    run(
        "INSERT INTO enterprises_licence (id, operator_id, kind, number, issued_on, valid_until)"
        " SELECT o.id - n * 1000000000000000, o.id, 'JY', 'JY' || o.credit_code || n, NULL,"
        "  %s::date + CASE WHEN n = 1 THEN -40 WHEN right(o.credit_code, 2) < '03' THEN -20"
        "  ELSE 10 + right(o.credit_code, 3)::int END"
        " FROM enterprises_operator o CROSS JOIN generate_series(0, 1) n"
        " WHERE n = 0 OR right(o.credit_code, 1) = '7'",
        today,
    )


def fill_month(month: date, last_day: int) -> None:
    """A month's rows as the filler leaves them: seven in ten active, one in fifty unmatched."""
    run(
        "INSERT INTO supervision_operatormonth (operator_id, month, division_id, county_id, sector,"
        " standing, own_classes, required_days, register_mark, in_scope, activated, obliged,"
        " ten_plus_three, days, classes, channels, last_day, purchase_count, sale_count,"
        " inspection_count, valid_count, late_count, incomplete_count, matchable_count,"
        " unmatched_count, system_count, system_met_count, quiet, active, covered)"
        " SELECT o.id, %s, o.division_id, o.county_id, CASE o.sector WHEN 'production' THEN 1"
        "  WHEN 'circulation' THEN 2 WHEN 'catering' THEN 3 WHEN 'special' THEN 4 ELSE 5 END,"
        " (o.standing <> 'normal')::int, cardinality(o.goods_classes), 4,"
        f" {MARK_SQL}, o.standing = 'normal', o.state <> 'listed',"
        "  o.state <> 'listed', cardinality(o.goods_classes) > 0, 255, 1, 1,"
        "  CASE WHEN o.state = 'listed' OR n %% 10 < 3 THEN 0 ELSE 1 + n %% %s END,"
        "  20, 10, 0, 30, 2, 1, 10, (n %% 50 = 7)::int, 0, 0, false,"
        "  o.state <> 'listed' AND n %% 10 >= 3, cardinality(o.goods_classes) > 0"
        " FROM enterprises_operator o, LATERAL (SELECT right(o.credit_code, 6)::int AS n) s",
        month,
        last_day,
    )
    rebuild_tallies(month)


def spread_trend(month: date) -> None:
    """The months before, as the trend reads them: the month's tallies again where there are none."""
    columns = [str(field.column) for field in DivisionMonth._meta.concrete_fields]
    names = ", ".join(columns)
    taken = ", ".join("d" if name == "month" else name for name in columns)
    months = trend_months(month)[:-1]
    run(
        f"INSERT INTO supervision_divisionmonth ({names}) SELECT {taken} FROM"
        " supervision_divisionmonth CROSS JOIN unnest(%(months)s::date[]) d"
        " WHERE month = %(month)s ON CONFLICT DO NOTHING",
        months=months,
        month=month,
    )
    areas.sum_up(months)
