"""Every cell of a bulletin rebuilt from a recount, and those that differ from the frozen ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from shilian import clock
from supervision.recount.judge import Recount

# Numerator and denominator of each indicator, said once more on purpose.
RATIOS = {
    "registration": ("registered", "operators"),
    "activity": ("active", "obliged"),
    "coverage": ("covered", "ten_three"),
    "system_upload": ("systems_met", "systems"),
    "timeliness": ("timely", "records"),
    "completeness": ("complete", "records"),
    "broken_links": ("unmatched", "matchable"),
}
RANKED = ("registration", "activity", "coverage", "system_upload")
LEVELS = {"cities": 2, "counties": 3, "townships": 4}
STANDINGS = {"closed_count": 1, "suspended_count": 2, "unreachable_count": 3}
Sums = Mapping[str, int]
Cells = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure that is not what the records say."""

    place: str
    stored: Any
    fresh: Any


@dataclass(frozen=True, slots=True)
class Known:
    """What the sums are set against: divisions' paths, targets by indicator and tier, high tiers.

    ``replaced`` are the old and new paths of the divisions that were replaced in the month.
    """

    paths: Mapping[int, str]
    targets: Mapping[tuple[str, str], Decimal]
    raised: frozenset[str]
    replaced: tuple[tuple[str, str], ...] = ()

    def is_comparable(self, path: str) -> bool:
        """Whether no operators came to the area or left it because divisions were replaced."""
        return all(old.startswith(path) == new.startswith(path) for old, new in self.replaced)


def known(month: date) -> Known:
    """Cost: four queries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, path FROM enterprises_division")
        paths = dict(cursor.fetchall())
        cursor.execute(
            "SELECT d.code FROM enterprises_division d LEFT JOIN supervision_citystatus s"
            " ON s.city_id = d.id AND s.effective_from <= %s"
            " AND (s.effective_to IS NULL OR s.effective_to >= %s)"
            " WHERE d.level = 'city' AND CASE WHEN s.id IS NULL"
            " THEN d.is_demonstration OR d.is_creating ELSE s.status <> 'none' END",
            [month, month],
        )
        raised = frozenset(row[0] for row in cursor.fetchall())
        cursor.execute(
            "SELECT indicator, tier, value_percent FROM supervision_indicatortarget"
            " WHERE effective_from <= %s AND (effective_to IS NULL OR effective_to >= %s)",
            [month, month],
        )
        targets = {(code, tier): value / 100 for code, tier, value in cursor.fetchall()}
        cursor.execute(
            "SELECT old_id, new_id FROM enterprises_divisionsuccession"
            " WHERE effective_on >= %s AND effective_on < %s",
            [month, clock.next_month(month)],
        )
        replaced = tuple((paths[old], paths[new]) for old, new in cursor.fetchall())
    return Known(paths, targets, raised, replaced)


def differences(
    figures: Mapping[str, Any], now: Recount, before: Recount, facts: Known
) -> list[Cell]:
    """The cells of the bulletin that the records do not bear out, in the order of the paper."""
    area = (figures.get("area") or {"path": "/"})["path"]
    stored, fresh = _stored(figures), _fresh(figures, area, now, before, facts)
    return [
        Cell(place, stored.get(place), fresh.get(place))
        for place in [*fresh, *(place for place in stored if place not in fresh)]
        if stored.get(place) != fresh.get(place)
    ]


def count_cells(figures: Mapping[str, Any]) -> int:
    return len(_stored(figures))


def _stored(figures: Mapping[str, Any]) -> Cells:
    cells: Cells = {}
    _put(cells, "total", figures["total"])
    for key in (*LEVELS, "sectors"):
        for row in figures.get(key, ()):
            _put(cells, f"{key}/{row.get('code') or row['name']}", row)
    for row in figures.get("channels", ()):
        cells[f"channels/{row['code']}"] = [row["record_count"], row["operator_count"]]
    return cells


def _put(cells: Cells, place: str, row: Mapping[str, Any]) -> None:
    for name in ("operator_count", "record_count"):
        cells[f"{place}/{name}"] = row[name]
    for name, count in row.get("excluded", {}).items():
        cells[f"{place}/excluded/{name}"] = count
    for code, value in row["values"].items():
        for name in ("numerator", "denominator", "rate", "change_pp", "target", "meets_target"):
            cells[f"{place}/{code}/{name}"] = value[name]
    for code, rank in row.get("ranks", {}).items():
        cells[f"{place}/{code}/rank"] = rank


def _fresh(
    figures: Mapping[str, Any], area: str, now: Recount, before: Recount, facts: Known
) -> Cells:
    cells: Cells = {}
    raised = _is_raised(area, facts)
    tier = raised if figures.get("area") else False
    earlier = _sums(before, area, facts).get(()) if facts.is_comparable(area) else None
    whole = _sums(now, area, facts)[()], earlier
    _put(cells, "total", _row(*whole, facts, tier, list(figures["total"]["values"])))
    _put_excluded(cells, "total", whole[0])
    for key, depth in LEVELS.items():
        if key in figures:
            _put_table(cells, key, figures[key], (now, before), facts, area, depth)
    _put_sectors(cells, figures, (now, before), facts, area, tier)
    if "channels" in figures:
        cells |= _channels(now, area, facts)
    return cells


def _is_raised(path: str, facts: Known) -> bool:
    return any(code in facts.raised for code in path.split("/"))


def _sums(
    found: Recount, area: str, facts: Known, *, depth: int = 0, by_sector: bool = False
) -> dict[tuple[Any, ...], Counter[str]]:
    """Σ over the area's leaves: as a whole, by the division at a depth, or by link."""
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for (division_id, sector), counts in found.by_leaf.items():
        path = facts.paths.get(division_id, "")
        if not path.startswith(area):
            continue
        codes = path.strip("/").split("/")
        if depth and len(codes) < depth:
            continue
        key: tuple[Any, ...] = (codes[depth - 1],) if depth else ((sector,) if by_sector else ())
        sums[key].update(counts)
    return sums


