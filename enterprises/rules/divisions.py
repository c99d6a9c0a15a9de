"""Rows of a division table: levels, stored paths, and the stations that answer for townships."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from shilian.problems import Problem

LEVELS = ("province", "city", "county", "zone", "township")
CODE_FORM = re.compile(r"^\d{6}(\d{3})?$")
# What a township's name ends with, the longest first; a station is named without it.
TOWNSHIP_ENDINGS = (
    "类似乡级单位",
    "管理委员会",
    "服务管理办公室",
    "街道办事处",
    "民族乡",
    "街道",
    "办事处",
    "镇",
    "乡",
)
STATION_SUFFIX = "监管所"
# Rural townships share a station two by two; a street office has its own.
TOWNSHIPS_PER_RURAL_STATION = 2


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One row of the table; ``row`` is its line in the file."""

    code: str
    name: str
    parent_code: str
    level: str
    is_demonstration: bool = False
    is_creating: bool = False
    row: int | None = None


@dataclass(frozen=True, slots=True)
class StationRow:
    """A station to be, with the townships it answers for."""

    id: int
    name: str
    county_code: str
    township_codes: tuple[str, ...]


def read_row(
    cells: Mapping[str, str], *, flags: Mapping[str, Mapping[str, str]], row: int
) -> DivisionRow:
    """The row as the file spells it; a county that is a statistical zone becomes a zone."""
    code = cells["code"].strip()
    level = cells["level"].strip()
    if level == "county" and cells.get("statistical_zone", "0").strip() == "1":
        level = "zone"
    flag = flags.get(code, {})
    return DivisionRow(
        code=code,
        name=cells["name"].strip(),
        parent_code=cells["parent_code"].strip(),
        level=level,
        is_demonstration=flag.get("demonstration") == "1",
        is_creating=flag.get("creating") == "1",
        row=row,
    )


def check_divisions(rows: Sequence[DivisionRow]) -> list[Problem]:
    """Problems of the whole table: codes, levels, parents, repetitions."""
    problems: list[Problem] = []
    known = {row.code: row for row in rows}
    seen: set[str] = set()
    for row in rows:
        problems += [problem.at_row(row.row) for problem in _check_row(row, known)]
        if row.code in seen:
            problems.append(
                Problem("division_repeated", "code", f"区划代码 {row.code} 重复。", row.row)
            )
        seen.add(row.code)
    return problems


def _check_row(row: DivisionRow, known: Mapping[str, DivisionRow]) -> list[Problem]:
    problems = []
    if not CODE_FORM.match(row.code):
        problems.append(Problem("division_code_malformed", "code", "区划代码应为6位或9位数字。"))
    if not row.name:
        problems.append(Problem("division_name_missing", "name", "区划名称不能为空。"))
    if row.level not in LEVELS:
        problems.append(Problem("division_level_unknown", "level", f"不认识的级别“{row.level}”。"))
    elif row.level != "province" and not _may_hold(known.get(row.parent_code), row):
        message = f"{row.name}的上级代码“{row.parent_code}”不在表中，或级别不对。"
        problems.append(Problem("division_parent_wrong", "parent_code", message))
    return problems


def _may_hold(parent: DivisionRow | None, row: DivisionRow) -> bool:
    if parent is None:
        return False
    above = {
        "city": ("province",),
        "county": ("city",),
        "zone": ("city",),
        "township": ("county", "zone"),
    }
    return parent.level in above[row.level]


def paths(rows: Iterable[DivisionRow]) -> dict[str, str]:
    """Each code's stored path: the codes from the root down, each closed by a slash."""
    by_code = {row.code: row for row in rows}

    def path(code: str) -> str:
        above = by_code[code].parent_code
        return f"{path(above) if above else '/'}{code}/"

    return {code: path(code) for code in by_code}


def check_parents(rows: Sequence[DivisionRow], stored: Mapping[str, str]) -> list[Problem]:
    """Problems of the rows whose stored path is another: the months behind were counted by it.

    Source: GB/T 2260, which gives a division under another parent a new code.
    """
    wanted = paths(rows)
    return [
        Problem(
            "division_parent_changed",
            "parent_code",
            f"{row.name}（{row.code}）已有上级，换上级会改动往月的数字：请给它新的代码装入，"
            "再用 replace_divisions 登记撤并。",
            row.row,
        )
        for row in rows
        if stored.get(row.code, wanted[row.code]) != wanted[row.code]
    ]


def keep_statuses(
    rows: Sequence[DivisionRow], stored: Mapping[str, tuple[bool, bool]]
) -> tuple[list[DivisionRow], tuple[str, ...]]:
    """The rows with both flags as stored, and the names of the cities for which they differed.

    ``stored``: both flags by code. The months behind were held to the targets of what a city was
    when it was loaded; what it is from a later month on is told by dated rows.
    """
    kept, differing = [], []
    for row in rows:
        flags = stored.get(row.code, (row.is_demonstration, row.is_creating))
        if flags != (row.is_demonstration, row.is_creating):
            differing.append(row.name)
        kept.append(replace(row, is_demonstration=flags[0], is_creating=flags[1]))
    return kept, tuple(differing)


def short_name(township: str) -> str:
    """``七贤街道`` as ``七贤``; a name that would become empty or one character stays whole."""
    for ending in TOWNSHIP_ENDINGS:
        if township.endswith(ending) and len(township) - len(ending) >= 2:
            return township[: -len(ending)]
    return township


def station_name(township: str) -> str:
    return f"{short_name(township)}{STATION_SUFFIX}"


def stations_of(rows: Sequence[DivisionRow]) -> list[StationRow]:
    """A station for every street office and for every two rural townships, county by county."""
    townships = sorted((row for row in rows if row.level == "township"), key=_in_county)
    stations: list[StationRow] = []
    for county_code, members in groupby(townships, key=lambda row: row.parent_code):
        groups = _grouped(list(members))
        names: set[str] = set()
        for index, group in enumerate(groups, start=1):
            name = station_name(group[0].name)
            if name in names:
                name = f"{group[0].name}{STATION_SUFFIX}"
            names.add(name)
            codes = tuple(row.code for row in group)
            stations.append(StationRow(int(county_code) * 1000 + index, name, county_code, codes))
    return stations


def _in_county(row: DivisionRow) -> tuple[str, str]:
    return row.parent_code, row.code


def _grouped(townships: list[DivisionRow]) -> list[list[DivisionRow]]:
    groups: list[list[DivisionRow]] = []
    for row in townships:
        is_rural = not row.name.endswith(("街道", "办事处"))
        last = groups[-1] if groups else []
        shares = is_rural and last and not last[0].name.endswith(("街道", "办事处"))
        if shares and len(last) < TOWNSHIPS_PER_RURAL_STATION:
            last.append(row)
        else:
            groups.append([row])
    return groups
