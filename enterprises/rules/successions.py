"""Divisions that were merged, split or given new codes: what may replace what, and from when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shilian.problems import Problem

COUNTY_LEVELS = ("county", "zone")


@dataclass(frozen=True, slots=True)
class Succession:
    """One pair of the table; a merger repeats the new code, a split the old one."""

    old_code: str
    new_code: str
    row: int | None = None


@dataclass(frozen=True, slots=True)
class DivisionFacts:
    """What is known of one division; ``has_operators``: some are listed in it and not below it."""

    code: str
    name: str
    level: str
    parent_code: str
    is_ended: bool
    has_operators: bool


def check_successions(
    rows: Sequence[Succession],
    known: Mapping[str, DivisionFacts],
    *,
    effective_on: date,
    today: date,
) -> list[Problem]:
    """Problems of the whole table; ``known`` holds every division by its code.

    The day lies in the running month: operators count where they stand at a month's end, and of a
    month that is over that is settled.
    """
    problems = _check_day(effective_on, today)
    if not rows:
        problems.append(Problem("succession_empty", "", "表里没有撤并，请至少写一行。"))
    ending = Counter(row.old_code for row in rows)
    seen: set[tuple[str, str]] = set()
    for row in rows:
        found = _check_pair(row, known, ending)
        if (row.old_code, row.new_code) in seen:
            message = f"{row.old_code} 换为 {row.new_code} 重复，请只留一行。"
            found.append(Problem("succession_repeated", "old_code", message))
        seen.add((row.old_code, row.new_code))
        problems += [problem.at_row(row.row) for problem in found]
    return problems


def _check_day(effective_on: date, today: date) -> list[Problem]:
    if today.replace(day=1) <= effective_on <= today:
        return []
    message = (
        f"生效日期应在本月1日到今天（{today:%Y-%m-%d}）之间：往月已按原区划统计，不再变动；"
        "批复日期更早的，请填本月1日。"
    )
    return [Problem("succession_not_this_month", "effective_on", message)]


def _check_pair(
    row: Succession, known: Mapping[str, DivisionFacts], ending: Counter[str]
) -> list[Problem]:
    old, new = known.get(row.old_code), known.get(row.new_code)
    if old is None or new is None:
        field, code = ("old_code", row.old_code) if old is None else ("new_code", row.new_code)
        message = f"没有区划代码 {code}，请核对；新区划请先用 load_divisions 装入。"
        return [Problem("division_unknown", field, message)]
    problems = []
    if old.is_ended:
        message = f"{old.name}（{old.code}）已经撤并，不能再撤并一次。"
        problems.append(Problem("division_ended", "old_code", message))
    if new.is_ended or new.code in ending:
        message = f"{new.name}（{new.code}）已经撤并或在同一张表里撤并，请写现在仍在的区划。"
        problems.append(Problem("successor_ended", "new_code", message))
    if _kind(old) != _kind(new) or _kind(old) not in ("county", "township"):
        message = f"{old.name}和{new.name}级别不同，或不是县区、乡镇；县区换县区，乡镇换乡镇。"
        problems.append(Problem("succession_level_wrong", "new_code", message))
    return problems + _check_left(old, known, ending)


def _check_left(
    old: DivisionFacts, known: Mapping[str, DivisionFacts], ending: Counter[str]
) -> list[Problem]:
    """What would be left behind without a division."""
    problems = []
    below = [each for each in known.values() if each.parent_code == old.code]
    if left := [each.name for each in below if not each.is_ended and each.code not in ending]:
        message = f"{old.name}下还有{'、'.join(left[:5])}没有去处，请在同一张表里写明它们换成什么。"
        problems.append(Problem("division_has_children", "old_code", message))
    if ending[old.code] > 1 and old.has_operators:
        message = (
            f"{old.name}分成了{ending[old.code]}个，里面还有经营主体，平台不知道各归哪个："
            "请先用名册导入把它们改到新区划，再登记撤并。"
        )
        problems.append(Problem("division_has_operators", "old_code", message))
    return problems


def _kind(division: DivisionFacts) -> str:
    return "county" if division.level in COUNTY_LEVELS else division.level


def answering(pairs: Sequence[tuple[str, str, date]]) -> dict[str, list[str]]:
    """Which other divisions the officers of each division answer for, by path; standing ones first.

    ``pairs``: the old and the new path of everything that was ever replaced, and from which day.
    What was merged or renamed goes whole: its officers answer for the new division as well, and
    those of the new one, and of all that it lies in, for what is written under the old code. What
    was split goes by the townships replaced on the same day, which have one successor each: what
    had left earlier was no longer in it. Paths that another one covers are left out.
    """
    parts = Counter(old for old, _, _ in pairs)
    only = {old: new for old, new, _ in pairs if parts[old] == 1}
    days = {old: day for old, _, day in pairs}
    found: dict[str, set[str]] = defaultdict(set)
    for old in only:
        way = _way(old, only)
        for step in way:
            for path in _itself_and_above(step):
                found[path].add(old)
        found[old].add(way[-1])
    for old in (path for path in parts if parts[path] > 1):
        inside = [each for each in only if each.startswith(old) and days[each] == days[old]]
        found[old] |= {_way(each, only)[-1] for each in inside}
    # What the successor answers for, its officers from the old division do too.
    for old in parts:
        found[old] |= {also for heir in list(found[old]) for also in found.get(heir, ())}
    kept = {path: _widest(path, also, set(parts)) for path, also in found.items()}
    return {path: also for path, also in kept.items() if also}


def _way(old: str, only: Mapping[str, str]) -> list[str]:
    """The divisions that followed one another, up to the one that stands."""
    way = [only[old]]
    while way[-1] in only:
        way.append(only[way[-1]])
    return way


def _itself_and_above(path: str) -> list[str]:
    """The path and those of the divisions that it lies in, below the province."""
    codes = path.strip("/").split("/")
    return ["/" + "/".join(codes[:depth]) + "/" for depth in range(2, len(codes) + 1)]


def _widest(own: str, also: set[str], ended: set[str]) -> list[str]:
    kept: list[str] = []
    for path in sorted(also, key=len):
        if not path.startswith((own, *kept)):
            kept.append(path)
    return sorted(kept, key=lambda path: (path in ended, path))