def _row(
    now: Sums | None, before: Sums | None, facts: Known, raised: bool, codes: list[str]
) -> dict[str, Any]:
    now = now if now is not None else Counter()
    return {
        "operator_count": now.get("operators", 0),
        "record_count": now.get("records", 0),
        "values": {code: _value(code, now, before, facts, raised) for code in codes},
    }


def _value(code: str, now: Sums, before: Sums | None, facts: Known, raised: bool) -> dict[str, Any]:
    over, under = RATIOS[code]
    rate = _ratio(now.get(over, 0), now.get(under, 0))
    earlier = None if before is None else _ratio(before.get(over, 0), before.get(under, 0))
    target = facts.targets.get((code, "raised" if raised else "base"))
    change = None if rate is None or earlier is None else (rate - earlier) * 100
    return {
        "numerator": now.get(over, 0),
        "denominator": now.get(under, 0),
        "rate": _text(rate),
        "change_pp": _text(change),
        "target": _text(target),
        "meets_target": None if rate is None or target is None else rate >= target,
    }


def _ratio(numerator: int, denominator: int) -> Decimal | None:
    return Decimal(numerator) / Decimal(denominator) if denominator else None


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _put_excluded(cells: Cells, place: str, counts: Sums) -> None:
    for name, standing in STANDINGS.items():
        cells[f"{place}/excluded/{name}"] = counts.get(f"standing_{standing}", 0)


def _put_table(
    cells: Cells,
    key: str,
    rows: list[Mapping[str, Any]],
    months: tuple[Recount, Recount],
    facts: Known,
    area: str,
    depth: int,
) -> None:
    """One ranked table: each division of the level with its values, then everybody's places."""
    now, before = (_sums(each, area, facts, depth=depth) for each in months)
    by_code = {path.strip("/").split("/")[-1]: path for path in facts.paths.values()}
    rates: dict[str, dict[str, Decimal]] = {code: {} for code in RANKED}
    for row in rows:
        name = row["code"]
        own = (name,)
        path = by_code.get(name, "")
        raised = _is_raised(path, facts)
        earlier = before.get(own) if facts.is_comparable(path) else None
        fresh = _row(now.get(own), earlier, facts, raised, list(row["values"]))
        _put(cells, f"{key}/{name}", fresh)
        for code in RANKED:
            if fresh["values"][code]["rate"] is not None:
                rates[code][name] = Decimal(fresh["values"][code]["rate"])
    for row in rows:
        for code in RANKED:
            cells[f"{key}/{row['code']}/{code}/rank"] = _place(rates[code], row["code"])


def _place(rates: Mapping[str, Decimal], name: str) -> int | None:
    """One more than there are better ones; equal rates share a place."""
    if name not in rates:
        return None
    return 1 + sum(rate > rates[name] for rate in rates.values())


def _put_sectors(
    cells: Cells,
    figures: Mapping[str, Any],
    months: tuple[Recount, Recount],
    facts: Known,
    area: str,
    raised: bool,
) -> None:
    now, before = (_sums(each, area, facts, by_sector=True) for each in months)
    if not facts.is_comparable(area):
        before = {}
    for number, row in enumerate(figures["sectors"], start=1):
        own = (number,)
        fresh = _row(now.get(own), before.get(own), facts, raised, list(row["values"]))
        _put(cells, f"sectors/{row['name']}", fresh)
        _put_excluded(cells, f"sectors/{row['name']}", now.get(own, Counter()))


def _channels(found: Recount, area: str, facts: Known) -> Cells:
    counted: dict[str, list[int]] = {}
    for (county_id, channel), (records, operators) in found.channels.items():
        if facts.paths.get(county_id, "").startswith(area):
            sums = counted.setdefault(channel, [0, 0])
            sums[0] += records
            sums[1] += len(operators)
    return {f"channels/{channel}": sums for channel, sums in counted.items()}
