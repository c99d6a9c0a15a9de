"""Operator-month rows computed afresh from the register and the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from shilian import clock
from supervision.queries.parameters import parameters_in_force
from supervision.rollups import counts as counting
from supervision.rollups.counts import RecordCounts, RecordPart
from supervision.rollups.register import ClassBits, RegisterPart, class_bits, register_parts
from supervision.rules import judgement
from supervision.rules.judgement import MonthCounts
from supervision.rules.register import last_day


class Verdict(NamedTuple):
    """The columns of OperatorMonth that follow from the others, in its order."""

    system_count: int
    system_met_count: int
    quiet: bool
    active: bool
    covered: bool
    excluded: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One operator's month, with the records of each day."""

    operator_id: int
    month: date
    register: RegisterPart
    records: RecordPart
    verdict: Verdict
    by_day: dict[int, int]

    def values(self) -> tuple[object, ...]:
        """In the order of ``COLUMNS``."""
        return (self.operator_id, self.month, *self.register, *self.records, *self.verdict)

    def day_counts(self) -> list[int]:
        """Records on each day, the first day first."""
        return [self.by_day.get(day, 0) for day in range(1, last_day(self.month).day + 1)]


COLUMNS: tuple[str, ...] = (
    "operator_id",
    "month",
    *RegisterPart._fields,
    *RecordPart._fields,
    *Verdict._fields,
)


def compute_rows(month: date, operator_ids: Sequence[int], *, at: datetime) -> list[Row]:
    """The rows of these operators as they should be now, by operator.

    An operator that was not listed by the month's end has a row only if it recorded something.
    Cost: about ten queries, whatever the number of operators.
    """
    as_of = clock.business_day(at)
    parameters = parameters_in_force(last_day(month))
    bits = class_bits(month)
    parts = register_parts(month, operator_ids, at=at, parameters=parameters)
    records = counting.record_counts(
        month, operator_ids, classes=bits.by_code, parameters=parameters
    )
    overdue = counting.overdue_incoming(month, operator_ids, as_of=as_of, parameters=parameters)
    quiet = counting.quiet_operators(month, operator_ids)
    systems = counting.system_counts(month, operator_ids, as_of=as_of, parameters=parameters)
    excluded = counting.excluded_operators(month, operator_ids)
    return [
        _row(
            (operator_id, month),
            part,
            _with_overdue(records.get(operator_id, counting.NOTHING), overdue.get(operator_id, 0)),
            systems.get(operator_id, (0, 0)),
            (operator_id in quiet, operator_id in excluded),
            bits,
        )
        for operator_id, part in sorted(parts.items())
        if part.in_scope or part.standing or operator_id in records
    ]


def _row(
    key: tuple[int, date],
    register: RegisterPart,
    records: RecordCounts,
    systems: tuple[int, int],
    judged: tuple[bool, bool],
    bits: ClassBits,
) -> Row:
    part = records.part
    quiet, excluded = judged
    counts = MonthCounts(days=part.days, classes=part.classes, valid_count=part.valid_count)
    verdict = Verdict(
        *systems,
        quiet=quiet,
        active=judgement.is_active(
            counts, required_days=register.required_days, quiet=quiet, excluded=excluded
        ),
        covered=judgement.is_covered(
            counts,
            own_classes=register.own_classes,
            all_goods_classes=bits.any_goods,
            excluded=excluded,
        ),
        excluded=excluded,
    )
    return Row(*key, register, part, verdict, records.by_day)


def _with_overdue(records: RecordCounts, overdue: int) -> RecordCounts:
    if not overdue:
        return records
    part = records.part._replace(
        matchable_count=records.part.matchable_count + overdue,
        unmatched_count=records.part.unmatched_count + overdue,
    )
    return RecordCounts(part, records.by_day)
