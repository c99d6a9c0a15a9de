"""Recounts a frozen month and sets every bulletin made of it against the result."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from shilian import clock
from supervision.models import Bulletin, MonthFreeze
from supervision.recount import cells
from supervision.recount.cells import Cell
from supervision.recount.judge import Recount, recount_month
from supervision.recount.raw import Moment


class NotFrozen(Exception):
    """The month has no frozen snapshot yet: there is nothing to set against the records."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One bulletin: how many cells it has, and those that differ."""

    bulletin: Bulletin
    cell_count: int
    differences: list[Cell]
    is_digest_whole: bool


@dataclass(frozen=True, slots=True)
class Report:
    """``kept_count``: operators whose entry in the register has changed since the freeze."""

    month: date
    frozen_at: datetime
    operator_count: int
    kept_count: int
    bulletins: list[Checked]

    @property
    def difference_count(self) -> int:
        broken = sum(not each.is_digest_whole for each in self.bulletins)
        return broken + sum(len(each.differences) for each in self.bulletins)


def recompute(month: date, *, at: datetime) -> Report:
    """The newest revision of each area's bulletin against the raw records as they stood then.

    Raises: NotFrozen. Cost: two passes over a month's records, the month's and the one before.
    """
    frozen = MonthFreeze.objects.filter(pk=month).first()
    if frozen is None:
        raise NotFrozen
    now = recount_month(Moment(month, frozen.frozen_at), frozen.parameters, _channels_at(frozen))
    before = _month_before(month, at)
    facts = cells.known(month)
    newest: dict[str, Bulletin] = {}
    for bulletin in Bulletin.objects.filter(month=month).order_by("area_path", "revision"):
        newest[bulletin.area_path] = bulletin
    return Report(
        month=month,
        frozen_at=frozen.frozen_at,
        operator_count=now.operator_count,
        kept_count=now.kept_count,
        bulletins=[
            Checked(
                bulletin=each,
                cell_count=cells.count_cells(each.figures),
                differences=cells.differences(each.figures, now, before, facts),
                is_digest_whole=_digest(each) == each.sha256,
            )
            for each in newest.values()
        ],
    )


def _digest(bulletin: Bulletin) -> str:
    """SHA-256 of the figures in canonical form: sorted keys, no spaces, UTF-8."""
    text = json.dumps(bulletin.figures, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _channels_at(frozen: MonthFreeze) -> datetime | None:
    """When the frozen counts of the channels were made."""
    told = frozen.channels.get("counted_at")
    return datetime.fromisoformat(told) if told else None


def _month_before(month: date, at: datetime) -> Recount:
    """The month before as it was frozen, or as it is now."""
    before = clock.previous_month(month)
    frozen = MonthFreeze.objects.filter(pk=before).first()
    if frozen is None:
        return recount_month(Moment(before, at), {})
    return recount_month(Moment(before, frozen.frozen_at), frozen.parameters)
