"""Judges one operator's month from its raw records, in plain arithmetic."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from shilian import clock
from supervision.recount import raw, register
from supervision.recount.raw import Moment, RawRecord
from supervision.recount.register import Entry, Terms

BATCH = 10_000
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Recount:
    """What a month adds up to: counts by leaf division and link, records by county and channel.

    ``kept_count``: operators whose entry in the register is the frozen one.
    """

    by_leaf: dict[tuple[int, int], Counter[str]] = field(default_factory=dict)
    channels: dict[tuple[int, str], tuple[int, set[int]]] = field(default_factory=dict)
    operator_count: int = 0
    kept_count: int = 0

    def leaf(self, division_id: int, sector: int) -> Counter[str]:
        return self.by_leaf.setdefault((division_id, sector), Counter())


def recount_month(
    moment: Moment, frozen: dict[str, str], channels_at: datetime | None = None
) -> Recount:
    """Every operator of the month judged anew; the channels as of an instant of their own.

    Cost: about a dozen queries for 10,000 operators, and six more for the channels.
    """
    found, asked = Recount(), register.terms(moment, frozen)
    wanted = register.operator_ids(moment.month)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        stood = raw.records(moment, batch)
        _add_batch(found, moment, batch, asked, stood)
        if channels_at is not None:
            # Counted at the freeze itself they are the same records, which are read once.
            is_same = channels_at == moment.at
            counted = stood if is_same else raw.records(Moment(moment.month, channels_at), batch)
            _add_channels(found, counted)
    return found


def _add_batch(
    found: Recount, moment: Moment, wanted: list[int], asked: Terms, stood: list[RawRecord]
) -> None:
    by_operator: dict[int, list[RawRecord]] = defaultdict(list)
    for record in stood:
        by_operator[record.operator_id].append(record)
    deliveries = raw.waiting_deliveries(moment, wanted)
    quiet, made_up = raw.quiet_declarations(moment, wanted), raw.made_up(moment, wanted)
    systems = _systems(moment, wanted, asked)
    for entry in register.entries(moment, wanted, asked):
        id_ = entry.operator_id
        found.operator_count += 1
        found.kept_count += entry.is_kept
        counts = _of_records(by_operator[id_], entry, asked)
        counts["overdue"] = _overdue(deliveries.get(id_, ()), by_operator[id_], moment, asked)
        counts["systems"], counts["systems_met"] = systems.get(id_, (0, 0))
        leaf = found.leaf(entry.division_id, entry.sector)
        _add(leaf, entry, counts, is_quiet=id_ in quiet, is_made_up=id_ in made_up)


def _add_channels(found: Recount, records: Iterable[RawRecord]) -> None:
    for record in records:
        key = (record.county_id, record.channel)
        count, operators = found.channels.get(key, (0, set()))
        operators.add(record.operator_id)
        found.channels[key] = (count + 1, operators)


def _of_records(records: Iterable[RawRecord], entry: Entry, asked: Terms) -> Counter[str]:
    """Records by kind and fault, distinct valid days, and whether the own classes were recorded."""
    counts: Counter[str] = Counter()
    days: set[date] = set()
    classes = 0
    within = asked.thresholds["record_within_days"]
    for record in records:
        is_late = (record.first_on - record.day).days > within
        counts[record.kind] += 1
        counts["late"] += is_late
        counts["incomplete"] += not record.is_complete
        counts["matchable"] += record.has_seller
        counts["unmatched"] += record.has_seller and record.sale_id is None
        if not is_late and record.is_complete:
            counts["valid"] += 1
            days.add(record.day)
            classes |= asked.class_bits.get(record.goods_class, 0)
    counts["days"] = len(days)
    if entry.own_classes & asked.any_goods:
        counts["covered"] = counts["valid"] > 0
    else:
        counts["covered"] = bool(classes & entry.own_classes)
    return counts


def _overdue(
    deliveries: Sequence[tuple[int, date]],
    records: Sequence[RawRecord],
    moment: Moment,
    asked: Terms,
) -> int:
    """Deliveries left unconfirmed too long; one whose purchase stood then was confirmed."""
    today = clock.business_day(moment.at)
    latest = today - timedelta(days=int(asked.thresholds["unconfirmed_days"]) + 1)
    confirmed = {record.sale_id for record in records if record.sale_id is not None}
    return sum(day <= latest and sale_id not in confirmed for sale_id, day in deliveries)


def _systems(moment: Moment, wanted: list[int], asked: Terms) -> dict[int, tuple[int, int]]:
    """Each operator's systems that owed something, and how many delivered it."""
    found: dict[int, tuple[int, int]] = {}
    last = min(moment.last, clock.business_day(moment.at) - ONE_DAY)
    for operator_id, since, ended_on, weekdays, days in raw.systems(moment, wanted):
        if ended_on is not None and ended_on <= moment.last:
            continue
        first = max(moment.month, since)
        span = (first + n * ONE_DAY for n in range((last - first).days + 1))
        due = [day for day in span if weekdays >> day.weekday() & 1]
        if due:
            count, met = found.get(operator_id, (0, 0))
            found[operator_id] = (count + 1, met + _delivers(due, days, asked))
    return found


def _delivers(due: Sequence[date], days: dict[date, tuple[Any, ...]], asked: Terms) -> bool:
    received = sum(day in days and days[day][1] > days[day][2] for day in due)
    sent = sum(day[0] - day[2] for day in days.values())
    accepted = sum(day[1] - day[2] for day in days.values())
    return bool(
        sent > 0
        and received * 100 >= asked.thresholds["system_day_percent"] * len(due)
        and accepted * 100 >= asked.thresholds["system_row_percent"] * sent
    )


def _add(
    leaf: Counter[str], entry: Entry, counts: Counter[str], *, is_quiet: bool, is_made_up: bool
) -> None:
    """Carry one operator's month into its leaf's sums; out of scope it only counts as left out."""
    leaf[f"standing_{entry.standing}"] += 1
    if not entry.in_scope:
        return
    obliged = entry.required_days > 0
    active = is_quiet or (obliged and counts["days"] >= entry.required_days)
    kinds = counts["purchase"] + counts["sale"] + counts["inspection"]
    leaf["operators"] += 1
    leaf["registered"] += entry.is_activated
    leaf["obliged"] += obliged
    leaf["active"] += obliged and active and not is_made_up
    leaf["ten_three"] += entry.own_classes != 0
    leaf["covered"] += entry.own_classes != 0 and counts["covered"] and not is_made_up
    leaf["systems"] += counts["systems"]
    leaf["systems_met"] += counts["systems_met"]
    leaf["records"] += kinds
    leaf["timely"] += kinds - counts["late"]
    leaf["complete"] += kinds - counts["incomplete"]
    leaf["matchable"] += counts["matchable"] + counts["overdue"]
    leaf["unmatched"] += counts["unmatched"] + counts["overdue"]
