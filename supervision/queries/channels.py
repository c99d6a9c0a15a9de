"""The records by channel, summed up for a jurisdiction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from enterprises.actor import Actor
from enterprises.models import Division
from shilian import clock
from supervision.models import ChannelMonth
from traceability.models import Channel

MONTHS = 6
# Records of the demonstration came by no channel of their own, but a demonstration shows them.
ORDER = (
    Channel.FORM, Channel.INCOMING, Channel.SHEET, Channel.API, Channel.MARKET, Channel.NETWORK,
    Channel.CANTEEN, Channel.SYSTEM, Channel.DEMO,
)  # fmt: skip


@dataclass(slots=True)
class ChannelLine:
    """One channel's figures; ``share`` is of all records shown."""

    channel: str
    records: int = 0
    operators: int = 0
    waiting: int = 0
    same: int = 0
    share: float | None = None

    @property
    def label(self) -> str:
        return str(Channel(self.channel).label)

    def add(self, row: ChannelMonth) -> None:
        self.records += row.record_count
        self.operators += row.operator_count
        self.waiting += row.waiting_count
        self.same += row.same_count


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One county or month: records by channel, in the order of the page's columns."""

    name: str
    records: tuple[int, ...]
    code: str = ""

    @property
    def total(self) -> int:
        return sum(self.records)


@dataclass(frozen=True, slots=True)
class ChannelPage:
    """A month of a division by channel, by place below it, and beside the months before."""

    channels: list[ChannelLine] = field(default_factory=list)
    places: list[PlaceLine] = field(default_factory=list)
    months: list[PlaceLine] = field(default_factory=list)
    counted_at: datetime | None = None


def channel_page(actor: Actor, division: Division, month: date) -> ChannelPage:
    """Everything the page of channels shows; nothing is counted here. Cost: two queries."""
    months = _months_until(month)
    counties = {each.pk: each for each in _counties(division)}
    rows = list(
        ChannelMonth.objects.visible_to(actor).filter(
            month__in=months, county_id__in=list(counties)
        )
    )
    now = [row for row in rows if row.month == month]
    lines = _lines(now)
    shown = [line.channel for line in lines]
    return ChannelPage(
        channels=lines,
        places=_places(now, counties, shown, by_city=division.level == Division.Level.PROVINCE),
        months=[_month(rows, each, shown) for each in reversed(months)],
        counted_at=max((row.counted_at for row in now), default=None),
    )


def _months_until(month: date) -> list[date]:
    found = [month]
    while len(found) < MONTHS:
        found.append(clock.previous_month(found[-1]))
    return found[::-1]


def _counties(division: Division) -> Iterable[Division]:
    below = Division.objects.under([division.path]).counties()
    return below.select_related("parent").order_by("code")


def _lines(rows: Sequence[ChannelMonth]) -> list[ChannelLine]:
    found = {channel: ChannelLine(channel) for channel in ORDER}
    for row in rows:
        found[Channel(row.channel)].add(row)
    total = sum(line.records for line in found.values())
    for line in found.values():
        line.share = line.records / total if total else None
    return [line for line in found.values() if line.records or line.waiting or line.same]


def _places(
    rows: Sequence[ChannelMonth],
    counties: dict[int, Division],
    shown: Sequence[str],
    *,
    by_city: bool,
) -> list[PlaceLine]:
    counted: dict[Division, dict[str, int]] = {
        _place(county, by_city=by_city): defaultdict(int) for county in counties.values()
    }
    for row in rows:
        counted[_place(counties[row.county_id], by_city=by_city)][row.channel] += row.record_count
    return [
        PlaceLine(place.name, tuple(by_channel[channel] for channel in shown), place.code)
        for place, by_channel in counted.items()
    ]


def _place(county: Division, *, by_city: bool) -> Division:
    return county.parent if by_city and county.parent else county


def _month(rows: Sequence[ChannelMonth], month: date, shown: Sequence[str]) -> PlaceLine:
    counted: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.month == month:
            counted[row.channel] += row.record_count
    return PlaceLine(f"{month:%Y-%m}", tuple(counted[channel] for channel in shown))


def channel_rows(actor: Actor, division: Division, month: date) -> list[tuple[object, ...]]:
    """The same as rows of a sheet: city, county, channel and its figures. Cost: two queries."""
    counties = {each.pk: each for each in _counties(division)}
    rows = ChannelMonth.objects.visible_to(actor).filter(month=month, county_id__in=list(counties))
    found = sorted(
        rows, key=lambda row: (counties[row.county_id].code, ORDER.index(Channel(row.channel)))
    )
    return [
        (
            f"{row.month:%Y-%m}",
            county.parent.name if county.parent else "",
            county.name,
            Channel(row.channel).label,
            row.record_count,
            row.operator_count,
            row.waiting_count,
            row.same_count,
        )
        for row in found
        for county in [counties[row.county_id]]
    ]
