"""Divisions that replaced others within a month: whose figures the month before cannot be set against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from enterprises.models import DivisionSuccession
from supervision.rules.register import last_day


@dataclass(frozen=True, slots=True)
class Adjustment:
    """One division that handed its operators to another; paths are the stored ones."""

    old_name: str
    old_path: str
    new_name: str
    new_path: str
    effective_on: date

    def touches(self, path: str) -> bool:
        """Whether the area gained or lost operators by it; within the area nothing changes."""
        return self.old_path.startswith(path) != self.new_path.startswith(path)

    def lies_in(self, wholes: Set[str]) -> bool:
        """Whether what ended was a part of another that ended."""
        own = self.old_path
        return any(own.startswith(path) and own != path for path in wholes)

    @property
    def sentence(self) -> str:
        on = self.effective_on
        return f"{on.month}月{on.day}日起{self.old_name}改为{self.new_name}"


@dataclass(frozen=True, slots=True)
class Adjustments:
    """All of one month's."""

    all: tuple[Adjustment, ...] = ()

    def touches(self, path: str) -> bool:
        return any(each.touches(path) for each in self.all)

    def inside(self, path: str) -> list[str]:
        """Those that began or ended in the area, in words; a county's go for its townships'."""
        found = [
            each
            for each in self.all
            if each.old_path.startswith(path) or each.new_path.startswith(path)
        ]
        wholes = {each.old_path for each in found}
        return [each.sentence for each in found if not each.lies_in(wholes)]


def adjustments_of(month: date) -> Adjustments:
    """Cost: one query."""
    return adjustments_between(month, last_day(month))


def adjustments_between(first: date, last: date) -> Adjustments:
    """Those that took effect from the first day to the last. Cost: one query."""
    rows = DivisionSuccession.objects.filter(
        effective_on__gte=first, effective_on__lte=last
    ).order_by("effective_on", "old__code", "new__code")
    return Adjustments(
        tuple(
            Adjustment(*row)
            for row in rows.values_list(
                "old__name", "old__path", "new__name", "new__path", "effective_on"
            )
        )
    )


def read(told: Iterable[Mapping[str, Any]]) -> Adjustments:
    """What ``ADJUSTMENTS_SQL`` told."""
    return Adjustments(
        tuple(
            Adjustment(
                each["old_name"], each["old_path"], each["new_name"], each["new_path"],
                date.fromisoformat(each["effective_on"]),
            )
            for each in told
        )
    )  # fmt: skip


# The same as one JSON value, for a page that reads it together with something else.
ADJUSTMENTS_SQL = """
SELECT json_agg(t ORDER BY t.effective_on, t.old_path, t.new_path) FROM (
  SELECT o.name AS old_name, o.path AS old_path, n.name AS new_name, n.path AS new_path,
    s.effective_on
  FROM enterprises_divisionsuccession s
  JOIN enterprises_division o ON o.id = s.old_id JOIN enterprises_division n ON n.id = s.new_id
  WHERE s.effective_on BETWEEN %(frozen)s AND %(last)s) t"""
