"""The one way in for records that arrive many at once: a sheet's chunk, an API batch, EPCIS events.

Whatever the door, the lines are judged by the same rules, the good ones are recorded, and a line
that the database will not store is found and left out. Taking the same lines in a second time finds
the records of the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import DataError, IntegrityError, transaction

from enterprises.actor import Actor
from enterprises.models import Operator
from shilian.clock import business_day
from shilian.problems import Problem, Rejected, errors
from traceability.operations import other_channels, writing
from traceability.rules import dates
from traceability.sheets.base import Judged, Line, Outcome, SheetKind

# What a line says, as a number, and the row that said it first.
Seen = dict[int, int]
REPEATED = "与第{}行内容相同，没有重复记"
# Goods, partners and papers that stand there twice are the same; two deliveries may look alike.
TELL_APART = "；如果确是两次，请用凭证号区分"
NOT_STORED = "这一行存不进去，请核对各格内容后重新填写；多次出现请联系技术支持。"
NOT_ALONE = "同一批里有不能记的内容，按您的要求整批都没有记；请改正后重新发送。"


class Unstored(Exception):
    """One of the lines could not be stored; the transaction has to be undone."""


class Status(StrEnum):
    RECORDED = "recorded"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the line at this position, from 0; ``record_id`` also of the record it repeats.

    ``batch`` is the id and the salt of a new record's batch, where the kind of sheet tells it.
    """

    position: int
    status: Status
    record_id: int | None
    problems: list[Problem]
    batch: tuple[int, int] | None = None


def take_in(
    kind: SheetKind,
    *,
    by: Actor,
    operator: Operator,
    lines: Sequence[Line],
    at: datetime,
    atomic: bool = False,
    hopeful: bool = False,
    in_turn: bool = False,
) -> list[Receipt]:
    """Record the good lines and say of every line what became of it.

    Lines have different row numbers. With ``atomic`` nothing is recorded unless every line can be.
    ``hopeful`` spares the savepoint that a line nobody can store needs: should there be one, the
    caller undoes its transaction and comes again without hope; ``atomic`` has no use for it. ``in_turn`` says that the caller has
    taken the operator's turn.
    Raises: Forbidden, OutOfScope; Unstored when ``hopeful``.
    """
    by.require(kind.permission, on=operator)
    with transaction.atomic(savepoint=False):
        # Whoever brings the same lines at the same moment waits, and then finds them recorded.
        if not in_turn:
            writing.take_turns(operator)
        judged = look_over(kind, by=by, operator=operator, lines=lines, at=at)
        if atomic:
            _record_all(kind, by, operator, judged, at)
        elif hopeful:
            _record_hopefully(kind, by, operator, judged, at)
        else:
            record_good(kind, by=by, operator=operator, judged=judged, at=at)
    return [_receipt(position, item) for position, item in enumerate(judged)]


def look_over(
    kind: SheetKind,
    *,
    by: Actor,
    operator: Operator,
    lines: Sequence[Line],
    at: datetime,
    seen: Seen | None = None,
) -> list[Judged]:
    """The verdict on each line as ``judge_lines`` has it, with what other channels have told."""
    judged = judge_lines(kind, by=by, operator=operator, lines=lines, at=at, seen=seen)
    other_channels.add_doubts(kind, by=by, operator=operator, judged=judged, at=at)
    return judged


def judge_lines(
    kind: SheetKind,
    *,
    by: Actor,
    operator: Operator,
    lines: Sequence[Line],
    at: datetime,
    seen: Seen | None = None,
) -> list[Judged]:
    """The verdict on each line, in their order; nothing is written.

    ``seen`` remembers what earlier lines of the same file said.
    """
    told = _told_elsewhere(kind, lines, {} if seen is None else seen)
    if not told:
        return _judge(kind, by, operator, lines, at)
    rest = [line for line in lines if line.row_no not in told]
    verdicts = iter(_judge(kind, by, operator, rest, at) if rest else ())
    return [told.get(line.row_no) or next(verdicts) for line in lines]


def _judge(
    kind: SheetKind, by: Actor, operator: Operator, lines: Sequence[Line], at: datetime
) -> list[Judged]:
    judged = kind.judge(by, operator, lines, at)
    for item in judged:
        if item.outcome is Outcome.BAD and not item.line.is_readable:
            item.problems = [*item.problems, *_doubts_of_days(kind, item.line, business_day(at))]
    return judged


def _doubts_of_days(kind: SheetKind, line: Line, today: date) -> list[Problem]:
    """What the rules say of the days of a line that is not understood in whole: told at once, too."""
    day, made = line.values.get(kind.event_day), line.values.get("produced_on")
    title = kind.titles.get(kind.event_day, "")
    found: list[Problem] = []
    if isinstance(day, date):
        found += dates.check_event_day(day, field=kind.event_day, name=title, today=today)
        if isinstance(made, date) and kind.event_day != "produced_on":
            found += dates.check_production_day(made, event_on=day, event_name=title, today=today)
    known = {problem.field for problem in line.problems}
    return [problem.at_row(line.row_no) for problem in found if problem.field not in known]


def _told_elsewhere(kind: SheetKind, lines: Sequence[Line], seen: Seen) -> dict[int, Judged]:
    """The verdicts on lines that need no judge: sums and signatures, and repeats of earlier lines."""
    found = {
        line.row_no: Judged(line, Outcome.SKIPPED, line.problems)
        for line in lines
        if not line.is_record
    }
    for line in lines:
        earlier = first_told(kind, line, seen) if line.is_record and kind.identity else None
        if earlier is not None:
            advice = TELL_APART if "voucher_number" in kind.identity else ""
            message = f"{REPEATED.format(earlier)}{advice}。"
            problem = Problem("row_repeated", "", message, line.row_no, "warning")
            found[line.row_no] = Judged(line, Outcome.SKIPPED, [problem])
    return found


def first_told(kind: SheetKind, line: Line, seen: Seen) -> int | None:
    """The row that said the same before this line, which is remembered from now on."""
    if not line.is_readable:
        return None
    said = line.values.get
    first = seen.setdefault(hash(tuple([said(name) for name in kind.identity])), line.row_no)
    return first if first != line.row_no else None


def _record_hopefully(
    kind: SheetKind, by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime
) -> None:
    if not (new := [item for item in judged if item.is_new]):
        return
    try:
        _note(new, kind.record(by, operator, new, at))
    except (Rejected, DataError, IntegrityError) as stumbled:
        raise Unstored from stumbled


def _note(new: Sequence[Judged], ids: Sequence[int]) -> None:
    for item, id_ in zip(new, ids, strict=True):
        item.record_id = id_


def record_good(
    kind: SheetKind, *, by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime
) -> int:
    """Record the new lines; each gets its ``record_id``, or becomes bad with the reason.

    Returns: how many were recorded.
    """
    new = [item for item in judged if item.is_new]
    return _record(kind, by, operator, new, at) if new else 0


def _record(kind: SheetKind, by: Actor, operator: Operator, new: list[Judged], at: datetime) -> int:
    try:
        with transaction.atomic():
            ids = kind.record(by, operator, new, at)
    except Rejected as refused:
        rest = _without_named(new, refused)
        if len(rest) == len(new):
            return _record_halves(kind, by, operator, new, at, refused.problems)
        return _record(kind, by, operator, rest, at) if rest else 0
    except (DataError, IntegrityError):
        unknown = Problem("row_not_stored", "", NOT_STORED)
        return _record_halves(kind, by, operator, new, at, [unknown])
    _note(new, ids)
    return len(ids)


def _record_halves(
    kind: SheetKind,
    by: Actor,
    operator: Operator,
    new: list[Judged],
    at: datetime,
    why: Sequence[Problem],
) -> int:
    """Half by half, so that one line nobody can store costs no other."""
    if len(new) == 1:
        _spoil(new[0], why)
        return 0
    middle = len(new) // 2
    first = _record(kind, by, operator, new[:middle], at)
    return first + _record(kind, by, operator, new[middle:], at)


def _without_named(new: list[Judged], refused: Rejected) -> list[Judged]:
    """The lines that no problem names; those that one names are bad from now on."""
    faults: dict[int | None, list[Problem]] = {}
    for problem in errors(refused.problems):
        faults.setdefault(problem.row, []).append(problem)
    for item in new:
        if item.line.row_no in faults:
            _spoil(item, faults[item.line.row_no])
    return [item for item in new if item.is_new]


def _spoil(item: Judged, why: Sequence[Problem]) -> None:
    item.outcome = Outcome.BAD
    item.problems = [*item.problems, *(problem.at_row(item.line.row_no) for problem in why)]


def _record_all(
    kind: SheetKind, by: Actor, operator: Operator, judged: Sequence[Judged], at: datetime
) -> None:
    """Record every new line, or none: the good ones then say that others stood in their way."""
    try:
        with transaction.atomic():
            record_good(kind, by=by, operator=operator, judged=judged, at=at)
            if any(item.outcome is Outcome.BAD for item in judged):
                raise Rejected([])
    except Rejected:
        alone = [Problem("batch_refused", "", NOT_ALONE)]
        for item in judged:
            if item.is_new:
                item.record_id, item.batch = None, None
                _spoil(item, alone)


def _receipt(position: int, item: Judged) -> Receipt:
    if item.is_new:
        return Receipt(position, Status.RECORDED, item.record_id, item.problems, item.batch)
    if item.outcome is Outcome.BAD:
        return Receipt(position, Status.REFUSED, None, item.problems)
    return Receipt(position, Status.SAME, item.record_id, item.problems)
